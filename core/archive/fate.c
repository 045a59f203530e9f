/* SPDX-License-Identifier: MIT
 * fate: what became of each of the ledger's rows. */
#include "archive/db.h"
#include "archive/ledger.h"

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

MC_RC mc_placement_altered(struct mc_archive *ar, int64_t placement,
	const struct mc_altered *as, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_ALTERED);
	mc_bind_text(&q, as->change);
	mc_bind_digest(&q, &as->sha256);
	mc_bind_digest(&q, &as->key);
	mc_bind_int(&q, as->octets);
	if (as->kept_octets > 0) {
		mc_bind_digest(&q, &as->kept_key);
		mc_bind_int(&q, as->kept_octets);
	} else {
		mc_bind_null(&q);
		mc_bind_null(&q);
	}
	mc_bind_int(&q, placement);
	return change_state(&q, placement, "changed", err);
}

MC_RC mc_placement_likely(struct mc_archive *ar, int64_t placement,
	const struct mc_altered *as, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PLACEMENT_LIKELY);
	mc_bind_digest(&q, &as->key);
	mc_bind_int(&q, as->octets);
	mc_bind_int(&q, placement);
	return mc_query_run(&q, err);
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
