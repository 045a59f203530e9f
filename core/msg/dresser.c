/* SPDX-License-Identifier: MIT */
#include "msg/dresser.h"

#include "base/limits.h"

void mc_dresser_init(struct mc_dresser *dresser)
{
	*dresser = (struct mc_dresser){ .end = MC_EOL_CRLF };
	mc_buf_init(&dresser->runs, MC_DRESS_MAX);
	mc_buf_init(&dresser->inserts, MC_DRESS_MAX);
	mc_buf_init(&dresser->insert, MC_DRESS_MAX);
	mc_buf_init(&dresser->dress, MC_DRESS_MAX);
}

void mc_dresser_dispose(struct mc_dresser *dresser)
{
	mc_buf_dispose(&dresser->runs);
	mc_buf_dispose(&dresser->inserts);
	mc_buf_dispose(&dresser->insert);
	mc_buf_dispose(&dresser->dress);
}

/* What one message needed much of is given back before the next. */
static void renew(struct mc_buf *buf)
{
	if (buf->cap > MC_PIECE_MAX)
		mc_buf_dispose(buf);
	else
		mc_buf_clear(buf);
}

void mc_dresser_begin(struct mc_dresser *dresser)
{
	dresser->end = MC_EOL_CRLF;
	dresser->lines = 0;
	renew(&dresser->runs);
	renew(&dresser->inserts);
	renew(&dresser->insert);
	renew(&dresser->dress);
}

static MC_RC put_run(
	struct mc_dresser *dresser, uint64_t lines, struct mc_error *err)
{
	return mc_varint_put(
		&dresser->runs, lines << 2 | (uint64_t)dresser->end, err);
}

MC_RC mc_dresser_lines(struct mc_dresser *dresser, enum mc_eol_kind end,
	uint64_t lines, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (end != dresser->end) {
		if (dresser->lines > 0)
			rc = put_run(dresser, dresser->lines, err);
		dresser->end = end;
		dresser->lines = 0;
	}
	dresser->lines += lines;
	return rc;
}

static MC_RC close_insert(struct mc_dresser *dresser, struct mc_error *err)
{
	enum mc_rc rc;

	if (dresser->insert.len == 0)
		return MC_OK;
	rc = mc_dress_put(
		&dresser->inserts, 'I', mc_buf_span(&dresser->insert), err);
	mc_buf_clear(&dresser->insert);
	return rc;
}

MC_RC mc_dresser_insert(struct mc_dresser *dresser, uint64_t at,
	struct mc_span octets, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (octets.n == 0)
		return MC_OK;
	if (at != dresser->insert_at)
		rc = close_insert(dresser, err);
	if (rc == MC_OK && dresser->insert.len == 0) {
		dresser->insert_at = at;
		rc = mc_varint_put(&dresser->insert, at, err);
	}
	return rc < 0 ? rc : mc_buf_put(&dresser->insert, octets, err);
}

MC_RC mc_dresser_end(
	struct mc_dresser *dresser, struct mc_span *out, struct mc_error *err)
{
	enum mc_rc rc = close_insert(dresser, err);

	/* The last run has no need of a count, so that the dress of every
	 * message with LF alone is the same. */
	if (rc == MC_OK &&
		(dresser->runs.len > 0 || dresser->end != MC_EOL_CRLF))
		rc = put_run(dresser, 0, err);
	if (rc == MC_OK && dresser->runs.len > 0)
		rc = mc_dress_put(
			&dresser->dress, 'L', mc_buf_span(&dresser->runs), err);
	if (rc == MC_OK)
		rc = mc_buf_put(
			&dresser->dress, mc_buf_span(&dresser->inserts), err);
	*out = mc_buf_span(&dresser->dress);
	return rc;
}
