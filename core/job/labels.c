/* SPDX-License-Identifier: MIT */
#include "job/labels.h"

#include "base/limits.h"
#include "net/imf.h"

/* Is at i a backslash that only says that what follows it is meant? */
static bool escapes(struct mc_span s, size_t i)
{
	return s.p[i] == '\\' && i + 1 < s.n &&
	       (s.p[i + 1] == '\'' || s.p[i + 1] == '"' || s.p[i + 1] == '\\');
}

/* One word without its quotes; an empty one is dropped. */
static MC_RC put_word(
	struct mc_buf *words, struct mc_span word, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	word = mc_span_trim(word);
	if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
		word = mc_span_from(mc_span_head(word, word.n - 1), 1);
	if (word.n == 0)
		return MC_OK;
	for (size_t i = 0; i < word.n && rc == MC_OK; i++) {
		if (escapes(word, i))
			i++;
		rc = mc_buf_putc(words, word.p[i], err);
	}
	return rc == MC_OK ? mc_buf_putc(words, '\0', err) : rc;
}

/* Octets of the next word: up to a comma outside quotes. */
static size_t word_length(struct mc_span rest)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < rest.n && (quoted || rest.p[i] != ','); i++) {
		if (escapes(rest, i))
			i++;
		else if (rest.p[i] == '"')
			quoted = !quoted;
	}
	return i;
}

MC_RC mc_labels_split(
	struct mc_buf *words, struct mc_span value, struct mc_error *err)
{
	struct mc_buf text;
	struct mc_span rest;
	enum mc_rc rc;

	mc_buf_init(&text, MC_HEADER_MAX);
	rc = mc_imf_text(&text, value, err);
	rest = mc_buf_span(&text);
	while (rc == MC_OK && rest.n > 0) {
		size_t n = word_length(rest);

		rc = put_word(words, mc_span_head(rest, n), err);
		rest = mc_span_from(rest, n + 1);
	}
	mc_buf_dispose(&text);
	return rc;
}

static void add_folder(
	struct mc_labels *out, const struct mc_gmail_label *folder)
{
	for (size_t i = 0; i < out->n; i++) {
		if (mc_span_eq(out->folders[i].path, folder->path))
			return;
	}
	if (out->n < MC_LABELS_MAX)
		out->folders[out->n++] = *folder;
	if (folder->special == MC_SPECIAL_DRAFTS)
		out->flags |= MC_DRAFT;
}

static MC_RC take(struct mc_labels *out, const struct mc_gmail_label *label,
	bool *unread, struct mc_error *err)
{
	switch (label->sense) {
	case MC_GMAIL_FOLDER:
		add_folder(out, label);
		break;
	case MC_GMAIL_UNREAD:
		*unread = true;
		break;
	case MC_GMAIL_STARRED:
		out->flags |= MC_FLAGGED;
		break;
	case MC_GMAIL_IMPORTANT: /* RFC 8457 */
		return mc_words_add(&out->keywords, MC_SPAN("$Important"), err);
	case MC_GMAIL_OPENED:
	case MC_GMAIL_ARCHIVED:
	case MC_GMAIL_OTHER:
		break;
	}
	return MC_OK;
}

MC_RC mc_labels_sort(struct mc_labels *out, struct mc_words words,
	bool attributes, struct mc_error *err)
{
	static const struct mc_gmail_label archive = { MC_GMAIL_FOLDER,
		{ "Archive", 7 }, MC_SPECIAL_ARCHIVE };
	enum mc_rc rc = MC_OK;
	bool unread = false;
	const char *word;
	size_t at = 0;

	out->flags = 0;
	out->n = 0;
	while (rc == MC_OK && (word = mc_words_next(words, &at)) != NULL) {
		struct mc_gmail_label label;

		if (attributes)
			mc_gmail_attribute(mc_span_str(word), &label);
		else
			mc_gmail_name(mc_span_str(word), &label);
		rc = take(out, &label, &unread, err);
	}
	if (!attributes && !unread)
		out->flags |= MC_SEEN;
	if (out->n == 0)
		add_folder(out, &archive);
	return rc;
}

MC_RC mc_labels_pass(struct mc_words words, const struct mc_rules *rules,
	bool *pass, struct mc_error *err)
{
	struct mc_labels sorted;
	const char *rule = NULL;
	char *path = NULL;
	enum mc_rc rc;

	*pass = rules->include_n == 0 && rules->exclude_n == 0;
	if (*pass)
		return MC_OK;
	mc_buf_init(&sorted.keywords, MC_WORDS_MAX);
	rc = mc_labels_sort(&sorted, words, true, err);
	/* All are asked about, for rules that fit none. */
	for (size_t i = 0; rc == MC_OK && i < sorted.n; i++) {
		rc = mc_strdup(&path, sorted.folders[i].path, err);
		if (rc == MC_OK && mc_rules_pass(rules, path, &rule))
			*pass = true;
		free(path);
		path = NULL;
	}
	mc_buf_dispose(&sorted.keywords);
	return rc;
}
