/* SPDX-License-Identifier: MIT
 * report: the ledger as it stands, for people. */
#include "archive/db.h"
#include "archive/ledger.h"

static MC_RC take_counts(
	struct mc_query *q, struct mc_ledger_counts *out, struct mc_error *err)
{
	enum mc_rc rc = mc_query_next(q, err);

	if (rc == MC_OK)
		*out = (struct mc_ledger_counts){
			.placements = mc_column_int(q, 0),
			.waiting = mc_column_int(q, 1 + MC_WAITING) +
				   mc_column_int(q, 1 + MC_SENDING),
			.sending = mc_column_int(q, 1 + MC_SENDING),
			.sent = mc_column_int(q, 1 + MC_SENT),
			.present = mc_column_int(q, 1 + MC_PRESENT),
			.refused = mc_column_int(q, 1 + MC_REFUSED),
			.skipped = mc_column_int(q, 1 + MC_SKIPPED),
		};
	mc_query_close(q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_ledger_count(struct mc_archive *ar, int64_t target,
	struct mc_ledger_counts *out, struct mc_error *err)
{
	bool all = target == 0;
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar,
		all ? MC_SQL_PLACEMENT_COUNT_ALL : MC_SQL_PLACEMENT_COUNT);
	if (!all)
		mc_bind_int(&q, target);
	*out = (struct mc_ledger_counts){ 0 };
	rc = take_counts(&q, out, err);
	if (rc < 0)
		return rc;
	mc_query_open(&q, ar,
		all ? MC_SQL_PLACEMENT_COUNT_CHANGED_ALL
		    : MC_SQL_PLACEMENT_COUNT_CHANGED);
	if (!all)
		mc_bind_int(&q, target);
	rc = mc_query_int(&q, &out->mended, err);
	return rc < 0 ? rc : MC_OK;
}

/* Who is told of placements. */
struct teller {
	struct mc_archive *ar;
	mc_placement_fn *fn;
	void *arg;
	unsigned states;
	bool unverified;
	bool changed;
	const char *leaving;
};

static MC_RC tell_line(const struct teller *to, struct mc_query *q,
	const char *mailbox, struct mc_error *err)
{
	struct mc_digest key;
	struct mc_digest sent;
	struct mc_digest sent_key;
	struct mc_digest body;
	bool changed = mc_column_digest(q, 8, &sent);
	bool rekeyed = mc_column_digest(q, 17, &sent_key);
	int64_t state = mc_column_int(q, 1);
	const struct mc_placement_line line = {
		.logical = mc_column_int(q, 0),
		.mailbox = mailbox,
		.state = (enum mc_placement_state)state,
		.uidvalidity = mc_column_u32(q, 2),
		.uid = mc_column_u32(q, 3),
		.octets = mc_column_int(q, 4),
		.shape = mc_column_u32(q, 5),
		.body = mc_column_int(q, 6),
		.key = &key,
		.sent_sha256 = changed ? &sent : NULL,
		.sent_key = changed && rekeyed ? &sent_key : NULL,
		.sent_octets = mc_column_int(q, 18),
		.likely_octets = mc_column_int(q, 19),
		.code = state == MC_REFUSED ? mc_column_text(q, 9) : NULL,
		.text = mc_column_text(q, 10),
		.subject = mc_column_text(q, 11),
		.message_id = mc_column_text(q, 12),
		.id = mc_column_int(q, 13),
		.change = mc_column_text(q, 14),
		.sha256 = &body,
		.wrapped = (enum mc_wrapping)mc_column_int(q, 16),
	};

	if (!mc_column_digest(q, 7, &key) || !mc_column_digest(q, 15, &body) ||
		state < MC_WAITING || state > MC_SKIPPED)
		return mc_db_damaged(err, "placement of message", line.logical);
	return to->fn(to->arg, &line, err);
}

/* Of one mailbox.  A single state is found by its index, others by UID. */
static MC_RC tell_mailbox(const struct teller *to, int64_t mailbox,
	const char *name, struct mc_error *err)
{
	bool single = (to->states & (to->states - 1)) == 0;
	enum mc_sql sql =
		single ? MC_SQL_PLACEMENT_EACH_OF_STATE : MC_SQL_PLACEMENT_EACH;
	struct mc_query q;
	enum mc_rc rc;

	if (to->states == 0 && !to->changed)
		return MC_OK;
	if (to->leaving)
		sql = MC_SQL_PLACEMENT_EACH_LEAVING;
	else if (to->unverified)
		sql = MC_SQL_PLACEMENT_EACH_UNVERIFIED;
	if (to->changed)
		sql = MC_SQL_PLACEMENT_EACH_CHANGED;
	mc_query_open(&q, to->ar, sql);
	mc_bind_int(&q, mailbox);
	if (to->leaving)
		mc_bind_text(&q, to->leaving);
	else if (!to->unverified && !to->changed)
		mc_bind_int(&q,
			single ? __builtin_ctz(to->states) : (int)to->states);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		rc = tell_line(to, &q, name, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC tell_target(const struct teller *to, int64_t target,
	int64_t mailbox, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, to->ar,
		mailbox ? MC_SQL_TARGET_MAILBOX : MC_SQL_TARGET_MAILBOXES);
	if (mailbox)
		mc_bind_int(&q, mailbox);
	mc_bind_int(&q, target);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *name = mc_column_text(&q, 1);

		rc = tell_mailbox(
			to, mc_column_int(&q, 0), name ? name : "", err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_placement_each(struct mc_archive *ar,
	const struct mc_placement_filter *filter, mc_placement_fn *fn,
	void *arg, struct mc_error *err)
{
	const struct teller to = { ar, fn, arg, filter->states,
		filter->unverified, filter->changed, filter->leaving };
	struct mc_query q;
	enum mc_rc rc;

	if (filter->target != 0)
		return tell_target(&to, filter->target, filter->mailbox, err);
	mc_query_open(&q, ar, MC_SQL_TARGET_IDS);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		rc = tell_target(
			&to, mc_column_int(&q, 0), filter->mailbox, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_mailbox_each(struct mc_archive *ar, int64_t target, mc_mailbox_fn *fn,
	void *arg, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_MAILBOX_EACH);
	mc_bind_int(&q, target);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const char *name = mc_column_text(&q, 1);

		rc = fn(arg, mc_column_int(&q, 0), name ? name : "",
			mc_column_u32(&q, 2), err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}
