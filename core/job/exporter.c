/* SPDX-License-Identifier: MIT */
#include "job/exporter.h"

#include <inttypes.h>

#include "archive/query.h"
#include "base/text.h"
#include "job/select.h"
#include "job/show.h"

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

MC_RC mc_exporter_message(
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

MC_RC mc_exporter_begin_folder(struct mc_exporter *e, const char *path,
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

MC_RC mc_exporter_end_folder(struct mc_exporter *e, struct mc_error *err)
{
	return e->out ? mc_export_folder_end(e->out, err) : MC_OK;
}
