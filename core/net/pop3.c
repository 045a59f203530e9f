/* SPDX-License-Identifier: MIT */
#include "net/pop3.h"

#include "base/text.h"
#include "net/hint.h"
#include "net/pop3_wire.h"

enum {
	/* The stream's reads; what waits in its buffer comes at once. */
	BLOCK = 64 * 1024,
	/* What a message may hold of which the size was not told. */
	GUESS = 64 * 1024,
	/* All announced octets are here, and then silence: the server has
	 * forgotten to mark the end. */
	STALL_MS = 10 * 1000,
	/* A day, s: more is no delay. */
	LOGIN_DELAY_MAX = 24 * 60 * 60,
};

static const struct mc_span no_argument = { NULL, 0 };

/* Whether the server ends lines with LF alone shows in its first one; it is
 * read again as a line. */
static MC_RC look_at_line_end(struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_span some;
	size_t lf;
	enum mc_rc rc = mc_stream_some(pop3->stream, BLOCK, &some, err);

	if (rc < 0)
		return rc;
	lf = mc_span_index(some, '\n');
	pop3->bare_lf = lf < some.n && (lf == 0 || some.p[lf - 1] != '\r');
	mc_stream_unread(pop3->stream, some.n);
	return MC_OK;
}

/* The msg-id of the greeting, if it is one and may be sent back. */
static void take_timestamp(struct mc_pop3 *pop3, struct mc_span text)
{
	size_t start = mc_span_index(text, '<');
	struct mc_span stamp = mc_span_from(text, start);
	size_t end = mc_span_index(stamp, '>');

	stamp = mc_span_head(stamp, end + 1);
	if (end == stamp.n || stamp.n >= sizeof(pop3->timestamp) ||
		mc_span_index(stamp, '@') == stamp.n)
		return;
	for (size_t i = 0; i < stamp.n; i++) {
		if (stamp.p[i] <= ' ' || stamp.p[i] == 0x7F)
			return;
	}
	memcpy(pop3->timestamp, stamp.p, stamp.n);
	pop3->timestamp[stamp.n] = '\0';
}

static MC_RC greet(struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc = look_at_line_end(pop3, err);

	if (rc == MC_OK)
		rc = mc_pop3_status(pop3, &reply, err);
	if (rc < 0)
		return rc;
	if (reply.status == MC_POP3_NEITHER) {
		mc_pop3_fail_neither(pop3, reply.text, err);
		mc_while(err, "this is no POP3 server");
		mc_text_append(err->text, sizeof(err->text),
			"; look at its name and port");
		return err->rc;
	}
	if (reply.status == MC_POP3_ERR) {
		mc_pop3_refused(pop3, MC_EREFUSED, "the server turned us away",
			reply.text, err);
		/* Without a code most often: too many connections. */
		if (!err->code[0])
			err->hope = MC_LATER;
		return err->rc;
	}
	mc_text_escape(pop3->greeting, sizeof(pop3->greeting), reply.text);
	take_timestamp(pop3, reply.text);
	return MC_OK;
}

/* RFC 2449 6.5: seconds between two logins, which CAPA tells and the refusal
 * often does not. */
static void take_login_delay(const struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_span word = mc_span_str(pop3->before.login_delay);
	int64_t seconds = 0;

	word = mc_span_head(word, mc_span_index(word, ' '));
	if (err->sys == 0 && strcmp(err->code, "LOGIN-DELAY") == 0 &&
		mc_text_decimal(word, LOGIN_DELAY_MAX, &seconds))
		err->sys = (int)(seconds * 1000);
}

static const char *const list_verbs[] = { "STAT", "LIST", "UIDL" };
enum { LIST_VERBS = 3 };

/* Asks again what the server can.  Where it can pipeline, what everybody wants
 * to know next is asked behind it, and mc_pop3_list() reads that. */
static MC_RC look_behind_login(struct mc_pop3 *pop3, struct mc_error *err)
{
	enum mc_rc rc = mc_pop3_capa_ask(pop3, err);

	pop3->listing = pop3->before.pipelining;
	for (int i = 0; rc == MC_OK && pop3->listing && i < LIST_VERBS; i++)
		rc = mc_pop3_send(pop3, list_verbs[i], no_argument, err);
	if (rc == MC_ENET)
		return MC_DONE;
	if (rc == MC_OK)
		rc = mc_pop3_capa_hear(pop3, &pop3->after, err);
	if (rc == MC_OK && !pop3->after.known)
		pop3->after = pop3->before;
	return rc;
}

/* One connection up to the login.  MC_DONE: CAPA got no answer. */
static MC_RC establish(struct mc_pop3 *pop3, struct mc_error *err)
{
	enum mc_rc rc = mc_stream_open(&pop3->stream, pop3->at, pop3->mon, err);

	pop3->bare_lf = false;
	pop3->timestamp[0] = '\0';
	if (rc == MC_OK)
		rc = greet(pop3, err);
	if (rc == MC_OK)
		rc = mc_pop3_secure(pop3, err);
	if (rc == MC_OK) {
		rc = mc_pop3_login(pop3, err);
		if (rc < 0)
			take_login_delay(pop3, err);
	}
	return rc == MC_OK ? look_behind_login(pop3, err) : rc;
}

MC_RC mc_pop3_open(struct mc_pop3 **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_pop3 *pop3 = calloc(1, sizeof(*pop3));
	enum mc_rc rc;

	if (!pop3)
		return mc_fail_memory(err);
	pop3->at = at;
	pop3->mon = mon;
	mc_buf_init(&pop3->held, MC_REPLY_LINE_MAX + 8);
	rc = establish(pop3, err);
	if (rc == MC_DONE) {
		/* Its answer may still come and be taken for another's. */
		mc_stream_close(pop3->stream);
		pop3->stream = NULL;
		pop3->no_capa = true;
		rc = establish(pop3, err);
	}
	if (rc < 0) {
		mc_pop3_close(pop3);
		return rc;
	}
	*out = pop3;
	return MC_OK;
}

void mc_pop3_close(struct mc_pop3 *pop3)
{
	if (!pop3)
		return;
	mc_stream_close(pop3->stream);
	mc_buf_dispose(&pop3->held);
	free(pop3);
}

MC_RC mc_pop3_quit(struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc = mc_pop3_command(pop3, "QUIT", no_argument, &reply, err);

	if (rc == MC_OK && reply.status == MC_POP3_ERR)
		return mc_pop3_refused(
			pop3, MC_EREFUSED, "QUIT refused", reply.text, err);
	return rc;
}

const struct mc_pop3_caps *mc_pop3_caps(const struct mc_pop3 *pop3)
{
	return &pop3->after;
}

const struct mc_pop3_caps *mc_pop3_caps_before(const struct mc_pop3 *pop3)
{
	return &pop3->before;
}

bool mc_pop3_is_secure(const struct mc_pop3 *pop3)
{
	return mc_stream_is_secure(pop3->stream);
}

const char *mc_pop3_greeting(const struct mc_pop3 *pop3)
{
	return pop3->greeting;
}

/* The lines of LIST or UIDL, or its -ERR, which leaves out empty. */
static MC_RC read_table(struct mc_pop3 *pop3, struct mc_pop3_list *out,
	enum mc_rc (*put)(
		struct mc_pop3_list *, struct mc_span, struct mc_error *),
	struct mc_error *err)
{
	struct mc_pop3_reply reply;
	struct mc_span line;
	enum mc_rc rc = mc_pop3_reply(pop3, &reply, err);

	if (rc < 0 || reply.status == MC_POP3_ERR)
		return rc;
	for (int n = 0; n <= MC_POP3_MESSAGES_MAX + 1000; n++) {
		rc = mc_pop3_line(pop3, &line, err);
		if (rc != MC_OK)
			return rc < 0 ? rc : MC_OK;
		rc = put(out, line, err);
		if (rc < 0)
			return rc;
	}
	return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
		"the server's list of messages has no end" MC_RUNNERS_ADVICE);
}

static MC_RC read_stat(
	struct mc_pop3 *pop3, struct mc_pop3_list *out, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc = mc_pop3_reply(pop3, &reply, err);

	if (rc < 0)
		return rc;
	if (reply.status == MC_POP3_ERR)
		return mc_pop3_refused(pop3, MC_EREFUSED,
			"the server does not open the mailbox", reply.text,
			err);
	return mc_pop3_list_expect(out, reply.text, err);
}

static MC_RC read_reply_to(struct mc_pop3 *pop3, int verb,
	struct mc_pop3_list *out, struct mc_error *err)
{
	if (verb == 0)
		return read_stat(pop3, out, err);
	return read_table(pop3, out,
		verb == 1 ? mc_pop3_list_size : mc_pop3_list_name, err);
}

/* From that verb on; all asked already, or one by one. */
static MC_RC read_list(struct mc_pop3 *pop3, int verb, bool asked,
	struct mc_pop3_list *out, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (int i = verb; rc == MC_OK && i < LIST_VERBS; i++) {
		if (!asked)
			rc = mc_pop3_send(
				pop3, list_verbs[i], no_argument, err);
		if (rc == MC_OK && !asked)
			rc = mc_stream_flush(pop3->stream, err);
		if (rc == MC_OK)
			rc = read_reply_to(pop3, i, out, err);
	}
	return rc == MC_OK ? mc_pop3_list_settle(out, err) : rc;
}

static MC_RC list_from(struct mc_pop3 *pop3, int verb, struct mc_pop3_list *out,
	struct mc_error *err)
{
	bool together = pop3->after.pipelining;
	enum mc_rc rc = MC_OK;

	for (int i = verb; rc == MC_OK && together && i < LIST_VERBS; i++)
		rc = mc_pop3_send(pop3, list_verbs[i], no_argument, err);
	if (rc == MC_OK && together)
		rc = mc_stream_flush(pop3->stream, err);
	return rc == MC_OK ? read_list(pop3, verb, together, out, err) : rc;
}

MC_RC mc_pop3_list(
	struct mc_pop3 *pop3, struct mc_pop3_list *out, struct mc_error *err)
{
	bool asked = pop3->listing;

	mc_pop3_list_init(out);
	pop3->listing = false;
	return asked ? read_list(pop3, 0, true, out, err)
		     : list_from(pop3, 0, out, err);
}

MC_RC mc_pop3_list_again(struct mc_pop3 *pop3,
	const struct mc_pop3_list *before, struct mc_pop3_list *out,
	struct mc_error *err)
{
	char text[32];
	size_t n = mc_text_format(text, sizeof(text), "%u 0", before->count);
	enum mc_rc rc;

	mc_pop3_list_init(out);
	rc = mc_pop3_list_expect(out, (struct mc_span){ text, n }, err);
	return rc == MC_OK ? list_from(pop3, 1, out, err) : rc;
}

uint32_t mc_pop3_window(const struct mc_pop3 *pop3)
{
	return pop3->after.pipelining ? MC_POP3_WINDOW : 1;
}

uint32_t mc_pop3_in_flight(const struct mc_pop3 *pop3)
{
	return pop3->flying;
}

static int64_t weight(int64_t octets)
{
	return octets < 0 ? GUESS : octets;
}

int64_t mc_pop3_awaited(const struct mc_pop3 *pop3)
{
	return pop3->awaited;
}

MC_RC mc_pop3_ask(struct mc_pop3 *pop3, uint32_t number, int64_t octets,
	struct mc_error *err)
{
	char text[16];
	uint32_t at = (pop3->first + pop3->flying) % MC_POP3_WINDOW;
	size_t n = mc_text_format(text, sizeof(text), "%u", number);

	pop3->asked[at] = octets;
	pop3->flying++;
	pop3->awaited += weight(octets);
	return mc_pop3_send(pop3, "RETR", (struct mc_span){ text, n }, err);
}

MC_RC mc_pop3_flush(struct mc_pop3 *pop3, struct mc_error *err)
{
	return mc_stream_flush(pop3->stream, err);
}

MC_RC mc_pop3_begin(struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc = mc_pop3_reply(pop3, &reply, err);

	if (rc < 0)
		return rc;
	pop3->listed = pop3->asked[pop3->first];
	pop3->first = (pop3->first + 1) % MC_POP3_WINDOW;
	pop3->flying--;
	pop3->awaited -= weight(pop3->listed);
	pop3->unmarked = false;
	mc_dot_begin(&pop3->dot, pop3->bare_lf);
	if (reply.status == MC_POP3_OK)
		return MC_OK;
	mc_pop3_refused(pop3, MC_EREFUSED,
		"the server does not give the message", reply.text, err);
	err->rc = MC_EREFUSED; /* also where it says AUTH: we are logged in */
	err->scope = MC_MESSAGE;
	return MC_EREFUSED;
}

/* Enough has come to be the message, and it looks like its end. */
static bool could_be_over(const struct mc_pop3 *pop3)
{
	const struct mc_dot *dot = &pop3->dot;

	if (pop3->listed < 0 || dot->octets < pop3->listed)
		return false;
	return dot->octets == pop3->listed || dot->state == MC_DOT_DOT ||
	       dot->state == MC_DOT_DOT_CR ||
	       memcmp(dot->tail, ".\r\n", sizeof(dot->tail)) == 0;
}

/* Octets of the reply; where all have come that were announced, silence and
 * a closed connection are an end: MC_DONE. */
static MC_RC read_some(
	struct mc_pop3 *pop3, struct mc_span *some, struct mc_error *err)
{
	bool enough = could_be_over(pop3);
	enum mc_rc rc = MC_OK;

	if (enough)
		rc = mc_pop3_wait(pop3, STALL_MS, err);
	if (rc == MC_OK)
		rc = mc_stream_some(pop3->stream, BLOCK, some, err);
	if (rc == MC_DONE || (rc == MC_ENET && enough)) {
		pop3->unmarked = true;
		return MC_DONE;
	}
	return rc;
}

MC_RC mc_pop3_bytes(
	struct mc_pop3 *pop3, struct mc_span *bytes, struct mc_error *err)
{
	*bytes = (struct mc_span){ NULL, 0 };
	while (pop3->dot.state != MC_DOT_OVER) {
		struct mc_span some;
		size_t done;
		enum mc_rc rc = read_some(pop3, &some, err);

		if (rc != MC_OK)
			return rc;
		done = mc_dot_feed(&pop3->dot, some, bytes);
		mc_stream_unread(pop3->stream, some.n - done);
		if (bytes->n > 0)
			return MC_OK;
	}
	return MC_DONE;
}

/* Keeps a status line for the next reply(). */
static MC_RC hold(struct mc_pop3 *pop3, const struct mc_pop3_reply *reply,
	struct mc_error *err)
{
	enum mc_rc rc;

	mc_buf_clear(&pop3->held);
	rc = mc_buf_put(&pop3->held,
		reply->status == MC_POP3_OK ? MC_SPAN("+OK ")
					    : MC_SPAN("-ERR "),
		err);
	if (rc == MC_OK)
		rc = mc_buf_put(&pop3->held, reply->text, err);
	pop3->has_held = rc == MC_OK;
	return rc;
}

/* The status line behind the message: of the next one in flight, or of a NOOP
 * sent for it. */
static MC_RC look_behind(
	struct mc_pop3 *pop3, struct mc_pop3_reply *reply, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (pop3->flying == 0) {
		rc = mc_pop3_send(pop3, "NOOP", no_argument, err);
		if (rc == MC_OK)
			rc = mc_stream_flush(pop3->stream, err);
	}
	return rc == MC_OK ? mc_pop3_status(pop3, reply, err) : rc;
}

MC_RC mc_pop3_settle(struct mc_pop3 *pop3, bool *whole, struct mc_error *err)
{
	bool flying = pop3->flying > 0;
	struct mc_pop3_reply reply = { .status = MC_POP3_NEITHER };
	enum mc_rc rc;

	*whole = pop3->dot.octets >= pop3->listed;
	if (pop3->unmarked)
		return MC_DONE;
	if (!flying && *whole)
		return MC_OK;
	rc = look_behind(pop3, &reply, err);
	if (rc < 0)
		return rc;
	if (reply.status != MC_POP3_NEITHER) {
		*whole = true;
		return flying ? hold(pop3, &reply, err) : MC_OK;
	}
	*whole = pop3->dot.octets == pop3->listed;
	mc_pop3_fail_neither(pop3, reply.text, err);
	if (!*whole) {
		mc_fail(err, MC_EPROTO, MC_MESSAGE, 0,
			"the server cuts it at a line that holds only a dot; "
			"read it by IMAP, if the server speaks that too");
	}
	return err->rc;
}
