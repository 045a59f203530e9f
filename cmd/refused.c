/* SPDX-License-Identifier: MIT */
#include "cmd/refused.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "cmd/again.h"
#include "cmd/json.h"
#include "cmd/width.h"

enum { NUMBER = 8, WORDS_SHOWN = 3, TRIED_AT = NUMBER + 4 };

struct printer {
	struct mc_run *run;
	int64_t most;
	size_t columns; /* of the terminal; 0: it is none */
	bool waiting;   /* the lists of messages are printed */
	struct mc_buf words;
	int64_t refused;
	int64_t changed;
	int64_t reasons; /* why messages wait */
	int64_t renamed; /* mailboxes */
};

static void print_renamed_json(FILE *out, const struct mc_refusal_line *line)
{
	struct mc_json json;

	mc_json_begin(&json, out, "renamed");
	mc_json_str(&json, "wanted", line->mailbox);
	mc_json_str(&json, "mailbox", line->text);
	mc_json_end(&json);
}

static void print_tried_json(FILE *out, const struct mc_refusal_line *line)
{
	struct mc_json json;

	mc_json_begin(&json, out, "tried");
	mc_json_int(&json, "id", line->id);
	mc_json_str(&json, "mailbox", line->mailbox);
	mc_json_str(&json, "change", line->change);
	mc_json_str(&json, "sha256", line->before);
	mc_json_str(&json, "sent_sha256", line->after);
	mc_json_str(
		&json, "code", line->code && *line->code ? line->code : NULL);
	mc_json_str(&json, "text", line->text);
	mc_json_end(&json);
}

static void print_json(FILE *out, const struct mc_refusal_line *line)
{
	struct mc_json json;

	if (line->kind == MC_LINE_RENAMED) {
		print_renamed_json(out, line);
		return;
	}
	if (line->kind == MC_LINE_TRIED) {
		print_tried_json(out, line);
		return;
	}
	mc_json_begin(&json, out,
		line->kind == MC_LINE_CHANGED ? "change" : "refusal");
	mc_json_int(&json, "id", line->id);
	mc_json_str(&json, "mailbox", line->mailbox);
	if (line->kind == MC_LINE_CHANGED) {
		mc_json_str(&json, "sha256", line->before);
		mc_json_str(&json, "sent_sha256", line->after);
	} else {
		mc_json_str(&json, "code",
			line->code && *line->code ? line->code : NULL);
	}
	mc_json_str(&json, "text", line->text);
	mc_json_str(&json, "subject", line->subject);
	mc_json_end(&json);
}

/* The words, if the message before it was not given the same. */
static MC_RC print_words(struct printer *p, const struct mc_refusal_line *line,
	bool *fresh, struct mc_error *err)
{
	FILE *out = p->run->out->file;
	char shown[MC_NAME_MAX];
	char code[4 * MC_ERROR_CODE + 8];
	struct mc_buf words;
	enum mc_rc rc;

	mc_buf_init(&words, p->words.max);
	mc_text_escape(shown, sizeof(shown),
		mc_span_str(line->text ? line->text : "without a word"));
	mc_text_escape(code, sizeof(code), mc_span_str(line->code));
	if (*code)
		rc = mc_buf_printf(&words, err, "[%s] %s", code, shown);
	else
		rc = mc_buf_put(&words, mc_span_str(shown), err);
	*fresh = rc == MC_OK &&
		 !mc_span_eq(mc_buf_span(&words), mc_buf_span(&p->words));
	if (*fresh) {
		fputs("  ", out);
		mc_opt_wrap(out, mc_buf_str(&words), 2, 2);
	}
	mc_buf_dispose(&p->words);
	p->words = words;
	return rc;
}

static void print_message(struct printer *p, const struct mc_refusal_line *line)
{
	FILE *out = p->run->out->file;
	char mailbox[MC_NAME_MAX];
	char subject[MC_NAME_MAX];
	struct mc_span cut;
	size_t used;

	mc_text_escape(mailbox, sizeof(mailbox), mc_span_str(line->mailbox));
	mc_text_escape(subject, sizeof(subject), mc_span_str(line->subject));
	cut = mc_span_str(subject);
	used = NUMBER + 4 + mc_width(mc_span_str(mailbox));
	if (p->columns > 0)
		cut = mc_width_cut(
			cut, p->columns > used ? p->columns - used : 0);
	fprintf(out, "%*" PRId64 "  %s  %.*s\n", NUMBER, line->id, mailbox,
		(int)cut.n, cut.n ? cut.p : "");
}

static MC_RC on_refused(struct printer *p, const struct mc_refusal_line *line,
	struct mc_error *err)
{
	FILE *out = p->run->out->file;
	bool fresh;
	enum mc_rc rc;

	if (p->refused++ == 0)
		fputs("\nRefused, with the server's words above each:\n", out);
	if (p->most > 0 && p->refused > p->most)
		return MC_OK;
	rc = print_words(p, line, &fresh, err);
	if (rc == MC_OK)
		print_message(p, line);
	return rc;
}

/* Behind a list that was cut. */
static void print_rest(struct printer *p, int64_t n)
{
	FILE *out = p->run->out->file;
	char number[MC_NUMBER_TEXT];

	if (p->most == 0 || n <= p->most)
		return;
	fprintf(out, "  and %s more; all of them: ",
		mc_text_number(number, n - p->most));
	mc_again_command(out, p->run->set->archive, "status --refused\n");
}

/* What was changed stands where the server's words do. */
static MC_RC on_changed(struct printer *p, const struct mc_refusal_line *line,
	struct mc_error *err)
{
	bool fresh;
	enum mc_rc rc;

	if (p->changed == 0) {
		print_rest(p, p->refused);
		mc_buf_clear(&p->words);
		fputs("\nChanged so that the server took them; the archive "
		      "has them as they were:\n",
			p->run->out->file);
	}
	p->changed++;
	if (p->most > 0 && p->changed > p->most)
		return MC_OK;
	rc = print_words(p, line, &fresh, err);
	if (rc == MC_OK)
		print_message(p, line);
	return rc;
}

/* The end of the list before the one of what waits. */
static void print_last_rest(struct printer *p)
{
	print_rest(p, p->changed > 0 ? p->changed : p->refused);
}

/* Many may wait for one reason. */
static MC_RC on_waiting(struct printer *p, const struct mc_refusal_line *line,
	struct mc_error *err)
{
	bool fresh;
	enum mc_rc rc;

	if (!p->waiting) {
		print_last_rest(p);
		p->waiting = true;
		mc_buf_clear(&p->words);
		fputs("\nWhy messages wait:\n", p->run->out->file);
	}
	if (p->reasons == WORDS_SHOWN)
		return MC_OK;
	rc = print_words(p, line, &fresh, err);
	p->reasons += rc == MC_OK && fresh;
	return rc;
}

/* A mailbox a line. */
static void on_renamed(struct printer *p, const struct mc_refusal_line *line)
{
	FILE *out = p->run->out->file;
	char wanted[MC_NAME_MAX];
	char given[MC_NAME_MAX];

	if (p->renamed++ == 0) {
		if (!p->waiting)
			print_last_rest(p);
		p->waiting = true;
		fputs("\nMailboxes that have another name there, since the "
		      "server refuses theirs:\n",
			out);
	}
	if (p->most > 0 && p->renamed > p->most)
		return;
	mc_text_escape(wanted, sizeof(wanted), mc_span_str(line->mailbox));
	mc_text_escape(given, sizeof(given), mc_span_str(line->text));
	fprintf(out, "  '%s' is '%s'\n", wanted, given);
}

/* Below its message; of those that are shown. */
static void on_tried(
	const struct printer *p, const struct mc_refusal_line *line)
{
	int64_t shown = p->changed > 0 ? p->changed : p->refused;
	FILE *out = p->run->out->file;
	char words[MC_NAME_MAX];
	char text[2 * MC_NAME_MAX];

	if (p->run->set->verbose == 0 || (p->most > 0 && shown > p->most))
		return;
	mc_text_escape(words, sizeof(words), mc_span_str(line->text));
	mc_text_format(text, sizeof(text), "%s, SHA-256 %s: %s",
		line->change ? line->change : "as it is", line->after, words);
	fprintf(out, "%*s", TRIED_AT, "");
	mc_opt_wrap(out, text, TRIED_AT, TRIED_AT + 2);
}

static MC_RC on_line(
	void *arg, const struct mc_refusal_line *line, struct mc_error *err)
{
	struct printer *p = arg;
	enum mc_rc rc = MC_OK;

	if (p->run->set->json && line->kind != MC_LINE_WAITING)
		print_json(p->run->out->file, line);
	else if (p->run->set->json)
		return MC_OK;
	else if (line->kind == MC_LINE_RENAMED)
		on_renamed(p, line);
	else if (line->kind == MC_LINE_TRIED)
		on_tried(p, line);
	else if (line->kind == MC_LINE_WAITING)
		rc = on_waiting(p, line, err);
	else if (line->kind == MC_LINE_CHANGED)
		rc = on_changed(p, line, err);
	else
		rc = on_refused(p, line, err);
	return rc < 0 ? rc : mc_out_check(p->run->out, err);
}

MC_RC mc_refused_print(
	struct mc_run *run, int64_t most, struct mc_status *totals)
{
	struct printer p = { .run = run, .most = most };
	struct mc_status unused;
	enum mc_rc rc;

	mc_buf_init(&p.words, MC_REPLY_LINE_MAX);
	if (isatty(fileno(run->out->file)))
		p.columns = mc_progress_columns(run->out->file);
	rc = mc_job_status(&run->wish.req, totals ? totals : &unused, on_line,
		&p, &run->err);
	if (rc == MC_OK && !p.waiting)
		print_last_rest(&p);
	else if (rc == MC_OK)
		print_rest(&p, p.renamed);
	mc_buf_dispose(&p.words);
	return rc;
}
