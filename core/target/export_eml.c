/* SPDX-License-Identifier: MIT
 * export_eml: one file a message, its octets as they are. */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "target/export_file.h"
#include "target/export_name.h"
#include "target/export_shelf.h"
#include "target/export_writer.h"

/* Octets of a subject in a file's name: what people read in a list. */
enum { SUBJECT_MAX = 80 };

struct eml {
	struct mc_export_writer writer;
	int dir;
	struct mc_export_file file;
	struct mc_export_shelf shelf;
	const struct mc_export_letter *letter;
};

static struct eml *eml_of(struct mc_export_writer *w)
{
	return (struct eml *)(void *)w;
}

static MC_RC eml_folder(struct mc_export_writer *w, int root, const char *name,
	struct mc_error *err)
{
	struct eml *e = eml_of(w);
	enum mc_rc rc = mc_export_dir(&e->dir, root, name, err);

	e->shelf.from = e->dir;
	e->shelf.to = e->dir;
	return rc;
}

static void leave(struct eml *e)
{
	mc_export_file_undo(&e->file);
	mc_export_shelf_undo(&e->shelf);
	if (e->dir >= 0)
		close(e->dir);
	e->dir = -1;
}

static MC_RC eml_folder_end(struct mc_export_writer *w, struct mc_error *err)
{
	enum mc_rc rc = mc_export_shelf_place(&eml_of(w)->shelf, err);

	leave(eml_of(w));
	return rc;
}

static MC_RC eml_begin(struct mc_export_writer *w,
	const struct mc_export_letter *letter, struct mc_error *err)
{
	struct eml *e = eml_of(w);
	char temporary[48];

	e->letter = letter;
	w->lost.undated += letter->time == MC_NO_TIME;
	w->lost.flags += letter->flags != 0 || letter->keywords.n > 0;
	mc_text_format(temporary, sizeof(temporary),
		".mailcart-export-%" PRId64, letter->number);
	return mc_export_file_open(&e->file, e->dir, temporary, err);
}

static MC_RC eml_bytes(
	struct mc_export_writer *w, struct mc_span bytes, struct mc_error *err)
{
	return mc_export_file_put(&eml_of(w)->file, bytes, err);
}

/* Runs of blanks and control characters, which a header's folding leaves,
 * become one blank. */
static MC_RC put_words(
	struct mc_buf *out, struct mc_span text, struct mc_error *err)
{
	bool blank = false;
	enum mc_rc rc = MC_OK;

	/* What will be cut off, and a little more. */
	text = mc_span_head(mc_span_trim(text), (size_t)4 * SUBJECT_MAX);
	for (size_t i = 0; rc == MC_OK && i < text.n; i++) {
		bool here = (unsigned char)text.p[i] <= ' ';

		if (!here)
			rc = mc_buf_putc(out, text.p[i], err);
		else if (!blank)
			rc = mc_buf_putc(out, ' ', err);
		blank = here;
	}
	return rc;
}

/* "000017 Subject.eml" */
static MC_RC make_name(struct mc_buf *out,
	const struct mc_export_letter *letter, struct mc_error *err)
{
	struct mc_buf words;
	bool changed = false;
	enum mc_rc rc;

	mc_buf_init(&words, MC_FIELD_MAX);
	rc = put_words(&words, mc_span_str(letter->subject), err);
	if (rc == MC_OK)
		rc = mc_buf_printf(out, err, "%06" PRId64, letter->number);
	if (rc == MC_OK && words.len > 0)
		rc = mc_buf_putc(out, ' ', err);
	if (rc == MC_OK && words.len > 0)
		rc = mc_export_safe(
			out, mc_buf_span(&words), SUBJECT_MAX, &changed, err);
	if (rc == MC_OK)
		rc = mc_buf_put(out, MC_SPAN(".eml"), err);
	mc_buf_dispose(&words);
	return rc;
}

static MC_RC eml_end(struct mc_export_writer *w, struct mc_error *err)
{
	struct eml *e = eml_of(w);
	int64_t time = e->letter->time == MC_NO_TIME ? 0 : e->letter->time;
	struct mc_buf name;
	enum mc_rc rc;

	mc_buf_init(&name, MC_NAME_MAX);
	rc = make_name(&name, e->letter, err);
	if (rc == MC_OK)
		rc = mc_export_shelf_put(
			&e->shelf, &e->file, mc_buf_str(&name), time, err);
	mc_buf_dispose(&name);
	return rc;
}

static MC_RC eml_abort(struct mc_export_writer *w, struct mc_error *err)
{
	(void)err;
	mc_export_file_undo(&eml_of(w)->file);
	return MC_OK;
}

static void eml_close(struct mc_export_writer *w)
{
	struct eml *e = eml_of(w);

	leave(e);
	mc_export_file_dispose(&e->file);
	free(e);
}

static const struct mc_export_ops ops = {
	.folder = eml_folder,
	.begin = eml_begin,
	.bytes = eml_bytes,
	.end = eml_end,
	.abort = eml_abort,
	.folder_end = eml_folder_end,
	.close = eml_close,
};

MC_RC mc_export_eml_new(struct mc_export_writer **out, struct mc_error *err)
{
	struct eml *e = calloc(1, sizeof(*e));
	enum mc_rc rc;

	*out = NULL;
	if (!e)
		return mc_fail_memory(err);
	e->writer.ops = &ops;
	e->dir = -1;
	rc = mc_export_file_init(&e->file, err);
	if (rc < 0)
		eml_close(&e->writer);
	else
		*out = &e->writer;
	return rc;
}
