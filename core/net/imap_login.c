/* SPDX-License-Identifier: MIT
 * imap_login: from the greeting to a session that is logged in.
 *
 *   greeting OK ---> STARTTLS ---> AUTHENTICATE or LOGIN ---> ID ---> ready
 *      |  (wrapped in TLS) ----------^                         ^
 *      PREAUTH (only where clear text may log in) -------------'
 */
#include "base/limits.h"
#include "base/text.h"
#include "net/hint.h"
#include "net/imap_wire.h"
#include "net/sasl.h"

/* An initial response beyond this goes behind a "+" instead: some servers
 * bound the first line of a command by RFC 2683's 1,000 octets. */
enum { INITIAL_RESPONSE_MAX = 1000 };

/* Turns of the longest mechanism are four, and data is not told between. */
enum { LOGIN_RESPONSES_MAX = 100 };

static const struct mc_span no_mailbox = { 0 };

/* Asks for the capabilities unless they were just told. */
static MC_RC know_caps(struct mc_imap *imap, struct mc_error *err)
{
	enum mc_rc rc;

	if (imap->caps_new)
		return MC_OK;
	rc = mc_imap_command(imap, "CAPABILITY", no_mailbox, "", NULL, err);
	if (rc == MC_OK && !imap->caps_new)
		rc = mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server does not tell its capabilities");
	return rc;
}

static void forget_caps(struct mc_imap *imap)
{
	mc_buf_clear(&imap->caps);
	imap->caps_new = false;
}

static MC_RC greet(struct mc_imap *imap, bool *preauth, struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc = mc_imap_read(imap, NULL, &r, err);

	if (rc == MC_EPROTO)
		mc_text_append(err->text, sizeof(err->text),
			"; look at its name and port");
	if (rc < 0)
		return rc;
	if (r->kind != MC_IMAP_STATUS ||
		(r->word != MC_IMAP_OK && r->word != MC_IMAP_PREAUTH)) {
		rc = mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"this is no IMAP server: it does not greet as one; "
			"look at its name and port");
		return mc_imap_checked(imap, rc);
	}
	*preauth = r->word == MC_IMAP_PREAUTH;
	return mc_buf_put(&imap->greeting, r->text, err);
}

/* Nothing from before TLS is believed behind it: RFC 9051 6.2.1. */
static MC_RC start_tls(struct mc_imap *imap, struct mc_error *err)
{
	enum mc_rc rc =
		mc_imap_command(imap, "STARTTLS", no_mailbox, "", NULL, err);

	if (rc == MC_EREFUSED) {
		err->rc = MC_ETLS;
		err->scope = MC_SESSION;
		mc_while(err, "STARTTLS refused");
		mc_text_advise(err->text, sizeof(err->text),
			MC_WRAPPED_ADVICE("imaps"));
		return MC_ETLS;
	}
	if (rc < 0)
		return rc;
	rc = mc_stream_starttls(imap->stream, err);
	if (rc < 0)
		return mc_imap_checked(imap, rc);
	forget_caps(imap);
	mc_buf_clear(&imap->greeting);
	return MC_OK;
}

/* No password goes, but all mail would, to whoever answers there: STARTTLS may
 * be said no more, RFC 9051 7.1.4. */
static enum mc_rc fail_preauth(const struct mc_imap *imap, struct mc_error *err)
{
	return mc_fail(err, MC_ETLS, MC_SESSION, 0,
		"'%s' logs us in before TLS can begin, so that others could "
		"read the mail or answer in its place" MC_WRAPPED_ADVICE(
			"imaps") MC_CLEAR_ADVICE,
		imap->at->host);
}

static MC_RC secure(struct mc_imap *imap, bool preauth, struct mc_error *err)
{
	enum mc_rc rc;

	if (mc_stream_is_secure(imap->stream))
		return MC_OK;
	rc = know_caps(imap, err);
	if (rc < 0)
		return rc;
	if (!preauth && mc_imap_can(imap, "STARTTLS"))
		return start_tls(imap, err);
	rc = mc_stream_may_login(imap->stream, err);
	if (rc < 0 && preauth)
		return fail_preauth(imap, err);
	return rc;
}

static MC_RC get_secret(
	struct mc_imap *imap, struct mc_buf *secret, struct mc_error *err)
{
	const struct mc_endpoint *at = imap->at;
	enum mc_rc rc = mc_stream_may_login(imap->stream, err);

	if (rc < 0)
		return rc;
	if (at->password)
		return mc_buf_put(secret, mc_span_str(at->password), err);
	if (at->secret)
		return at->secret(at->secret_arg, at, secret, err);
	return mc_fail(err, MC_EAUTH, MC_SESSION, 0, "no password is given");
}

/* A refusal of a login is final, unless the server is only busy. */
static enum mc_rc refused(struct mc_error *err)
{
	if (err->rc != MC_EREFUSED)
		return err->rc;
	if (err->hope == MC_NEVER)
		err->rc = MC_EAUTH;
	err->scope = MC_SESSION;
	mc_while(err, "login refused");
	if (err->rc == MC_EAUTH)
		mc_text_advise(err->text, sizeof(err->text), MC_LOGIN_ADVICE);
	return err->rc;
}

static MC_RC log_in_plainly(
	struct mc_imap *imap, struct mc_span secret, struct mc_error *err)
{
	uint32_t tag;
	enum mc_rc rc = mc_imap_begin(imap, &tag, "LOGIN ", err);

	if (rc == MC_OK)
		rc = mc_imap_put_astring(
			imap, mc_span_str(imap->at->user), err);
	if (rc == MC_OK)
		rc = mc_imap_put(imap, " ", err);
	if (rc < 0)
		return refused(err);
	mc_stream_secret(imap->stream, true);
	rc = mc_imap_put_astring(imap, secret, err);
	if (imap->stream)
		mc_stream_secret(imap->stream, false);
	if (rc == MC_OK)
		rc = mc_imap_end(imap, err);
	if (rc == MC_OK)
		rc = mc_imap_wait(imap, tag, NULL, NULL, err);
	return rc < 0 ? refused(err) : rc;
}

/* One conversation of AUTHENTICATE. */
struct talk {
	struct mc_imap *imap;
	struct mc_sasl *sasl;
	struct mc_buf reply;
	bool waiting; /* reply is the first one and not sent yet */
	bool done;    /* the server proved itself, or need not */
};

static MC_RC next_reply(
	struct talk *talk, struct mc_span challenge, struct mc_error *err)
{
	enum mc_rc rc = mc_sasl_step(talk->sasl, challenge, &talk->reply, err);

	talk->done = rc == MC_DONE;
	if (rc < 0)
		return mc_imap_checked(talk->imap, rc);
	return MC_OK;
}

static MC_RC send_reply(struct talk *talk, struct mc_error *err)
{
	struct mc_imap *imap = talk->imap;
	enum mc_rc rc;

	talk->waiting = false;
	mc_stream_secret(imap->stream, true);
	rc = mc_imap_put_bytes(imap, mc_buf_span(&talk->reply), err);
	mc_stream_secret(imap->stream, false);
	return rc;
}

/* "AUTHENTICATE MECHANISM [initial response]". */
static MC_RC start_talk(struct talk *talk, const char *mechanism, uint32_t *tag,
	struct mc_error *err)
{
	struct mc_imap *imap = talk->imap;
	bool initial = false;
	enum mc_rc rc = MC_OK;

	if (mc_sasl_client_first(talk->sasl)) {
		rc = next_reply(talk, MC_SPAN(""), err);
		talk->waiting = true;
		initial = mc_imap_can(imap, "SASL-IR") &&
			  talk->reply.len <= INITIAL_RESPONSE_MAX;
	}
	if (rc == MC_OK)
		rc = mc_imap_begin(imap, tag, "AUTHENTICATE ", err);
	if (rc == MC_OK)
		rc = mc_imap_put(imap, mechanism, err);
	if (rc == MC_OK && initial)
		rc = mc_imap_put(imap, talk->reply.len > 0 ? " " : " =", err);
	if (rc == MC_OK && initial)
		rc = send_reply(talk, err);
	return rc < 0 ? rc : mc_imap_end(imap, err);
}

static MC_RC answer(
	struct talk *talk, struct mc_span challenge, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!talk->waiting)
		rc = next_reply(talk, challenge, err);
	if (rc == MC_OK)
		rc = send_reply(talk, err);
	return rc < 0 ? rc : mc_imap_end(talk->imap, err);
}

static MC_RC end_talk(struct talk *talk, const struct mc_imap_response *r,
	struct mc_error *err)
{
	if (r->word != MC_IMAP_OK) {
		(void)mc_imap_fail(talk->imap, r, MC_SESSION, err);
		return refused(err);
	}
	if (talk->done)
		return MC_OK;
	return mc_imap_checked(talk->imap,
		mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the server let us in without proving who it "
			"is" MC_IMPOSTOR_ADVICE));
}

static MC_RC hold_talk(
	struct talk *talk, const char *mechanism, struct mc_error *err)
{
	const struct mc_imap_response *r;
	uint32_t tag;
	enum mc_rc rc = start_talk(talk, mechanism, &tag, err);

	for (int n = 0; n < LOGIN_RESPONSES_MAX && rc == MC_OK; n++) {
		rc = mc_imap_read(talk->imap, NULL, &r, err);
		if (rc < 0)
			return rc;
		if (r->kind == MC_IMAP_TAGGED)
			return end_talk(talk, r, err);
		if (r->kind == MC_IMAP_CONTINUE)
			rc = answer(talk, r->text, err);
	}
	if (rc == MC_OK)
		rc = mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server does not come to an end with the login");
	return mc_imap_checked(talk->imap, rc);
}

static MC_RC authenticate(struct mc_imap *imap, const char *mechanism,
	struct mc_span secret, struct mc_error *err)
{
	struct talk talk = { .imap = imap };
	enum mc_rc rc;

	mc_buf_init(&talk.reply, (size_t)2 * MC_SECRET_MAX);
	rc = mc_sasl_new(&talk.sasl, mechanism, "imap", imap->at, secret, err);
	if (rc == MC_OK) {
		mc_stream_hide(imap->stream, mc_sasl_hides(talk.sasl));
		rc = hold_talk(&talk, mechanism, err);
	}
	if (imap->stream)
		mc_stream_hide(imap->stream, false);
	mc_sasl_free(talk.sasl);
	mc_buf_wipe(&talk.reply);
	return rc;
}

/* The words behind "AUTH=" in caps, split by blanks. */
static MC_RC offered_mechanisms(
	const struct mc_imap *imap, struct mc_buf *out, struct mc_error *err)
{
	struct mc_span rest = mc_buf_span(&imap->caps);
	enum mc_rc rc = mc_buf_put(out, MC_SPAN(""), err);

	while (rest.n > 0 && rc == MC_OK) {
		size_t n = mc_span_index(rest, ' ');
		struct mc_span word = mc_span_head(rest, n);

		rest = mc_span_from(rest, n + 1);
		if (!mc_span_starts(word, MC_SPAN("AUTH=")))
			continue;
		rc = mc_buf_put(out, mc_span_from(word, 5), err);
		if (rc == MC_OK)
			rc = mc_buf_putc(out, ' ', err);
	}
	return rc;
}

/* *mechanism: "" for the LOGIN command. */
static MC_RC choose(const struct mc_imap *imap, const char **mechanism,
	struct mc_error *err)
{
	const struct mc_endpoint *at = imap->at;
	struct mc_buf offered;
	enum mc_rc rc = MC_OK;

	*mechanism = "";
	mc_buf_init(&offered, MC_REPLY_LINE_MAX);
	if (!at->auth ||
		!mc_span_ieq(mc_span_str(at->auth), MC_SPAN("LOGIN"))) {
		rc = offered_mechanisms(imap, &offered, err);
		if (rc == MC_OK)
			rc = mc_sasl_choose(
				mechanism, mc_buf_str(&offered), at, err);
	}
	if (rc == MC_OK && !(*mechanism)[0] && at->authzid)
		rc = mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"LOGIN cannot log in to act for '%s'", at->authzid);
	if (rc == MC_OK && !(*mechanism)[0] &&
		mc_imap_can(imap, "LOGINDISABLED"))
		rc = mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the server takes no password, and of other ways to "
			"log in offers %s; ask those who run it how programs "
			"log in",
			offered.len > 0 ? offered.data : "none");
	mc_buf_dispose(&offered);
	return rc;
}

static MC_RC log_in(struct mc_imap *imap, struct mc_error *err)
{
	const char *mechanism;
	struct mc_buf secret;
	enum mc_rc rc;

	mc_buf_init(&secret, MC_SECRET_MAX);
	rc = choose(imap, &mechanism, err);
	if (rc == MC_OK)
		rc = get_secret(imap, &secret, err);
	if (rc < 0)
		goto out;
	rc = mc_stream_veil(imap->stream, mc_buf_span(&secret), err);
	if (rc < 0)
		goto out;
	imap->caps_new = false;
	imap->entering = true;
	if (mechanism[0])
		rc = authenticate(imap, mechanism, mc_buf_span(&secret), err);
	else
		rc = log_in_plainly(imap, mc_buf_span(&secret), err);
	imap->entering = false;
	if (imap->stream)
		mc_stream_unveil(imap->stream);
out:
	mc_buf_wipe(&secret);
	return rc;
}

/* NetEase selects nothing before it; others merely log it.  It goes with the
 * next command, and nobody waits for its answer. */
static MC_RC tell_id(struct mc_imap *imap, struct mc_error *err)
{
	enum mc_rc rc;

	if (!mc_imap_can(imap, "ID"))
		return MC_OK;
	rc = mc_imap_begin(imap, &imap->id_tag,
		"ID (\"name\" \"mailcart\" \"version\" \"" MC_VERSION "\")",
		err);
	return rc == MC_OK ? mc_imap_put(imap, "\r\n", err) : rc;
}

MC_RC mc_imap_enter(struct mc_imap *imap, struct mc_error *err)
{
	bool preauth = false;
	enum mc_rc rc = greet(imap, &preauth, err);

	if (rc == MC_OK)
		rc = secure(imap, preauth, err);
	imap->trusted = true;
	if (rc == MC_OK)
		rc = know_caps(imap, err);
	if (rc == MC_OK && !preauth)
		rc = log_in(imap, err);
	if (rc == MC_OK)
		rc = know_caps(imap, err);
	if (rc == MC_OK)
		rc = tell_id(imap, err);
	return rc;
}
