/* SPDX-License-Identifier: MIT
 * sighting: notes which place held which message. */
#include "archive/sighting.h"

#include <assert.h>

#include "archive/body.h"
#include "archive/db.h"
#include "archive/group.h"
#include "archive/membership.h"
#include "archive/word.h"
#include "base/limits.h"

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

/* Of octets that were here. */
static MC_RC put_known(struct mc_archive *ar, const struct mc_sighting *in,
	enum mc_sighting_news *news, int64_t *sighting, struct mc_error *err)
{
	struct held held = { 0 };
	enum mc_rc rc = find_held(ar, in, &held, err);

	*news = MC_NEWS_COPY;
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

static enum mc_sighting_news news_of(const struct mc_group *found)
{
	if (found->logical == 0)
		return MC_NEWS_MESSAGE;
	return found->variant == 0 ? MC_NEWS_VARIANT : MC_NEWS_COPY;
}

/* Nobody has seen these octets yet: there is nothing to compare. */
static MC_RC put_new(struct mc_archive *ar, struct mc_body *body,
	struct mc_group *group, struct mc_sighting *in, int64_t *sighting,
	struct mc_error *err)
{
	enum mc_rc rc = mc_group_make(ar, in, group, err);

	body->variant = group->variant;
	if (rc == MC_OK)
		rc = mc_body_add(ar, body, err);
	in->body = body->id;
	return rc == MC_OK ? add(ar, in, sighting, err) : rc;
}

/* Octets that are here have their variant: it is looked for first, and they
 * among those of it. */
static MC_RC put(struct mc_archive *ar, struct mc_body *body,
	struct mc_sighting *in, enum mc_sighting_news *news, int64_t *sighting,
	struct mc_error *err)
{
	struct mc_group group;
	bool known;
	enum mc_rc rc = mc_group_find(ar, in, &group, err);

	if (rc < 0)
		return rc;
	known = group.logical != 0;
	body->variant = group.variant;
	rc = group.variant ? mc_body_find(ar, body, err) : MC_DONE;
	if (rc == MC_DONE) {
		*news = news_of(&group);
		rc = put_new(ar, body, &group, in, sighting, err);
	} else if (rc == MC_OK) {
		mc_body_abort(ar);
		in->body = body->id;
		rc = put_known(ar, in, news, sighting, err);
	}
	return rc == MC_OK ? mc_group_fill(ar, in, group.logical, known, err)
			   : rc;
}

MC_RC mc_message_put(struct mc_archive *ar, struct mc_body *body,
	struct mc_sighting *in, enum mc_sighting_news *news, int64_t *sighting,
	struct mc_error *err)
{
	enum mc_rc rc = mc_body_check(ar, body, err);

	if (rc == MC_OK)
		rc = put(ar, body, in, news, sighting, err);
	mc_body_abort(ar);
	return rc;
}
