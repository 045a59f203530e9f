/* SPDX-License-Identifier: MIT
 * mh_source: MH folders as a source: a directory a folder, a number a message.
 *
 * Numbers are given to other messages when a folder is packed or sorted, so
 * messages of a folder that changed are known again by their content.
 */
#include <fnmatch.h>

#include "source/files.h"
#include "source/input.h"
#include "source/label.h"
#include "source/mh.h"

static bool is_own(const char *name)
{
	/* Files of flags and caches; messages that were removed and kept. */
	static const char *const patterns[] = { ".*", ",*", "#*", "context",
		"mhlbr*", "*~" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return false;
}

static MC_RC list_below(
	struct mc_listing *listing, const char *name, struct mc_error *err)
{
	char *label = NULL;
	enum mc_rc rc;

	if (name[0] == '.') {
		mc_listing_pass(listing, name, "a hidden directory");
		return MC_OK;
	}
	rc = mc_label(&label, mc_span_str(name), err);
	if (rc == MC_OK)
		rc = mc_listing_below(listing, name, mc_span_str(label), err);
	free(label);
	return rc;
}

static MC_RC list_name(struct mc_listing *listing, const struct mc_name *name,
	struct mc_error *err)
{
	int64_t number = mc_mh_number(mc_span_str(name->text));

	if (name->type == S_IFDIR)
		return list_below(listing, name->text, err);
	if (number > 0)
		return mc_listing_add(listing, "", name,
			&(struct mc_post){ .order = number }, err);
	if (is_own(name->text))
		return MC_OK;
	if (name->type != S_IFREG)
		return mc_listing_odd(listing, name, err);
	mc_listing_pass(listing, name->text, "its name is no number");
	return MC_OK;
}

/* Files of flags that a folder may have. */
enum { SEQUENCES = 1, CLAWS = 2, SYLPHEED = 4 };

static unsigned flag_file(const char *name)
{
	if (strcmp(name, ".mh_sequences") == 0)
		return SEQUENCES;
	if (strcmp(name, ".claws_mark") == 0)
		return CLAWS;
	return strcmp(name, ".sylpheed_mark") == 0 ? SYLPHEED : 0;
}

static MC_RC slurp(
	struct mc_listing *listing, unsigned files, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (files & SEQUENCES)
		rc = mc_input_slurp(
			&listing->notes, listing->path, ".mh_sequences", err);
	if (rc >= 0 && files & CLAWS)
		rc = mc_input_slurp(
			&listing->notes2, listing->path, ".claws_mark", err);
	else if (rc >= 0 && files & SYLPHEED)
		rc = mc_input_slurp(
			&listing->notes2, listing->path, ".sylpheed_mark", err);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC list(struct mc_listing *listing, struct mc_names *names,
	struct mc_error *err)
{
	struct mc_name name;
	unsigned files = 0;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK) {
		rc = mc_names_next(names, &name, err);
		if (rc != MC_OK)
			break;
		files |= flag_file(name.text);
		rc = list_name(listing, &name, err);
	}
	if (rc < 0)
		return rc;
	listing->is_folder |= files != 0 || listing->posts_n > 0;
	return slurp(listing, files, err);
}

/* The first post from number on. */
static size_t find(const struct mc_listing *listing, int64_t number)
{
	size_t low = 0;
	size_t high = (size_t)listing->posts_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (listing->marks[middle].order < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void mark_range(
	struct mc_listing *listing, int64_t first, int64_t last, uint32_t bits)
{
	size_t n = (size_t)listing->posts_n;

	for (size_t i = find(listing, first);
		i < n && listing->marks[i].order <= last; i++)
		listing->marks[i].bits |= bits;
}

static void mark_sequences(struct mc_listing *listing)
{
	struct mc_span text = mc_buf_span(&listing->notes);
	unsigned own = MC_MH_OWN;
	struct mc_span ranges;
	struct mc_span name;

	while (mc_mh_sequence(&text, &name, &ranges)) {
		uint32_t bits = mc_mh_meaning(name);
		int64_t first;
		int64_t last;

		/* More than these nobody keeps; they are not worth a limit
		 * that fails. */
		if (bits == UINT32_MAX || (bits == 0 && own == 32))
			continue;
		if (bits == 0)
			bits = 1u << own++;
		while (mc_mh_range(&ranges, &first, &last))
			mark_range(listing, first, last, bits);
	}
}

/* A message without a mark is one that the program has not met. */
static void mark_marks(struct mc_listing *listing)
{
	struct mc_span marks = mc_buf_span(&listing->notes2);
	size_t n = (size_t)listing->posts_n;
	bool begun = false;
	bool swap;
	uint32_t number;
	uint32_t bits;

	if (marks.n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		listing->marks[i].bits |= MC_MH_UNSEEN;
	while (mc_mh_mark(&marks, &begun, &swap, &number, &bits)) {
		size_t i = find(listing, number);

		if (i == n || listing->marks[i].order != number)
			continue;
		listing->marks[i].bits &= ~(uint32_t)MC_MH_UNSEEN;
		listing->marks[i].bits |= bits;
	}
}

static void mark(struct mc_listing *listing)
{
	mark_marks(listing);
	mark_sequences(listing);
}

/* Sequences of the user's own are keywords. */
static MC_RC put_keywords(struct mc_buf *keywords,
	const struct mc_listing *listing, uint32_t bits, struct mc_error *err)
{
	struct mc_span text = mc_buf_span(&listing->notes);
	unsigned own = MC_MH_OWN;
	struct mc_span ranges;
	struct mc_span name;
	enum mc_rc rc = MC_OK;

	if (bits >> MC_MH_OWN == 0)
		return MC_OK;
	while (rc == MC_OK && own < 32 &&
		mc_mh_sequence(&text, &name, &ranges)) {
		if (mc_mh_meaning(name) == 0 && bits & 1u << own++)
			rc = mc_words_add(keywords, name, err);
	}
	return rc;
}

static MC_RC describe(const struct mc_listing *listing,
	const struct mc_post *post, struct mc_post_facts *facts,
	struct mc_error *err)
{
	static const struct {
		uint32_t bit;
		enum mc_flag flag;
	} table[] = {
		{ MC_MH_FLAGGED, MC_FLAGGED },
		{ MC_MH_REPLIED, MC_ANSWERED },
		{ MC_MH_FORWARDED, MC_FORWARDED },
		{ MC_MH_DELETED, MC_DELETED },
	};

	facts->flags = post->bits & MC_MH_UNSEEN ? 0u : MC_SEEN;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (post->bits & table[i].bit)
			facts->flags |= table[i].flag;
	}
	return put_keywords(&facts->keywords, listing, post->bits, err);
}

static const struct mc_files_kind mh = { .title = "MH folder",
	.store = MC_STORE_MBOX,
	.stats = true,
	.list = list,
	.mark = mark,
	.describe = describe };

static MC_RC mh_open(struct mc_source **out, const struct mc_source_conf *conf,
	struct mc_error *err)
{
	return mc_files_open(out, conf, &mh, err);
}

const struct mc_source_ops mc_source_mh = { .kind = "mh",
	.moving = true,
	.open = mh_open,
	.read = mc_files_read,
	.probe = mc_files_probe,
	.close = mc_files_close };
