/* SPDX-License-Identifier: MIT
 * listing: one directory's messages, in order, each with a key of its own.
 *
 * A post's record, so that records are in order by their octets:
 *
 *	order, 8 octets | key | NUL | sub | NUL | rest of name | NUL | facts
 */
#include "source/listing.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "source/label.h"
#include "source/sniff.h"
#include "source/sorter.h"

enum {
	/* Files of flags: an MH sequence of 100,000 single numbers is 700
	 * KiB. */
	NOTES_MAX = 4 * 1024 * 1024,
	ORDER = 8, /* octets of order in a record */
};

/* What stands at a record's end. */
struct facts {
	int64_t octets;
	struct timespec changed;
	mode_t type;
	int error;
	bool doubtful;
};

void mc_listing_init(struct mc_listing *listing, const char *path)
{
	*listing = (struct mc_listing){ .path = path, .fd = -1 };
	mc_buf_init(&listing->notes, NOTES_MAX);
	mc_buf_init(&listing->notes2, NOTES_MAX);
	mc_buf_init(&listing->name, MC_NAME_MAX);
	mc_buf_init(&listing->key, MC_NAME_MAX);
}

void mc_listing_dispose(struct mc_listing *listing)
{
	mc_sorter_free(listing->sorter);
	if (listing->fd >= 0)
		close(listing->fd);
	free(listing->marks);
	for (size_t i = 0; i < listing->below_n; i++) {
		free(listing->below[i].name);
		free(listing->below[i].label);
	}
	free(listing->below);
	mc_buf_dispose(&listing->notes);
	mc_buf_dispose(&listing->notes2);
	mc_buf_dispose(&listing->name);
	mc_buf_dispose(&listing->key);
	*listing = (struct mc_listing){ .fd = -1 };
}

/* --- what list() tells ------------------------------------------------ */

/* A file that is gone again keeps zeros. */
static void look_at(struct mc_listing *listing, const char *sub,
	const char *name, struct facts *facts)
{
	char path[2 * NAME_MAX + 2];
	struct stat st;

	mc_text_format(
		path, sizeof(path), "%s%s%s", sub, *sub ? "/" : "", name);
	if (listing->fd < 0 || fstatat(listing->fd, path, &st, 0) < 0)
		return;
	facts->octets = st.st_size;
	facts->changed = st.st_mtim;
}

/* A number's octets in the order of numbers. */
static void put_order(char out[ORDER], int64_t order)
{
	uint64_t n = (uint64_t)order ^ (uint64_t)1 << 63;

	for (int i = ORDER; i-- > 0; n >>= 8)
		out[i] = (char)(n & 0xFF);
}

static int64_t get_order(const char *in)
{
	uint64_t n = 0;

	for (int i = 0; i < ORDER; i++)
		n = n << 8 | (unsigned char)in[i];
	return (int64_t)(n ^ (uint64_t)1 << 63);
}

static MC_RC put_text(
	struct mc_buf *record, struct mc_span text, struct mc_error *err)
{
	enum mc_rc rc = mc_buf_put(record, text, err);

	return rc == MC_OK ? mc_buf_putc(record, '\0', err) : rc;
}

/* Names of messages are counted, and not those of what else may lie there. */
static void note_misnamed(struct mc_listing *listing, const char *sub,
	const char *name, bool doubtful)
{
	struct mc_error ignored;
	bool is_message = true;
	char *path = NULL;

	if (mc_utf8_valid(mc_span_str(name)))
		return;
	if (asprintf(&path, "%s/%s%s%s", listing->path, sub, *sub ? "/" : "",
		    name) < 0)
		return;
	if (doubtful && mc_sniff_file(path, &is_message, &ignored) < 0)
		is_message = false;
	if (is_message)
		mc_counted_add(&listing->misnamed, path);
	free(path);
}

MC_RC mc_listing_add(struct mc_listing *listing, const char *sub,
	const struct mc_name *name, const struct mc_post *post,
	struct mc_error *err)
{
	struct facts facts;
	struct mc_span text = mc_span_str(name->text);
	size_t key_n = post->key_n ? post->key_n : text.n;
	char order[ORDER];
	struct mc_buf *record = &listing->name;
	enum mc_rc rc;

	/* Its gaps, too, are octets of the record. */
	memset(&facts, 0, sizeof(facts));
	facts.type = name->type;
	facts.error = name->error;
	facts.doubtful = post->doubtful;
	look_at(listing, sub, name->text, &facts);
	note_misnamed(listing, sub, name->text, post->doubtful);
	put_order(order, post->order);
	mc_buf_clear(record);
	rc = mc_buf_put(record, (struct mc_span){ order, ORDER }, err);
	if (rc == MC_OK)
		rc = put_text(record, mc_span_head(text, key_n), err);
	if (rc == MC_OK)
		rc = put_text(record, mc_span_str(sub), err);
	if (rc == MC_OK)
		rc = put_text(record, mc_span_from(text, key_n), err);
	if (rc == MC_OK)
		rc = mc_buf_put(record,
			(struct mc_span){ (char *)&facts, sizeof(facts) }, err);
	if (rc == MC_OK)
		rc = mc_sorter_add(listing->sorter, mc_buf_span(record), err);
	listing->posts_n += rc == MC_OK;
	return rc;
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

/* --- what is asked of it ---------------------------------------------- */

/* Takes the text up to a NUL off *record. */
static struct mc_span take_text(struct mc_span *record)
{
	struct mc_span text =
		mc_span_head(*record, mc_span_index(*record, '\0'));

	*record = mc_span_from(*record, text.n + 1);
	return text;
}

static MC_RC put_name(struct mc_listing *listing, struct mc_span sub,
	struct mc_span key, struct mc_span rest, struct mc_error *err)
{
	struct mc_buf *name = &listing->name;
	enum mc_rc rc;

	mc_buf_clear(name);
	rc = mc_buf_put(name, sub, err);
	if (rc == MC_OK && sub.n > 0)
		rc = mc_buf_putc(name, '/', err);
	if (rc == MC_OK)
		rc = mc_buf_put(name, key, err);
	return rc == MC_OK ? mc_buf_put(name, rest, err) : rc;
}

static MC_RC keep_key(
	struct mc_listing *listing, struct mc_span key, struct mc_error *err)
{
	mc_buf_clear(&listing->key);
	return mc_buf_put(&listing->key, key, err);
}

static MC_RC parse(struct mc_listing *listing, struct mc_span record,
	struct mc_post *post, struct mc_error *err)
{
	int64_t order = get_order(record.p);
	struct facts facts;
	struct mc_span key;
	struct mc_span sub;
	struct mc_span rest;
	enum mc_rc rc;

	record = mc_span_from(record, ORDER);
	key = take_text(&record);
	sub = take_text(&record);
	rest = take_text(&record);
	memcpy(&facts, record.p, sizeof(facts));
	rc = put_name(listing, sub, key, rest, err);
	*post = (struct mc_post){ .name = mc_buf_str(&listing->name),
		.base = sub.n ? sub.n + 1 : 0,
		.key_n = key.n,
		.order = order,
		.doubtful = facts.doubtful,
		.twin = mc_span_eq(key, mc_buf_span(&listing->key)),
		.type = facts.type,
		.error = facts.error,
		.octets = facts.octets,
		.changed = facts.changed };
	return rc == MC_OK ? keep_key(listing, key, err) : rc;
}

MC_RC mc_listing_next(
	struct mc_listing *listing, struct mc_post *post, struct mc_error *err)
{
	struct mc_span record;
	enum mc_rc rc = mc_sorter_next(listing->sorter, &record, err);

	if (rc == MC_OK)
		rc = parse(listing, record, post, err);
	if (rc == MC_OK && listing->marks)
		post->bits = listing->marks[listing->next].bits;
	listing->next++;
	return rc;
}

/* From the first one again. */
static MC_RC rewind_listing(struct mc_listing *listing, struct mc_error *err)
{
	listing->next = 0;
	mc_buf_clear(&listing->key);
	return mc_sorter_rewind(listing->sorter, err);
}

static MC_RC mark(struct mc_listing *listing, const struct mc_files_kind *kind,
	struct mc_error *err)
{
	struct mc_files_mark *marks;
	struct mc_post post;
	size_t n = 0;
	enum mc_rc rc = MC_OK;

	if (!kind->mark || listing->posts_n == 0)
		return MC_OK;
	marks = calloc((size_t)listing->posts_n, sizeof(*marks));
	if (!marks)
		return mc_fail_memory(err);
	while (rc == MC_OK) {
		rc = mc_listing_next(listing, &post, err);
		if (rc == MC_OK)
			marks[n++].order = post.order;
	}
	listing->marks = marks;
	kind->mark(listing);
	return rc < 0 ? rc : rewind_listing(listing, err);
}

static MC_RC list(struct mc_listing *listing, const struct mc_files_kind *kind,
	const char *lone, struct mc_error *err)
{
	struct mc_name name = { .text = lone, .type = S_IFREG };
	struct mc_names *names = NULL;
	enum mc_rc rc;

	if (lone)
		return mc_listing_add(
			listing, "", &name, &(struct mc_post){ 0 }, err);
	rc = mc_names_open(&names, listing->path, err);
	if (rc == MC_OK)
		rc = kind->list(listing, names, err);
	mc_names_close(names);
	return rc;
}

MC_RC mc_listing_make(struct mc_listing *listing,
	const struct mc_files_kind *kind, const char *lone,
	struct mc_error *err)
{
	enum mc_rc rc;

	if (kind->stats) {
		listing->fd =
			open(listing->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (listing->fd < 0)
			return mc_fail_errno(err, MC_ENOENT, MC_FOLDER,
				"cannot open directory '%s'", listing->path);
	}
	rc = mc_sorter_new(&listing->sorter, MC_SORTER_ROOM, err);
	if (rc == MC_OK)
		rc = list(listing, kind, lone, err);
	if (rc == MC_OK)
		rc = mc_sorter_sort(listing->sorter, err);
	return rc == MC_OK ? mark(listing, kind, err) : rc;
}

static void hash_number(struct mc_hash *hash, int64_t number)
{
	mc_hash_put(hash,
		(struct mc_span){ (const char *)&number, sizeof(number) });
}

MC_RC mc_listing_print(struct mc_listing *listing,
	const struct mc_files_kind *kind, char out[MC_LISTING_PRINT],
	struct mc_error *err)
{
	char hex[MC_SHA256_HEX];
	struct mc_hash hash;
	struct mc_digest digest;
	struct mc_post post;
	enum mc_rc rc;

	mc_hash_init(&hash);
	while ((rc = mc_listing_next(listing, &post, err)) == MC_OK) {
		mc_hash_field(&hash, mc_span_str(post.name));
		if (!kind->stats)
			continue;
		hash_number(&hash, post.octets);
		hash_number(&hash, post.changed.tv_sec);
		hash_number(&hash, post.changed.tv_nsec);
	}
	mc_hash_field(&hash, mc_buf_span(&listing->notes));
	mc_hash_field(&hash, mc_buf_span(&listing->notes2));
	digest = mc_hash_end(&hash);
	mc_text_format(out, MC_LISTING_PRINT, "%lld:%.32s",
		(long long)listing->posts_n, mc_digest_hex(hex, &digest));
	return rc < 0 ? rc : rewind_listing(listing, err);
}
