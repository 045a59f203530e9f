/* SPDX-License-Identifier: MIT
 * export_mbox: one file a folder.
 *
 *   canonical -> strip -> lf -> quote -> file
 *   raw                      -> quote -> file
 */
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "msg/dress.h"
#include "target/export_file.h"
#include "target/export_flags.h"
#include "target/export_quote.h"
#include "target/export_text.h"
#include "target/export_writer.h"

/* What a message wore in the mbox that it came from. */
struct wrap {
	bool known;               /* F is there */
	struct mc_span from_line; /* F */
	struct mc_span quoting;   /* Q; n == 0: not known */
	struct mc_span separator; /* S */
};

struct mbox {
	struct mc_export_writer writer;
	bool rd;
	int dir;
	char *name; /* of the file, in dir */
	struct mc_export_file file;

	/* The message in hand. */
	const struct mc_export_letter *letter;
	struct wrap wrap;
	int64_t start;
	int64_t plain;      /* where octets of no message ended */
	struct mc_buf line; /* From_ line, then the lines of its status */
	struct mc_export_strip strip;
	struct mc_export_lf lf;
	struct mc_export_quote quote;
	struct mc_sink *first; /* stage */
};

static struct mbox *mbox_of(struct mc_export_writer *w)
{
	return (struct mbox *)(void *)w;
}

static MC_RC mbox_folder(struct mc_export_writer *w, int root, const char *name,
	struct mc_error *err)
{
	struct mbox *m = mbox_of(w);
	const char *slash = strrchr(name, '/');
	struct mc_span file = mc_span_str(slash ? slash + 1 : name);
	char *above = NULL;
	enum mc_rc rc;

	m->plain = 0;
	rc = mc_strdup(&above,
		(struct mc_span){ name, slash ? (size_t)(slash - name) : 0 },
		err);
	if (rc == MC_OK)
		rc = mc_strdup(&m->name, file, err);
	if (rc == MC_OK)
		rc = mc_export_dir(&m->dir, root, above, err);
	if (rc == MC_OK)
		rc = mc_export_file_open(
			&m->file, m->dir, ".mailcart-export", err);
	free(above);
	return rc;
}

/* Forgets the folder. */
static void leave(struct mbox *m)
{
	mc_export_file_undo(&m->file);
	if (m->dir >= 0)
		close(m->dir);
	m->dir = -1;
	free(m->name);
	m->name = NULL;
}

static MC_RC mbox_folder_end(struct mc_export_writer *w, struct mc_error *err)
{
	struct mbox *m = mbox_of(w);
	enum mc_rc rc = mc_export_file_commit(
		&m->file, m->dir, m->name, MC_NO_TIME, err);

	leave(m);
	return rc;
}

static MC_RC read_wrap(
	struct wrap *wrap, struct mc_span dress, struct mc_error *err)
{
	struct mc_span payload;
	char kind;
	enum mc_rc rc;

	*wrap = (struct wrap){ 0 };
	while ((rc = mc_dress_next(&dress, &kind, &payload, err)) == MC_OK) {
		if (kind == 'F')
			wrap->from_line = payload;
		else if (kind == 'Q')
			wrap->quoting = payload;
		else if (kind == 'S')
			wrap->separator = payload;
		wrap->known |= kind == 'F';
	}
	return rc < 0 ? rc : MC_OK;
}

/* As it stood in the mbox that it came from. */
static MC_RC begin_as_was(struct mbox *m, struct mc_error *err)
{
	struct mc_span line = m->wrap.from_line;
	bool mac = line.n > 0 && line.p[line.n - 1] == '\r';

	m->writer.lost.quoting += m->wrap.quoting.n == 0;
	mc_export_quote_as(&m->quote, m->wrap.quoting, mac ? '\r' : '\n');
	m->first = &m->quote.sink;
	/* Where it stood, a line had ended, or it stood behind such octets as
	 * now; here another message may stand before. */
	if (m->file.last && m->file.last != '\n' && m->file.last != '\r' &&
		m->file.octets != m->plain &&
		mc_export_file_put(&m->file, MC_SPAN("\n"), err) < 0)
		return err->rc;
	return mc_export_file_put(&m->file, line, err);
}

static MC_RC begin_canonical(struct mbox *m, struct mc_error *err)
{
	const struct mc_export_letter *letter = m->letter;
	bool all = true;
	enum mc_rc rc;

	mc_buf_clear(&m->line);
	rc = mc_export_status(
		&m->line, letter->flags, letter->keywords, &all, err);
	m->writer.lost.keywords += !all;
	mc_export_lf_begin(&m->lf, &m->quote.sink);
	mc_export_strip_begin(
		&m->strip, MC_STORE_MBOX, mc_buf_span(&m->line), &m->lf.sink);
	m->first = &m->strip.sink;
	return rc;
}

static MC_RC begin_new(struct mbox *m, struct mc_error *err)
{
	const struct mc_export_letter *letter = m->letter;
	bool dated = letter->time != MC_NO_TIME;
	enum mc_rc rc;

	m->writer.lost.undated += !dated;
	mc_buf_clear(&m->line);
	rc = mc_export_from_line(
		&m->line, letter->sender, dated ? letter->time : 0, err);
	if (rc == MC_OK)
		rc = mc_export_file_put(&m->file, mc_buf_span(&m->line), err);
	if (rc < 0)
		return rc;
	m->first = &m->quote.sink;
	return letter->as_is ? MC_OK : begin_canonical(m, err);
}

static MC_RC mbox_begin(struct mc_export_writer *w,
	const struct mc_export_letter *letter, struct mc_error *err)
{
	struct mbox *m = mbox_of(w);
	enum mc_rc rc = MC_OK;

	m->letter = letter;
	m->start = m->file.octets;
	m->wrap = (struct wrap){ 0 };
	mc_export_quote_begin(&m->quote,
		m->rd ? MC_EXPORT_QUOTE_RD : MC_EXPORT_QUOTE_O, &m->file.sink);
	if (letter->as_is)
		rc = read_wrap(&m->wrap, letter->dress, err);
	if (rc < 0)
		return rc;
	return m->wrap.known ? begin_as_was(m, err) : begin_new(m, err);
}

static MC_RC mbox_bytes(
	struct mc_export_writer *w, struct mc_span bytes, struct mc_error *err)
{
	struct mbox *m = mbox_of(w);

	return m->first->put(m->first, bytes, err);
}

/* What an mbox needs so that the next message is seen: a last line end, the
 * blank line behind the header, and the one between messages. */
static MC_RC separate(struct mbox *m, struct mc_error *err)
{
	bool headless = m->letter->shape & MC_SHAPE_NO_HEADER_END;
	char last = m->file.last;
	enum mc_rc rc = MC_OK;

	m->writer.lost.endings +=
		headless || (m->letter->shape & MC_SHAPE_NO_FINAL_CRLF);
	if (last == '\r')
		rc = mc_export_file_put(&m->file, MC_SPAN("\r\n"), err);
	else if (last != '\n')
		rc = mc_export_file_put(&m->file, MC_SPAN("\n"), err);
	if (rc == MC_OK && headless)
		rc = mc_export_file_put(&m->file, MC_SPAN("\n"), err);
	return rc < 0 ? rc : mc_export_file_put(&m->file, MC_SPAN("\n"), err);
}

static MC_RC mbox_end(struct mc_export_writer *w, struct mc_error *err)
{
	struct mbox *m = mbox_of(w);
	enum mc_rc rc = MC_OK;

	if (m->first == &m->strip.sink) {
		rc = mc_export_strip_end(&m->strip, err);
		if (rc == MC_OK)
			rc = mc_export_lf_end(&m->lf, err);
		w->lost.lines += m->strip.lines > 0;
	}
	if (rc == MC_OK)
		rc = mc_export_quote_end(&m->quote, err);
	w->lost.quoting += m->quote.doubtful > 0;
	if (rc < 0)
		return rc;
	if (m->wrap.known)
		return mc_export_file_put(&m->file, m->wrap.separator, err);
	return separate(m, err);
}

static MC_RC mbox_abort(struct mc_export_writer *w, struct mc_error *err)
{
	struct mbox *m = mbox_of(w);

	return mc_export_file_cut(&m->file, m->start, err);
}

static MC_RC mbox_plain(
	struct mc_export_writer *w, struct mc_span octets, struct mc_error *err)
{
	struct mbox *m = mbox_of(w);
	enum mc_rc rc = mc_export_file_put(&m->file, octets, err);

	m->plain = m->file.octets;
	return rc;
}

static int64_t mbox_offset(const struct mc_export_writer *w)
{
	return ((const struct mbox *)(const void *)w)->file.octets;
}

static void mbox_close(struct mc_export_writer *w)
{
	struct mbox *m = mbox_of(w);

	leave(m);
	mc_export_file_dispose(&m->file);
	mc_buf_dispose(&m->line);
	free(m);
}

static const struct mc_export_ops ops = {
	.folder = mbox_folder,
	.begin = mbox_begin,
	.bytes = mbox_bytes,
	.end = mbox_end,
	.abort = mbox_abort,
	.folder_end = mbox_folder_end,
	.close = mbox_close,
	.plain = mbox_plain,
	.offset = mbox_offset,
};

MC_RC mc_export_mbox_new(
	struct mc_export_writer **out, bool rd, struct mc_error *err)
{
	struct mbox *m = calloc(1, sizeof(*m));
	enum mc_rc rc;

	*out = NULL;
	if (!m)
		return mc_fail_memory(err);
	m->writer.ops = &ops;
	m->rd = rd;
	m->dir = -1;
	mc_buf_init(&m->line, MC_HEADER_MAX);
	rc = mc_export_file_init(&m->file, err);
	if (rc < 0)
		mbox_close(&m->writer);
	else
		*out = &m->writer;
	return rc;
}
