/* SPDX-License-Identifier: MIT */
#include "net/pop3_wire.h"

#include <poll.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/hint.h"

enum { POLL_MS = 10 };

MC_RC mc_pop3_send(struct mc_pop3 *pop3, const char *verb,
	struct mc_span argument, struct mc_error *err)
{
	struct mc_stream *stream = pop3->stream;
	enum mc_rc rc = mc_stream_write(stream, mc_span_str(verb), err);

	if (rc == MC_OK && argument.p)
		rc = mc_stream_write(stream, MC_SPAN(" "), err);
	if (rc == MC_OK && argument.n > 0)
		rc = mc_stream_write(stream, argument, err);
	if (rc == MC_OK)
		rc = mc_stream_write(stream, MC_SPAN("\r\n"), err);
	return rc;
}

MC_RC mc_pop3_command(struct mc_pop3 *pop3, const char *verb,
	struct mc_span argument, struct mc_pop3_reply *out,
	struct mc_error *err)
{
	enum mc_rc rc = mc_pop3_send(pop3, verb, argument, err);

	if (rc == MC_OK)
		rc = mc_stream_flush(pop3->stream, err);
	if (rc == MC_OK)
		rc = mc_pop3_reply(pop3, out, err);
	return rc;
}

/* A word of the status, alone or followed by a blank. */
static bool takes(struct mc_span *line, struct mc_span word)
{
	struct mc_span rest = mc_span_from(*line, word.n);

	if (!mc_span_istarts(*line, word))
		return false;
	if (rest.n > 0 && rest.p[0] != ' ' && rest.p[0] != '\t')
		return false;
	*line = mc_span_trim(rest);
	return true;
}

static struct mc_pop3_reply parse_status(struct mc_span line)
{
	struct mc_pop3_reply reply = { MC_POP3_NEITHER, line };

	if (takes(&reply.text, MC_SPAN("+OK")))
		reply.status = MC_POP3_OK;
	else if (takes(&reply.text, MC_SPAN("-ERR")))
		reply.status = MC_POP3_ERR;
	return reply;
}

MC_RC mc_pop3_status(
	struct mc_pop3 *pop3, struct mc_pop3_reply *out, struct mc_error *err)
{
	struct mc_span line;
	enum mc_rc rc;

	if (pop3->has_held) {
		pop3->has_held = false;
		*out = parse_status(mc_buf_span(&pop3->held));
		return MC_OK;
	}
	rc = mc_stream_line(pop3->stream, &line, err);
	if (rc == MC_OK)
		*out = parse_status(line);
	return rc;
}

enum mc_rc mc_pop3_fail_neither(
	const struct mc_pop3 *pop3, struct mc_span line, struct mc_error *err)
{
	char words[160];

	mc_stream_words(pop3->stream, words, sizeof(words), line);
	return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
		"the server answered neither +OK nor -ERR: '%s'", words);
}

MC_RC mc_pop3_reply(
	struct mc_pop3 *pop3, struct mc_pop3_reply *out, struct mc_error *err)
{
	enum mc_rc rc = mc_pop3_status(pop3, out, err);

	if (rc == MC_OK && out->status == MC_POP3_NEITHER)
		return mc_pop3_fail_neither(pop3, out->text, err);
	return rc;
}

MC_RC mc_pop3_line(
	struct mc_pop3 *pop3, struct mc_span *line, struct mc_error *err)
{
	enum mc_rc rc = mc_stream_line(pop3->stream, line, err);

	if (rc < 0 || line->n == 0 || line->p[0] != '.')
		return rc;
	if (line->n == 1)
		return MC_DONE;
	*line = mc_span_from(*line, 1);
	return MC_OK;
}

MC_RC mc_pop3_wait(struct mc_pop3 *pop3, int ms, struct mc_error *err)
{
	struct mc_cancel *cancel = pop3->mon ? pop3->mon->cancel : NULL;
	int64_t until;

	if (pop3->at->timeout_ms > 0 && pop3->at->timeout_ms < ms)
		ms = pop3->at->timeout_ms;
	until = mc_clock_ms() + ms;
	while (!mc_stream_readable(pop3->stream)) {
		if (mc_cancel_is(cancel, MC_CANCEL_NOW))
			return mc_fail_cancelled(err);
		if (mc_clock_ms() >= until)
			return MC_DONE;
		poll(NULL, 0, POLL_MS);
	}
	return MC_OK;
}

/* Servers of before RFC 2449 say so in words alone. */
static bool sounds_locked(const char *words)
{
	bool box =
		strcasestr(words, "mailbox") || strcasestr(words, "maildrop");

	return box &&
	       (strcasestr(words, "lock") || strcasestr(words, "in use") ||
		       strcasestr(words, "busy"));
}

/* "[CODE] words": the code, upper case, into code; "" if there is none. */
static void take_code(char code[MC_ERROR_CODE], struct mc_span text)
{
	size_t end = mc_span_index(text, ']');
	size_t n = 0;

	code[0] = '\0';
	if (text.n == 0 || text.p[0] != '[' || end == text.n ||
		end > MC_ERROR_CODE)
		return;
	for (size_t i = 1; i < end; i++) {
		char c = text.p[i];

		if (c <= ' ' || c >= 0x7F) {
			code[0] = '\0';
			return;
		}
		code[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	code[n] = '\0';
}

enum mc_rc mc_pop3_refused(const struct mc_pop3 *pop3, enum mc_rc rc,
	const char *what, struct mc_span text, struct mc_error *err)
{
	struct mc_hint hint;
	char code[MC_ERROR_CODE];
	char words[320];

	mc_stream_words(pop3->stream, words, sizeof(words), text);
	take_code(code, text);
	/* As strictly as of a login, since it may be one. */
	hint = mc_hint_of_login(mc_span_str(code), text);
	hint.later |= !code[0] && sounds_locked(words);
	if (hint.later || strncmp(code, "SYS/PERM", 8) == 0)
		rc = MC_EREFUSED;
	else if (strcmp(code, "AUTH") == 0)
		rc = MC_EAUTH;
	mc_fail(err, rc, MC_SESSION, hint.wait_ms, "%s: %s", what,
		words[0] ? words : "-ERR without a reason");
	err->hope = hint.later ? MC_LATER : MC_NEVER;
	mc_stream_words(
		pop3->stream, err->code, sizeof(err->code), mc_span_str(code));
	return rc;
}
