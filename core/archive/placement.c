/* SPDX-License-Identifier: MIT
 * placement: the ledger's rows, handed out to be sent. */
#include "archive/db.h"
#include "archive/ledger.h"
#include "archive/unite.h"
#include "base/limits.h"

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
		.refused = mc_column_int(q, 11) != 0,
		.nameless = mc_column_int(q, 12) != 0,
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

MC_RC mc_placements_tail(struct mc_archive *ar, int64_t mailbox, int64_t n,
	int64_t *after, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*after = 0;
	mc_query_open(&q, ar, MC_SQL_PLACEMENT_TAIL);
	mc_bind_int(&q, mailbox);
	mc_bind_int(&q, n);
	rc = mc_query_int(&q, after, err);
	return rc < 0 ? rc : MC_OK;
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
