/* SPDX-License-Identifier: MIT */
#include "job/export.h"

#include <assert.h>
#include <inttypes.h>

#include "archive/extract.h"
#include "archive/query.h"
#include "base/limits.h"
#include "base/text.h"
#include "job/export_places.h"
#include "job/select.h"
#include "job/show.h"

/* So that one may be cast into the other. */
static_assert((int)MC_JOB_MBOXRD == (int)MC_EXPORT_MBOXRD &&
		      (int)MC_JOB_MBOXO == (int)MC_EXPORT_MBOXO &&
		      (int)MC_JOB_MAILDIR == (int)MC_EXPORT_MAILDIR &&
		      (int)MC_JOB_EML == (int)MC_EXPORT_EML,
	"one order of formats");

static void progress(struct mc_exporter *e)
{
	const struct mc_export_report *r = e->report;

	mc_emit(&e->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "export",
			.done = r->written + r->skipped + r->failed,
			.total = e->total,
			.octets = r->octets });
}

/* Octets to the writer; counted, and digested where that is asked. */
struct pipe {
	struct mc_sink sink;
	struct mc_exporter *e;
	struct mc_hash hash;
	bool hashing;
};

static MC_RC put_pipe(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct pipe *pipe = (struct pipe *)(void *)sink;

	if (mc_cancel_is(pipe->e->req->monitor.cancel, MC_CANCEL_NOW))
		return mc_fail_cancelled(err);
	if (pipe->hashing)
		mc_hash_put(&pipe->hash, bytes);
	pipe->e->report->octets += (int64_t)bytes.n;
	return mc_export_bytes(pipe->e->out, bytes, err);
}

/* What was put together is what the source held. */
static MC_RC check_raw(struct pipe *pipe, const struct mc_extract *message,
	struct mc_error *err)
{
	struct mc_digest digest = mc_hash_end(&pipe->hash);

	if (mc_digest_eq(&digest, &message->raw_sha256))
		return MC_OK;
	return mc_fail(err, MC_EDB, MC_MESSAGE, 0,
		"damaged: it cannot be rebuilt as it was");
}

static MC_RC stream(struct mc_exporter *e, const struct mc_extract *message,
	struct mc_error *err)
{
	struct pipe pipe = {
		.sink = { put_pipe }, .e = e, .hashing = e->req->export.original
	};
	enum mc_rc rc;

	if (!pipe.hashing)
		return mc_show_body(e->ar, message->body, &pipe.sink, err);
	mc_hash_init(&pipe.hash);
	rc = mc_show_raw(
		e->ar, message->sighting, message->body, &pipe.sink, err);
	return rc < 0 ? rc : check_raw(&pipe, message, err);
}

static MC_RC describe(struct mc_exporter *e, const struct mc_extract *message,
	struct mc_export_letter *letter, struct mc_error *err)
{
	bool original = e->req->export.original;
	bool often = original || e->req->all_variants;

	*letter = (struct mc_export_letter){ .number = often ? message->sighting
							     : message->logical,
		.time = message->time,
		.flags = message->flags,
		.keywords = { message->keywords.p, message->keywords.n },
		.shape = message->shape,
		.sender = message->sender,
		.subject = message->subject,
		.as_is = original };
	if (!original)
		return MC_OK;
	if (mc_dress_get(e->ar, message->sighting, &e->dress, err) < 0)
		return err->rc;
	letter->dress = mc_buf_span(&e->dress);
	return MC_OK;
}

static MC_RC write_letter(struct mc_exporter *e,
	const struct mc_extract *message, struct mc_error *err)
{
	struct mc_export_letter letter;
	struct mc_error later;
	enum mc_rc rc = describe(e, message, &letter, err);

	if (rc < 0)
		return rc;
	rc = mc_export_begin(e->out, &letter, err);
	if (rc == MC_OK)
		rc = stream(e, message, err);
	if (rc == MC_OK)
		rc = mc_export_end(e->out, err);
	if (rc < 0 && mc_export_abort(e->out, &later) < 0)
		*err = later;
	return rc < 0 ? err->rc : MC_OK;
}

static void tell_failure(struct mc_exporter *e,
	const struct mc_extract *message, const char *why)
{
	char what[64];

	if (message->lost)
		mc_text_format(what, sizeof(what), "sighting %" PRId64,
			message->sighting);
	else
		mc_text_format(what, sizeof(what), "message %" PRId64,
			message->logical);
	mc_emit(&e->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "export",
					  .mailbox = what,
					  .text = why });
}

/* A mail program had removed it and only not yet compacted its folder; that
 * is asked of copies, not of what is written as it was. */
static bool is_gone(
	const struct mc_exporter *e, const struct mc_extract *message)
{
	return message->flags & MC_EXPUNGED && !e->req->keep_deleted &&
	       !e->req->export.original;
}

MC_RC mc_export_message(
	void *arg, const struct mc_extract *message, struct mc_error *err)
{
	struct mc_exporter *e = arg;
	struct mc_export_report *r = e->report;
	enum mc_skip_rule rule;
	enum mc_rc rc = MC_OK;

	if (mc_cancel_is(e->req->monitor.cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	r->listed++;
	if (message->lost) {
		*err = *message->lost;
		rc = err->rc;
	} else if (mc_select_skips(&e->req->select, message->octets,
			   message->time, &rule)) {
		r->skipped++;
	} else if (is_gone(e, message)) {
		r->skipped++;
		r->deleted++;
	} else if (!e->out) {
		r->written++;
	} else {
		rc = write_letter(e, message, err);
		r->written += rc == MC_OK;
	}
	if (rc < 0 && err->scope == MC_MESSAGE) {
		r->failed++;
		tell_failure(e, message, err->text);
		rc = MC_OK;
	}
	progress(e);
	return rc;
}

MC_RC mc_export_begin_folder(struct mc_exporter *e, const char *path,
	int64_t twin, struct mc_error *err)
{
	char from[512];
	char to[512];
	const char *name;
	bool mended;

	e->report->folders++;
	if (!e->out)
		return MC_OK;
	if (mc_export_folder(e->out, path, twin, err) < 0)
		return err->rc;
	name = mc_export_name(e->out, &mended);
	if (mended) {
		mc_text_escape(from, sizeof(from), mc_span_str(path));
		mc_text_escape(to, sizeof(to), mc_span_str(name));
		mc_note(&e->req->monitor,
			"folder '%s' is written as '%s', which other systems "
			"and readers can name",
			from, to);
	}
	return MC_OK;
}

MC_RC mc_export_end_folder(struct mc_exporter *e, struct mc_error *err)
{
	return e->out ? mc_export_folder_end(e->out, err) : MC_OK;
}

/* All folders of a path together, each logical message once. */
static MC_RC write_path(
	struct mc_exporter *e, const char *path, struct mc_error *err)
{
	enum mc_rc rc = mc_export_begin_folder(e, path, 0, err);

	if (rc == MC_OK)
		rc = mc_extract_messages(
			e->ar, path, &e->rules, mc_export_message, e, err);
	return rc < 0 ? rc : mc_export_end_folder(e, err);
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
