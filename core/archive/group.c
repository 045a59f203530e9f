/* SPDX-License-Identifier: MIT
 * group: which logical message and variant octets are. */
#include "archive/group.h"

#include "archive/db.h"
#include "archive/word.h"

struct grouped {
	int64_t logical;
	int64_t variant;
	enum mc_sighting_news news;
};

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

/* The logical message and the variant that new octets are. */
static MC_RC group_octets(struct mc_archive *ar, const struct mc_sighting *in,
	struct grouped *out, struct mc_error *err)
{
	enum mc_rc rc = find_logical(ar, in->logical_key, &out->logical, err);

	if (rc == MC_DONE) {
		out->news = MC_NEWS_MESSAGE;
		rc = add_logical(ar, in, &out->logical, err);
		if (rc == MC_OK)
			rc = MC_DONE;
	} else if (rc == MC_OK) {
		out->news = MC_NEWS_COPY;
		rc = find_variant(
			ar, out->logical, in->variant, &out->variant, err);
		if (rc == MC_DONE)
			out->news = MC_NEWS_VARIANT;
	}
	if (rc == MC_DONE)
		rc = add_variant(
			ar, out->logical, in->variant, &out->variant, err);
	return rc;
}

/* What the first sighting of the message did not know, and what it is called
 * here. */
static MC_RC fill(struct mc_archive *ar, const struct mc_sighting *in,
	const struct grouped *grouped, struct mc_error *err)
{
	struct mc_span aliases = in->aliases;
	enum mc_rc rc = MC_OK;

	if (grouped->news != MC_NEWS_MESSAGE)
		rc = fill_logical(ar, in, grouped->logical, err);
	while (aliases.n > 0 && rc == MC_OK) {
		struct mc_span one = mc_word_next(&aliases);

		rc = add_alias(ar, grouped->logical, one, err);
	}
	return rc;
}

MC_RC mc_group_new(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t *variant, enum mc_sighting_news *news, struct mc_error *err)
{
	struct grouped grouped = { 0 };
	enum mc_rc rc = group_octets(ar, in, &grouped, err);

	*variant = grouped.variant;
	*news = grouped.news;
	return rc == MC_OK ? fill(ar, in, &grouped, err) : rc;
}

MC_RC mc_group_known(struct mc_archive *ar, const struct mc_sighting *in,
	enum mc_sighting_news *news, struct mc_error *err)
{
	struct grouped grouped = { .news = MC_NEWS_COPY };
	enum mc_rc rc = get_grouped(ar, in->body, &grouped.logical, err);

	if (rc == MC_DONE) {
		rc = group_octets(ar, in, &grouped, err);
		if (rc == MC_OK)
			rc = set_body_variant(
				ar, in->body, grouped.variant, err);
	}
	*news = grouped.news;
	return rc == MC_OK ? fill(ar, in, &grouped, err) : rc;
}
