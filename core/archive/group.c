/* SPDX-License-Identifier: MIT
 * group: which logical message and variant octets are. */
#include "archive/group.h"

#include "archive/db.h"
#include "archive/word.h"

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

/* Keys of one Message-ID begin alike (msg/identity.h): of what an index has of
 * them, the first and the last that can be. */
struct kin {
	char first[8];
	char last[8];
};

static struct kin kin_of(const struct mc_digest *key)
{
	enum { ALIKE = 4 };
	struct kin kin;

	memset(kin.first, 0, sizeof(kin.first));
	memset(kin.last, 0xff, sizeof(kin.last));
	memcpy(kin.first, key->octet, ALIKE);
	memcpy(kin.last, key->octet, ALIKE);
	return kin;
}

/* A message bears an id that exactly one other has: one more is reused. */
static MC_RC count_id(struct mc_archive *ar, const struct mc_digest *key,
	struct mc_span message_id, struct mc_error *err)
{
	const struct kin kin = kin_of(key);
	int64_t others = 0;
	struct mc_query q;
	enum mc_rc rc;

	if (message_id.n == 0) {
		ar->counted.without_id++;
		return MC_OK;
	}
	mc_query_open(&q, ar, MC_SQL_LOGICAL_OF_ID);
	mc_bind_blob(&q, (struct mc_span){ kin.first, sizeof(kin.first) });
	mc_bind_blob(&q, (struct mc_span){ kin.last, sizeof(kin.last) });
	mc_bind_blob(&q, message_id);
	rc = mc_query_int(&q, &others, err);
	ar->counted.reused_ids += rc == MC_OK && others == 1;
	return rc;
}

static MC_RC add_logical(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t *id, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc = count_id(ar, in->logical_key, in->message_id, err);

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

MC_RC mc_group_find(struct mc_archive *ar, const struct mc_sighting *in,
	struct mc_group *out, struct mc_error *err)
{
	enum mc_rc rc;

	*out = (struct mc_group){ 0 };
	rc = find_logical(ar, in->logical_key, &out->logical, err);
	if (rc == MC_OK)
		rc = find_variant(
			ar, out->logical, in->variant, &out->variant, err);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_group_make(struct mc_archive *ar, const struct mc_sighting *in,
	struct mc_group *group, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (group->logical == 0)
		rc = add_logical(ar, in, &group->logical, err);
	if (rc == MC_OK && group->variant == 0)
		rc = add_variant(
			ar, group->logical, in->variant, &group->variant, err);
	return rc;
}

MC_RC mc_group_fill(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t logical, bool known, struct mc_error *err)
{
	struct mc_span aliases = in->aliases;
	enum mc_rc rc = MC_OK;

	if (known)
		rc = fill_logical(ar, in, logical, err);
	while (aliases.n > 0 && rc == MC_OK) {
		struct mc_span one = mc_word_next(&aliases);

		rc = add_alias(ar, logical, one, err);
	}
	return rc;
}
