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

enum { NUMBER = 8, WORDS_SHOWN = 3 };

struct printer {
	struct mc_run *run;
	int64_t most;
	size_t columns; /* of the terminal; 0: it is none */
	bool waiting;   /* the list is of what waits */
	struct mc_buf words;
	int64_t refused;
	int64_t reasons; /* why messages wait */
};

static void print_json(FILE *out, const struct mc_refusal_line *line)
{
	struct mc_json json;

	mc_json_begin(&json, out, "refusal");
	mc_json_int(&json, "id", line->id);
	mc_json_str(&json, "mailbox", line->mailbox);
	mc_json_str(
		&json, "code", line->code && *line->code ? line->code : NULL);
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

static void print_rest(struct printer *p)
{
	FILE *out = p->run->out->file;
	char number[MC_NUMBER_TEXT];

	if (p->most == 0 || p->refused <= p->most)
		return;
	fprintf(out, "  and %s more; all of them: ",
		mc_text_number(number, p->refused - p->most));
	mc_again_command(out, p->run->set->archive, "status --refused\n");
}

/* Many may wait for one reason. */
static MC_RC on_waiting(struct printer *p, const struct mc_refusal_line *line,
	struct mc_error *err)
{
	bool fresh;
	enum mc_rc rc;

	if (!p->waiting) {
		print_rest(p);
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

static MC_RC on_line(
	void *arg, const struct mc_refusal_line *line, struct mc_error *err)
{
	struct printer *p = arg;
	enum mc_rc rc = MC_OK;

	if (p->run->set->json && !line->waiting)
		print_json(p->run->out->file, line);
	else if (p->run->set->json)
		return MC_OK;
	else if (line->waiting)
		rc = on_waiting(p, line, err);
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
		print_rest(&p);
	mc_buf_dispose(&p.words);
	return rc;
}
