/* SPDX-License-Identifier: MIT
 * export: the archive written out into a directory. */
#include <assert.h>

#include "archive/extract.h"
#include "base/limits.h"
#include "base/text.h"
#include "job/export_original.h"
#include "job/export_places.h"
#include "job/exporter.h"

/* So that one may be cast into the other. */
static_assert((int)MC_JOB_MBOXRD == (int)MC_EXPORT_MBOXRD &&
		      (int)MC_JOB_MBOXO == (int)MC_EXPORT_MBOXO &&
		      (int)MC_JOB_MAILDIR == (int)MC_EXPORT_MAILDIR &&
		      (int)MC_JOB_EML == (int)MC_EXPORT_EML,
	"one order of formats");

/* All folders of a path together, each logical message once. */
static MC_RC write_path(
	struct mc_exporter *e, const char *path, struct mc_error *err)
{
	enum mc_rc rc = mc_exporter_begin_folder(e, path, 0, err);

	if (rc == MC_OK)
		rc = mc_extract_messages(
			e->ar, path, &e->rules, mc_exporter_message, e, err);
	return rc < 0 ? rc : mc_exporter_end_folder(e, err);
}

static MC_RC write_all(struct mc_exporter *e, const struct mc_places *places,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < places->n; i++) {
		const struct mc_place_out *place = &places->list[i];

		rc = e->req->export.original ? mc_export_original(e, place, err)
					     : write_path(e, place->path, err);
	}
	return rc;
}

static MC_RC count_all(struct mc_exporter *e, const struct mc_places *places,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < places->n; i++) {
		int64_t n = places->list[i].sightings;

		if (!e->req->export.original)
			rc = mc_extract_count(e->ar, places->list[i].path,
				&e->rules, &n, err);
		e->total += n;
	}
	return rc;
}

static void note_lost(struct mc_exporter *e, int64_t n, const char *what)
{
	char number[MC_NUMBER_TEXT];

	if (n > 0)
		mc_note(&e->req->monitor, "%s message%s %s",
			mc_text_number(number, n), n == 1 ? "" : "s", what);
}

/* What the format could not hold, each once. */
static void tell_lost(struct mc_exporter *e)
{
	const struct mc_export_losses *lost = mc_export_lost(e->out);

	note_lost(e, lost->undated,
		"without any date: written with the date 1970-01-01");
	note_lost(e, lost->flags,
		"with flags or keywords, which .eml files have no place for");
	note_lost(e, lost->keywords,
		"with keywords that this format cannot hold: left out (mbox: "
		"those with blanks; Maildir: more than 26 in a folder)");
	note_lost(e, lost->endings,
		"without a last line end or a blank line behind the header: "
		"mbox needs them, so they were added");
	note_lost(e, lost->lines,
		"with header lines that this format has for itself, such as "
		"Status or Content-Length: these lines were left out");
	note_lost(e, lost->quoting,
		e->req->export.original
			? "with so many lines \"From ...\" that how they stood "
			  "is not known"
			: "with lines \">From ...\", which mboxo cannot tell "
			  "from quoted ones; mboxrd can");
}

static MC_RC run(struct mc_exporter *e, struct mc_error *err)
{
	const struct mc_request *req = e->req;
	struct mc_places places = { 0 };
	enum mc_rc rc = mc_extract_begin(e->ar, err);

	if (rc == MC_OK)
		rc = mc_places_load(&places, e->ar, req, err);
	if (rc == MC_OK)
		rc = count_all(e, &places, err);
	if (rc == MC_OK && req->dry_run)
		rc = mc_export_check(req->export.dir, err);
	else if (rc == MC_OK)
		rc = mc_export_open(&e->out, req->export.dir,
			(enum mc_export_format)req->export.format, err);
	if (rc == MC_OK)
		rc = write_all(e, &places, err);
	if (rc == MC_OK && e->out)
		rc = mc_export_finish(e->out, err);
	if (rc == MC_OK && e->out)
		tell_lost(e);
	mc_places_dispose(&places);
	return rc;
}

MC_RC mc_job_export(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_exporter e = { .req = req,
		.report = &report->export,
		.rules = { .all_variants = req->all_variants,
			.deleted = MC_DELETED,
			.expunged = MC_EXPUNGED } };
	enum mc_rc rc;

	report->exported = true;
	mc_buf_init(&e.dress, MC_DRESS_MAX + MC_HEADER_MAX);
	rc = mc_archive_open(
		&e.ar, req->archive, MC_ARCHIVE_READ, &req->monitor, err);
	if (rc == MC_OK)
		rc = run(&e, err);
	mc_export_close(e.out);
	mc_archive_close(e.ar);
	mc_buf_dispose(&e.dress);
	return rc;
}
