/* SPDX-License-Identifier: MIT
 * receive: what a source lists is asked for, and every item ends in one count:
 * stored, known, skipped or failed. */
#include <stdlib.h>

#include "archive/flags.h"
#include "archive/known.h"
#include "job/errand.h"
#include "job/idle.h"
#include "job/labels.h"
#include "job/pacer.h"
#include "job/pulling.h"
#include "job/refresh.h"
#include "job/select.h"
#include "plan/plan.h"

/* Octets of a file between two places from which it can be gone on. */
enum { MARK_EVERY = 1024 * 1024 };

static struct mc_pulling *pull_of(struct mc_receiver *rx)
{
	return (struct mc_pulling *)(void *)rx;
}

/* What an earlier run has accounted for is counted as that left it.  MC_DONE:
 * that is all. */
static enum mc_rc take_held(
	struct mc_pulling *p, const struct mc_folder *folder)
{
	/* A second session has in its counts what the first one noted; and of
	 * labels it is not noted which of them the rules let pass. */
	const struct mc_reach none = { 0 };
	const struct mc_reach *reach = p->earlier > 0 || !mc_pulling_can_note(p)
					       ? &none
					       : &p->folder.reach;
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
	mc_pulling_progress(p);
	return held == MC_HELD_WHOLE ? MC_DONE : MC_OK;
}

/* Names that cannot be kept as they are.  Their mail is read, but who named
 * it so should know, each time. */
static void tell_misnamed(struct mc_pulling *p, const struct mc_folder *folder)
{
	struct mc_error why;

	if (folder->misnamed) {
		mc_fail(&why, MC_EINPUT, MC_FOLDER, 0,
			"its name is no UTF-8 and could not be kept; its mail "
			"is read all the same: '%s'; --map '%s=NAME' gives its "
			"mailbox a name",
			folder->misnamed, folder->path);
		mc_pulling_tell(p, NULL, folder->path, why.text);
		p->report->misnamed++;
	}
	if (folder->items_misnamed > 0) {
		mc_fail(&why, MC_EINPUT, MC_FOLDER, 0,
			"files whose names are no UTF-8: %lld, the first is "
			"'%s'; the messages are read all the same; rename the "
			"files, or leave them as they are",
			(long long)folder->items_misnamed,
			folder->first_misnamed);
		mc_pulling_tell(p, NULL, folder->path, why.text);
		p->report->misnamed += folder->items_misnamed;
	}
}

static MC_RC put_folder(struct mc_pulling *p, const struct mc_folder *folder,
	struct mc_folder_row *row, struct mc_error *err)
{
	enum mc_rc rc = mc_pulling_settle(p, err);

	if (rc == MC_OK)
		rc = mc_pulling_batch(p, err);
	return rc == MC_OK ? mc_folder_put(p->ar, p->source, folder->path,
				     (int)folder->special, row, err)
			   : rc;
}

/* No rule leaves out what is new.  After a lost session each message is asked
 * for by itself, for one may be why. */
static bool wants_all(const struct mc_pulling *p)
{
	const struct mc_selection *select = &p->req->select;

	return select->since == 0 && select->before == 0 &&
	       select->max_octets == 0 && !p->req->dry_run && p->earlier == 0 &&
	       p->snag.times == 0;
}

/* Folders that are told in time have their rows before messages come: then the
 * writer need not be waited for at each. */
static MC_RC on_foresee(struct mc_receiver *rx, const struct mc_folder *folder,
	bool *all, struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
	struct mc_folder_row row;
	struct mc_reading reading;
	const char *rule;
	enum mc_rc rc;

	if (!p->ar || (!folder->labelled && !mc_rules_pass(&p->req->rules,
						    folder->path, &rule)))
		return MC_OK;
	rc = put_folder(p, folder, &row, err);
	if (rc == MC_OK)
		rc = mc_folder_is_empty(p->ar, row.id, all, err);
	if (rc == MC_OK)
		rc = mc_pulling_leave(p, err);
	*all = rc == MC_OK && *all && wants_all(p);
	if (rc < 0 || p->earlier > 0)
		return rc;
	return mc_reading_begin(&reading, folder, &row.reach,
		       &p->req->select) == MC_HELD_WHOLE
		       ? MC_DONE
		       : MC_OK;
}

/* Its row.  *known: nothing was written for it, and the writer works on. */
static MC_RC find_folder(struct mc_pulling *p, const struct mc_folder *folder,
	bool *known, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	*known = false;
	if (p->intake)
		rc = mc_folder_find(
			p->look, p->source, folder->path, &p->folder, err);
	if (rc < 0)
		return rc;
	*known = p->intake && p->folder.id != 0 &&
		 (folder->special == MC_SPECIAL_NONE ||
			 p->folder.special == (int)folder->special);
	if (*known)
		return MC_OK;
	rc = put_folder(p, folder, &p->folder, err);
	return rc == MC_OK ? mc_pulling_leave(p, err) : rc;
}

/* What it holds already decides whether anything can be gone from it. */
static MC_RC look_whether_new(struct mc_pulling *p, struct mc_error *err)
{
	bool empty = false;
	enum mc_rc rc = mc_folder_is_empty(
		mc_pulling_look(p), p->folder.id, &empty, err);

	p->is_new = empty && p->earlier == 0;
	return rc;
}

/* Tells the writer where the messages that follow are seen. */
static MC_RC take_place(struct mc_pulling *p, bool known, struct mc_error *err)
{
	struct mc_read_outcome own = { .in_place = p->reading.in_place };

	p->place.folder = p->folder.id;
	p->place.labelled = p->labelled;
	p->place.since_run = p->reading.since_run;
	p->place.moving = p->moving;
	if (known)
		return mc_errand_place(p->intake, &p->place, &own, err);
	return mc_land_place(&p->land, &p->place, &own, err);
}

/* What people know it by; a maildrop of POP3 has no folders. */
static MC_RC keep_path(struct mc_pulling *p, const struct mc_folder *folder,
	struct mc_error *err)
{
	free(p->path);
	p->path = NULL;
	if (p->ops != &mc_source_pop3 &&
		mc_strdup(&p->path, mc_span_str(folder->path), err) < 0)
		return err->rc;
	p->place.path = p->path;
	return MC_OK;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
	bool known;
	enum mc_rc held;
	enum mc_rc rc = keep_path(p, folder, err);

	if (rc < 0)
		return rc;
	p->reading = (struct mc_reading){ 0 };
	p->tally = (struct mc_tally){ 0 };
	p->gap_end = 0;
	p->folder_rule = NULL;
	p->told[0] = '\0';
	p->moving = p->ops->moving || folder->moving;
	p->labelled = folder->labelled;
	p->open_ended |= folder->total < 0;
	if (!p->labelled &&
		!mc_rules_pass(&p->req->rules, folder->path, &p->folder_rule)) {
		p->folder.id = 0;
		return MC_OK;
	}
	tell_misnamed(p, folder);
	/* Only octets may tell labels. */
	if (p->labelled && p->req->dry_run)
		mc_idle_doubt(&p->req->rules);
	if (!p->ar) /* a dry run before the first pull: all is new */
		return MC_OK;
	rc = find_folder(p, folder, &known, err);
	if (rc < 0)
		return rc;
	held = take_held(p, folder);
	if (held == MC_OK)
		rc = look_whether_new(p, err);
	if (rc == MC_OK)
		rc = take_place(p, known, err);
	return rc < 0 ? rc : held;
}

static void skip(struct mc_pulling *p, enum mc_skip_rule rule)
{
	p->report->skipped++;
	p->report->skipped_by[rule]++;
	p->tally.skipped_by[rule]++;
}

/* Only a second session of a run can meet what the run itself brought. */
static bool brought_earlier(const struct mc_pulling *p, int64_t sighting)
{
	return p->earlier > 0 && p->landed.first_sighting > 0 &&
	       sighting >= p->landed.first_sighting;
}

/* Flags of a known message as they are now.  MC_DONE: it must be read again
 * for them. */
static MC_RC refresh(struct mc_pulling *p, const struct mc_item *item,
	const struct mc_known *known, struct mc_error *err)
{
	enum mc_refresh refresh = MC_REFRESH_SAME;
	enum mc_rc rc =
		mc_refresh_look(mc_pulling_look(p), known, item, &refresh, err);

	if (rc < 0 || refresh == MC_REFRESH_SAME || p->req->dry_run)
		return rc;
	if (refresh == MC_REFRESH_READ)
		return MC_DONE;
	rc = mc_pulling_intake(p, err);
	return rc == MC_OK
		       ? mc_errand_flags(p->intake, item, known->sighting, err)
		       : rc;
}

/* MC_DONE: a rule leaves out what is known of it so far. */
static MC_RC select_item(
	struct mc_pulling *p, const struct mc_item *item, struct mc_error *err)
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

static MC_RC keep_failure(struct mc_pulling *p, const char *key,
	const char *why, struct mc_error *err)
{
	struct mc_run_item item = {
		.folder = p->folder.id, .key = key, .failed = true, .why = why
	};
	enum mc_rc rc = mc_pulling_run(p, err);

	item.run = p->run;
	return rc == MC_OK ? mc_run_item_put(p->ar, &item, err) : rc;
}

/* Sessions break off at it, again and again: without it, then. */
static MC_RC leave_snag(
	struct mc_pulling *p, const struct mc_item *item, struct mc_error *err)
{
	static const char why[] =
		"the connection is lost whenever this message is read; if it "
		"stays so, tell those who run the server";
	enum mc_rc rc = mc_pulling_settle(p, err);

	p->report->failed++;
	p->tally.failed++;
	mc_pulling_tell(p, p->path, item->key, why);
	if (rc == MC_OK)
		rc = keep_failure(p, item->key, why, err);
	return rc < 0 ? rc : MC_DONE;
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
	struct mc_known known = { 0 };
	enum mc_rc rc;

	p->report->listed++;
	p->tally.listed++;
	rc = select_item(p, item, err);
	if (rc != MC_OK)
		return rc;
	if (p->ar && !p->moving && item->key[0]) {
		rc = mc_known_find(mc_pulling_look(p), p->folder.id, item->key,
			item->octets, &known, err);
		if (rc < 0)
			return rc;
	}
	if (known.sighting == 0) {
		p->report->stored += p->req->dry_run;
		if (p->req->dry_run)
			return MC_DONE;
		return mc_snag_is(&p->snag, p->folder.id, item->key)
			       ? leave_snag(p, item, err)
			       : MC_OK;
	}
	rc = refresh(p, item, &known, err);
	if (rc != MC_OK) /* what is read again is counted when it has come */
		return rc < 0 ? rc : MC_OK;
	if (brought_earlier(p, known.sighting))
		p->again++;
	else
		p->report->known++;
	return MC_DONE;
}

static MC_RC send_mark(struct mc_pulling *p, struct mc_error *err)
{
	struct mc_mark mark;

	if (!mc_pulling_can_note(p) ||
		!mc_reading_mark(&p->reading, p->run, MARK_EVERY, &mark))
		return MC_OK;
	return mc_errand_mark(p->intake, &mark, &p->tally, err);
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
	enum mc_rc rc;

	mc_archive_release(mc_pulling_look(p));
	mc_snag_begin(&p->snag, p->folder.id, item->key);
	rc = mc_pulling_intake(p, err);
	if (rc == MC_OK)
		rc = mc_intake_begin(p->intake, item->store, item->octets, err);
	return rc;
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);

	p->report->octets += (int64_t)bytes.n;
	if (p->remote)
		mc_pacer_octets(
			mc_pace_in(p->req), (int64_t)bytes.n, &p->req->monitor);
	return mc_intake_bytes(p->intake, bytes, err);
}

/* Holds it to its pace, if it is a server's. */
static MC_RC keep_pace(struct mc_pulling *p, struct mc_error *err)
{
	const struct mc_pull_report *r = p->report;
	struct mc_pacer_line line = { .ar = p->ar,
		.account = p->account,
		.left = p->open_ended ? -1
				      : r->listed - r->stored - r->known -
						r->skipped - r->failed,
		.mon = &p->req->monitor };
	enum mc_rc rc;

	if (!p->remote)
		return MC_OK;
	mc_pacer_messages(mc_pace_in(p->req), 1, &p->req->monitor);
	if (!mc_pacer_is_due(mc_pace_in(p->req)))
		return MC_OK;
	rc = mc_pulling_commit(p, err);
	if (rc == MC_OK)
		rc = mc_pacer_settle(mc_pace_in(p->req), &line, err);
	/* The wait may have been long, and was ended by who wants no more. */
	if (rc == MC_OK && mc_cancel_is(line.mon->cancel, MC_CANCEL_SOON))
		rc = mc_fail_cancelled(err);
	return rc;
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
	enum mc_rc rc;

	if (p->req->dry_run) { /* there was nothing to read */
		p->report->failed++;
		mc_pulling_tell(p, p->path, item->key, why->text);
		return MC_OK;
	}
	/* Of a session that ends with it the message may be the cause. */
	if (!why || why->scope <= MC_MESSAGE)
		mc_snag_end(&p->snag);
	rc = mc_pulling_intake(p, err);
	if (rc == MC_OK)
		rc = mc_intake_end(p->intake, item, why, err);
	if (rc < 0)
		return rc;
	mc_reading_pass(&p->reading, item);
	mc_pulling_collect(p);
	mc_pulling_progress(p);
	rc = keep_pace(p, err);
	if (rc < 0)
		return rc;
	/* It may be the last one for long. */
	if (mc_cancel_is(p->req->monitor.cancel, MC_CANCEL_SOON))
		return mc_pulling_commit(p, err);
	return send_mark(p, err);
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
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
	rc = mc_pulling_intake(p, err);
	gap.run = p->run;
	return rc == MC_OK ? mc_errand_gap(p->intake, &gap, err) : rc;
}

/* Of a place where each message has a name that stays: how many are held and
 * were not listed. */
static MC_RC tell_gone(struct mc_pulling *p, const struct mc_folder *folder,
	struct mc_error *err)
{
	int64_t held = 0;
	enum mc_rc rc = MC_OK;

	if (p->moving)
		return MC_OK;
	rc = mc_folder_sightings(p->ar, p->folder.id,
		folder->life ? folder->life : "", &held, err);
	if (rc == MC_OK && held > p->tally.listed)
		mc_note(&p->req->monitor,
			"'%s': %lld message%s no longer there, and %s in the "
			"archive",
			folder->path, (long long)(held - p->tally.listed),
			held - p->tally.listed == 1 ? " is" : "s are",
			held - p->tally.listed == 1 ? "stays" : "stay");
	return rc;
}

/* Its message in hand may have been told with the same words. */
static MC_RC fail_folder(struct mc_pulling *p, const struct mc_folder *folder,
	const char *why, struct mc_error *err)
{
	p->report->folders_failed++;
	if (strcmp(why, p->told) != 0)
		mc_pulling_tell(p, NULL, folder->path, why);
	return p->req->dry_run ? MC_OK : keep_failure(p, "", why, err);
}

static MC_RC end_folder(struct mc_pulling *p, const struct mc_folder *folder,
	const struct mc_error *why, struct mc_error *err)
{
	bool changed = strcmp(folder->fingerprint, p->reading.fingerprint) != 0;
	struct mc_read_outcome all =
		mc_read_outcome_of(&p->tally, &p->land.own);
	enum mc_rc rc;

	if (p->folder_rule)
		return MC_OK;
	if (why)
		return fail_folder(p, folder, why->text, err);
	if (p->req->dry_run)
		return MC_OK;
	if (changed)
		return fail_folder(p, folder,
			"changed while it was read; run the same command again",
			err);
	if (all.tally.failed || !folder->fingerprint[0])
		return MC_OK;
	rc = tell_gone(p, folder, err);
	if (rc == MC_OK)
		rc = mc_pulling_run(p, err);
	if (rc == MC_OK)
		rc = mc_pulling_batch(p, err);
	if (rc < 0)
		return rc;
	return mc_pulling_can_note(p) ? mc_reading_end(&p->reading, p->ar,
						p->folder.id, p->run, &all, err)
				      : MC_OK;
}

/* Nothing to be told, and nothing to be looked at but what the writer knows. */
static bool can_end_later(const struct mc_pulling *p,
	const struct mc_folder *folder, const struct mc_error *why)
{
	return p->intake && p->is_new && !why && !p->folder_rule &&
	       folder->fingerprint[0] && mc_pulling_can_note(p) &&
	       strcmp(folder->fingerprint, p->reading.fingerprint) == 0;
}

static MC_RC end_later(struct mc_pulling *p, struct mc_error *err)
{
	struct mc_mark mark;

	mc_reading_mark_end(&p->reading, p->run, &mark);
	return mc_errand_mark(p->intake, &mark, &p->tally, err);
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
	enum mc_rc rc;

	if (can_end_later(p, folder, why)) {
		rc = end_later(p, err);
		p->reading = (struct mc_reading){ 0 };
		return rc;
	}
	rc = mc_pulling_settle(p, err);
	if (rc == MC_OK)
		rc = end_folder(p, folder, why, err);
	if (rc == MC_OK)
		rc = mc_pulling_note(p, err);
	/* Part of it was the source's. */
	p->reading = (struct mc_reading){ 0 };
	return rc == MC_OK ? mc_pulling_leave(p, err) : rc;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	struct mc_pulling *p = pull_of(rx);
	enum mc_rc rc = mc_pulling_commit(p, err);

	mc_pulling_progress(p);
	return rc;
}

const struct mc_receiver mc_pulling_receiver = { .foresee = on_foresee,
	.folder = on_folder,
	.want = on_want,
	.begin = on_begin,
	.bytes = on_bytes,
	.end = on_end,
	.gap = on_gap,
	.folder_end = on_folder_end,
	.flush = on_flush };
