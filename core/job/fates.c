/* SPDX-License-Identifier: MIT */
#include "job/fates.h"

enum what {
	SENT,
	REFUSED,
	WAITS,
	/* It has no fate yet: */
	LEAVES,
	TRIED,
};

struct mc_fate_noted {
	int64_t placement;
	enum what what;
	struct mc_landing landing;
	struct mc_digest sent_sha256;
	struct mc_altered altered;
	char *change; /* sent, leaves, tried: yours */
	char *code;   /* not sent, tried: yours */
	char *text;
};

static MC_RC add(struct mc_fates *fates, int64_t placement, enum what what,
	struct mc_fate_noted **out, struct mc_error *err)
{
	if (fates->n == fates->cap) {
		size_t cap = fates->cap ? fates->cap * 2 : 256;
		struct mc_fate_noted *list =
			reallocarray(fates->list, cap, sizeof(*list));

		if (!list)
			return mc_fail_memory(err);
		fates->list = list;
		fates->cap = cap;
	}
	*out = &fates->list[fates->n++];
	**out = (struct mc_fate_noted){ .placement = placement, .what = what };
	return MC_OK;
}

static void dispose(struct mc_fate_noted *told)
{
	free(told->change);
	free(told->code);
	free(told->text);
}

/* Without a word of it, it would tell something else: then there is none. */
static MC_RC keep(struct mc_fates *fates, enum mc_rc rc)
{
	if (rc < 0)
		dispose(&fates->list[--fates->n]);
	return rc;
}

MC_RC mc_fates_sent(struct mc_fates *fates, int64_t placement,
	const struct mc_landing *landing, struct mc_error *err)
{
	struct mc_fate_noted *told;
	enum mc_rc rc = add(fates, placement, SENT, &told, err);

	if (rc < 0)
		return rc;
	told->landing = *landing;
	if (landing->sent_sha256)
		told->sent_sha256 = *landing->sent_sha256;
	if (landing->change)
		rc = mc_strdup(
			&told->change, mc_span_str(landing->change), err);
	told->landing.change = told->change;
	return keep(fates, rc);
}

MC_RC mc_fates_altered(struct mc_fates *fates, int64_t placement,
	const struct mc_altered *as, struct mc_error *err)
{
	struct mc_fate_noted *told;
	enum mc_rc rc = add(fates, placement, LEAVES, &told, err);

	if (rc < 0)
		return rc;
	told->altered = *as;
	rc = mc_strdup(&told->change, mc_span_str(as->change), err);
	told->altered.change = told->change;
	return keep(fates, rc);
}

MC_RC mc_fates_not_sent(struct mc_fates *fates, int64_t placement, bool waits,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_fate_noted *told;
	enum mc_rc rc =
		add(fates, placement, waits ? WAITS : REFUSED, &told, err);

	if (rc < 0)
		return rc;
	rc = mc_strdup(&told->code, mc_span_str(why->code), err);
	if (rc == MC_OK)
		rc = mc_strdup(&told->text, mc_span_str(why->text), err);
	return keep(fates, rc);
}

MC_RC mc_fates_tried(struct mc_fates *fates, int64_t placement,
	const struct mc_try *as, struct mc_error *err)
{
	struct mc_fate_noted *told;
	enum mc_rc rc = add(fates, placement, TRIED, &told, err);

	if (rc < 0)
		return rc;
	if (as->change) {
		told->sent_sha256 = *as->sha256;
		rc = mc_strdup(&told->change, mc_span_str(as->change), err);
	}
	if (rc == MC_OK)
		rc = mc_strdup(&told->code, mc_span_str(as->code), err);
	if (rc == MC_OK)
		rc = mc_strdup(&told->text, mc_span_str(as->text), err);
	return keep(fates, rc);
}

static MC_RC write_sent(
	struct mc_fate_noted *told, struct mc_archive *ar, struct mc_error *err)
{
	if (told->landing.sent_sha256)
		told->landing.sent_sha256 = &told->sent_sha256;
	return mc_placement_sent(ar, told->placement, &told->landing, err);
}

static MC_RC write_tried(
	struct mc_fate_noted *told, struct mc_archive *ar, struct mc_error *err)
{
	const struct mc_try as = { .change = told->change,
		.sha256 = told->change ? &told->sent_sha256 : NULL,
		.code = told->code,
		.text = told->text };

	return mc_placement_tried(ar, told->placement, &as, err);
}

static MC_RC write_one(
	struct mc_fate_noted *told, struct mc_archive *ar, struct mc_error *err)
{
	switch (told->what) {
	case SENT:
		return write_sent(told, ar, err);
	case WAITS:
		return mc_placement_waiting(
			ar, told->placement, told->text, err);
	case LEAVES:
		return mc_placement_altered(
			ar, told->placement, &told->altered, err);
	case TRIED:
		return write_tried(told, ar, err);
	case REFUSED:
		break;
	}
	return mc_placement_refused(
		ar, told->placement, told->code, told->text, err);
}

static void forget(struct mc_fates *fates)
{
	for (size_t i = 0; i < fates->n; i++)
		dispose(&fates->list[i]);
	fates->n = 0;
}

MC_RC mc_fates_write(
	struct mc_fates *fates, struct mc_archive *ar, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < fates->n; i++)
		rc = write_one(&fates->list[i], ar, err);
	forget(fates);
	return rc;
}

void mc_fates_dispose(struct mc_fates *fates)
{
	forget(fates);
	free(fates->list);
	*fates = (struct mc_fates){ 0 };
}
