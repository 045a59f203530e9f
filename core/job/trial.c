/* SPDX-License-Identifier: MIT */
#include "job/trial.h"

#include "job/identify.h"

void mc_trial_begin(struct mc_trial *trial, const struct mc_delivery *delivery,
	const struct mc_convoy_end *end)
{
	struct mc_push_tally *tally = delivery->tally;

	*trial = (struct mc_trial){ .d = delivery };
	if (end->last.uid != 0 && mc_push_tally_date(tally))
		trial->dated = end->last;
	trial->flagged = end->richest;
	trial->flagged.flags = mc_push_tally_untried(tally, end->richest.flags);
	if (trial->flagged.flags == 0)
		trial->flagged.uid = 0;
}

bool mc_trial_is_due(const struct mc_trial *trial)
{
	return trial->dated.uid != 0 || trial->flagged.uid != 0;
}

/* A server may tell the UID of another message: that one may be without. */
static MC_RC is_that(struct mc_trial *trial, const struct mc_seen *seen,
	bool *is, struct mc_error *err)
{
	struct mc_identified id;
	struct mc_scan *scan = NULL;
	struct mc_facts facts;
	struct mc_digest key;
	enum mc_rc rc;

	*is = false;
	mc_identified_init(&id);
	rc = mc_placement_key(
		trial->d->ar, trial->flagged.placement, &key, err);
	if (rc == MC_OK)
		rc = mc_scan_new(&scan, err);
	if (rc == MC_OK)
		rc = mc_identify_octets(&id, scan, seen->header, &facts, err);
	if (rc == MC_OK)
		*is = facts.message_id.n > 0 && mc_digest_eq(&id.key, &key);
	mc_scan_free(scan);
	mc_identified_dispose(&id);
	return rc;
}

static MC_RC see_flags(struct mc_trial *trial, const struct mc_seen *seen,
	struct mc_error *err)
{
	uint32_t asked = trial->flagged.flags;
	bool is;
	enum mc_rc rc = is_that(trial, seen, &is, err);

	trial->flagged.uid = 0;
	if (rc < 0 || !is)
		return rc;
	trial->lost = asked & ~seen->flags;
	mc_push_tally_tried(trial->d->tally, asked, trial->lost);
	return MC_OK;
}

MC_RC mc_trial_see(void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct mc_trial *trial = arg;

	if (trial->dated.uid != 0 && seen->uid == trial->dated.uid) {
		trial->dated.uid = 0;
		trial->date_ignored = trial->dated.date != MC_NO_TIME &&
				      seen->internaldate != trial->dated.date;
	}
	if (trial->flagged.uid == 0 || seen->uid != trial->flagged.uid)
		return MC_OK;
	return see_flags(trial, seen, err);
}

/* What flags but \Flagged come to is asked by the way, or not at all: it is not
 * worth a round trip. */
static MC_RC look(struct mc_trial *trial, struct mc_error *err)
{
	uint32_t a = trial->dated.uid;
	uint32_t b = trial->flagged.uid;
	uint32_t uids[2];
	size_t n = 0;

	if (a == 0 && !(trial->flagged.flags & MC_FLAGGED))
		return MC_OK;
	if (a != 0)
		uids[n++] = a < b || b == 0 ? a : b;
	if (b != 0 && a != b)
		uids[n++] = a < b ? b : a;
	if (n == 0)
		return MC_OK;
	return mc_target_look_at(
		trial->d->target, uids, n, mc_trial_see, trial, err);
}

static MC_RC note_lost(const struct mc_trial *trial, int64_t mailbox,
	uint32_t first, struct mc_error *err)
{
	struct mc_archive *ar = trial->d->ar;
	enum mc_rc rc = mc_archive_begin(ar, err);

	if (rc < 0)
		return rc;
	rc = mc_placements_lost(ar, mailbox, first, trial->lost, err);
	if (rc == MC_OK)
		return mc_archive_commit(ar, err);
	mc_archive_rollback(ar);
	return rc;
}

MC_RC mc_trial_end(struct mc_trial *trial, int64_t mailbox, uint32_t first,
	struct mc_error *err)
{
	enum mc_rc rc = look(trial, err);

	if (rc < 0)
		return rc;
	if (trial->date_ignored) {
		mc_push_tally_date_ignored(trial->d->tally);
		mc_note(&trial->d->req->monitor,
			"this server does not keep the date of arrival that it "
			"is given: mail will show the date of its upload where "
			"a program sorts by arrival");
	}
	return trial->lost ? note_lost(trial, mailbox, first, err) : MC_OK;
}
