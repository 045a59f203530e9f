/* SPDX-License-Identifier: MIT
 * sighting: notes which place held which message, and groups messages. */
#include "archive/sighting.h"

#include <assert.h>

#include "archive/db.h"
#include "archive/membership.h"
#include "archive/word.h"
#include "base/limits.h"

MC_RC mc_sighting_find(struct mc_archive *ar, int64_t folder, const char *key,
	int64_t octets, int64_t *sighting, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*sighting = 0;
	mc_query_open(&q, ar, MC_SQL_SIGHTING_KNOWN);
	mc_bind_int(&q, folder);
	mc_bind_text(&q, key);
	mc_bind_int(&q, octets);
	rc = mc_query_int(&q, sighting, err);
	return rc < 0 ? rc : MC_OK;
}

/* ---- grouping ---- */

static MC_RC find_variant(struct mc_archive *ar, int64_t logical,
	const struct mc_digest *digest, int64_t *id, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_VARIANT_FIND);
	mc_bind_int(&q, logical);
	mc_bind_digest(&q, digest);
	return mc_query_int(&q, id, err);
}

static MC_RC add_variant(struct mc_archive *ar, int64_t logical,
	const struct mc_digest *digest, int64_t *id, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_VARIANT_ADD);
	mc_bind_int(&q, logical);
	mc_bind_digest(&q, digest);
	rc = mc_query_insert(&q, id, err);
	ar->counted.variants += rc == MC_OK;
	return rc;
}

static MC_RC find_logical(struct mc_archive *ar, const struct mc_digest *key,
	int64_t *id, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_LOGICAL_FIND);
	mc_bind_digest(&q, key);
	return mc_query_int(&q, id, err);
}

/* A message bears an id that exactly one other has: one more is reused. */
static MC_RC count_id(
	struct mc_archive *ar, struct mc_span message_id, struct mc_error *err)
{
	int64_t others = 0;
	struct mc_query q;
	enum mc_rc rc;

	if (message_id.n == 0) {
		ar->counted.without_id++;
		return MC_OK;
	}
	mc_query_open(&q, ar, MC_SQL_LOGICAL_OF_ID);
	mc_bind_blob(&q, message_id);
	rc = mc_query_int(&q, &others, err);
	ar->counted.reused_ids += rc == MC_OK && others == 1;
	return rc;
}

static MC_RC add_logical(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t *id, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc = count_id(ar, in->message_id, err);

	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_LOGICAL_ADD);
	mc_bind_digest(&q, in->logical_key);
	if (in->message_id.n > 0)
		mc_bind_blob(&q, in->message_id);
	else
		mc_bind_null(&q);
	mc_bind_time(&q, in->date);
	mc_bind_text(&q, in->from);
	mc_bind_text(&q, in->subject);
	rc = mc_query_insert(&q, id, err);
	ar->counted.logical += rc == MC_OK;
	return rc;
}

static MC_RC fill_logical(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t logical, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_LOGICAL_FILL);
	mc_bind_time(&q, in->date);
	mc_bind_text(&q, in->from);
	mc_bind_text(&q, in->subject);
	mc_bind_int(&q, logical);
	return mc_query_run(&q, err);
}

static MC_RC add_alias(struct mc_archive *ar, int64_t logical,
	struct mc_span message_id, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_ALIAS_ADD);
	mc_bind_int(&q, logical);
	mc_bind_blob(&q, message_id);
	return mc_query_run(&q, err);
}

static MC_RC set_body_variant(struct mc_archive *ar, int64_t body,
	int64_t variant, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_BODY_VARIANT_SET);
	mc_bind_int(&q, variant);
	mc_bind_int(&q, body);
	return mc_query_run(&q, err);
}

/* The logical message of octets that were grouped before; MC_DONE: not yet. */
static MC_RC get_grouped(struct mc_archive *ar, int64_t body, int64_t *logical,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_BODY_VARIANT_GET);
	mc_bind_int(&q, body);
	rc = mc_query_next(&q, err);
	if (rc == MC_DONE) {
		rc = mc_fail(err, MC_EDB, MC_MESSAGE, 0, "no body %lld",
			(long long)body);
	} else if (rc == MC_OK) {
		*logical = mc_column_int(&q, 1);
		if (mc_column_is_null(&q, 0))
			rc = MC_DONE;
	}
	mc_query_close(&q);
	return rc;
}

/* Puts new octets under their logical message and variant. */
static MC_RC group_body(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t *logical, enum mc_sighting_news *news, struct mc_error *err)
{
	int64_t variant = 0;
	enum mc_rc rc = find_logical(ar, in->logical_key, logical, err);

	if (rc == MC_DONE) {
		*news = MC_NEWS_MESSAGE;
		rc = add_logical(ar, in, logical, err);
		if (rc == MC_OK)
			rc = MC_DONE;
	} else if (rc == MC_OK) {
		*news = MC_NEWS_COPY;
		rc = find_variant(ar, *logical, in->variant, &variant, err);
		if (rc == MC_DONE)
			*news = MC_NEWS_VARIANT;
	}
	if (rc == MC_DONE)
		rc = add_variant(ar, *logical, in->variant, &variant, err);
	if (rc < 0)
		return rc;
	return set_body_variant(ar, in->body, variant, err);
}

static MC_RC group(struct mc_archive *ar, const struct mc_sighting *in,
	enum mc_sighting_news *news, struct mc_error *err)
{
	struct mc_span aliases = in->aliases;
	int64_t logical = 0;
	enum mc_rc rc = get_grouped(ar, in->body, &logical, err);

	*news = MC_NEWS_COPY;
	if (rc == MC_DONE)
		rc = group_body(ar, in, &logical, news, err);
	if (rc == MC_OK && *news != MC_NEWS_MESSAGE)
		rc = fill_logical(ar, in, logical, err);
	while (aliases.n > 0 && rc == MC_OK) {
		struct mc_span one = mc_word_next(&aliases);

		rc = add_alias(ar, logical, one, err);
	}
	return rc;
}

/* ---- the sighting itself ---- */

/* What is held of a sighting, to see what has changed. */
struct held {
	int64_t id;
	int64_t run;
	int64_t listed_octets;
	int64_t raw_octets;
	bool canonical; /* raw_sha256 is NULL */
	struct mc_digest raw_sha256;
	int64_t time;
	int64_t rank;
	uint32_t flags;
};

static MC_RC take_held(
	struct mc_query *q, struct held *held, struct mc_error *err)
{
	enum mc_rc rc = mc_query_next(q, err);

	if (rc == MC_OK)
		*held = (struct held){
			.id = mc_column_int(q, 0),
			.run = mc_column_int(q, 1),
			.listed_octets = mc_column_is_null(q, 2)
						 ? -1
						 : mc_column_int(q, 2),
			.raw_octets = mc_column_int(q, 3),
			.canonical = !mc_column_digest(q, 4, &held->raw_sha256),
			.raw_sha256 = held->raw_sha256,
			.time = mc_column_time(q, 5),
			.rank = mc_column_int(q, 6),
			.flags = mc_column_u32(q, 7),
		};
	mc_query_close(q);
	return rc;
}

static MC_RC find_held(struct mc_archive *ar, const struct mc_sighting *in,
	struct held *held, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SIGHTING_SAME);
	mc_bind_int(&q, in->folder);
	mc_bind_text(&q, in->key);
	mc_bind_int(&q, in->body);
	return take_held(&q, held, err);
}

static MC_RC find_moved(struct mc_archive *ar, const struct mc_sighting *in,
	struct held *held, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SIGHTING_MOVED);
	mc_bind_int(&q, in->body);
	mc_bind_int(&q, in->folder);
	mc_bind_int(&q, in->since_run);
	return take_held(&q, held, err);
}

static void bind_listed(struct mc_query *q, int64_t octets)
{
	if (octets < 0)
		mc_bind_null(q);
	else
		mc_bind_int(q, octets);
}

static MC_RC add_sighting(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t *id, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_SIGHTING_ADD);
	mc_bind_int(&q, in->folder);
	mc_bind_text(&q, in->key);
	mc_bind_int(&q, in->body);
	mc_bind_int(&q, in->run);
	bind_listed(&q, in->listed_octets);
	mc_bind_int(&q, in->raw_octets);
	mc_bind_digest(&q, in->raw_sha256);
	mc_bind_time(&q, in->time);
	mc_bind_int(&q, in->rank);
	mc_bind_int(&q, in->flags);
	rc = mc_query_insert(&q, id, err);
	if (rc < 0)
		return rc;
	ar->counted.sightings++;
	ar->counted.octets_raw += in->raw_octets;
	return MC_OK;
}

static MC_RC drop_dress(
	struct mc_archive *ar, int64_t sighting, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_DRESS_DROP);
	mc_bind_int(&q, sighting);
	return mc_query_run(&q, err);
}

static MC_RC put_dress(struct mc_archive *ar, int64_t sighting,
	struct mc_span dress, struct mc_error *err)
{
	enum mc_codec codec;
	struct mc_span data;
	struct mc_query q;

	if (dress.n > MC_DRESS_MAX)
		return mc_fail(err, MC_ELIMIT, MC_MESSAGE, 0,
			"dress over %d octets", MC_DRESS_MAX);
	if (mc_pack_whole(ar->pack, dress, &codec, &data, err) < 0)
		return err->rc;
	mc_query_open(&q, ar, MC_SQL_DRESS_PUT);
	mc_bind_int(&q, sighting);
	mc_bind_int(&q, (int64_t)dress.n);
	mc_bind_int(&q, codec);
	mc_bind_blob(&q, data);
	return mc_query_run(&q, err);
}

static MC_RC refresh_row(struct mc_archive *ar, const struct mc_sighting *in,
	const struct held *held, struct mc_error *err)
{
	struct mc_query q;

	ar->counted.octets_raw += in->raw_octets - held->raw_octets;

	mc_query_open(&q, ar, MC_SQL_SIGHTING_REFRESH);
	mc_bind_text(&q, in->key);
	mc_bind_int(&q, in->run);
	bind_listed(&q, in->listed_octets);
	mc_bind_int(&q, in->raw_octets);
	mc_bind_digest(&q, in->raw_sha256);
	mc_bind_time(&q, in->time);
	mc_bind_int(&q, in->rank);
	mc_bind_int(&q, held->id);
	return mc_query_run(&q, err);
}

static MC_RC refresh_flags(
	struct mc_archive *ar, uint32_t flags, int64_t id, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SIGHTING_FLAGS);
	mc_bind_int(&q, flags);
	mc_bind_int(&q, id);
	return mc_query_run(&q, err);
}

static bool same_raw(const struct held *held, const struct mc_sighting *in)
{
	if (held->canonical != !in->raw_sha256 ||
		held->raw_octets != in->raw_octets)
		return false;
	return held->canonical ||
	       mc_digest_eq(&held->raw_sha256, in->raw_sha256);
}

/* Brings a held sighting to what was seen now.  `row`: its row must be written
 * in any case, for its key or run. */
static MC_RC refresh(struct mc_archive *ar, const struct mc_sighting *in,
	const struct held *held, bool row, struct mc_error *err)
{
	bool same = same_raw(held, in);
	enum mc_rc rc = MC_OK;

	if (row || !same || held->time != in->time || held->rank != in->rank ||
		held->listed_octets != in->listed_octets)
		rc = refresh_row(ar, in, held, err);
	if (rc == MC_OK && held->flags != in->flags)
		rc = refresh_flags(ar, in->flags, held->id, err);
	if (rc == MC_OK && in->dress.n > 0)
		rc = put_dress(ar, held->id, in->dress, err);
	else if (rc == MC_OK && !same)
		rc = drop_dress(ar, held->id, err);
	if (rc == MC_OK)
		rc = mc_words_set(ar, held->id, MC_KEYWORD, in->keywords, err);
	if (rc == MC_OK)
		rc = mc_words_set(ar, held->id, MC_LABEL, in->labels, err);
	if (rc == MC_OK)
		rc = mc_membership_set(ar, held->id, in, err);
	return rc;
}

static MC_RC add(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t *id, struct mc_error *err)
{
	enum mc_rc rc = add_sighting(ar, in, id, err);

	if (rc == MC_OK && in->dress.n > 0)
		rc = put_dress(ar, *id, in->dress, err);
	if (rc == MC_OK)
		rc = mc_words_put(ar, *id, MC_KEYWORD, in->keywords, err);
	if (rc == MC_OK)
		rc = mc_words_put(ar, *id, MC_LABEL, in->labels, err);
	if (rc == MC_OK)
		rc = mc_membership_put(ar, *id, in, err);
	return rc;
}

static MC_RC put(struct mc_archive *ar, const struct mc_sighting *in,
	enum mc_sighting_news *news, int64_t *sighting, struct mc_error *err)
{
	struct held held = { 0 };
	enum mc_rc rc = group(ar, in, news, err);

	if (rc < 0)
		return rc;
	rc = find_held(ar, in, &held, err);
	if (rc == MC_OK) {
		*news = MC_NEWS_SAME;
	} else if (rc == MC_DONE && in->since_run > 0) {
		rc = find_moved(ar, in, &held, err);
		if (rc == MC_OK)
			*news = MC_NEWS_REKEYED;
	}
	if (rc == MC_DONE)
		return add(ar, in, sighting, err);
	if (rc < 0)
		return rc;
	*sighting = held.id;
	return refresh(ar, in, &held,
		*news == MC_NEWS_REKEYED || held.run < in->since_run, err);
}

MC_RC mc_sighting_put(struct mc_archive *ar, const struct mc_sighting *in,
	enum mc_sighting_news *news, int64_t *sighting, struct mc_error *err)
{
	bool own;
	enum mc_rc rc = mc_db_enter(ar, &own, err);

	if (rc < 0)
		return rc;
	rc = put(ar, in, news, sighting, err);
	return mc_db_leave(ar, own, rc, err);
}
