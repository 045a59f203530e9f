/* SPDX-License-Identifier: MIT */
#include "source/renamed.h"

#include "source/listing.h"

/* Names listed anew, at most: each file that has gone costs a listing, and in
 * a large folder many may go. */
enum { LISTED_MAX = 1000 * 1000, TIMES_MAX = 16 };

void mc_renames_dispose(struct mc_renames *renamed)
{
	if (renamed->made)
		mc_listing_dispose(&renamed->listing);
	renamed->made = false;
}

/* Has it no other name to be found by? */
static bool is_whole_key(const struct mc_post *post)
{
	return post->base == 0 && post->name[post->key_n] == '\0';
}

static struct mc_span key_of(const struct mc_post *post)
{
	return (struct mc_span){ post->name + post->base, post->key_n };
}

/* As listings are sorted. */
static int compare(const struct mc_post *a, const struct mc_post *b)
{
	size_t n = a->key_n < b->key_n ? a->key_n : b->key_n;
	int order;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	order = memcmp(key_of(a).p, key_of(b).p, n);
	return order ? order : (a->key_n > b->key_n) - (a->key_n < b->key_n);
}

static MC_RC next(struct mc_renames *renamed, struct mc_error *err)
{
	enum mc_rc rc = mc_listing_next(&renamed->listing, &renamed->post, err);

	renamed->has_post = rc == MC_OK;
	return rc;
}

static MC_RC seek(struct mc_renames *renamed, const struct mc_post *missed,
	struct mc_post *out, struct mc_error *err)
{
	while (renamed->has_post && compare(&renamed->post, missed) < 0) {
		if (next(renamed, err) < 0)
			return err->rc;
	}
	if (!renamed->has_post || compare(&renamed->post, missed) != 0)
		return MC_DONE;
	*out = renamed->post;
	return MC_OK;
}

/* MC_DONE: it has been done too often. */
static MC_RC list(struct mc_renames *renamed, struct mc_error *err)
{
	int64_t n = renamed->made ? renamed->listing.posts_n : 0;
	enum mc_rc rc;

	if (renamed->listed > LISTED_MAX + TIMES_MAX * n)
		return MC_DONE;
	mc_renames_dispose(renamed);
	mc_listing_init(&renamed->listing, renamed->path);
	renamed->made = true;
	rc = mc_listing_make(&renamed->listing, renamed->kind, NULL, err);
	renamed->listed += renamed->listing.posts_n + 1;
	renamed->has_post = false;
	if (rc == MC_OK)
		rc = next(renamed, err);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_renames_find(struct mc_renames *renamed, const struct mc_post *missed,
	bool stale, struct mc_post *out, struct mc_error *err)
{
	enum mc_rc rc = MC_DONE;

	/* Twins are known by their names. */
	if (missed->twin || is_whole_key(missed))
		return MC_DONE;
	if (renamed->made && !stale)
		rc = seek(renamed, missed, out, err);
	if (rc != MC_DONE)
		return rc;
	rc = list(renamed, err);
	return rc == MC_OK ? seek(renamed, missed, out, err) : rc;
}
