/* SPDX-License-Identifier: MIT */
#include "source/mbox_file.h"

#include <assert.h>
#include <inttypes.h>

#include "base/text.h"
#include "source/label.h"
#include "source/mbox_length.h"
#include "source/mbox_part.h"
#include "source/mbox_resume.h"
#include "source/mbox_window.h"

/* Doubtful splits told one by one; what is more is counted. */
enum { DOUBTS_TOLD = 5 };

struct reader {
	struct mc_mbox_window w;
	struct mc_mbox_part part;
	bool header; /* of the message: its blank line has not come */
	struct mc_mbox_length length;
	int64_t messages;
	int64_t doubts;
	bool broken; /* the file cannot be read on, as err says */
	bool eudora; /* the first From_ line is Eudora's */
};

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

	if (mc_cancel_is(r->part.conf->monitor->cancel, MC_CANCEL_NOW))
		return mc_fail_cancelled(err);
	rc = mc_mbox_part_flush(&r->part, err);
	if (rc < 0)
		return rc;
	mc_mbox_window_fill(&r->w, r->part.held);
	r->part.batch.p = r->w.view.ahead.p - r->part.held;
	r->part.batch.n = r->part.held;
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
		mc_note(r->part.conf->monitor, "'%s': octet %" PRId64 ": %s",
			r->part.path, at, what);
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

/* From one message to the next, whose From_ line is `line`. */
static MC_RC turn(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	int64_t at = mc_mbox_window_at(&r->w) - (int64_t)line->text.n;
	struct mc_span ahead = { line->text.p,
		line->text.n + r->w.view.ahead.n };
	enum mc_rc rc = mc_mbox_part_end(&r->part, at, NULL, err);

	if (rc < 0)
		return rc;
	if (mc_cancel_is(r->part.conf->monitor->cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	r->part.start = at;
	r->header = true;
	r->part.held = 0;
	r->length = (struct mc_mbox_length){ .octets = -1 };
	if (r->messages++ == 0 && mc_mbox_is_internal(ahead)) {
		mc_mbox_part_begin_gap(&r->part, "FOLDER INTERNAL DATA");
		r->part.batch = line->text;
		return MC_OK;
	}
	r->part.batch = mc_mbox_behind(line->text, line->text.n);
	return mc_mbox_part_begin_message(
		&r->part, line->text, line->text, err);
}

/* A line of the message that matches ^>*From_ : one '>' goes, by the rules of
 * quoting and if the message was quoted at all. */
static MC_RC unquote(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	bool quoted = line->kind == MC_MBOX_QUOTED &&
		      r->part.conf->quote != MC_QUOTE_NONE;
	enum mc_rc rc;

	if (r->part.kind != MC_PART_MESSAGE)
		return MC_OK;
	if (r->part.conf->quote == MC_QUOTE_O)
		quoted = quoted && line->text.p[1] == 'F';
	if (quoted && !r->header) {
		rc = of_file(r,
			mc_mbox_length_quoted(
				&r->length, &r->w, line, &quoted, err),
			err);
		if (rc < 0)
			return rc;
	}
	rc = mc_mbox_wrap_line(&r->part.wrap, quoted, err);
	if (rc < 0 || !quoted)
		return rc;
	rc = mc_mbox_part_flush(&r->part, err);
	r->part.batch = (struct mc_span){ line->text.p + 1, 0 };
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

	r->part.held = 0;
	if (line->kind == MC_MBOX_FROM || line->kind == MC_MBOX_QUOTED)
		rc = unquote(r, line, err);
	else if (!r->header && line->kind == MC_MBOX_BLANK)
		r->part.held = r->part.kind == MC_PART_GAP ? 0 : line->text.n;
	if (rc == MC_OK && r->header)
		rc = header_line(r, line, err);
	r->part.batch.n = (size_t)(end - r->part.batch.p);
	return rc;
}

static MC_RC no_mbox(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	return of_file(r,
		mc_fail(err, MC_EINPUT, MC_FOLDER, 0,
			"'%s' is no mbox: its first line is %s", r->part.path,
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
		return mc_mbox_part_end(&r->part, r->w.end, NULL, err);
	mc_fail(&why, MC_EIO, MC_MESSAGE, 0,
		"changed while it was read; run the same command again");
	return mc_mbox_part_end(&r->part, r->w.end, &why, err);
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
	mc_while(why, "'%s'", r->part.path);
	rc = mc_mbox_part_end(&r->part, r->w.end, why, err);
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

	mc_mbox_part_begin_gap(&r->part, "before the first From_ line");
	if (mc_span_starts(*ahead, MC_SPAN(MC_MBOX_BOM))) {
		r->part.batch.n = sizeof(MC_MBOX_BOM) - 1;
		*ahead = mc_mbox_behind(*ahead, r->part.batch.n);
	}
}

static MC_RC walk(struct reader *r, struct mc_error *err)
{
	struct mc_mbox_line line;
	enum mc_rc rc;

	if (r->part.start == 0)
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

/* In an MMDF a From_ line may stand behind the mark. */
static struct mc_span line_ahead(const struct reader *r)
{
	struct mc_span ahead = r->w.view.ahead;

	return mc_span_head(ahead, mc_span_index(ahead, '\n'));
}

/* An MMDF file: a mark before and behind each message.  How it stood is kept
 * as an mbox's From_ line and separator are; nothing in it is quoted. */
static MC_RC at_mark(
	struct reader *r, const struct mc_mbox_line *line, struct mc_error *err)
{
	int64_t at = mc_mbox_window_at(&r->w) - (int64_t)line->text.n;
	bool opens = r->part.kind == MC_PART_GAP;
	enum mc_rc rc;

	if (!opens) {
		rc = mc_mbox_part_flush(&r->part, err);
		r->part.batch = line->text;
		r->part.held = line->text.n;
		at += (int64_t)line->text.n;
		if (rc < 0)
			return rc;
	}
	rc = mc_mbox_part_end(&r->part, at, NULL, err);
	if (rc < 0)
		return rc;
	if (mc_cancel_is(r->part.conf->monitor->cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	r->part.start = at;
	r->part.held = 0;
	r->part.batch = mc_mbox_behind(line->text, line->text.n);
	if (opens)
		return mc_mbox_part_begin_message(
			&r->part, line->text, line_ahead(r), err);
	mc_mbox_part_begin_gap(&r->part, "between messages");
	return MC_OK;
}

static MC_RC walk_mmdf(struct reader *r, struct mc_error *err)
{
	struct mc_mbox_line line;
	enum mc_rc rc;

	r->part.mmdf = true;
	mc_mbox_part_begin_gap(&r->part, "before the first message");
	for (;;) {
		rc = next_line(r, &line, err);
		if (rc != MC_OK)
			break;
		if (line.starts && mc_mbox_is_mark(line.text))
			rc = at_mark(r, &line, err);
		else if (r->part.kind == MC_PART_MESSAGE &&
			 (line.kind == MC_MBOX_FROM ||
				 line.kind == MC_MBOX_QUOTED))
			rc = mc_mbox_wrap_line(&r->part.wrap, false, err);
		r->part.batch.n = (size_t)(r->w.view.ahead.p - r->part.batch.p);
		if (rc < 0)
			return rc;
	}
	if (rc == MC_DONE && r->part.kind != MC_PART_GAP)
		tell_doubt(r, r->part.start,
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

	r->part.start = from;
	r->part.accounted = from;
	r->messages = 1; /* so that the next is not the first */
	r->part.batch.p = r->w.view.ahead.p;
	return rc;
}

static MC_RC open_reader(struct reader *r, struct mc_input *in, int64_t from,
	struct mc_error *err)
{
	enum mc_rc rc;

	mc_buf_init(&r->part.gap, MC_HEADER_MAX);
	mc_mbox_wrap_init(&r->part.wrap);
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
	mc_mbox_wrap_dispose(&r->part.wrap);
	mc_buf_dispose(&r->part.gap);
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
		assert(r->part.accounted == r->w.end);
	if (r->doubts > DOUBTS_TOLD)
		mc_note(r->part.conf->monitor,
			"'%s': and %" PRId64 " more lines as doubtful",
			r->part.path, r->doubts - DOUBTS_TOLD);
	if (rc < 0 && r->broken) {
		*why = *err;
		rc = mc_mbox_part_break(&r->part, why, err);
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
		.part = { .conf = conf,
			.path = path ? path : "standard input",
			.rx = rx },
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
