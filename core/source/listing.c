/* SPDX-License-Identifier: MIT
 * listing: one directory's messages, in order, each with a key of its own. */
#include "source/listing.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "source/label.h"

/* Files of flags: an MH sequence of 100,000 single numbers is 700 KiB. */
enum { NOTES_MAX = 4 * 1024 * 1024 };

void mc_listing_init(struct mc_listing *listing, const char *path)
{
	*listing = (struct mc_listing){ .path = path };
	mc_buf_init(&listing->notes, NOTES_MAX);
	mc_buf_init(&listing->notes2, NOTES_MAX);
}

void mc_listing_dispose(struct mc_listing *listing)
{
	for (size_t i = 0; i < listing->posts_n; i++)
		free(listing->posts[i].name);
	free(listing->posts);
	for (size_t i = 0; i < listing->below_n; i++) {
		free(listing->below[i].name);
		free(listing->below[i].label);
	}
	free(listing->below);
	mc_buf_dispose(&listing->notes);
	mc_buf_dispose(&listing->notes2);
	*listing = (struct mc_listing){ 0 };
}

/* Room for one more of `size` octets each. */
static MC_RC grow(
	void **rows, size_t n, size_t *room, size_t size, struct mc_error *err)
{
	size_t more = *room ? *room * 2 : 16;
	void *grown;

	if (n < *room)
		return MC_OK;
	grown = realloc(*rows, more * size);
	if (!grown)
		return mc_fail_memory(err);
	*rows = grown;
	*room = more;
	return MC_OK;
}

MC_RC mc_listing_add(struct mc_listing *listing, const char *sub,
	const struct mc_name *name, struct mc_post **out, struct mc_error *err)
{
	void *rows = listing->posts;
	struct mc_post *post;
	enum mc_rc rc = grow(&rows, listing->posts_n, &listing->posts_room,
		sizeof(*post), err);

	listing->posts = rows;
	if (rc < 0)
		return rc;
	post = &listing->posts[listing->posts_n];
	*post = (struct mc_post){ .base = *sub ? strlen(sub) + 1 : 0,
		.key_n = strlen(name->text),
		.type = name->type,
		.error = name->error };
	if (asprintf(&post->name, "%s%s%s", sub, *sub ? "/" : "", name->text) <
		0)
		return mc_fail_memory(err);
	listing->posts_n++;
	if (out)
		*out = post;
	return MC_OK;
}

MC_RC mc_listing_below(struct mc_listing *listing, const char *name,
	struct mc_span label, struct mc_error *err)
{
	void *rows = listing->below;
	struct mc_below below = { 0 };
	enum mc_rc rc = grow(&rows, listing->below_n, &listing->below_room,
		sizeof(below), err);

	listing->below = rows;
	if (rc == MC_OK)
		rc = mc_strdup(&below.name, mc_span_str(name), err);
	if (rc == MC_OK)
		rc = mc_strdup(&below.label, label, err);
	if (rc == MC_OK)
		listing->below[listing->below_n++] = below;
	else
		free(below.name);
	return rc;
}

void mc_listing_pass(
	struct mc_listing *listing, const char *name, const char *why)
{
	char *path = NULL;

	if (!listing->passed ||
		asprintf(&path, "%s/%s", listing->path, name) < 0)
		return;
	listing->passed(listing->arg, path, why);
	free(path);
}

MC_RC mc_listing_odd(struct mc_listing *listing, const struct mc_name *name,
	struct mc_error *err)
{
	char *label = NULL;
	enum mc_rc rc;

	rc = mc_label(&label, mc_span_str(name->text), err);
	if (rc == MC_OK)
		rc = mc_listing_below(
			listing, name->text, mc_span_str(label), err);
	free(label);
	return rc;
}

static struct mc_span key_of(const struct mc_post *post)
{
	return (struct mc_span){ post->name + post->base, post->key_n };
}

static int compare_spans(struct mc_span a, struct mc_span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_posts(const void *a, const void *b)
{
	const struct mc_post *x = a;
	const struct mc_post *y = b;
	int order = (x->order > y->order) - (x->order < y->order);

	if (order == 0)
		order = compare_spans(key_of(x), key_of(y));
	return order ? order : strcmp(x->name, y->name);
}

static void sort(struct mc_listing *listing)
{
	if (listing->posts_n == 0)
		return;
	qsort(listing->posts, listing->posts_n, sizeof(*listing->posts),
		compare_posts);
	for (size_t i = 1; i < listing->posts_n; i++)
		listing->posts[i].twin = mc_span_eq(key_of(&listing->posts[i]),
			key_of(&listing->posts[i - 1]));
}

/* A file that is gone again keeps zeros. */
static MC_RC stat_posts(struct mc_listing *listing, struct mc_error *err)
{
	int fd = open(listing->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return mc_fail_errno(err, MC_ENOENT, MC_FOLDER,
			"cannot open directory '%s'", listing->path);
	for (size_t i = 0; i < listing->posts_n; i++) {
		struct mc_post *post = &listing->posts[i];
		struct stat st;

		if (fstatat(fd, post->name, &st, 0) < 0)
			continue;
		post->octets = st.st_size;
		post->changed = st.st_mtim;
	}
	close(fd);
	return MC_OK;
}

MC_RC mc_listing_make(struct mc_listing *listing,
	const struct mc_files_kind *kind, struct mc_error *err)
{
	struct mc_dir dir;
	enum mc_rc rc = mc_dir_read(&dir, listing->path, err);

	if (rc == MC_OK)
		rc = kind->list(listing, &dir, err);
	mc_dir_dispose(&dir);
	if (rc == MC_OK && kind->stats && listing->posts_n > 0)
		rc = stat_posts(listing, err);
	if (rc < 0)
		return rc;
	sort(listing);
	return kind->mark ? kind->mark(listing, err) : MC_OK;
}

static void hash_number(struct mc_hash *hash, int64_t number)
{
	mc_hash_put(hash,
		(struct mc_span){ (const char *)&number, sizeof(number) });
}

void mc_listing_print(const struct mc_listing *listing,
	const struct mc_files_kind *kind, char out[MC_LISTING_PRINT])
{
	char hex[MC_SHA256_HEX];
	struct mc_hash hash;
	struct mc_digest digest;

	mc_hash_init(&hash);
	for (size_t i = 0; i < listing->posts_n; i++) {
		const struct mc_post *post = &listing->posts[i];

		mc_hash_field(&hash, mc_span_str(post->name));
		if (!kind->stats)
			continue;
		hash_number(&hash, post->octets);
		hash_number(&hash, post->changed.tv_sec);
		hash_number(&hash, post->changed.tv_nsec);
	}
	mc_hash_field(&hash, mc_buf_span(&listing->notes));
	mc_hash_field(&hash, mc_buf_span(&listing->notes2));
	digest = mc_hash_end(&hash);
	mc_text_format(out, MC_LISTING_PRINT, "%zu:%.32s", listing->posts_n,
		mc_digest_hex(hex, &digest));
}
