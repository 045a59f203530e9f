/* SPDX-License-Identifier: MIT */
#include "archive/salvage_rebuild.h"

#include "archive/body.h"
#include "archive/open.h"
#include "base/limits.h"

enum { DIGEST_HEAD = 8 }; /* octets of it that an index tells */

static MC_RC add_piece(struct mc_archive *ar, struct mc_query *q,
	struct mc_hash *hash, int64_t *octets, struct mc_error *err)
{
	int64_t n = mc_column_int(q, 0);
	char *p;

	if (n < 1 || n > MC_PIECE_MAX)
		return MC_DONE;
	p = malloc((size_t)n);
	if (!p)
		return mc_fail_memory(err);
	if (mc_unpack(ar->unpack, mc_column_int(q, 1), mc_column_blob(q, 2), p,
		    (size_t)n))
		*octets += n;
	mc_hash_put(hash, (struct mc_span){ p, (size_t)n });
	free(p);
	return MC_OK;
}

static MC_RC digest_pieces(struct mc_archive *ar, int64_t body,
	struct mc_digest *digest, int64_t *octets, struct mc_error *err)
{
	struct mc_hash hash;
	struct mc_query q;
	enum mc_rc rc;

	*octets = 0;
	mc_hash_init(&hash);
	mc_query_open(&q, ar, MC_SQL_SALVAGE_PIECES_OF);
	mc_bind_int(&q, body);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		rc = add_piece(ar, &q, &hash, octets, err);
		if (rc != MC_OK)
			break;
	}
	mc_query_close(&q);
	*digest = mc_hash_end(&hash);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC put_body(
	struct mc_archive *ar, const struct mc_body *body, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SALVAGE_BODY_IS);
	mc_bind_digest(&q, &body->sha256);
	mc_bind_int(&q, body->octets);
	mc_bind_int(&q, body->shape);
	mc_bind_int(&q, body->longest_line);
	mc_bind_int(&q, body->id);
	return mc_query_run(&q, err);
}

/* head: what is known of its digest.  A body that has another one is not the
 * one that it was; it is taken for one that lacks octets. */
static MC_RC rebuild_body(const struct mc_salvage_wish *wish,
	struct mc_body *body, const struct mc_digest *head,
	struct mc_error *err)
{
	struct mc_salvage_facts facts;

	if (digest_pieces(
		    wish->to, body->id, &body->sha256, &body->octets, err) < 0)
		return err->rc;
	body->shape = 0;
	body->longest_line = -1;
	if (memcmp(body->sha256.octet, head->octet, DIGEST_HEAD) != 0) {
		body->octets = INT64_MAX; /* which pieces never are */
		return put_body(wish->to, body, err);
	}
	if (put_body(wish->to, body, err) < 0 ||
		wish->facts(wish->arg, body->id, &facts, err) < 0)
		return err->rc;
	body->shape = facts.shape;
	body->longest_line = facts.longest_line;
	return put_body(wish->to, body, err);
}

static MC_RC rebuild_bodies(
	const struct mc_salvage_wish *wish, struct mc_error *err)
{
	struct mc_body body = { 0 };
	struct mc_digest head;
	struct mc_query q;
	enum mc_rc rc;

	do {
		mc_query_open(&q, wish->to, MC_SQL_SALVAGE_BARE_BODY);
		mc_bind_int(&q, body.id);
		rc = mc_query_next(&q, err);
		body.id = rc == MC_OK ? mc_column_int(&q, 0) : 0;
		if (rc == MC_OK && !mc_column_digest(&q, 1, &head))
			head = (struct mc_digest){ { 0 } };
		mc_query_close(&q);
		if (rc == MC_OK)
			rc = rebuild_body(wish, &body, &head, err);
	} while (rc == MC_OK);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC put_logical(struct mc_archive *ar, int64_t id,
	const struct mc_salvage_facts *facts, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SALVAGE_LOGICAL);
	mc_bind_int(&q, id);
	mc_bind_digest(&q, &facts->key);
	if (facts->message_id.n > 0)
		mc_bind_blob(&q, facts->message_id);
	else
		mc_bind_null(&q);
	mc_bind_time(&q, facts->date);
	mc_bind_text(&q, facts->from);
	mc_bind_text(&q, facts->subject);
	return mc_query_run(&q, err);
}

static MC_RC rebuild_logicals(
	const struct mc_salvage_wish *wish, struct mc_error *err)
{
	struct mc_salvage_facts facts;
	struct mc_query q;
	int64_t id = 0;
	int64_t body;
	enum mc_rc rc;

	do {
		mc_query_open(&q, wish->to, MC_SQL_SALVAGE_BARE_LOGICAL);
		mc_bind_int(&q, id);
		rc = mc_query_next(&q, err);
		id = rc == MC_OK ? mc_column_int(&q, 0) : 0;
		body = rc == MC_OK ? mc_column_int(&q, 1) : 0;
		mc_query_close(&q);
		if (rc == MC_OK)
			rc = wish->facts(wish->arg, body, &facts, err);
		if (rc == MC_OK)
			rc = put_logical(wish->to, id, &facts, err);
	} while (rc == MC_OK);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_salvage_rebuild(
	const struct mc_salvage_wish *wish, struct mc_error *err)
{
	enum mc_rc rc = rebuild_bodies(wish, err);

	return rc == MC_OK ? rebuild_logicals(wish, err) : rc;
}
