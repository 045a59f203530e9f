/* SPDX-License-Identifier: MIT
 * tell: what the archive knows, for status and list. */
#include <inttypes.h>

#include "archive/departure.h"
#include "archive/ledger.h"
#include "archive/query.h"
#include "base/limits.h"
#include "base/text.h"
#include "job/job.h"
#include "msg/flags.h"

static MC_RC open_to_read(struct mc_archive **ar, const struct mc_request *req,
	struct mc_error *err)
{
	return mc_archive_open(
		ar, req->archive, MC_ARCHIVE_READ, &req->monitor, err);
}

struct refusals {
	struct mc_archive *ar;
	const struct mc_placement_line *of; /* what was tried is of that */
	mc_refusal_fn *fn;
	void *arg;
};

static void hand_change(
	struct mc_refusal_line *out, const struct mc_placement_line *line)
{
	out->kind = MC_LINE_CHANGED;
	out->text = line->change;
	mc_digest_hex(out->before, line->sha256);
	mc_digest_hex(out->after,
		line->sent_sha256 ? line->sent_sha256 : line->sha256);
}

static MC_RC hand_try(
	void *arg, const struct mc_try *tried, struct mc_error *err)
{
	const struct refusals *refusals = arg;
	const struct mc_placement_line *of = refusals->of;
	struct mc_refusal_line out = { .kind = MC_LINE_TRIED,
		.id = of->logical,
		.mailbox = of->mailbox,
		.code = tried->code,
		.text = tried->text,
		.subject = of->subject,
		.change = tried->change };

	mc_digest_hex(out.before, of->sha256);
	mc_digest_hex(out.after, tried->sha256 ? tried->sha256 : of->sha256);
	return refusals->fn(refusals->arg, &out, err);
}

static MC_RC hand_refusal(
	void *arg, const struct mc_placement_line *line, struct mc_error *err)
{
	struct refusals *refusals = arg;
	enum mc_rc rc;

	struct mc_refusal_line out = { .kind = MC_LINE_WAITING,
		.id = line->logical,
		.mailbox = line->mailbox,
		.code = line->code,
		.text = line->text,
		.subject = line->subject };

	if (line->state == MC_REFUSED)
		out.kind = MC_LINE_REFUSED;
	else if (line->state == MC_SENT)
		hand_change(&out, line);
	if (out.kind == MC_LINE_WAITING && !line->text)
		return MC_OK;
	rc = refusals->fn(refusals->arg, &out, err);
	if (rc < 0 || out.kind == MC_LINE_WAITING)
		return rc;
	refusals->of = line;
	return mc_placement_tries(
		refusals->ar, line->id, hand_try, refusals, err);
}

static MC_RC hand_renamed(
	void *arg, const char *wanted, const char *given, struct mc_error *err)
{
	const struct refusals *refusals = arg;
	struct mc_refusal_line out = {
		.kind = MC_LINE_RENAMED, .mailbox = wanted, .text = given
	};

	return refusals->fn(refusals->arg, &out, err);
}

static MC_RC count_renamed(
	void *arg, const char *wanted, const char *given, struct mc_error *err)
{
	struct mc_status *out = arg;

	(void)wanted;
	(void)given;
	(void)err;
	out->renamed++;
	return MC_OK;
}

static MC_RC fill_status(
	struct mc_archive *ar, struct mc_status *out, struct mc_error *err)
{
	struct mc_ledger_counts ledger;
	struct mc_departures departures;
	struct mc_totals totals;
	enum mc_rc rc = mc_totals_get(ar, &totals, err);

	if (rc == MC_OK)
		rc = mc_ledger_count(ar, 0, &ledger, err);
	if (rc == MC_OK)
		rc = mc_departures_count(ar, &departures, err);
	if (rc < 0)
		return rc;
	*out = (struct mc_status){ .logical = totals.logical,
		.variants = totals.variants,
		.bodies = totals.bodies,
		.sightings = totals.sightings,
		.octets_raw = totals.octets_raw,
		.octets_stored = totals.octets_stored,
		.octets_file = mc_archive_octets(ar),
		.reused_ids = totals.reused_ids,
		.without_id = totals.without_id,
		.placements = ledger.placements,
		.sent = ledger.sent,
		.present = ledger.present,
		.refused = ledger.refused,
		.skipped = ledger.skipped,
		.waiting = ledger.waiting,
		.mended = ledger.mended,
		.removed = departures.gone,
		.removing = departures.asked };
	rc = mc_unplaced_count(ar, &out->unplaced, err);
	if (rc < 0)
		return rc;
	return mc_renamed_each(ar, 0, count_renamed, out, err);
}

MC_RC mc_job_status(const struct mc_request *req, struct mc_status *out,
	mc_refusal_fn *refusal, void *arg, struct mc_error *err)
{
	const struct mc_placement_filter refused = { .states = 1u
							       << MC_REFUSED };
	const struct mc_placement_filter waiting = { .states = 1u
							       << MC_WAITING };
	const struct mc_placement_filter changed = { .changed = true };
	struct refusals refusals = { .fn = refusal, .arg = arg };
	struct mc_archive *ar = NULL;
	enum mc_rc rc = open_to_read(&ar, req, err);

	refusals.ar = ar;
	if (rc == MC_OK)
		rc = fill_status(ar, out, err);
	if (rc == MC_OK && refusal)
		rc = mc_placement_each(
			ar, &refused, hand_refusal, &refusals, err);
	if (rc == MC_OK && refusal)
		rc = mc_placement_each(
			ar, &changed, hand_refusal, &refusals, err);
	if (rc == MC_OK && refusal)
		rc = mc_placement_each(
			ar, &waiting, hand_refusal, &refusals, err);
	if (rc == MC_OK && refusal)
		rc = mc_renamed_each(ar, 0, hand_renamed, &refusals, err);
	mc_archive_close(ar);
	return rc;
}

struct folders {
	mc_folder_line_fn *fn;
	void *arg;
};

static MC_RC hand_folder(
	void *arg, const struct mc_folder_facts *folder, struct mc_error *err)
{
	const struct folders *folders = arg;
	struct mc_folder_line line = { .source = folder->source,
		.folder = folder->path,
		.messages = folder->sightings };

	return folders->fn(folders->arg, &line, err);
}

MC_RC mc_job_folders(const struct mc_request *req, mc_folder_line_fn *fn,
	void *arg, struct mc_error *err)
{
	struct folders folders = { fn, arg };
	struct mc_archive *ar = NULL;
	enum mc_rc rc = open_to_read(&ar, req, err);

	if (rc == MC_OK)
		rc = mc_folder_each(ar, hand_folder, &folders, err);
	mc_archive_close(ar);
	return rc;
}

struct lister {
	mc_message_line_fn *fn;
	void *arg;
	struct mc_buf flags;
	struct mc_buf labels;
	struct mc_buf folders;
	int64_t count;
};

static MC_RC put_flag(
	struct mc_buf *out, const char *name, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (out->len > 0)
		rc = mc_buf_putc(out, ' ', err);
	return rc == MC_OK ? mc_buf_put(out, mc_span_str(name), err) : rc;
}

/* IMAP names of flags, then keywords. */
static MC_RC join_flags(struct mc_buf *out, const struct mc_sighting_line *line,
	struct mc_error *err)
{
	struct mc_words words = { line->keywords.p, line->keywords.n };
	enum mc_rc rc = MC_OK;
	const char *word;
	size_t at = 0;

	mc_buf_clear(out);
	for (uint32_t bit = 1; rc == MC_OK && bit <= MC_EXPUNGED; bit <<= 1) {
		const char *name = line->flags & bit
					   ? mc_flag_name((enum mc_flag)bit)
					   : NULL;

		if (name)
			rc = put_flag(out, name, err);
	}
	while (rc == MC_OK && (word = mc_words_next(words, &at)) != NULL)
		rc = put_flag(out, word, err);
	return rc;
}

static MC_RC hand_message(
	void *arg, const struct mc_sighting_line *in, struct mc_error *err)
{
	struct lister *lister = arg;
	char message_id[MC_MSGID_MAX * 4 + 8];
	char sha256[MC_SHA256_HEX];
	char raw_sha256[MC_SHA256_HEX];
	struct mc_message_line line = { .id = in->logical,
		.sighting = in->sighting,
		.source = in->source,
		.folder = in->folder,
		.key = in->key,
		.sha256 = mc_digest_hex(sha256, &in->sha256),
		.raw_sha256 = mc_digest_hex(raw_sha256, &in->raw_sha256),
		.octets = in->octets,
		.internaldate = in->time,
		.date = in->date,
		.from = in->from,
		.subject = in->subject };
	enum mc_rc rc = join_flags(&lister->flags, in, err);

	mc_buf_clear(&lister->labels);
	if (rc == MC_OK)
		rc = mc_buf_put(&lister->labels, in->labels, err);
	mc_buf_clear(&lister->folders);
	if (rc == MC_OK)
		rc = mc_buf_put(&lister->folders, in->stands, err);
	if (rc < 0)
		return rc;
	if (in->message_id) {
		mc_text_escape(message_id, sizeof(message_id),
			mc_span_str(in->message_id));
		line.message_id = message_id;
	}
	line.flags = mc_buf_str(&lister->flags);
	line.labels = mc_buf_str(&lister->labels);
	line.folders = mc_buf_str(&lister->folders);
	lister->count++;
	return lister->fn(lister->arg, &line, err);
}

struct namesakes {
	const char *folder;
	struct mc_buf *paths; /* words */
};

static MC_RC add_namesake(
	void *arg, const struct mc_folder_facts *folder, struct mc_error *err)
{
	struct namesakes *found = arg;
	struct mc_span path = mc_span_str(folder->path);
	struct mc_words words = { found->paths->data, found->paths->len };
	const char *word;
	size_t at = 0;

	if (!mc_span_ieq(path, mc_span_str(found->folder)))
		return MC_OK;
	while ((word = mc_words_next(words, &at)) != NULL)
		if (strcmp(word, folder->path) == 0)
			return MC_OK;
	path.n++; /* its NUL */
	return mc_buf_put(found->paths, path, err);
}

/* No folder has that very name: those that differ in case alone.  INBOX is
 * INBOX in any (RFC 9051 5.1). */
static MC_RC list_namesakes(struct mc_archive *ar, const char *folder,
	struct lister *lister, struct mc_error *err)
{
	struct mc_buf paths;
	struct namesakes found = { folder, &paths };
	struct mc_words words;
	const char *word;
	size_t at = 0;
	enum mc_rc rc;

	mc_buf_init(&paths, MC_HEADER_MAX);
	rc = mc_folder_each(ar, add_namesake, &found, err);
	words = (struct mc_words){ paths.data, paths.len };
	while (rc == MC_OK && (word = mc_words_next(words, &at)) != NULL) {
		struct mc_sighting_filter filter = { .folder = word };

		rc = mc_sighting_each(ar, &filter, hand_message, lister, err);
	}
	mc_buf_dispose(&paths);
	return rc;
}

MC_RC mc_job_list(const struct mc_request *req, const char *folder,
	mc_message_line_fn *fn, void *arg, struct mc_error *err)
{
	struct mc_sighting_filter filter = { .folder = folder };
	struct lister lister = { .fn = fn, .arg = arg };
	struct mc_archive *ar = NULL;
	enum mc_rc rc;

	mc_buf_init(&lister.flags, MC_HEADER_MAX);
	mc_buf_init(&lister.labels, MC_HEADER_MAX);
	mc_buf_init(&lister.folders, MC_HEADER_MAX);
	rc = open_to_read(&ar, req, err);
	if (rc == MC_OK)
		rc = mc_sighting_each(ar, &filter, hand_message, &lister, err);
	if (rc == MC_OK && folder && lister.count == 0)
		rc = list_namesakes(ar, folder, &lister, err);
	if (rc == MC_OK && folder && lister.count == 0)
		rc = mc_fail(err, MC_ENOENT, MC_RUN, 0,
			"no folder '%s' with messages in '%s'; 'mailcart list' "
			"shows the folders",
			folder, req->archive);
	mc_archive_close(ar);
	mc_buf_dispose(&lister.flags);
	mc_buf_dispose(&lister.labels);
	mc_buf_dispose(&lister.folders);
	return rc;
}
