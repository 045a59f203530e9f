/* SPDX-License-Identifier: MIT
 * placing: the ledger's rows made, and matched with what is there. */
#include "archive/batch.h"
#include "archive/db.h"
#include "archive/ledger.h"

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

/* As what it may be there: what was sent in its place, what some servers make of
 * that, and what they make of itself. */
enum as { SENT, KEPT, LIKELY, ASES };

/* Until no more is found. */
static MC_RC match_altered_as(struct mc_archive *ar, int64_t mailbox,
	enum as as, bool exact, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	do {
		mc_query_open(&q, ar, MC_SQL_MATCH_ALTERED);
		mc_bind_int(&q, as);
		mc_bind_int(&q, exact);
		mc_bind_int(&q, mailbox);
		rc = mc_query_run(&q, err);
	} while (rc == MC_OK && mc_db_changes(ar) > 0);
	return rc;
}

static MC_RC match_altered(struct mc_archive *ar, int64_t mailbox, bool exact,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (int as = SENT; rc == MC_OK && as < ASES; as++)
		rc = match_altered_as(ar, mailbox, (enum as)as, exact, err);
	return rc;
}

/* What is there as it was sent comes first: what another one may have become is
 * not taken from it. */
static MC_RC match_keys(struct mc_archive *ar, int64_t mailbox, bool exact,
	struct mc_error *err)
{
	enum mc_rc rc = match_key(ar, mailbox, exact, err);

	return rc == MC_OK ? match_altered(ar, mailbox, exact, err) : rc;
}

/* By what a server that rewrites leaves of it. */
static const struct left {
	bool whole; /* Message-ID, or none; else up to its @ */
	bool exact; /* size */
	bool sure;  /* to be there */
} lefts[] = {
	{ true, true, false },
	{ true, true, true },
	{ true, false, false },
	{ true, false, true },
	{ false, true, false },
	{ false, true, true },
	{ false, false, false },
	{ false, false, true },
};

/* Until no more is found. */
static MC_RC match_rewritten(struct mc_archive *ar, int64_t mailbox,
	const struct left *left, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	do {
		mc_query_open(&q, ar, MC_SQL_MATCH_REWRITTEN);
		mc_bind_int(&q, left->whole);
		mc_bind_int(&q, mailbox);
		mc_bind_int(&q, left->sure);
		mc_bind_int(&q, left->exact);
		rc = mc_query_run(&q, err);
	} while (rc == MC_OK && mc_db_changes(ar) > 0);
	return rc;
}

static MC_RC match_all_rewritten(
	struct mc_archive *ar, int64_t mailbox, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < sizeof(lefts) / sizeof(lefts[0]);
		i++)
		rc = match_rewritten(ar, mailbox, &lefts[i], err);
	return rc;
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
		rc = match_keys(ar, mailbox, true, err);
	if (rc == MC_OK)
		rc = match_keys(ar, mailbox, false, err);
	if (rc == MC_OK)
		rc = match_all_rewritten(ar, mailbox, err);
	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_MATCH_WRAPPED, mailbox, err);
	if (rc == MC_OK)
		rc = count_of(ar, MC_SQL_MATCH_UNSETTLED, mailbox, &after, err);
	if (rc < 0)
		return rc;
	matched->found = before - after;
	rc = mc_db_run_on(ar, MC_SQL_MATCH_GONE, mailbox, err);
	if (rc == MC_OK)
		matched->gone = mc_db_changes(ar);
	if (rc == MC_OK)
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

MC_RC mc_placements_wrapped(struct mc_archive *ar, int64_t mailbox, int64_t *n,
	struct mc_error *err)
{
	return count_of(ar, MC_SQL_PLACEMENT_COUNT_WRAPPED, mailbox, n, err);
}
