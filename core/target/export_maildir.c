/* SPDX-License-Identifier: MIT
 * export_maildir: Maildir++, one file a message.  Keywords as Dovecot has
 * them: a letter a..z in the name, told in dovecot-keywords.
 *
 *   canonical -> strip -> lf -> file          raw -> file
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "target/export_file.h"
#include "target/export_flags.h"
#include "target/export_shelf.h"
#include "target/export_text.h"
#include "target/export_writer.h"

enum { KEYWORDS_MAX = 26 };

struct maildir {
	struct mc_export_writer writer;
	bool has_top;
	int dir;
	int cur;
	int tmp;
	struct mc_export_file file;
	struct mc_export_shelf shelf;
	char *keywords[KEYWORDS_MAX];
	size_t keywords_n;

	/* The message in hand. */
	const struct mc_export_letter *letter;
	struct mc_export_strip strip;
	struct mc_export_lf lf;
	struct mc_sink *first; /* stage */
};

static struct maildir *maildir_of(struct mc_export_writer *w)
{
	return (struct maildir *)(void *)w;
}

/* A file that is there whole with these octets. */
static MC_RC put_file(struct maildir *m, const char *name,
	struct mc_span octets, struct mc_error *err)
{
	enum mc_rc rc = mc_export_file_open(&m->file, m->tmp, name, err);

	if (rc == MC_OK)
		rc = mc_export_file_put(&m->file, octets, err);
	if (rc == MC_OK)
		rc = mc_export_file_commit(
			&m->file, m->dir, name, MC_NO_TIME, err);
	return rc;
}

/* cur, new and tmp below m->dir. */
static MC_RC make_places(struct maildir *m, struct mc_error *err)
{
	int fresh = -1;
	enum mc_rc rc = mc_export_dir(&m->cur, m->dir, "cur", err);

	if (rc == MC_OK)
		rc = mc_export_dir(&fresh, m->dir, "new", err);
	if (rc == MC_OK)
		rc = mc_export_dir(&m->tmp, m->dir, "tmp", err);
	if (fresh >= 0)
		close(fresh);
	return rc;
}

static void close_dirs(struct maildir *m)
{
	int *const fds[] = { &m->dir, &m->cur, &m->tmp };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/* Without an INBOX the top must be a Maildir all the same. */
static MC_RC make_top(struct maildir *m, int root, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (m->has_top)
		return MC_OK;
	m->has_top = true;
	rc = mc_export_dir(&m->dir, root, "", err);
	if (rc == MC_OK)
		rc = make_places(m, err);
	close_dirs(m);
	return rc;
}

static MC_RC maildir_folder(struct mc_export_writer *w, int root,
	const char *name, struct mc_error *err)
{
	struct maildir *m = maildir_of(w);
	enum mc_rc rc = make_top(m, root, err);

	if (rc == MC_OK)
		rc = mc_export_dir(&m->dir, root, name, err);
	if (rc == MC_OK)
		rc = make_places(m, err);
	m->shelf.from = m->tmp;
	m->shelf.to = m->cur;
	/* So that deliverers know a folder from an account. */
	if (rc == MC_OK && name[0])
		rc = put_file(m, "maildirfolder", MC_SPAN(""), err);
	return rc;
}

static void leave(struct maildir *m)
{
	mc_export_file_undo(&m->file);
	mc_export_shelf_undo(&m->shelf);
	close_dirs(m);
	for (size_t i = 0; i < m->keywords_n; i++)
		free(m->keywords[i]);
	m->keywords_n = 0;
}

static MC_RC put_keywords(struct maildir *m, struct mc_error *err)
{
	struct mc_buf text;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&text, (size_t)KEYWORDS_MAX * MC_WORDS_MAX);
	for (size_t i = 0; rc == MC_OK && i < m->keywords_n; i++)
		rc = mc_buf_printf(&text, err, "%zu %s\n", i, m->keywords[i]);
	if (rc == MC_OK && text.len > 0)
		rc = put_file(m, "dovecot-keywords", mc_buf_span(&text), err);
	mc_buf_dispose(&text);
	return rc;
}

static MC_RC maildir_folder_end(
	struct mc_export_writer *w, struct mc_error *err)
{
	struct maildir *m = maildir_of(w);
	enum mc_rc rc = mc_export_shelf_place(&m->shelf, err);

	if (rc == MC_OK)
		rc = put_keywords(m, err);
	leave(m);
	return rc;
}

static MC_RC maildir_begin(struct mc_export_writer *w,
	const struct mc_export_letter *letter, struct mc_error *err)
{
	struct maildir *m = maildir_of(w);
	char temporary[32];

	m->letter = letter;
	m->first = &m->file.sink;
	w->lost.undated += letter->time == MC_NO_TIME;
	if (!letter->as_is) {
		mc_export_lf_begin(&m->lf, &m->file.sink);
		mc_export_strip_begin(
			&m->strip, MC_STORE_MAILDIR, MC_SPAN(""), &m->lf.sink);
		m->first = &m->strip.sink;
	}
	mc_text_format(
		temporary, sizeof(temporary), "%" PRId64, letter->number);
	return mc_export_file_open(&m->file, m->tmp, temporary, err);
}

static MC_RC maildir_bytes(
	struct mc_export_writer *w, struct mc_span bytes, struct mc_error *err)
{
	struct maildir *m = maildir_of(w);

	return m->first->put(m->first, bytes, err);
}

/* The keyword's place in the folder, or one behind the last: no room. */
static MC_RC place_keyword(struct maildir *m, const char *word, size_t *place,
	struct mc_error *err)
{
	enum mc_rc rc;

	for (*place = 0; *place < m->keywords_n; ++*place) {
		if (strcmp(m->keywords[*place], word) == 0)
			return MC_OK;
	}
	/* A line of dovecot-keywords ends at a line end. */
	if (m->keywords_n == KEYWORDS_MAX || strpbrk(word, "\r\n")) {
		*place = KEYWORDS_MAX;
		return MC_OK;
	}
	rc = mc_strdup(&m->keywords[m->keywords_n], mc_span_str(word), err);
	m->keywords_n += rc == MC_OK;
	return rc;
}

/* The letters of the message's keywords, ended by NUL. */
static MC_RC keyword_letters(
	struct maildir *m, char out[KEYWORDS_MAX + 1], struct mc_error *err)
{
	bool used[KEYWORDS_MAX + 1] = { false };
	const char *word;
	enum mc_rc rc = MC_OK;

	for (size_t at = 0; rc == MC_OK &&
			    (word = mc_words_next(m->letter->keywords, &at));) {
		size_t place = KEYWORDS_MAX;

		rc = place_keyword(m, word, &place, err);
		used[place] = true;
	}
	m->writer.lost.keywords += used[KEYWORDS_MAX];
	for (int i = 0; i < KEYWORDS_MAX; i++) {
		if (used[i])
			*out++ = (char)('a' + i);
	}
	*out = '\0';
	return rc;
}

static MC_RC maildir_end(struct mc_export_writer *w, struct mc_error *err)
{
	struct maildir *m = maildir_of(w);
	const struct mc_export_letter *letter = m->letter;
	int64_t time = letter->time == MC_NO_TIME ? 0 : letter->time;
	char flags[MC_MAILDIR_FLAGS];
	char keywords[KEYWORDS_MAX + 1];
	char name[160];
	enum mc_rc rc = MC_OK;

	if (!letter->as_is) {
		rc = mc_export_strip_end(&m->strip, err);
		if (rc == MC_OK)
			rc = mc_export_lf_end(&m->lf, err);
		w->lost.lines += m->strip.lines > 0;
	}
	if (rc == MC_OK)
		rc = keyword_letters(m, keywords, err);
	if (rc < 0)
		return rc;
	mc_export_letters(flags, letter->flags);
	mc_text_format(name, sizeof(name),
		"%010" PRId64 ".%" PRId64 ".mailcart,S=%" PRId64 ":2,%s%s",
		time < 0 ? 0 : time, letter->number, m->file.octets, flags,
		keywords);
	return mc_export_shelf_put(&m->shelf, &m->file, name, time, err);
}

static MC_RC maildir_abort(struct mc_export_writer *w, struct mc_error *err)
{
	(void)err;
	mc_export_file_undo(&maildir_of(w)->file);
	return MC_OK;
}

static void maildir_close(struct mc_export_writer *w)
{
	struct maildir *m = maildir_of(w);

	leave(m);
	mc_export_file_dispose(&m->file);
	free(m);
}

static const struct mc_export_ops ops = {
	.folder = maildir_folder,
	.begin = maildir_begin,
	.bytes = maildir_bytes,
	.end = maildir_end,
	.abort = maildir_abort,
	.folder_end = maildir_folder_end,
	.close = maildir_close,
};

MC_RC mc_export_maildir_new(struct mc_export_writer **out, struct mc_error *err)
{
	struct maildir *m = calloc(1, sizeof(*m));
	enum mc_rc rc;

	*out = NULL;
	if (!m)
		return mc_fail_memory(err);
	m->writer.ops = &ops;
	m->dir = -1;
	m->cur = -1;
	m->tmp = -1;
	rc = mc_export_file_init(&m->file, err);
	if (rc < 0)
		maildir_close(&m->writer);
	else
		*out = &m->writer;
	return rc;
}
