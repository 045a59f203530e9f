/* SPDX-License-Identifier: MIT */
#include "job/refresh.h"

#include "archive/flags.h"
#include "archive/query.h"
#include "base/limits.h"
#include "job/labels.h"
#include "msg/dress.h"

/* What is kept of an item's flags, as ingest has it: labels count. */
struct expected {
	uint32_t flags;
	struct mc_buf keywords;
};

static MC_RC expect(
	struct expected *out, const struct mc_item *item, struct mc_error *err)
{
	struct mc_span told = { item->keywords.text, item->keywords.n };
	struct mc_labels sorted;
	enum mc_rc rc;

	out->flags = item->flags;
	mc_buf_init(&out->keywords, MC_HEADER_MAX);
	rc = mc_buf_put(&out->keywords, told, err);
	if (rc < 0 || !item->told_labels)
		return rc;
	mc_buf_init(&sorted.keywords, MC_WORDS_MAX);
	rc = mc_labels_sort(&sorted, item->labels, true, err);
	out->flags |= sorted.flags;
	if (rc == MC_OK)
		rc = mc_buf_put(
			&out->keywords, mc_buf_span(&sorted.keywords), err);
	mc_buf_dispose(&sorted.keywords);
	return rc;
}

static MC_RC has_flags(struct mc_archive *ar, const struct mc_known *known,
	const struct mc_item *item, bool *same, struct mc_error *err)
{
	struct expected expected;
	struct mc_buf keywords;
	enum mc_rc rc;

	if (!known->worded && item->keywords.n == 0 && !item->told_labels) {
		*same = known->flags == item->flags;
		return MC_OK;
	}
	mc_buf_init(&keywords, MC_HEADER_MAX);
	rc = expect(&expected, item, err);
	if (rc == MC_OK)
		rc = mc_keywords_get(ar, known->sighting, &keywords, err);
	*same = rc == MC_OK && known->flags == expected.flags &&
		mc_span_eq(mc_buf_span(&keywords),
			mc_buf_span(&expected.keywords));
	mc_buf_dispose(&keywords);
	mc_buf_dispose(&expected.keywords);
	return rc;
}

static MC_RC has_labels(struct mc_archive *ar, int64_t sighting,
	const struct mc_item *item, bool *same, struct mc_error *err)
{
	struct mc_span told = { item->labels.text, item->labels.n };
	struct mc_buf labels;
	enum mc_rc rc;

	mc_buf_init(&labels, MC_HEADER_MAX);
	rc = mc_labels_get(ar, sighting, &labels, err);
	*same = rc == MC_OK && mc_span_eq(mc_buf_span(&labels), told);
	mc_buf_dispose(&labels);
	return rc;
}

MC_RC mc_refresh_has_lines(
	struct mc_span dress, bool *has, struct mc_error *err)
{
	struct mc_span payload;
	enum mc_rc rc = MC_OK;
	char kind = '\0';

	*has = false;
	while (rc == MC_OK && !*has) {
		rc = mc_dress_next(&dress, &kind, &payload, err);
		*has = rc == MC_OK && kind == 'I';
	}
	return rc < 0 ? rc : MC_OK;
}

/* Were lines of the store taken out of its header? */
static MC_RC has_store_lines(struct mc_archive *ar, int64_t sighting, bool *has,
	struct mc_error *err)
{
	struct mc_buf dress;
	enum mc_rc rc;

	*has = false;
	mc_buf_init(&dress, MC_DRESS_MAX + MC_HEADER_MAX);
	rc = mc_dress_get(ar, sighting, &dress, err);
	if (rc == MC_OK)
		rc = mc_refresh_has_lines(mc_buf_span(&dress), has, err);
	mc_buf_dispose(&dress);
	return rc;
}

MC_RC mc_refresh_look(struct mc_archive *ar, const struct mc_known *known,
	const struct mc_item *item, enum mc_refresh *out, struct mc_error *err)
{
	bool same = true;
	bool stays = true;
	bool has = false;
	enum mc_rc rc = has_flags(ar, known, item, &same, err);

	if (rc == MC_OK && !same && item->store != MC_STORE_WIRE)
		rc = has_store_lines(ar, known->sighting, &has, err);
	if (rc == MC_OK && item->told_labels)
		rc = has_labels(ar, known->sighting, item, &stays, err);
	*out = same ? MC_REFRESH_SAME : MC_REFRESH_FLAGS;
	if (has || !stays)
		*out = MC_REFRESH_READ;
	return rc;
}

MC_RC mc_refresh(struct mc_archive *ar, int64_t sighting,
	const struct mc_item *item, struct mc_error *err)
{
	struct expected expected;
	enum mc_rc rc = expect(&expected, item, err);

	if (rc == MC_OK)
		rc = mc_flags_set(ar, sighting, expected.flags,
			mc_buf_span(&expected.keywords), err);
	mc_buf_dispose(&expected.keywords);
	return rc;
}
