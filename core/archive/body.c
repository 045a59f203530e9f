/* SPDX-License-Identifier: MIT
 * body: canonical octets in and out, piece by piece. */
#include "archive/body.h"

#include <assert.h>

#include "archive/db.h"
#include "archive/query.h"
#include "base/limits.h"

static MC_RC remember_piece(struct mc_body_in *in, int64_t piece, size_t added,
	struct mc_error *err)
{
	if (in->pieces_n == in->pieces_cap) {
		size_t cap = in->pieces_cap ? 2 * in->pieces_cap : 64;
		struct mc_piece_in *pieces =
			reallocarray(in->pieces, cap, sizeof(*pieces));

		if (!pieces)
			return mc_fail_memory(err);
		in->pieces = pieces;
		in->pieces_cap = cap;
	}
	in->pieces[in->pieces_n++] =
		(struct mc_piece_in){ piece, (int64_t)added };
	return MC_OK;
}

/* What has the same data unpacks to the same octets. */
static MC_RC find_piece(struct mc_archive *ar, const struct mc_piece *piece,
	int64_t *id, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_PIECE_FIND);
	mc_bind_int(&q, piece->mark);
	mc_bind_int(&q, piece->codec);
	mc_bind_int(&q, (int64_t)piece->octets);
	mc_bind_blob(&q, piece->data);
	return mc_query_int(&q, id, err);
}

static MC_RC add_piece(struct mc_archive *ar, const struct mc_piece *piece,
	int64_t *id, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_PIECE_ADD);
	if (piece->alone)
		mc_bind_null(&q);
	else
		mc_bind_int(&q, piece->mark);
	mc_bind_int(&q, (int64_t)piece->octets);
	mc_bind_int(&q, piece->codec);
	mc_bind_blob(&q, piece->data);
	rc = mc_query_insert(&q, id, err);
	if (rc == MC_OK)
		ar->counted.octets_stored += (int64_t)piece->data.n;
	return rc;
}

/* What is written now may be there already. */
static MC_RC put_piece(struct mc_archive *ar, const struct mc_piece *piece,
	struct mc_error *err)
{
	int64_t id = 0;
	enum mc_rc rc = find_piece(ar, piece, &id, err);
	bool added = rc == MC_DONE;

	if (added)
		rc = add_piece(ar, piece, &id, err);
	if (rc < 0)
		return rc;
	return remember_piece(&ar->in, id, added ? piece->data.n : 0, err);
}

MC_RC mc_body_piece(struct mc_archive *ar, const struct mc_piece *piece,
	struct mc_error *err)
{
	struct mc_body_in *in = &ar->in;

	assert(in->open && in->alone.octets == 0);
	assert(!piece->alone || in->octets == 0);
	in->octets += (int64_t)piece->octets;
	if (!piece->alone)
		return put_piece(ar, piece, err);
	in->alone = *piece;
	return MC_OK;
}

MC_RC mc_body_begin(struct mc_archive *ar, struct mc_error *err)
{
	(void)err;
	assert(ar->in_batch);
	mc_body_abort(ar);
	ar->in.open = true;
	ar->in.octets = 0;
	ar->in.alone = (struct mc_piece){ 0 };
	return MC_OK;
}

/* Ends what begin() began.  keep: what was written stays.  Else it goes piece by
 * piece: a savepoint would copy every page that a large body touches. */
static MC_RC end_in(struct mc_archive *ar, bool keep, struct mc_error *err)
{
	struct mc_body_in *in = &ar->in;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; !keep && rc == MC_OK && i < in->pieces_n; i++) {
		if (in->pieces[i].added == 0)
			continue;
		rc = mc_db_run_on(ar, MC_SQL_PIECE_DROP, in->pieces[i].id, err);
		ar->counted.octets_stored -= in->pieces[i].added;
	}
	in->open = false;
	in->pieces_n = 0;
	return rc;
}

void mc_body_abort(struct mc_archive *ar)
{
	struct mc_error ignored; /* a transaction that is gone is undone too */

	if (ar->in.open && end_in(ar, false, &ignored) < 0)
		return;
}

MC_RC mc_body_check(const struct mc_archive *ar, const struct mc_body *body,
	struct mc_error *err)
{
	assert(ar->in.open);
	if (body->octets == ar->in.octets)
		return MC_OK;
	return mc_fail(err, MC_EDB, MC_MESSAGE, 0,
		"body of %lld octets came with %lld", (long long)body->octets,
		(long long)ar->in.octets);
}

static void bind_variant(struct mc_query *q, const struct mc_body *body)
{
	if (body->variant)
		mc_bind_int(q, body->variant);
	else
		mc_bind_null(q);
}

MC_RC mc_body_find(
	struct mc_archive *ar, struct mc_body *body, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_BODY_FIND);
	bind_variant(&q, body);
	mc_bind_digest(&q, &body->sha256);
	return mc_query_int(&q, &body->id, err);
}

static MC_RC add_row(
	struct mc_archive *ar, struct mc_body *body, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_BODY_ADD);
	mc_bind_digest(&q, &body->sha256);
	mc_bind_int(&q, body->octets);
	mc_bind_int(&q, body->shape);
	mc_bind_int(&q, body->longest_line);
	bind_variant(&q, body);
	rc = mc_query_insert(&q, &body->id, err);
	ar->counted.bodies += rc == MC_OK;
	return rc;
}

MC_RC mc_body_add(
	struct mc_archive *ar, struct mc_body *body, struct mc_error *err)
{
	const struct mc_piece *alone = &ar->in.alone;
	struct mc_query q;
	int64_t id = 0;
	enum mc_rc rc = MC_OK;

	if (alone->octets > 0)
		rc = add_piece(ar, alone, &id, err);
	if (rc == MC_OK && alone->octets > 0)
		rc = remember_piece(&ar->in, id, alone->data.n, err);
	if (rc == MC_OK)
		rc = add_row(ar, body, err);
	for (size_t i = 0; i < ar->in.pieces_n && rc == MC_OK; i++) {
		mc_query_open(&q, ar, MC_SQL_BODY_PIECE_ADD);
		mc_bind_int(&q, body->id);
		mc_bind_int(&q, (int64_t)i);
		mc_bind_int(&q, ar->in.pieces[i].id);
		rc = mc_query_run(&q, err);
	}
	return rc < 0 ? rc : end_in(ar, true, err);
}

struct mc_body_reader {
	struct mc_archive *ar;
	struct mc_body body;
	int64_t seq;
	int64_t octets; /* read so far */
	size_t cap;
	char data[];
};

static MC_RC take_body(
	struct mc_query *q, struct mc_body *out, struct mc_error *err)
{
	*out = (struct mc_body){
		.id = mc_column_int(q, 0),
		.octets = mc_column_int(q, 1),
		.shape = mc_column_u32(q, 3),
		.longest_line = (int32_t)mc_column_int(q, 4),
	};
	if (out->octets < 0 || !mc_column_digest(q, 2, &out->sha256))
		return mc_db_damaged(
			err, "what is known of the message", out->id);
	return MC_OK;
}

MC_RC mc_body_get(struct mc_archive *ar, int64_t id, struct mc_body *out,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_BODY_GET);
	mc_bind_int(&q, id);
	rc = mc_query_next(&q, err);
	if (rc == MC_DONE)
		rc = mc_db_damaged(err, "all of the message", id);
	if (rc == MC_OK)
		rc = take_body(&q, out, err);
	mc_query_close(&q);
	return mc_db_narrow(rc, err, "what is known of the message", id);
}

MC_RC mc_body_each(struct mc_archive *ar, int64_t after, mc_body_fn *fn,
	void *arg, struct mc_error *err)
{
	struct mc_query q;
	struct mc_body body;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_BODY_EACH);
	mc_bind_int(&q, after);
	for (;;) {
		rc = mc_query_next(&q, err);
		if (rc != MC_OK)
			break;
		rc = take_body(&q, &body, err);
		if (rc == MC_OK)
			rc = fn(arg, &body, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_body_open(struct mc_body_reader **out, struct mc_archive *ar,
	int64_t id, struct mc_error *err)
{
	struct mc_body_reader *reader;
	struct mc_body body = { 0 };
	size_t cap;
	enum mc_rc rc;

	*out = NULL;
	rc = mc_body_get(ar, id, &body, err);
	if (rc < 0)
		return rc;
	cap = body.octets < MC_PIECE_MAX ? (size_t)body.octets : MC_PIECE_MAX;
	reader = malloc(sizeof(*reader) + cap);
	if (!reader)
		return mc_fail_memory(err);
	*reader = (struct mc_body_reader){ .ar = ar, .body = body, .cap = cap };
	*out = reader;
	return MC_OK;
}

const struct mc_body *mc_body_facts(const struct mc_body_reader *reader)
{
	return &reader->body;
}

/* Unpacks the piece at hand.  zstd's checksum vouches for what it packed, the
 * body's digest for what stands as is, since that is all of it. */
static MC_RC take_piece(struct mc_body_reader *reader, struct mc_query *q,
	struct mc_span *bytes, struct mc_error *err)
{
	const struct mc_body *body = &reader->body;
	int64_t octets = mc_column_int(q, 0);
	int64_t codec = mc_column_int(q, 1);
	struct mc_digest found;

	if (octets < 1 || octets > (int64_t)reader->cap ||
		octets > body->octets - reader->octets)
		return mc_db_damaged(err, "the size of a piece", body->id);
	*bytes = (struct mc_span){ reader->data, (size_t)octets };
	if (!mc_unpack(reader->ar->unpack, codec, mc_column_blob(q, 2),
		    reader->data, bytes->n))
		return mc_db_damaged(err, "a piece of the message", body->id);
	if (codec == MC_CODEC_PLAIN) {
		found = mc_digest_of(*bytes);
		if (!mc_digest_eq(&found, &body->sha256))
			return mc_db_damaged(
				err, "a piece of the message", body->id);
	}
	reader->octets += octets;
	reader->seq++;
	return MC_OK;
}

MC_RC mc_body_read(struct mc_body_reader *reader, struct mc_span *bytes,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*bytes = (struct mc_span){ NULL, 0 };
	mc_query_open(&q, reader->ar, MC_SQL_PIECE_READ);
	mc_bind_int(&q, reader->body.id);
	mc_bind_int(&q, reader->seq);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		rc = take_piece(reader, &q, bytes, err);
	else if (rc == MC_DONE && reader->octets != reader->body.octets)
		rc = mc_db_damaged(err, "octets are missing", reader->body.id);
	mc_query_close(&q);
	return mc_db_narrow(rc, err, "a piece of the message", reader->body.id);
}

void mc_body_close(struct mc_body_reader *reader)
{
	free(reader);
}
