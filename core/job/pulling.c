/* SPDX-License-Identifier: MIT */
#include "job/pulling.h"

#include <stdlib.h>

#include "base/text.h"

MC_RC mc_pulling_batch(struct mc_pulling *p, struct mc_error *err)
{
	return mc_archive_in_batch(p->ar) ? MC_OK
					  : mc_archive_begin(p->ar, err);
}

MC_RC mc_pulling_leave(struct mc_pulling *p, struct mc_error *err)
{
	if (!p->remote || p->req->dry_run || !mc_archive_in_batch(p->ar))
		return MC_OK;
	return mc_archive_commit(p->ar, err);
}

MC_RC mc_pulling_run(struct mc_pulling *p, struct mc_error *err)
{
	enum mc_rc rc;

	if (p->run != 0)
		return MC_OK;
	rc = mc_pulling_batch(p, err);
	if (rc == MC_OK)
		rc = mc_run_begin(p->ar, p->req->command, &p->run, err);
	p->place.run = p->run;
	p->land.place.run = p->run;
	return rc == MC_OK ? mc_pulling_leave(p, err) : rc;
}

MC_RC mc_pulling_intake(struct mc_pulling *p, struct mc_error *err)
{
	enum mc_rc rc = mc_pulling_run(p, err);

	if (rc < 0 || p->intake)
		return rc;
	if (!p->look)
		rc = mc_archive_open(&p->look, p->req->archive, MC_ARCHIVE_READ,
			&p->req->monitor, err);
	/* Whom we wait for before we read sends what comes. */
	return rc == MC_OK ? mc_intake_new(&p->intake, &p->land,
				     p->req->leave != NULL, err)
			   : rc;
}

struct mc_archive *mc_pulling_look(const struct mc_pulling *p)
{
	return p->intake ? p->look : p->ar;
}

bool mc_pulling_can_note(const struct mc_pulling *p)
{
	return !p->labelled ||
	       (p->req->rules.include_n == 0 && p->req->rules.exclude_n == 0);
}

void mc_pulling_progress(struct mc_pulling *p)
{
	mc_emit(&p->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "pull",
			.done = p->report->stored + p->report->known +
				p->report->skipped + p->report->failed,
			.total = p->open_ended ? -1 : p->report->listed,
			.octets = p->report->octets });
}

void mc_pulling_tell(struct mc_pulling *p, const char *folder, const char *key,
	const char *why)
{
	mc_text_format(p->told, sizeof(p->told), "%s", why);
	mc_emit(&p->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "pull",
					  .mailbox = key,
					  .folder = folder,
					  .text = why });
}

/* The first that was lost is told first. */
static void tell_lost(struct mc_pulling *p, struct mc_lost *lost)
{
	struct mc_lost *first = NULL;

	while (lost) {
		struct mc_lost *next = lost->next;

		lost->next = first;
		first = lost;
		lost = next;
	}
	while (first) {
		struct mc_lost *next = first->next;

		mc_pulling_tell(p, first->folder, first->key, first->why);
		free(first);
		first = next;
	}
}

void mc_pulling_collect(struct mc_pulling *p)
{
	struct mc_landed now = { 0 };

	if (!p->intake)
		return;
	mc_intake_collect(p->intake, &now);
	p->report->stored += now.stored;
	p->report->known += now.known;
	p->report->failed += now.failed;
	for (int rule = 0; rule < MC_SKIP_RULES; rule++) {
		p->report->skipped += now.skipped_by[rule];
		p->report->skipped_by[rule] += now.skipped_by[rule];
	}
	p->again += now.again;
	tell_lost(p, now.lost);
	now.lost = NULL;
	mc_landed_move(&p->landed, &now);
}

MC_RC mc_pulling_settle(struct mc_pulling *p, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	mc_archive_release(mc_pulling_look(p));
	if (p->intake)
		rc = mc_intake_sync(p->intake, err);
	mc_pulling_collect(p);
	return rc;
}

MC_RC mc_pulling_note(struct mc_pulling *p, struct mc_error *err)
{
	struct mc_read_outcome all =
		mc_read_outcome_of(&p->tally, &p->land.own);
	struct mc_mark mark;
	enum mc_rc rc;

	if (p->run == 0 || !mc_pulling_can_note(p) ||
		!mc_reading_mark(&p->reading, p->run, 0, &mark))
		return MC_OK;
	rc = mc_pulling_batch(p, err);
	return rc == MC_OK ? mc_mark_put(&mark, p->ar, p->folder.id, &all, err)
			   : rc;
}

MC_RC mc_pulling_commit(struct mc_pulling *p, struct mc_error *err)
{
	enum mc_rc rc;

	if (p->req->dry_run)
		return MC_OK;
	rc = mc_pulling_settle(p, err);
	if (rc == MC_OK)
		rc = mc_pulling_note(p, err);
	if (rc == MC_OK && mc_archive_in_batch(p->ar))
		rc = mc_archive_commit(p->ar, err);
	return rc;
}
