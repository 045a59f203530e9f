/* SPDX-License-Identifier: MIT */
#include "source/mbox_file.h"

#include <assert.h>
#include <inttypes.h>

#include "base/text.h"
#include "source/label.h"
#include "source/mbox_length.h"
#include "source/mbox_resume.h"
#include "source/mbox_window.h"
#include "source/mbox_wrap.h"

/* Doubtful splits told one by one; what is more is counted. */
enum { DOUBTS_TOLD = 5 };

/* What the octets under the cursor belong to. */
enum part {
	PART_NONE,
	PART_GAP,
	PART_UNWANTED,
	PART_MESSAGE,
};

struct reader {
	const struct mc_source_conf *conf;
	const char *path;
	struct mc_receiver *rx;
	struct mc_mbox_window w;

	/* Octets walked and not yet delivered; they end at the cursor, and
	 * the last `held` of them are a blank line that may be the one which
	 * separates messages. */
	struct mc_span batch;
	size_t held;

	enum part part;
	int64_t start; /* of the part in hand */
	bool header;   /* its blank line has not come */
	bool mmdf;     /* an MMDF, not an mbox */
	struct mc_mbox_length length;
	const char *gap_name;
	int64_t gap_at;    /* offset of what is in gap */
	struct mc_buf gap; /* not told yet */

	struct mc_item item;
	char key[24];
	struct mc_mbox_wrap wrap;

	int64_t messages;
	int64_t accounted; /* octets in finished parts */
	int64_t doubts;
	bool broken; /* the file cannot be read on, as err says */
	bool eudora; /* the first From_ line is Eudora's */
};

static MC_RC tell_gap(struct reader *r, struct mc_error *err)
{
	struct mc_span octets = mc_buf_span(&r->gap);
	enum mc_rc rc;

	if (octets.n == 0)
		return MC_OK;
	rc = r->rx->gap(
		r->rx, r->gap_at, (int64_t)octets.n, r->gap_name, octets, err);
	r->gap_at += (int64_t)octets.n;
	mc_buf_clear(&r->gap);
	return rc;
}

/* What is long is told in pieces. */
static MC_RC put_gap(
	struct reader *r, struct mc_span bytes, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && bytes.n > 0) {
		struct mc_span piece =
			mc_span_head(bytes, r->gap.max - r->gap.len);

		rc = mc_buf_put(&r->gap, piece, err);
		if (rc == MC_OK && r->gap.len == r->gap.max)
			rc = tell_gap(r, err);
		bytes = mc_mbox_behind(bytes, piece.n);
	}
	return rc;
}

static MC_RC deliver(
	struct reader *r, struct mc_span bytes, struct mc_error *err)
{
	if (bytes.n == 0)
		return MC_OK;
	if (r->part == PART_MESSAGE)
		return r->rx->bytes(r->rx, bytes, err);
	return r->part == PART_GAP ? put_gap(r, bytes, err) : MC_OK;
}

/* Delivers the batch but the blank line that is held back. */
static MC_RC flush(struct reader *r, struct mc_error *err)
{
	struct mc_span bytes = mc_span_head(r->batch, r->batch.n - r->held);

	r->batch = mc_mbox_behind(r->batch, bytes.n);
	return deliver(r, bytes, err);
}

/* Passes rc on; notes that it is the file that fails, not who reads it. */
static enum mc_rc of_file(
	struct reader *r, enum mc_rc rc, const struct mc_error *err)
{
	r->broken = rc < 0 && err->scope == MC_FOLDER;
	return rc;
}

static MC_RC fill(struct reader *r, struct mc_error *err)
{
	enum mc_rc rc;

	if (mc_cancel_is(r->conf->monitor->cancel, MC_CANCEL_NOW))
		return mc_fail_cancelled(err);
	rc = flush(r, err);
	if (rc < 0)
		return rc;
	mc_mbox_window_fill(&r->w, r->held);
	r->batch.p = r->w.view.ahead.p - r->held;
	r->batch.n = r->held;
	return rc;
}

static MC_RC next_line(
	struct reader *r, struct mc_mbox_line *line, struct mc_error *err)
{
	if (mc_mbox_low(&r->w.view)) {
		enum mc_rc rc = fill(r, err);

		if (rc < 0)
			return rc;
	}
	return mc_mbox_next(&r->w.view, line) ? MC_OK : MC_DONE;
}

static void tell_doubt(struct reader *r, int64_t at, const char *what)
{
	if (r->doubts++ < DOUBTS_TOLD)
		mc_note(r->conf->monitor, "'%s': octet %" PRId64 ": %s",
			r->path, at, what);
}

/* Eudora, which quotes nothing, writes no other From_ lines than these. */
static bool is_eudora(struct mc_span line)
{
	return mc_span_starts(line, MC_SPAN("From ???@??? "));
}

static bool begins_message(struct reader *r, const struct mc_mbox_line *line)
{
	int64_t at = mc_mbox_window_at(&r->w) - (int64_t)line->text.n;

	if (line->kind != MC_MBOX_FROM)
		return false;
	if (r->messages == 0) {
		r->eudora = is_eudora(line->text);
		return line->text.n <= MC_MBOX_LINE_MAX;
	}
	if (r->eudora)
		return is_eudora(line->text);
	if (at < r->length.until)
		return false;
	if (line->separates && !line->after_blank)
		tell_doubt(r, at,
			"a From_ line without a blank line before it is taken "
			"as the start of a message");
	else if (!line->separates && line->after_blank)
		tell_doubt(r, at,
			"a line \"From ...\" after a blank line is taken as "
			"text: neither a date nor a header is there");
	return line->separates;
}

/* Finishes the part in hand; `held` is what separates it from the next. */
static MC_RC end_part(struct reader *r, int64_t at, const struct mc_error *why,
	struct mc_error *err)
{
	int64_t octets = at - r->start;
	enum part part = r->part;
	enum mc_rc rc = flush(r, err);

	if (rc < 0)
		return rc;
	r->accounted += octets;
	r->part = PART_NONE;
	if (part == PART_GAP)
		return tell_gap(r, err);
	if (part != PART_MESSAGE)
		return MC_OK;
	rc = mc_mbox_wrap_end(&r->wrap,
		r->mmdf ? MC_QUOTE_NONE : r->conf->quote, r->batch, err);
	if (rc < 0)
		return rc;
	if (r->wrap.lost)
		mc_note(r->conf->monitor,
			"'%s': octet %" PRId64 ": so many lines \"From ...\" "
			"that how they stood is not kept",
			r->path, r->start);
	r->item.wrap = mc_buf_span(&r->wrap.out);
	r->item.file_octets = octets;
	return r->rx->end(r->rx, &r->item, why, err);
}

static void begin_gap(struct reader *r, const char *name)
{
	r->part = PART_GAP;
	r->gap_name = name;
	r->gap_at = r->start;
	mc_buf_clear(&r->gap);
}

static MC_RC begin_message(
	struct reader *r, struct mc_span from_line, struct mc_error *err)
{
	struct mc_item *item = &r->item;
	enum mc_rc rc = mc_mbox_wrap_begin(&r->wrap, from_line, err);

	if (rc < 0)
		return rc;
	mc_text_format(r->key, sizeof(r->key), "%" PRId64, r->start);
	*item = (struct mc_item){ .key = r->key,
		.octets = -1,
		.file_offset = r->start,
		.date = { MC_NO_TIME, MC_DATE_NONE },
		.store = MC_STORE_MBOX,
		.wrap = mc_buf_span(&r->wrap.out) };
	/* In an MMDF a From_ line may stand behind the mark. */
	if (r->mmdf)
		from_line = mc_span_head(
			r->w.view.ahead, mc_span_index(r->w.view.ahead, '\n'));
	if (mc_date_from_line(from_line, &item->date.time))
		item->date.rank = MC_DATE_FROM;
	rc = r->rx->want(r->rx, item, err);
	if (rc < 0)
		return rc;
	r->part = rc == MC_DONE ? PART_UNWANTED : PART_MESSAGE;
	return rc == MC_DONE ? MC_OK : r->rx->begin(r->rx, item, err);
}

/* From one message to the next, whose From_ line is `line`. */
static MC_RC turn(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	int64_t at = mc_mbox_window_at(&r->w) - (int64_t)line->text.n;
	struct mc_span ahead = { line->text.p,
		line->text.n + r->w.view.ahead.n };
	enum mc_rc rc = end_part(r, at, NULL, err);

	if (rc < 0)
		return rc;
	if (mc_cancel_is(r->conf->monitor->cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	r->start = at;
	r->header = true;
	r->held = 0;
	r->length = (struct mc_mbox_length){ .octets = -1 };
	if (r->messages++ == 0 && mc_mbox_is_internal(ahead)) {
		begin_gap(r, "FOLDER INTERNAL DATA");
		r->batch = line->text;
		return MC_OK;
	}
	r->batch = mc_mbox_behind(line->text, line->text.n);
	return begin_message(r, line->text, err);
}

/* A line of the message that matches ^>*From_ : one '>' goes, by the rules of
 * quoting and if the message was quoted at all. */
static MC_RC unquote(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	bool quoted =
		line->kind == MC_MBOX_QUOTED && r->conf->quote != MC_QUOTE_NONE;
	enum mc_rc rc;

	if (r->part != PART_MESSAGE)
		return MC_OK;
	if (r->conf->quote == MC_QUOTE_O)
		quoted = quoted && line->text.p[1] == 'F';
	if (quoted && !r->header) {
		rc = of_file(r,
			mc_mbox_length_quoted(
				&r->length, &r->w, line, &quoted, err),
			err);
		if (rc < 0)
			return rc;
	}
	rc = mc_mbox_wrap_line(&r->wrap, quoted, err);
	if (rc < 0 || !quoted)
		return rc;
	rc = flush(r, err);
	r->batch = (struct mc_span){ line->text.p + 1, 0 };
	return rc;
}

static MC_RC header_line(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (line->kind == MC_MBOX_BLANK) {
		r->header = false;
		rc = of_file(
			r, mc_mbox_length_check(&r->length, &r->w, err), err);
	} else if (line->starts && line->ends) {
		int64_t octets = mc_mbox_content_length(line->text);

		if (octets >= 0)
			r->length.octets = octets;
	}
	return rc;
}

static MC_RC inside_part(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	const char *end = line->text.p + line->text.n;
	enum mc_rc rc = MC_OK;

	r->held = 0;
	if (line->kind == MC_MBOX_FROM || line->kind == MC_MBOX_QUOTED)
		rc = unquote(r, line, err);
	else if (!r->header && line->kind == MC_MBOX_BLANK)
		r->held = r->part == PART_GAP ? 0 : line->text.n;
	if (rc == MC_OK && r->header)
		rc = header_line(r, line, err);
	r->batch.n = (size_t)(end - r->batch.p);
	return rc;
}

static MC_RC no_mbox(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	return of_file(r,
		mc_fail(err, MC_EINPUT, MC_FOLDER, 0,
			"'%s' is no mbox: its first line is %s", r->path,
			line->kind == MC_MBOX_FROM ? "far too long"
						   : "no From_ line"),
		err);
}

/* The last part ends.  Of a file to which something is being written it may
 * only be the beginning: the next run brings it whole. */
static MC_RC end_last(struct reader *r, struct mc_error *err)
{
	struct mc_error why;

	if (!mc_input_changed(r->w.in))
		return end_part(r, r->w.end, NULL, err);
	mc_fail(&why, MC_EIO, MC_MESSAGE, 0,
		"changed while it was read; run the same command again");
	return end_part(r, r->w.end, &why, err);
}

/* If the file could not be read to its end, neither could its last part, and
 * the walk ends for why. */
static MC_RC end_file(struct reader *r, struct mc_error *err)
{
	struct mc_error *why = &r->w.why;
	enum mc_rc rc;

	if (why->rc == MC_OK)
		return end_last(r, err);
	if (why->scope == MC_RUN) {
		*err = *why;
		return err->rc;
	}
	mc_while(why, "'%s'", r->path);
	rc = end_part(r, r->w.end, why, err);
	if (rc < 0)
		return rc;
	*err = *why;
	return of_file(r, err->rc, err);
}

/* Before the first message there may be lines of blanks, and the mark by which
 * editors tell UTF-8. */
static void begin_file(struct reader *r)
{
	struct mc_span *ahead = &r->w.view.ahead;

	begin_gap(r, "before the first From_ line");
	if (mc_span_starts(*ahead, MC_SPAN(MC_MBOX_BOM))) {
		r->batch.n = sizeof(MC_MBOX_BOM) - 1;
		*ahead = mc_mbox_behind(*ahead, r->batch.n);
	}
}

static MC_RC walk(struct reader *r, struct mc_error *err)
{
	struct mc_mbox_line line;
	enum mc_rc rc;

	if (r->start == 0)
		begin_file(r);
	for (;;) {
		rc = next_line(r, &line, err);
		if (rc != MC_OK)
			break;
		if (begins_message(r, &line))
			rc = turn(r, &line, err);
		else if (r->messages == 0 && mc_span_trim(line.text).n > 0)
			rc = no_mbox(r, &line, err);
		else
			rc = inside_part(r, &line, err);
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? rc : end_file(r, err);
}

/* An MMDF file: a mark before and behind each message.  How it stood is kept
 * as an mbox's From_ line and separator are; nothing in it is quoted. */
static MC_RC at_mark(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	int64_t at = mc_mbox_window_at(&r->w) - (int64_t)line->text.n;
	bool opens = r->part == PART_GAP;
	enum mc_rc rc;

	if (!opens) {
		rc = flush(r, err);
		r->batch = line->text;
		r->held = line->text.n;
		at += (int64_t)line->text.n;
		if (rc < 0)
			return rc;
	}
	rc = end_part(r, at, NULL, err);
	if (rc < 0)
		return rc;
	if (mc_cancel_is(r->conf->monitor->cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	r->start = at;
	r->held = 0;
	r->batch = mc_mbox_behind(line->text, line->text.n);
	if (opens)
		return begin_message(r, line->text, err);
	begin_gap(r, "between messages");
	return MC_OK;
}

static MC_RC walk_mmdf(struct reader *r, struct mc_error *err)
{
	struct mc_mbox_line line;
	enum mc_rc rc;

	r->mmdf = true;
	begin_gap(r, "before the first message");
	for (;;) {
		rc = next_line(r, &line, err);
		if (rc != MC_OK)
			break;
		if (line.starts && mc_mbox_is_mark(line.text))
			rc = at_mark(r, &line, err);
		else if (r->part == PART_MESSAGE &&
			 (line.kind == MC_MBOX_FROM ||
				 line.kind == MC_MBOX_QUOTED))
			rc = mc_mbox_wrap_line(&r->wrap, false, err);
		r->batch.n = (size_t)(r->w.view.ahead.p - r->batch.p);
		if (rc < 0)
			return rc;
	}
	if (rc == MC_DONE && r->part != PART_GAP)
		tell_doubt(r, r->start,
			"the last message has no mark behind it; it may be "
			"cut");
	return rc < 0 ? rc : end_file(r, err);
}

/* Host-independent: an inode, not a device number. */
static void fingerprint(char out[96], const struct stat *st)
{
	mc_text_format(out, 96, "%ju:%jd:%jd.%09ld", (uintmax_t)st->st_ino,
		(intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		st->st_mtim.tv_nsec);
}

/* From where an earlier read has ended a message. */
static MC_RC open_later(struct reader *r, struct mc_input *in, int64_t from,
	struct mc_error *err)
{
	enum mc_rc rc = mc_mbox_resume_window(&r->w, in, from, err);

	r->start = from;
	r->accounted = from;
	r->messages = 1; /* so that the next is not the first */
	r->batch.p = r->w.view.ahead.p;
	return rc;
}

static MC_RC open_reader(struct reader *r, struct mc_input *in, int64_t from,
	struct mc_error *err)
{
	enum mc_rc rc;

	mc_buf_init(&r->gap, MC_HEADER_MAX);
	mc_mbox_wrap_init(&r->wrap);
	if (from > 0)
		return open_later(r, in, from, err);
	rc = mc_mbox_window_open(&r->w, in, err);
	if (rc < 0)
		return rc;
	rc = fill(r, err);
	if (rc < 0)
		return rc;
	r->w.view.eol = mc_mbox_eol(r->w.view.ahead);
	return MC_OK;
}

static void close_reader(struct reader *r)
{
	mc_mbox_window_close(&r->w);
	mc_mbox_wrap_dispose(&r->wrap);
	mc_buf_dispose(&r->gap);
}

/* The file is broken, in *why: what was in hand ends so. */
static MC_RC end_broken(
	struct reader *r, const struct mc_error *why, struct mc_error *err)
{
	if (r->part != PART_MESSAGE)
		return MC_OK;
	r->part = PART_NONE;
	r->item.wrap = mc_buf_span(&r->wrap.out);
	return r->rx->end(r->rx, &r->item, why, err);
}

static MC_RC read_open(struct reader *r, struct mc_input *in, int64_t from,
	struct mc_error *why, struct mc_error *err)
{
	enum mc_rc rc = open_reader(r, in, from, err);

	if (rc == MC_OK && from == 0 && mc_mbox_is_mark(r->w.view.ahead))
		rc = walk_mmdf(r, err);
	else if (rc == MC_OK)
		rc = walk(r, err);
	if (rc == MC_OK)
		assert(r->accounted == r->w.end);
	if (r->doubts > DOUBTS_TOLD)
		mc_note(r->conf->monitor,
			"'%s': and %" PRId64 " more lines as doubtful", r->path,
			r->doubts - DOUBTS_TOLD);
	if (rc < 0 && r->broken) {
		*why = *err;
		rc = end_broken(r, why, err);
	}
	close_reader(r);
	return rc;
}

MC_RC mc_mbox_unreadable(const char *name, const struct mc_error *why,
	struct mc_receiver *rx, struct mc_error *err)
{
	struct mc_folder folder = {
		.path = name, .fingerprint = "", .total = -1
	};
	enum mc_rc rc = rx->folder(rx, &folder, err);

	if (rc < 0 || rc == MC_DONE)
		return rc < 0 ? rc : MC_OK;
	return rx->folder_end(rx, &folder, why, err);
}

MC_RC mc_mbox_read(const struct mc_source_conf *conf, const char *path,
	const char *name, struct mc_receiver *rx, struct mc_error *err)
{
	struct reader r = {
		.conf = conf, .path = path ? path : "standard input", .rx = rx
	};
	struct mc_error why = { .rc = MC_OK };
	char print[96] = "";
	struct mc_folder folder = {
		.path = name, .fingerprint = print, .total = -1, .moving = true
	};
	struct mc_mbox_resume resume = { 0 };
	struct mc_input *in = NULL;
	struct stat now;
	enum mc_rc rc = mc_input_open(&in, path, MC_FOLDER, &why);

	if (rc < 0) {
		rc = mc_mbox_unreadable(name, &why, rx, err);
		goto out;
	}
	mc_input_heed(in, conf->monitor->cancel);
	if (path) {
		if (mc_label_is_odd(name, path))
			folder.misnamed = path;
		fingerprint(print, mc_input_stat(in));
		folder.labelled = mc_mbox_is_takeout(path);
		if (mc_mbox_resume_init(&resume, in))
			folder.resume = &resume.pub;
	}
	rc = rx->folder(rx, &folder, err);
	if (rc < 0 || rc == MC_DONE)
		goto out;
	rc = read_open(&r, in, resume.pub.from, &why, err);
	if (rc < 0)
		goto out;
	if (path && mc_input_stat_now(in, &now, err) == MC_OK)
		fingerprint(print, &now);
	rc = rx->folder_end(rx, &folder, why.rc < 0 ? &why : NULL, err);
out:
	mc_input_close(in);
	return rc < 0 ? rc : MC_OK;
}
