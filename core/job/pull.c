/* SPDX-License-Identifier: MIT
 * pull: what a source lists is asked for, ingested and accounted for.
 *
 * Every item listed ends in one count: stored, known, skipped or failed.
 */
#include "job/pull.h"

#include <stdlib.h>

#include "archive/flags.h"
#include "archive/sighting.h"
#include "job/errand.h"
#include "job/intake.h"
#include "job/reading.h"
#include "job/refresh.h"
#include "job/report.h"
#include "job/retry.h"
#include "job/select.h"
#include "job/snag.h"
#include "job/source_name.h"
#include "plan/plan.h"
#include "source/source.h"

/* Octets of a file between two places from which it can be gone on. */
enum { MARK_EVERY = 1024 * 1024 };

struct pull {
	struct mc_receiver rx;
	/* The writer's, unless nothing is under way. */
	struct mc_archive *ar;
	struct mc_land land;
	struct mc_intake *intake; /* NULL: nothing has come yet */
	struct mc_archive *look; /* to look things up while the writer writes */
	struct mc_landed landed; /* what came of it, of all sessions */

	const struct mc_request *req;
	struct mc_pull_report *report;
	const struct mc_source_ops *ops;
	bool remote;     /* its octets may let us wait */
	bool open_ended; /* how many are to come shows as they come */
	int64_t source;
	int64_t run;

	struct mc_folder_row folder;
	const char *folder_rule; /* skips the whole folder, or NULL */
	struct mc_reading reading;
	struct mc_tally tally; /* of the folder's items, as far as listed */
	int64_t gap_end;       /* offset behind the last gap */
	bool moving;           /* keys shift: offsets */
	bool labelled;         /* labels are its folders */
	struct mc_snag snag;

	/* A second session of one run knows what the first one brought. */
	int64_t earlier; /* brought by sessions before this one */
	int64_t again;   /* of those: listed by this one too */
};

static struct pull *pull_of(struct mc_receiver *rx)
{
	return (struct pull *)(void *)rx;
}

/* Opens a batch if none is. */
static MC_RC ensure_batch(struct pull *p, struct mc_error *err)
{
	return mc_archive_in_batch(p->ar) ? MC_OK
					  : mc_archive_begin(p->ar, err);
}

/* Others may want to write while a server lets us wait.  What files hold comes
 * at once, so that a batch may as well stay open for it. */
static MC_RC leave_batch(struct pull *p, struct mc_error *err)
{
	if (!p->remote || p->req->dry_run || !mc_archive_in_batch(p->ar))
		return MC_OK;
	return mc_archive_commit(p->ar, err);
}

/* Notes the run at its first change, so that a run with nothing to do changes
 * nothing.  Before that nothing is under way. */
static MC_RC ensure_run(struct pull *p, struct mc_error *err)
{
	enum mc_rc rc;

	if (p->run != 0)
		return MC_OK;
	rc = ensure_batch(p, err);
	if (rc == MC_OK)
		rc = mc_run_begin(p->ar, p->req->command, &p->run, err);
	p->land.place.run = p->run;
	return rc == MC_OK ? leave_batch(p, err) : rc;
}

/* From here on the archive is the writer's. */
static MC_RC ensure_intake(struct pull *p, struct mc_error *err)
{
	enum mc_rc rc = ensure_run(p, err);

	if (rc < 0 || p->intake)
		return rc;
	if (!p->look)
		rc = mc_archive_open(&p->look, p->req->archive, MC_ARCHIVE_READ,
			&p->req->monitor, err);
	return rc == MC_OK ? mc_intake_new(&p->intake, &p->land, err) : rc;
}

static struct mc_archive *to_look(const struct pull *p)
{
	return p->intake ? p->look : p->ar;
}

/* Which folders labels are depends on the rules, which may be others then. */
static bool can_note(const struct pull *p)
{
	return !p->labelled ||
	       (p->req->rules.include_n == 0 && p->req->rules.exclude_n == 0);
}

static void progress(struct pull *p)
{
	mc_emit(&p->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "pull",
			.done = p->report->stored + p->report->known +
				p->report->skipped + p->report->failed,
			.total = p->open_ended ? -1 : p->report->listed,
			.octets = p->report->octets });
}

static void tell_failure(struct pull *p, const char *key, const char *why)
{
	mc_emit(&p->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "pull",
					  .mailbox = key,
					  .text = why });
}

/* The first that was lost is told first. */
static void tell_lost(struct pull *p, struct mc_lost *lost)
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

		tell_failure(p, first->key, first->why);
		free(first);
		first = next;
	}
}

/* Counts what the writer has committed. */
static void collect(struct pull *p)
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

/* Everything that has come is in the archive. */
static MC_RC settle(struct pull *p, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (p->intake)
		rc = mc_intake_sync(p->intake, err);
	collect(p);
	return rc;
}

/* Notes how far the folder is, when nothing is under way. */
static MC_RC note(struct pull *p, struct mc_error *err)
{
	struct mc_outcome all = mc_outcome_of(&p->tally, &p->land.own);
	struct mc_mark mark;
	enum mc_rc rc;

	if (p->run == 0 || !can_note(p) ||
		!mc_reading_mark(&p->reading, p->run, 0, &mark))
		return MC_OK;
	rc = ensure_batch(p, err);
	return rc == MC_OK ? mc_mark_put(&mark, p->ar, p->folder.id, &all, err)
			   : rc;
}

static MC_RC commit(struct pull *p, struct mc_error *err)
{
	enum mc_rc rc;

	if (p->req->dry_run)
		return MC_OK;
	rc = settle(p, err);
	if (rc == MC_OK)
		rc = note(p, err);
	if (rc == MC_OK && mc_archive_in_batch(p->ar))
		rc = mc_archive_commit(p->ar, err);
	return rc;
}

/* What an earlier run has accounted for is counted as that left it.  MC_DONE:
 * that is all. */
static enum mc_rc take_held(struct pull *p, const struct mc_folder *folder)
{
	/* A second session has in its counts what the first one noted. */
	const struct mc_reach none = { 0 };
	const struct mc_reach *reach =
		p->earlier > 0 ? &none : &p->folder.reach;
	enum mc_reading_held held =
		mc_reading_begin(&p->reading, folder, reach, &p->req->select);

	if (held == MC_HELD_NONE)
		return MC_OK;
	mc_reading_tally(reach, &p->tally);
	p->report->listed += p->tally.listed;
	p->report->known += p->tally.listed;
	for (int rule = 0; rule < MC_SKIP_RULES; rule++) {
		int64_t n = p->tally.skipped_by[rule];

		p->report->known -= n;
		p->report->skipped += n;
		p->report->skipped_by[rule] += n;
	}
	progress(p);
	return held == MC_HELD_WHOLE ? MC_DONE : MC_OK;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	struct pull *p = pull_of(rx);
	enum mc_rc rc;

	p->reading = (struct mc_reading){ 0 };
	p->tally = (struct mc_tally){ 0 };
	p->gap_end = 0;
	p->folder_rule = NULL;
	p->moving = p->ops->moving || folder->moving;
	p->labelled = folder->labelled;
	p->open_ended |= folder->total < 0;
	if (!p->labelled &&
		!mc_rules_pass(&p->req->rules, folder->path, &p->folder_rule)) {
		p->folder.id = 0;
		return MC_OK;
	}
	if (!p->ar) /* a dry run before the first pull: all is new */
		return MC_OK;
	rc = settle(p, err);
	if (rc == MC_OK)
		rc = ensure_batch(p, err);
	if (rc == MC_OK)
		rc = mc_folder_put(p->ar, p->source, folder->path,
			(int)folder->special, &p->folder, err);
	if (rc == MC_OK)
		rc = leave_batch(p, err);
	if (rc < 0)
		return rc;
	rc = take_held(p, folder);
	p->land.own = (struct mc_outcome){ .in_place = p->reading.in_place };
	p->land.place.folder = p->folder.id;
	p->land.place.labelled = p->labelled;
	p->land.place.since_run = p->reading.since_run;
	p->land.place.moving = p->moving;
	return rc;
}

static void skip(struct pull *p, enum mc_skip_rule rule)
{
	p->report->skipped++;
	p->report->skipped_by[rule]++;
	p->tally.skipped_by[rule]++;
}

/* Only a second session of a run can meet what the run itself brought. */
static bool brought_earlier(const struct pull *p, int64_t sighting)
{
	return p->earlier > 0 && p->landed.first_sighting > 0 &&
	       sighting >= p->landed.first_sighting;
}

/* Flags of a known message as they are now.  MC_DONE: it must be read again
 * for them. */
static MC_RC refresh(struct pull *p, const struct mc_item *item,
	int64_t sighting, struct mc_error *err)
{
	enum mc_refresh refresh = MC_REFRESH_SAME;
	enum mc_rc rc =
		mc_refresh_look(to_look(p), sighting, item, &refresh, err);

	if (rc < 0 || refresh == MC_REFRESH_SAME || p->req->dry_run)
		return rc;
	if (refresh == MC_REFRESH_READ)
		return MC_DONE;
	rc = ensure_intake(p, err);
	return rc == MC_OK ? mc_errand_flags(p->intake, item, sighting, err)
			   : rc;
}

/* MC_DONE: a rule leaves out what is known of it so far. */
static MC_RC select_item(
	struct pull *p, const struct mc_item *item, struct mc_error *err)
{
	enum mc_skip_rule rule = MC_SKIP_FOLDER;
	bool skipped = p->folder_rule != NULL;
	enum mc_rc rc = MC_OK;

	if (p->labelled && item->told_labels) {
		bool pass = true;

		rc = mc_labels_pass(item->labels, &p->req->rules, &pass, err);
		skipped = !pass;
	}
	if (rc == MC_OK && !skipped)
		skipped = mc_select_skips(&p->req->select, item->octets,
			mc_item_time(item), &rule);
	if (rc < 0 || !skipped)
		return rc;
	skip(p, rule);
	return MC_DONE;
}

static MC_RC keep_failure(
	struct pull *p, const char *key, const char *why, struct mc_error *err)
{
	struct mc_run_item item = {
		.folder = p->folder.id, .key = key, .failed = true, .why = why
	};
	enum mc_rc rc = ensure_run(p, err);

	item.run = p->run;
	return rc == MC_OK ? mc_run_item_put(p->ar, &item, err) : rc;
}

/* Sessions break off at it, again and again: without it, then. */
static MC_RC leave_snag(
	struct pull *p, const struct mc_item *item, struct mc_error *err)
{
	static const char why[] =
		"the connection is lost whenever this message is read";
	enum mc_rc rc = settle(p, err);

	p->report->failed++;
	p->tally.failed++;
	tell_failure(p, item->key, why);
	if (rc == MC_OK)
		rc = keep_failure(p, item->key, why, err);
	return rc < 0 ? rc : MC_DONE;
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct pull *p = pull_of(rx);
	int64_t sighting = 0;
	enum mc_rc rc;

	p->report->listed++;
	p->tally.listed++;
	rc = select_item(p, item, err);
	if (rc != MC_OK)
		return rc;
	if (p->ar && !p->moving && item->key[0]) {
		rc = mc_sighting_find(to_look(p), p->folder.id, item->key,
			item->octets, &sighting, err);
		if (rc < 0)
			return rc;
	}
	if (sighting == 0) {
		p->report->stored += p->req->dry_run;
		if (p->req->dry_run)
			return MC_DONE;
		return mc_snag_is(&p->snag, p->folder.id, item->key)
			       ? leave_snag(p, item, err)
			       : MC_OK;
	}
	rc = refresh(p, item, sighting, err);
	if (rc != MC_OK) /* what is read again is counted when it has come */
		return rc < 0 ? rc : MC_OK;
	if (brought_earlier(p, sighting))
		p->again++;
	else
		p->report->known++;
	return MC_DONE;
}

static MC_RC send_mark(struct pull *p, struct mc_error *err)
{
	struct mc_mark mark;

	if (!can_note(p) ||
		!mc_reading_mark(&p->reading, p->run, MARK_EVERY, &mark))
		return MC_OK;
	return mc_errand_mark(p->intake, &mark, &p->tally, err);
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct pull *p = pull_of(rx);
	enum mc_rc rc;

	mc_snag_begin(&p->snag, p->folder.id, item->key);
	rc = ensure_intake(p, err);
	if (rc == MC_OK)
		rc = mc_intake_begin(p->intake, item->store, item->octets, err);
	return rc;
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	struct pull *p = pull_of(rx);

	p->report->octets += (int64_t)bytes.n;
	return mc_intake_bytes(p->intake, bytes, err);
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct pull *p = pull_of(rx);
	enum mc_rc rc;

	if (p->req->dry_run) { /* there was nothing to read */
		p->report->failed++;
		tell_failure(p, item->key, why->text);
		return MC_OK;
	}
	/* Of a session that ends with it the message may be the cause. */
	if (!why || why->scope <= MC_MESSAGE)
		mc_snag_end(&p->snag);
	rc = ensure_intake(p, err);
	if (rc == MC_OK)
		rc = mc_intake_end(p->intake, item, why, err);
	if (rc < 0)
		return rc;
	mc_reading_pass(&p->reading, item);
	collect(p);
	progress(p);
	/* It may be the last one for long. */
	if (mc_cancel_is(p->req->monitor.cancel, MC_CANCEL_SOON))
		return commit(p, err);
	return send_mark(p, err);
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	struct pull *p = pull_of(rx);
	struct mc_gap gap = { .folder = p->folder.id,
		.offset = offset,
		.total = total,
		.name = name,
		.octets = octets };
	enum mc_rc rc;

	if (p->folder_rule)
		return MC_OK;
	/* A long one comes in pieces. */
	p->report->gaps += offset == 0 || offset != p->gap_end;
	p->gap_end = offset + total;
	p->report->gap_octets += total;
	if (p->req->dry_run)
		return MC_OK;
	rc = ensure_intake(p, err);
	gap.run = p->run;
	return rc == MC_OK ? mc_errand_gap(p->intake, &gap, err) : rc;
}

/* Of a place where each message has a name that stays: how many are held and
 * were not listed. */
static MC_RC tell_gone(
	struct pull *p, const struct mc_folder *folder, struct mc_error *err)
{
	int64_t held = 0;
	enum mc_rc rc = MC_OK;

	if (p->moving)
		return MC_OK;
	rc = mc_folder_sightings(p->ar, p->folder.id,
		folder->life ? folder->life : "", &held, err);
	if (rc == MC_OK && held > p->tally.listed)
		mc_note(&p->req->monitor,
			"'%s': messages that are no longer there, and stay in "
			"the archive: %lld",
			folder->path, (long long)(held - p->tally.listed));
	return rc;
}

static MC_RC end_folder(struct pull *p, const struct mc_folder *folder,
	const struct mc_error *why, struct mc_error *err)
{
	bool changed = strcmp(folder->fingerprint, p->reading.fingerprint) != 0;
	struct mc_outcome all = mc_outcome_of(&p->tally, &p->land.own);
	enum mc_rc rc;

	if (p->folder_rule || p->req->dry_run)
		return MC_OK;
	if (why || changed) {
		p->report->folders_failed++;
		tell_failure(p, folder->path,
			why ? why->text
			    : "changed while it was read; run the "
			      "same command again");
		return keep_failure(p, "",
			why ? why->text : "changed while it was read", err);
	}
	if (all.tally.failed || !folder->fingerprint[0])
		return MC_OK;
	rc = tell_gone(p, folder, err);
	if (rc == MC_OK)
		rc = ensure_run(p, err);
	if (rc == MC_OK)
		rc = ensure_batch(p, err);
	if (rc < 0)
		return rc;
	return can_note(p) ? mc_reading_end(&p->reading, p->ar, p->folder.id,
				     p->run, &all, err)
			   : MC_OK;
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	struct pull *p = pull_of(rx);
	enum mc_rc rc = settle(p, err);

	if (rc == MC_OK)
		rc = end_folder(p, folder, why, err);
	if (rc == MC_OK)
		rc = note(p, err);
	/* Part of it was the source's. */
	p->reading = (struct mc_reading){ 0 };
	return rc == MC_OK ? leave_batch(p, err) : rc;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	struct pull *p = pull_of(rx);
	enum mc_rc rc = commit(p, err);

	progress(p);
	return rc;
}

static const struct mc_receiver receiver = { .folder = on_folder,
	.want = on_want,
	.begin = on_begin,
	.bytes = on_bytes,
	.end = on_end,
	.gap = on_gap,
	.folder_end = on_folder_end,
	.flush = on_flush };

/* All but the message in hand. */
static MC_RC keep_whole(struct pull *p, struct mc_error *err)
{
	if (p->intake && mc_intake_drop(p->intake, err) < 0)
		return err->rc;
	return commit(p, err);
}

/* One session: open, read, close.  Counts of what a session lists start anew;
 * what earlier sessions of this run brought stays counted. */
static MC_RC session(struct pull *p, const struct mc_source_conf *conf,
	struct mc_retry *retry, struct mc_error *err)
{
	const struct mc_source_ops *ops = p->ops;
	struct mc_source *src = NULL;
	enum mc_rc rc = ops->open(&src, conf, err);

	if (rc == MC_OK) {
		retry->met = true;
		rc = ops->read(src, &p->rx, err);
	}
	if (rc < 0) {
		struct mc_error later;

		/* What has come stays, whatever ended the session.  A failing
		 * commit says the same again at the next begin. */
		p->reading = (struct mc_reading){ 0 };
		mc_snag_lost(&p->snag);
		if (err->rc != MC_EDB && keep_whole(p, &later) < 0)
			*err = later;
	}
	if (src)
		ops->close(src);
	return rc < 0 ? err->rc : rc;
}

/* Before another session lists everything again. */
static void recount(struct pull *p, const struct mc_pull_report *before)
{
	p->report->listed = before->listed;
	p->report->known = before->known + p->landed.copies;
	p->report->skipped = before->skipped;
	memcpy(p->report->skipped_by, before->skipped_by,
		sizeof(before->skipped_by));
	p->report->failed = before->failed;
	p->report->folders_failed = before->folders_failed;
	p->earlier = p->landed.brought;
	p->land.resumed = p->earlier > 0;
	p->again = 0;
}

static MC_RC end_run(struct pull *p, const struct mc_pull_report *before,
	int status, struct mc_error *err)
{
	struct mc_counts counts;
	enum mc_rc rc = settle(p, err);

	if (rc < 0 || p->run == 0)
		return rc;
	counts = (struct mc_counts){
		.listed = p->report->listed - before->listed,
		.stored = p->report->stored - before->stored,
		.known = p->report->known - before->known,
		.skipped = p->report->skipped - before->skipped,
		.failed = p->report->failed - before->failed,
		.octets = p->report->octets - before->octets,
	};
	rc = ensure_batch(p, err);
	if (rc == MC_OK)
		rc = mc_run_end(p->ar, p->run, &counts, status, err);
	return rc == MC_OK ? commit(p, err) : rc;
}

static MC_RC sessions(
	struct pull *p, const struct mc_source_conf *conf, struct mc_error *err)
{
	const struct mc_pull_report before = *p->report;
	struct mc_retry retry = { 0 };
	struct mc_error later;
	enum mc_rc rc;

	for (;;) {
		int64_t had = p->landed.brought;

		rc = session(p, conf, &retry, err);
		if (rc >= 0 || mc_retry_wait(&retry, p->landed.brought > had,
				       &p->req->monitor, err) < 0)
			break;
		recount(p, &before);
	}
	/* What earlier sessions listed and brought, and this one did not. */
	p->report->listed += p->earlier - p->again;
	if (end_run(p, &before, rc < 0 ? 1 : 0, &later) < 0 && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	return rc < 0 ? err->rc : MC_OK;
}

MC_RC mc_pull_source(struct mc_archive *ar, const struct mc_request *req,
	const struct mc_endpoint *at, struct mc_pull_report *report,
	struct mc_error *err)
{
	struct pull p = { .rx = receiver,
		.ar = ar,
		.req = req,
		.report = report,
		.remote = mc_endpoint_is_remote(at) };
	struct mc_source_conf conf = {
		.at = at, .quote = req->quote, .monitor = &req->monitor
	};
	char *name = NULL;
	enum mc_rc rc = mc_source_find(&p.ops, at, err);

	mc_land_init(&p.land, ar);
	p.land.place.rules = &req->rules;
	p.land.place.select = &req->select;
	if (rc == MC_OK && ar)
		rc = mc_source_name(&name, at, p.ops, err);
	if (rc == MC_OK && ar)
		rc = ensure_batch(&p, err);
	if (rc == MC_OK && ar)
		rc = mc_source_put(ar, p.ops->kind, name, &p.source, err);
	if (rc == MC_OK && ar)
		rc = leave_batch(&p, err);
	p.land.place.source = p.source;
	if (rc == MC_OK)
		rc = sessions(&p, &conf, err);
	mc_intake_free(p.intake);
	mc_archive_close(p.look);
	if (ar)
		mc_archive_rollback(ar);
	mc_land_dispose(&p.land);
	free(name);
	if (rc < 0) {
		char typed[1024];

		mc_endpoint_format(at, typed, sizeof(typed));
		mc_while(err, "%s", typed);
	}
	return rc;
}
