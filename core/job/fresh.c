/* SPDX-License-Identifier: MIT */
#include "job/fresh.h"

#include <stdlib.h>

#include "archive/body.h"
#include "job/hush.h"
#include "job/recheck.h"

struct mc_fresh {
	struct mc_archive *ar;
	struct mc_request req; /* with a monitor of ours */
	struct mc_hush hush;
	struct mc_sound *sound;
	struct mc_verified after; /* is well already */
	struct mc_verified last;  /* there is no more than that */
	int64_t left;             /* bodies that nobody has read yet */
	struct mc_recheck *recheck;
	struct mc_verify_report report;
};

MC_RC mc_fresh_new(struct mc_fresh **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err)
{
	struct mc_fresh *fresh = calloc(1, sizeof(*fresh));
	enum mc_rc rc;

	*out = fresh;
	if (!fresh)
		return mc_fail_memory(err);
	fresh->ar = ar;
	fresh->req = *req;
	mc_hush_begin(&fresh->hush, &fresh->req.monitor);
	rc = mc_verified_get(ar, &fresh->after, err);
	fresh->last = fresh->after;
	return rc == MC_OK ? mc_sound_new(&fresh->sound, fresh->after.body, err)
			   : rc;
}

struct mc_sound *mc_fresh_sound(struct mc_fresh *fresh)
{
	return fresh->sound;
}

static MC_RC survey_raw(
	void *arg, const struct mc_raw *raw, struct mc_error *err)
{
	struct mc_fresh *fresh = arg;

	(void)err;
	fresh->last.sighting = raw->sighting;
	return MC_OK;
}

static MC_RC survey_body(
	void *arg, const struct mc_body *body, struct mc_error *err)
{
	struct mc_fresh *fresh = arg;

	(void)err;
	fresh->last.body = body->id;
	fresh->left += !mc_sound_has(fresh->sound, body->id);
	return MC_OK;
}

static MC_RC begin(struct mc_fresh *fresh, bool bodies, struct mc_error *err)
{
	const struct mc_recheck_wish wish = { .req = &fresh->req,
		.after = fresh->after,
		.bodies = bodies,
		.sightings = !bodies,
		.sound = fresh->sound };

	return mc_recheck_begin(&fresh->recheck, &wish, &fresh->report, err);
}

static MC_RC end(struct mc_fresh *fresh, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (fresh->recheck)
		rc = mc_recheck_end(fresh->recheck, MC_OK, err);
	mc_recheck_free(fresh->recheck);
	fresh->recheck = NULL;
	return rc;
}

MC_RC mc_fresh_begin(struct mc_fresh *fresh, struct mc_error *err)
{
	enum mc_rc rc = mc_raw_each(
		fresh->ar, fresh->after.sighting, survey_raw, fresh, err);

	if (rc == MC_OK && fresh->last.sighting > fresh->after.sighting)
		rc = begin(fresh, false, err);
	return rc;
}

static MC_RC note_verified(struct mc_fresh *fresh, struct mc_error *err)
{
	enum mc_rc rc;

	if (fresh->last.body == fresh->after.body &&
		fresh->last.sighting == fresh->after.sighting)
		return MC_OK;
	rc = mc_archive_begin(fresh->ar, err);
	if (rc == MC_OK)
		rc = mc_verified_set(fresh->ar, &fresh->last, err);
	if (rc == MC_OK)
		return mc_archive_commit(fresh->ar, err);
	mc_archive_rollback(fresh->ar);
	return rc;
}

/* Bodies that were not sent, or are not as they came: that is told. */
static MC_RC read_left(struct mc_fresh *fresh, struct mc_error *err)
{
	enum mc_rc rc = mc_body_each(
		fresh->ar, fresh->after.body, survey_body, fresh, err);

	if (rc < 0 || fresh->left == 0)
		return rc;
	rc = begin(fresh, true, err);
	return rc == MC_OK ? end(fresh, err) : rc;
}

MC_RC mc_fresh_end(struct mc_fresh *fresh, struct mc_verify_report *report,
	struct mc_error *err)
{
	const struct mc_verify_report *found = &fresh->report;
	int64_t bodies;
	int64_t octets;
	enum mc_rc rc = end(fresh, err);

	if (rc == MC_OK)
		rc = read_left(fresh, err);
	mc_sound_sum(fresh->sound, &bodies, &octets);
	report->bodies += found->bodies + bodies;
	report->damaged += found->damaged;
	report->sightings += found->sightings;
	report->octets += found->octets + octets;
	return rc == MC_OK && found->damaged == 0 ? note_verified(fresh, err)
						  : rc;
}

void mc_fresh_free(struct mc_fresh *fresh)
{
	if (!fresh)
		return;
	mc_recheck_free(fresh->recheck);
	mc_sound_free(fresh->sound);
	free(fresh);
}
