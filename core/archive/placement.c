/* SPDX-License-Identifier: MIT
 * placement: the ledger's rows made, matched with what is there, handed out to
 * be sent, and what became of each. */
#include <assert.h>

#include "archive/batch.h"
#include "archive/db.h"
#include "archive/ledger.h"
#include "archive/unite.h"
#include "base/limits.h"

/* ---- made ---- */

/* How a target was placed last. */
struct placed {
	bool all_variants;
	bool keep_deleted;
	uint32_t deleted_flags;
	int64_t touched;
	bool stale;
};

static MC_RC get_placed(struct mc_archive *ar, int64_t target,
	struct placed *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct placed){ 0 };
	mc_query_open(&q, ar, MC_SQL_TARGET_RULES);
	mc_bind_int(&q, target);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		*out = (struct placed){
			.all_variants = mc_column_int(&q, 0) != 0,
			.keep_deleted = mc_column_int(&q, 1) != 0,
			.deleted_flags = mc_column_u32(&q, 2),
			.touched = mc_column_int(&q, 3),
			.stale = mc_column_int(&q, 4) != 0,
		};
	mc_query_close(&q);
	if (rc == MC_DONE)
		return mc_fail(err, MC_EDB, MC_RUN, 0, "no target %lld",
			(long long)target);
	return rc;
}

/* Other rules than last time: everything is placed again. */
static MC_RC set_rules(struct mc_archive *ar, int64_t target,
	const struct mc_place_rules *rules, struct placed *placed,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	if (placed->all_variants == rules->all_variants &&
		placed->keep_deleted == rules->keep_deleted &&
		placed->deleted_flags == rules->deleted_flags)
		return MC_OK;
	placed->stale = true;
	mc_query_open(&q, ar, MC_SQL_TARGET_RULES_SET);
	mc_bind_int(&q, rules->all_variants);
	mc_bind_int(&q, rules->keep_deleted);
	mc_bind_int(&q, rules->deleted_flags);
	mc_bind_int(&q, target);
	rc = mc_query_run(&q, err);
	if (rc < 0)
		return rc;
	return mc_db_run_on(ar, MC_SQL_ROUTES_AGAIN, target, err);
}

static MC_RC place(struct mc_archive *ar, int64_t target,
	const struct mc_place_rules *rules, const struct placed *placed,
	int64_t *made, struct mc_error *err)
{
	uint32_t deleted = rules->keep_deleted ? 0 : rules->deleted_flags;
	struct mc_query q;
	enum mc_rc rc = MC_OK;

	if (placed->stale) {
		mc_query_open(&q, ar, MC_SQL_PLACE_DROP);
		mc_bind_int(&q, target);
		mc_bind_int(&q, rules->all_variants);
		rc = mc_query_run(&q, err);
	}
	if (rc == MC_OK) {
		mc_query_open(&q, ar, MC_SQL_PLACE_AGAIN);
		mc_bind_int(&q, target);
		mc_bind_int(&q, placed->touched);
		mc_bind_int(&q, rules->all_variants);
		mc_bind_int(&q, deleted);
		rc = mc_query_run(&q, err);
	}
	if (rc == MC_OK) {
		mc_query_open(&q, ar, MC_SQL_PLACE_NEW);
		mc_bind_int(&q, rules->all_variants);
		mc_bind_int(&q, target);
		mc_bind_int(&q, deleted);
		rc = mc_query_run(&q, err);
	}
	if (rc == MC_OK)
		*made = mc_db_changes(ar);
	if (rc == MC_OK) {
		mc_query_open(&q, ar, MC_SQL_PLACE_OWING);
		mc_bind_int(&q, target);
		mc_bind_int(&q, rules->sent_flags & ~deleted);
		rc = mc_query_run(&q, err);
	}
	return rc;
}

static MC_RC make(struct mc_archive *ar, int64_t target,
	const struct mc_place_rules *rules, int64_t *made, struct mc_error *err)
{
	struct placed placed;
	enum mc_rc rc = get_placed(ar, target, &placed, err);

	if (rc == MC_OK)
		rc = set_rules(ar, target, rules, &placed, err);
	if (rc == MC_OK)
		rc = place(ar, target, rules, &placed, made, err);
	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_ROUTES_PLACED, target, err);
	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_TARGET_PLACED, target, err);
	return rc;
}

MC_RC mc_placements_make(struct mc_archive *ar, int64_t target,
	const struct mc_place_rules *rules, int64_t *placed,
	struct mc_error *err)
{
	bool own;
	enum mc_rc rc = mc_batch_enter(ar, &own, err);

	*placed = 0;
	if (rc < 0)
		return rc;
	rc = make(ar, target, rules, placed, err);
	return mc_batch_leave(ar, own, rc, err);
}

/* ---- matched ---- */

static MC_RC count_of(struct mc_archive *ar, enum mc_sql sql, int64_t mailbox,
	int64_t *n, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*n = 0;
	mc_query_open(&q, ar, sql);
	mc_bind_int(&q, mailbox);
	rc = mc_query_int(&q, n, err);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC match_key(struct mc_archive *ar, int64_t mailbox, bool exact,
	struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_MATCH_KEY);
	mc_bind_int(&q, exact);
	mc_bind_int(&q, mailbox);
	return mc_query_run(&q, err);
}

static MC_RC match(struct mc_archive *ar, int64_t mailbox,
	struct mc_matched *matched, struct mc_error *err)
{
	int64_t open = 0;
	int64_t before = 0;
	int64_t after = 0;
	enum mc_rc rc = count_of(ar, MC_SQL_MATCH_OPEN, mailbox, &open, err);

	if (rc < 0 || open == 0)
		return rc;
	rc = count_of(ar, MC_SQL_MATCH_UNSETTLED, mailbox, &before, err);
	if (rc == MC_OK)
		rc = match_key(ar, mailbox, true, err);
	if (rc == MC_OK)
		rc = match_key(ar, mailbox, false, err);
	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_MATCH_MESSAGE_ID, mailbox, err);
	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_MATCH_MARK, mailbox, err);
	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_MATCH_WRAPPED, mailbox, err);
	if (rc == MC_OK)
		rc = count_of(ar, MC_SQL_MATCH_UNSETTLED, mailbox, &after, err);
	if (rc < 0)
		return rc;
	matched->found = before - after;
	rc = mc_db_run_on(ar, MC_SQL_MATCH_LOST, mailbox, err);
	if (rc == MC_OK)
		matched->lost = mc_db_changes(ar);
	return rc;
}

MC_RC mc_placements_match(struct mc_archive *ar, int64_t mailbox,
	struct mc_matched *matched, struct mc_error *err)
{
	bool own;
	enum mc_rc rc = mc_batch_enter(ar, &own, err);

	*matched = (struct mc_matched){ 0 };
	if (rc < 0)
		return rc;
	rc = match(ar, mailbox, matched, err);
	return mc_batch_leave(ar, own, rc, err);
}

/* ---- handed out ---- */

/* Of all sightings of the message. */
static MC_RC unite(struct mc_archive *ar, struct mc_placement *placement,
	struct mc_error *err)
{
	struct mc_united all;
	struct mc_buf words;
	enum mc_rc rc = mc_unite(ar, placement->logical, &all, err);

	mc_buf_init(&words, MC_WORDS_MAX);
	placement->flags = all.flags;
	placement->internaldate = all.time;
	placement->rank = all.rank;
	placement->newest = all.newest;
	if (rc == MC_OK)
		rc = mc_unite_keywords(ar, placement->logical, &words, err);
	if (rc < 0) {
		mc_buf_dispose(&words);
		return rc;
	}
	placement->keywords = words.data;
	placement->keywords_n = words.len;
	return MC_OK;
}

static void take_placement(
	struct mc_query *q, struct mc_placement *out, uint32_t *deleted_flags)
{
	*out = (struct mc_placement){
		.id = mc_column_int(q, 0),
		.logical = mc_column_int(q, 1),
		.body = mc_column_int(q, 2),
		.octets = mc_column_int(q, 3),
		.shape = mc_column_u32(q, 4),
		.attempts = (int)mc_column_int(q, 5),
		.longest_line = (int32_t)mc_column_int(q, 7),
		.uid = mc_column_u32(q, 8),
		.wrapped = (enum mc_wrapping)mc_column_int(q, 9),
		.changed = mc_column_int(q, 10) != 0,
	};
	*deleted_flags = mc_column_u32(q, 6);
}

/* q: bound.  *n: room, and then how many came. */
static MC_RC take_placements(struct mc_query *q, struct mc_placement *out,
	size_t *n, struct mc_error *err)
{
	size_t room = *n;
	enum mc_rc rc = MC_OK;

	*n = 0;
	while (*n < room) {
		uint32_t deleted_flags;

		rc = mc_query_next(q, err);
		if (rc != MC_OK)
			break;
		take_placement(q, &out[*n], &deleted_flags);
		rc = unite(q->ar, &out[*n], err);
		if (rc < 0)
			break;
		out[*n].flags &= ~deleted_flags;
		++*n;
	}
	mc_query_close(q);
	while (rc < 0 && *n > 0)
		mc_placement_dispose(&out[--*n]);
	return rc < 0 ? rc : MC_OK;
}

static void bind_window(
	struct mc_query *q, int64_t mailbox, int64_t after, size_t room)
{
	mc_bind_int(q, mailbox);
	mc_bind_int(q, after);
	mc_bind_int(q, (int64_t)room);
}

MC_RC mc_placements_next(struct mc_archive *ar, int64_t mailbox, int64_t after,
	struct mc_placement *out, size_t *n, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_NEXT);
	bind_window(&q, mailbox, after, *n);
	return take_placements(&q, out, n, err);
}

MC_RC mc_placements_owing(struct mc_archive *ar, int64_t mailbox, int64_t after,
	struct mc_placement *out, size_t *n, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_OWING);
	bind_window(&q, mailbox, after, *n);
	return take_placements(&q, out, n, err);
}

MC_RC mc_mailbox_dues(struct mc_archive *ar, int64_t mailbox, int64_t after,
	struct mc_dues *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_DUES);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, after);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		*out = (struct mc_dues){ mc_column_int(&q, 0),
			mc_column_int(&q, 1), mc_column_int(&q, 2) };
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_placement_at(struct mc_archive *ar, int64_t mailbox, uint32_t uid,
	int64_t *placement, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*placement = 0;
	mc_query_open(&q, ar, MC_SQL_PLACEMENT_AT);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, uid);
	rc = mc_query_int(&q, placement, err);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC take_placed(
	struct mc_query *q, struct mc_placed *out, struct mc_error *err)
{
	const char *mailbox = mc_column_text(q, 3);
	const char *subject = mc_column_text(q, 4);
	int64_t state = mc_column_int(q, 0);
	enum mc_rc rc;

	if (state < MC_WAITING || state > MC_SKIPPED)
		return mc_db_damaged(
			err, "placement of message", mc_column_int(q, 2));
	out->state = (enum mc_placement_state)state;
	out->uid = mc_column_u32(q, 1);
	out->logical = mc_column_int(q, 2);
	rc = mc_strdup(&out->mailbox, mc_span_str(mailbox ? mailbox : ""), err);
	if (rc == MC_OK && subject)
		rc = mc_strdup(&out->subject, mc_span_str(subject), err);
	return rc;
}

MC_RC mc_placement_get(struct mc_archive *ar, int64_t placement,
	struct mc_placed *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_placed){ 0 };
	mc_query_open(&q, ar, MC_SQL_PLACEMENT_GET);
	mc_bind_int(&q, placement);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		rc = take_placed(&q, out, err);
	mc_query_close(&q);
	if (rc == MC_DONE)
		return mc_fail(err, MC_EDB, MC_RUN, 0, "no placement %lld",
			(long long)placement);
	return rc;
}

void mc_placed_dispose(struct mc_placed *placed)
{
	free(placed->mailbox);
	free(placed->subject);
	*placed = (struct mc_placed){ 0 };
}

MC_RC mc_placements_size(struct mc_archive *ar, int64_t target,
	int64_t *messages, int64_t *octets, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_SIZE);
	mc_bind_int(&q, target);
	rc = mc_query_next(&q, err);
	*messages = rc == MC_OK ? mc_column_int(&q, 0) : 0;
	*octets = rc == MC_OK ? mc_column_int(&q, 1) : 0;
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_placement_last(
	struct mc_archive *ar, int64_t *placement, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*placement = 0;
	mc_query_open(&q, ar, MC_SQL_PLACEMENT_LAST);
	rc = mc_query_int(&q, placement, err);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_placement_paid(
	struct mc_archive *ar, int64_t placement, struct mc_error *err)
{
	return mc_db_run_on(ar, MC_SQL_PLACEMENT_PAID, placement, err);
}

MC_RC mc_placement_owes(
	struct mc_archive *ar, int64_t placement, struct mc_error *err)
{
	return mc_db_run_on(ar, MC_SQL_PLACEMENT_OWES, placement, err);
}

MC_RC mc_placements_lost(struct mc_archive *ar, int64_t mailbox, uint32_t first,
	uint32_t flags, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_LOST);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, first);
	mc_bind_int(&q, flags);
	return mc_query_run(&q, err);
}

MC_RC mc_placement_key(struct mc_archive *ar, int64_t placement,
	struct mc_digest *key, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_KEY);
	mc_bind_int(&q, placement);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK && !mc_column_digest(&q, 0, key))
		rc = MC_DONE;
	mc_query_close(&q);
	if (rc == MC_DONE)
		return mc_fail(err, MC_EDB, MC_MESSAGE, 0,
			"placement %lld is of no message",
			(long long)placement);
	return rc;
}

void mc_placement_dispose(struct mc_placement *placement)
{
	free(placement->keywords);
	placement->keywords = NULL;
	placement->keywords_n = 0;
}

/* ---- what became of each ---- */

/* Runs a change of state.  No row: the placement was not in the state that
 * the change starts from, and the caller's picture of it is wrong. */
static MC_RC change_state(struct mc_query *q, int64_t placement, const char *to,
	struct mc_error *err)
{
	struct mc_archive *ar = q->ar;
	enum mc_rc rc = mc_query_run(q, err);

	if (rc == MC_OK && mc_db_changes(ar) != 1)
		return mc_fail(err, MC_EDB, MC_MESSAGE, 0,
			"placement %lld cannot become %s now",
			(long long)placement, to);
	return rc;
}

MC_RC mc_placement_sending(struct mc_archive *ar, int64_t placement,
	uint32_t uidvalidity, uint32_t uidnext, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_SENDING);
	mc_bind_int(&q, uidvalidity);
	mc_bind_int(&q, uidnext);
	mc_bind_int(&q, placement);
	return change_state(&q, placement, "sending", err);
}

MC_RC mc_placement_unsent(
	struct mc_archive *ar, int64_t placement, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_UNSENT);
	mc_bind_int(&q, placement);
	return change_state(&q, placement, "waiting", err);
}

MC_RC mc_placement_doubt(struct mc_archive *ar, int64_t placement,
	int64_t mailbox, uint32_t uid, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_REMOTE_GONE);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, uid);
	rc = mc_query_run(&q, err);
	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_PLACEMENT_DOUBT);
	mc_bind_int(&q, placement);
	return change_state(&q, placement, "sending", err);
}

MC_RC mc_placement_verified(
	struct mc_archive *ar, int64_t placement, struct mc_error *err)
{
	return mc_db_run_on(ar, MC_SQL_PLACEMENT_VERIFIED, placement, err);
}

MC_RC mc_placement_sent(struct mc_archive *ar, int64_t placement,
	const struct mc_landing *landing, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_SENT);
	mc_bind_int(&q, landing->uidvalidity);
	if (landing->uid)
		mc_bind_int(&q, landing->uid);
	else
		mc_bind_null(&q);
	mc_bind_text(&q, landing->change);
	mc_bind_digest(&q, landing->sent_sha256);
	mc_bind_int(&q, placement);
	return change_state(&q, placement, "sent", err);
}

MC_RC mc_placement_refused(struct mc_archive *ar, int64_t placement,
	const char *code, const char *text, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_REFUSED);
	mc_bind_text(&q, code);
	mc_bind_text(&q, text);
	mc_bind_int(&q, placement);
	return change_state(&q, placement, "refused", err);
}

MC_RC mc_placement_waiting(struct mc_archive *ar, int64_t placement,
	const char *why, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_WAITING);
	mc_bind_text(&q, why);
	mc_bind_int(&q, placement);
	return change_state(&q, placement, "waiting", err);
}

/* ---- what was refused ---- */

MC_RC mc_placements_retry(struct mc_archive *ar, int64_t target,
	const char *mailbox, int64_t *n, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_RETRY);
	mc_bind_int(&q, target);
	mc_bind_text(&q, mailbox);
	rc = mc_query_run(&q, err);
	*n = rc == MC_OK ? mc_db_changes(ar) : 0;
	return rc;
}

MC_RC mc_placements_wrap(struct mc_archive *ar, int64_t target, int64_t mailbox,
	uint32_t offending, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_WRAP);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, offending);
	mc_bind_int(&q, target);
	return mc_query_run(&q, err);
}

MC_RC mc_placements_wrap_again(struct mc_archive *ar, int64_t mailbox,
	int64_t *n, struct mc_error *err)
{
	enum mc_rc rc =
		mc_db_run_on(ar, MC_SQL_PLACEMENT_WRAP_AGAIN, mailbox, err);

	*n = rc == MC_OK ? mc_db_changes(ar) : 0;
	return rc;
}

MC_RC mc_placements_wrapped(struct mc_archive *ar, int64_t mailbox, int64_t *n,
	struct mc_error *err)
{
	return count_of(ar, MC_SQL_PLACEMENT_COUNT_WRAPPED, mailbox, n, err);
}
