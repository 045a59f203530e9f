/* SPDX-License-Identifier: MIT
 * pop3_login: from the greeting to a session that is logged in; RFC 1939 4 and 7,
 * 2595, 5034. */
#include <gnutls/crypto.h>

#include "base/text.h"
#include "net/hint.h"
#include "net/pop3_wire.h"
#include "net/sasl.h"

enum {
	/* A command with its CRLF; RFC 2449 4.  What is longer goes as a
	 * continuation, which may be (RFC 5034 4). */
	COMMAND_MAX = 255,
	/* No mechanism of ours has more than three. */
	SASL_TURNS_MAX = 8,
	MD5_OCTETS = 16,
};

static const struct mc_span no_argument = { NULL, 0 };

/* TLS, loopback, or the user said so. */
static bool may_stay_clear(const struct mc_pop3 *pop3)
{
	struct mc_error why;

	return mc_stream_may_login(pop3->stream, &why) == MC_OK;
}

/* What is offered is never gone without, whatever the user allows. */
static enum mc_rc fail_stls(
	const struct mc_pop3 *pop3, struct mc_span text, struct mc_error *err)
{
	(void)mc_pop3_refused(
		pop3, MC_ETLS, "the server refused STLS", text, err);
	mc_text_advise(err->text, sizeof(err->text),
		pop3->before.stls ? MC_WRAPPED_ADVICE("pop3s")
				  : MC_WRAPPED_ADVICE("pop3s") MC_CLEAR_ADVICE);
	err->rc = MC_ETLS;
	err->hope = MC_NEVER;
	return MC_ETLS;
}

static MC_RC start_tls(struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc = mc_pop3_command(pop3, "STLS", no_argument, &reply, err);

	if (rc < 0)
		return rc;
	if (reply.status == MC_POP3_ERR)
		return fail_stls(pop3, reply.text, err);
	rc = mc_stream_starttls(pop3->stream, err);
	if (rc < 0)
		return rc;
	/* RFC 2595 4: what was learnt in clear text is void. */
	pop3->greeting[0] = '\0';
	pop3->timestamp[0] = '\0';
	pop3->bare_lf = false;
	return mc_pop3_capa(pop3, &pop3->before, err);
}

MC_RC mc_pop3_secure(struct mc_pop3 *pop3, struct mc_error *err)
{
	enum mc_rc rc = mc_pop3_capa(pop3, &pop3->before, err);

	if (rc != MC_OK || mc_stream_is_secure(pop3->stream))
		return rc;
	if (!pop3->before.stls && may_stay_clear(pop3))
		return MC_OK;
	return start_tls(pop3, err);
}

/* The secret of at; the caller wipes it. */
static MC_RC get_secret(const struct mc_endpoint *at, struct mc_buf *secret,
	struct mc_error *err)
{
	enum mc_rc rc;

	if (at->secret)
		rc = at->secret(at->secret_arg, at, secret, err);
	else if (at->password)
		rc = mc_buf_put(secret, mc_span_str(at->password), err);
	else
		rc = mc_fail(err, MC_EUSAGE, MC_RUN, 0, "no password for '%s'",
			at->user);
	return rc;
}

/* A line break would end the command early and start another one. */
static MC_RC check_line(
	struct mc_span s, const char *what, struct mc_error *err)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
				"the %s holds a line break or NUL", what);
	}
	return MC_OK;
}

static enum mc_rc fail_login(
	const struct mc_pop3 *pop3, struct mc_span text, struct mc_error *err)
{
	char what[160];

	mc_text_format(what, sizeof(what), "login of '%.100s' refused",
		pop3->at->user);
	if (mc_pop3_refused(pop3, MC_EAUTH, what, text, err) == MC_EAUTH)
		mc_text_advise(err->text, sizeof(err->text), MC_LOGIN_ADVICE);
	else if (strncmp(err->code, "SYS/PERM", 8) == 0)
		mc_text_advise(err->text, sizeof(err->text), MC_RUNNERS_ADVICE);
	return err->rc;
}

/* The rest of a line that nobody may read in a trace. */
static MC_RC send_masked(
	struct mc_pop3 *pop3, struct mc_span line, struct mc_error *err)
{
	enum mc_rc rc;

	mc_stream_secret(pop3->stream, true);
	rc = mc_stream_write(pop3->stream, line, err);
	if (rc == MC_OK)
		rc = mc_stream_write(pop3->stream, MC_SPAN("\r\n"), err);
	mc_stream_secret(pop3->stream, false);
	if (rc == MC_OK)
		rc = mc_stream_flush(pop3->stream, err);
	return rc;
}

/* USER and PASS; RFC 1939 7. */
static MC_RC login_user(
	struct mc_pop3 *pop3, struct mc_span secret, struct mc_error *err)
{
	struct mc_pop3_reply reply;
	enum mc_rc rc = mc_pop3_command(
		pop3, "USER", mc_span_str(pop3->at->user), &reply, err);

	if (rc == MC_OK && reply.status == MC_POP3_ERR)
		return fail_login(pop3, reply.text, err);
	if (rc < 0)
		return rc;
	rc = mc_stream_write(pop3->stream, MC_SPAN("PASS "), err);
	if (rc == MC_OK)
		rc = send_masked(pop3, secret, err);
	if (rc == MC_OK)
		rc = mc_pop3_reply(pop3, &reply, err);
	if (rc == MC_OK && reply.status == MC_POP3_ERR)
		return fail_login(pop3, reply.text, err);
	return rc;
}

/* Lower-case hex of MD5(timestamp secret). */
static MC_RC apop_digest(const struct mc_pop3 *pop3, struct mc_span secret,
	char hex[2 * MD5_OCTETS + 1], struct mc_error *err)
{
	unsigned char md5[MD5_OCTETS];
	struct mc_buf text;
	enum mc_rc rc;

	mc_buf_init(&text, sizeof(pop3->timestamp) + MC_SECRET_MAX);
	rc = mc_buf_put(&text, mc_span_str(pop3->timestamp), err);
	if (rc == MC_OK)
		rc = mc_buf_put(&text, secret, err);
	if (rc == MC_OK &&
		gnutls_hash_fast(GNUTLS_DIG_MD5, text.data, text.len, md5) < 0)
		rc = mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"APOP needs MD5, which this system does not allow");
	for (size_t i = 0; rc == MC_OK && i < sizeof(md5); i++)
		mc_text_format(hex + 2 * i, 3, "%02x", md5[i]);
	mc_buf_wipe(&text);
	return rc;
}

static MC_RC login_apop(
	struct mc_pop3 *pop3, struct mc_span secret, struct mc_error *err)
{
	char hex[2 * MD5_OCTETS + 1] = "";
	struct mc_pop3_reply reply;
	struct mc_buf line;
	enum mc_rc rc;

	if (!pop3->timestamp[0])
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the server gives no timestamp for APOP%s",
			mc_endpoint_is_wrapped(pop3->at) ? "" : " under TLS");
	mc_buf_init(&line, MC_NAME_MAX);
	rc = apop_digest(pop3, secret, hex, err);
	/* Beside the timestamp it is enough to try passwords by, so it is what
	 * the server must not say back; the password it is not told. */
	if (rc == MC_OK)
		rc = mc_stream_veil(pop3->stream, mc_span_str(hex), err);
	if (rc == MC_OK)
		rc = mc_buf_printf(&line, err, "APOP %s ", pop3->at->user);
	if (rc == MC_OK)
		rc = mc_stream_write(pop3->stream, mc_buf_span(&line), err);
	if (rc == MC_OK)
		rc = send_masked(pop3, mc_span_str(hex), err);
	if (rc == MC_OK)
		rc = mc_pop3_reply(pop3, &reply, err);
	if (rc == MC_OK && reply.status == MC_POP3_ERR)
		rc = fail_login(pop3, reply.text, err);
	mc_buf_dispose(&line);
	return rc;
}

/* An exchange of AUTH; RFC 5034 4. */
struct exchange {
	struct mc_pop3 *pop3;
	struct mc_sasl *sasl;
	struct mc_buf reply; /* what to say next */
	bool ready;          /* the initial response waits to be said */
	bool proven;         /* the mechanism is content with the server */
};

static MC_RC step(
	struct exchange *ex, struct mc_span challenge, struct mc_error *err)
{
	enum mc_rc rc = mc_sasl_step(ex->sasl, challenge, &ex->reply, err);

	ex->proven = rc == MC_DONE;
	return rc < 0 ? rc : MC_OK;
}

/* AUTH, with the initial response if there is one and the line allows it. */
static MC_RC send_auth(
	struct exchange *ex, const char *mechanism, struct mc_error *err)
{
	size_t fixed = strlen("AUTH  \r\n") + strlen(mechanism);
	struct mc_span first = mc_buf_span(&ex->reply);
	struct mc_stream *stream = ex->pop3->stream;
	enum mc_rc rc;

	if (!ex->ready || fixed + first.n > COMMAND_MAX) {
		rc = mc_pop3_send(
			ex->pop3, "AUTH", mc_span_str(mechanism), err);
		return rc == MC_OK ? mc_stream_flush(stream, err) : rc;
	}
	ex->ready = false;
	rc = mc_stream_write(stream, MC_SPAN("AUTH "), err);
	if (rc == MC_OK)
		rc = mc_stream_write(stream, mc_span_str(mechanism), err);
	if (rc == MC_OK)
		rc = mc_stream_write(stream, MC_SPAN(" "), err);
	if (rc < 0)
		return rc;
	return send_masked(ex->pop3, first.n > 0 ? first : MC_SPAN("="), err);
}

/* Answers "+ challenge"; one we cannot answer is cancelled with "*", so that
 * the server does not wait for us. */
static MC_RC answer(
	struct exchange *ex, struct mc_span challenge, struct mc_error *err)
{
	struct mc_error late;
	enum mc_rc rc = MC_OK;

	if (!ex->ready)
		rc = step(ex, challenge, err);
	ex->ready = false;
	if (rc == MC_OK)
		return send_masked(ex->pop3, mc_buf_span(&ex->reply), err);
	if (mc_pop3_send(ex->pop3, "*", no_argument, &late) == MC_OK &&
		mc_stream_flush(ex->pop3->stream, &late) < 0)
		*err = late;
	return err->rc;
}

static MC_RC converse(struct exchange *ex, struct mc_error *err)
{
	for (int turn = 0; turn < SASL_TURNS_MAX; turn++) {
		struct mc_pop3_reply reply;
		enum mc_rc rc = mc_pop3_status(ex->pop3, &reply, err);

		if (rc < 0)
			return rc;
		if (reply.status == MC_POP3_ERR)
			return fail_login(ex->pop3, reply.text, err);
		if (reply.status == MC_POP3_OK && ex->proven)
			return MC_OK;
		if (reply.status == MC_POP3_OK)
			return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
				"the server accepted the login without "
				"proving that it knows the "
				"password" MC_IMPOSTOR_ADVICE);
		if (reply.text.n == 0 || reply.text.p[0] != '+')
			return mc_pop3_fail_neither(ex->pop3, reply.text, err);
		rc = answer(ex, mc_span_trim(mc_span_from(reply.text, 1)), err);
		if (rc < 0)
			return rc;
	}
	return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
		"the server's questions at login have no end");
}

static MC_RC login_sasl(struct mc_pop3 *pop3, const char *mechanism,
	struct mc_span secret, struct mc_error *err)
{
	struct exchange ex = { .pop3 = pop3 };
	enum mc_rc rc;

	mc_buf_init(&ex.reply, (size_t)2 * MC_SECRET_MAX);
	rc = mc_sasl_new(&ex.sasl, mechanism, "pop", pop3->at, secret, err);
	if (rc < 0)
		goto out;
	if (mc_sasl_client_first(ex.sasl)) {
		ex.ready = true;
		rc = step(&ex, (struct mc_span){ "", 0 }, err);
	}
	mc_stream_hide(pop3->stream, mc_sasl_hides(ex.sasl));
	if (rc == MC_OK)
		rc = send_auth(&ex, mechanism, err);
	if (rc == MC_OK)
		rc = converse(&ex, err);
	mc_stream_hide(pop3->stream, false);
out:
	mc_sasl_free(ex.sasl);
	mc_buf_wipe(&ex.reply);
	return rc;
}

static bool asked_for(const struct mc_endpoint *at, struct mc_span way)
{
	return at->auth && mc_span_ieq(mc_span_str(at->auth), way);
}

/* The way in: "APOP", "USER" or a SASL mechanism. */
static MC_RC choose(
	const struct mc_pop3 *pop3, const char **way, struct mc_error *err)
{
	const struct mc_endpoint *at = pop3->at;
	enum mc_rc rc;

	*way = "";
	if (asked_for(at, MC_SPAN("APOP"))) {
		*way = "APOP";
	} else if (asked_for(at, MC_SPAN("USER"))) {
		*way = "USER";
	} else {
		rc = mc_sasl_choose(way, pop3->before.sasl, at, err);
		if (rc < 0 || **way)
			return rc;
		*way = pop3->timestamp[0] && !mc_stream_is_secure(pop3->stream)
			       ? "APOP"
			       : "USER";
	}
	if (at->authzid)
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the server offers no login that can act for '%s'",
			at->authzid);
	return MC_OK;
}

MC_RC mc_pop3_login(struct mc_pop3 *pop3, struct mc_error *err)
{
	struct mc_buf secret;
	const char *way = "";
	enum mc_rc rc;

	mc_buf_init(&secret, MC_SECRET_MAX);
	rc = mc_stream_may_login(pop3->stream, err);
	if (rc == MC_OK)
		rc = choose(pop3, &way, err);
	if (rc == MC_OK)
		rc = check_line(mc_span_str(pop3->at->user), "user name", err);
	if (rc == MC_OK)
		rc = get_secret(pop3->at, &secret, err);
	if (rc == MC_OK)
		rc = check_line(mc_buf_span(&secret), "password", err);
	if (rc == MC_OK)
		rc = mc_stream_veil(pop3->stream, mc_buf_span(&secret), err);
	if (rc < 0)
		goto out;
	if (strcmp(way, "APOP") == 0)
		rc = login_apop(pop3, mc_buf_span(&secret), err);
	else if (strcmp(way, "USER") == 0)
		rc = login_user(pop3, mc_buf_span(&secret), err);
	else
		rc = login_sasl(pop3, way, mc_buf_span(&secret), err);
out:
	mc_stream_unveil(pop3->stream);
	mc_buf_wipe(&secret);
	return rc;
}
