/* SPDX-License-Identifier: MIT */
#include "job/refresh.h"

#include "archive/flags.h"
#include "archive/query.h"
#include "base/limits.h"
#include "msg/dress.h"

static struct mc_span keywords_of(const struct mc_item *item)
{
	return (struct mc_span){ item->keywords.text, item->keywords.n };
}

static MC_RC is_same(struct mc_archive *ar, int64_t sighting,
	const struct mc_item *item, bool *same, struct mc_error *err)
{
	struct mc_buf keywords;
	uint32_t flags = 0;
	enum mc_rc rc;

	mc_buf_init(&keywords, MC_HEADER_MAX);
	rc = mc_flags_get(ar, sighting, &flags, &keywords, err);
	*same = rc == MC_OK && flags == item->flags &&
		mc_span_eq(mc_buf_span(&keywords), keywords_of(item));
	mc_buf_dispose(&keywords);
	return rc;
}

/* Were lines of the store taken out of its header? */
static MC_RC has_store_lines(struct mc_archive *ar, int64_t sighting, bool *has,
	struct mc_error *err)
{
	struct mc_span payload;
	struct mc_buf dress;
	struct mc_span rest;
	char kind = '\0';
	enum mc_rc rc;

	*has = false;
	mc_buf_init(&dress, MC_DRESS_MAX + MC_HEADER_MAX);
	rc = mc_dress_get(ar, sighting, &dress, err);
	rest = mc_buf_span(&dress);
	while (rc == MC_OK && !*has) {
		rc = mc_dress_next(&rest, &kind, &payload, err);
		*has = rc == MC_OK && kind == 'I';
	}
	mc_buf_dispose(&dress);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_refresh_look(struct mc_archive *ar, int64_t sighting,
	const struct mc_item *item, enum mc_refresh *out, struct mc_error *err)
{
	bool same = true;
	bool has = false;
	enum mc_rc rc = is_same(ar, sighting, item, &same, err);

	if (rc == MC_OK && !same && item->store != MC_STORE_WIRE)
		rc = has_store_lines(ar, sighting, &has, err);
	*out = same ? MC_REFRESH_SAME : MC_REFRESH_FLAGS;
	if (has)
		*out = MC_REFRESH_READ;
	return rc;
}

MC_RC mc_refresh(struct mc_archive *ar, int64_t sighting,
	const struct mc_item *item, struct mc_error *err)
{
	return mc_flags_set(ar, sighting, item->flags, keywords_of(item), err);
}
