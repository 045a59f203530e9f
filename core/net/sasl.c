/* SPDX-License-Identifier: MIT */
#include "net/sasl.h"

#include <ctype.h>
#include <gsasl.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/hint.h"

enum {
	/* Rounds of PBKDF2 that a SCRAM server may ask: servers use 4,096 to
	 * 600,000; a hostile one would keep us busy for hours. */
	SCRAM_ROUNDS_MAX = 2 * 1000 * 1000,

	/* Of ours in a SCRAM dialogue; the last answers the server's proof. */
	SCRAM_STEPS = 3,

	/* An OAuth message without its token: user and host names. */
	OAUTH_REST = 2 * MC_NAME_MAX,
};

enum kind { SCRAM, CRAM, PLAIN, OAUTHBEARER, XOAUTH2 };

/* The strongest first; tokens last, since a password is no token. */
static const struct mechanism {
	const char *name;
	enum kind kind;
	bool client_first;
	bool authzid; /* can carry one */
} mechanisms[] = {
	{ "SCRAM-SHA-256", SCRAM, true, true },
	{ "SCRAM-SHA-1", SCRAM, true, true },
	{ "CRAM-MD5", CRAM, false, false },
	{ "PLAIN", PLAIN, true, true },
	{ "OAUTHBEARER", OAUTHBEARER, true, true },
	{ "XOAUTH2", XOAUTH2, true, false },
};

enum { MECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

enum state { FRESH, UNDER_WAY, COMPLETE };

struct mc_sasl {
	const struct mechanism *mechanism;
	enum state state;
	int steps;
	Gsasl *gsasl;           /* NULL: OAuth, made by hand */
	Gsasl_session *session; /* NULL: same */
	struct mc_buf message;  /* OAuth's only one, until it is sent */
};

/* --- choice ----------------------------------------------------------- */

static bool is_oauth(const struct mechanism *m)
{
	return m->kind == OAUTHBEARER || m->kind == XOAUTH2;
}

static const struct mechanism *by_name(struct mc_span name)
{
	for (size_t i = 0; i < MECHANISMS; i++) {
		if (mc_span_ieq(name, mc_span_str(mechanisms[i].name)))
			return &mechanisms[i];
	}
	return NULL;
}

/* Takes the next word off *words; empty: there is none. */
static struct mc_span next_word(struct mc_span *words)
{
	struct mc_span word = *words;

	while (word.n > 0 && word.p[0] == ' ')
		word = mc_span_from(word, 1);
	word = mc_span_head(word, mc_span_index(word, ' '));
	*words = mc_span_from(*words, (size_t)(word.p - words->p) + word.n);
	return word;
}

static bool is_offered(const char *offered, const char *name)
{
	struct mc_span words = mc_span_str(offered);

	for (;;) {
		struct mc_span word = next_word(&words);

		if (word.n == 0)
			return false;
		if (mc_span_ieq(word, mc_span_str(name)))
			return true;
	}
}

/* Tokens are all that this server takes. */
static bool only_oauth(const char *offered)
{
	struct mc_span words = mc_span_str(offered);

	for (;;) {
		struct mc_span word = next_word(&words);
		const struct mechanism *m = by_name(word);

		if (word.n == 0)
			return true;
		if (!m || !is_oauth(m))
			return false;
	}
}

static enum mc_rc fail_not_offered(
	const char *wanted, const char *offered, struct mc_error *err)
{
	return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
		"the server does not offer '%s' to log in; it offers: %.200s",
		wanted, offered[0] ? offered : "nothing");
}

static MC_RC choose_named(const char **out, const char *offered,
	const struct mc_endpoint *at, struct mc_error *err)
{
	const struct mechanism *m = by_name(mc_span_str(at->auth));

	if (!m)
		return mc_fail(err, MC_EUSAGE, MC_SESSION, 0,
			"'%s' is no way to log in here that mailcart knows; it "
			"knows SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, PLAIN, "
			"OAUTHBEARER, XOAUTH2; for POP3 also APOP and USER, "
			"for IMAP also LOGIN",
			at->auth);
	if (!is_offered(offered, m->name))
		return fail_not_offered(m->name, offered, err);
	if (at->authzid && !m->authzid)
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"%s cannot log in to act for '%s'", m->name,
			at->authzid);
	*out = m->name;
	return MC_OK;
}

MC_RC mc_sasl_choose(const char **out, const char *offered,
	const struct mc_endpoint *at, struct mc_error *err)
{
	bool oauth = only_oauth(offered);

	*out = "";
	if (at->auth)
		return choose_named(out, offered, at, err);
	for (size_t i = 0; i < MECHANISMS; i++) {
		const struct mechanism *m = &mechanisms[i];

		if (is_oauth(m) != oauth || (at->authzid && !m->authzid) ||
			!is_offered(offered, m->name))
			continue;
		*out = m->name;
		return MC_OK;
	}
	if (at->authzid)
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the server offers no login that can act for '%s'; it "
			"offers: %.200s",
			at->authzid, offered[0] ? offered : "nothing");
	return MC_OK;
}

/* --- making one ------------------------------------------------------- */

/* RFC 5801 4: ',' and '=' in a name are written =2C and =3D. */
static MC_RC put_saslname(
	struct mc_buf *buf, const char *name, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (; *name && rc == MC_OK; name++) {
		if (*name == ',')
			rc = mc_buf_put(buf, MC_SPAN("=2C"), err);
		else if (*name == '=')
			rc = mc_buf_put(buf, MC_SPAN("=3D"), err);
		else
			rc = mc_buf_putc(buf, *name, err);
	}
	return rc;
}

/* "n,a=USER,^Ahost=H^Aport=P^Aauth=Bearer TOKEN^A^A"  RFC 7628 3.1 */
static MC_RC put_oauthbearer(struct mc_buf *buf, const struct mc_endpoint *at,
	struct mc_span token, struct mc_error *err)
{
	enum mc_rc rc = mc_buf_put(buf, MC_SPAN("n,a="), err);

	if (rc == MC_OK)
		rc = put_saslname(
			buf, at->authzid ? at->authzid : at->user, err);
	if (rc == MC_OK)
		rc = mc_buf_printf(buf, err,
			",\001host=%s\001port=%u\001auth=Bearer ", at->host,
			at->port);
	if (rc == MC_OK)
		rc = mc_buf_put(buf, token, err);
	if (rc == MC_OK)
		rc = mc_buf_put(buf, MC_SPAN("\001\001"), err);
	return rc;
}

/* "user=USER^Aauth=Bearer TOKEN^A^A", as Google and Microsoft wrote it down */
static MC_RC put_xoauth2(struct mc_buf *buf, const struct mc_endpoint *at,
	struct mc_span token, struct mc_error *err)
{
	enum mc_rc rc =
		mc_buf_printf(buf, err, "user=%s\001auth=Bearer ", at->user);

	if (rc == MC_OK)
		rc = mc_buf_put(buf, token, err);
	if (rc == MC_OK)
		rc = mc_buf_put(buf, MC_SPAN("\001\001"), err);
	return rc;
}

/* RFC 6750 2.1: a token is of visible ASCII; anything else would end it. */
static bool is_token(struct mc_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F)
			return false;
	}
	return s.n > 0;
}

/* ^A parts the fields of both OAuth messages. */
static bool has_control(const char *name)
{
	for (; *name; name++) {
		if ((unsigned char)*name < ' ')
			return true;
	}
	return false;
}

static MC_RC new_oauth(struct mc_sasl *sasl, const struct mc_endpoint *at,
	struct mc_span token, struct mc_error *err)
{
	enum mc_rc rc;

	if (!is_token(token))
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"that is no OAuth token: it is empty or holds blanks "
			"or octets beyond ASCII");
	if (has_control(at->user) || (at->authzid && has_control(at->authzid)))
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the user name holds control characters");
	/* Room at once: growing would leave copies of the token behind. */
	rc = mc_buf_reserve(&sasl->message, token.n + OAUTH_REST, err);
	if (rc < 0)
		return rc;
	if (sasl->mechanism->kind == XOAUTH2)
		return put_xoauth2(&sasl->message, at, token, err);
	return put_oauthbearer(&sasl->message, at, token, err);
}

static enum mc_rc fail_gsasl(
	const struct mc_sasl *sasl, int code, struct mc_error *err)
{
	const char *name = sasl->mechanism->name;

	switch (code) {
	case GSASL_MALLOC_ERROR:
		return mc_fail_memory(err);
	case GSASL_BASE64_ERROR:
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server's part of %s cannot be understood", name);
	case GSASL_AUTHENTICATION_ERROR:
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the server did not prove with %s that it knows the "
			"password" MC_IMPOSTOR_ADVICE,
			name);
	case GSASL_SASLPREP_ERROR:
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"user name or password holds characters that %s does "
			"not allow",
			name);
	default:
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0, "%s: %s", name,
			gsasl_strerror(code));
	}
}

static MC_RC set_property(struct mc_sasl *sasl, Gsasl_property property,
	struct mc_span value, struct mc_error *err)
{
	int code = gsasl_property_set_raw(
		sasl->session, property, value.p, value.n);

	return code == GSASL_OK ? MC_OK : fail_gsasl(sasl, code, err);
}

static MC_RC new_gsasl(struct mc_sasl *sasl, const struct mc_endpoint *at,
	const char *service, struct mc_span secret, struct mc_error *err)
{
	enum mc_rc rc;
	int code;

	if (secret.n == 0 || memchr(secret.p, '\0', secret.n))
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"the password is empty or holds a NUL");
	code = gsasl_init(&sasl->gsasl);
	if (code != GSASL_OK)
		/* It leaves what it has freed there. */
		sasl->gsasl = NULL;
	else
		code = gsasl_client_start(
			sasl->gsasl, sasl->mechanism->name, &sasl->session);
	if (code != GSASL_OK)
		return fail_gsasl(sasl, code, err);
	rc = set_property(sasl, GSASL_AUTHID, mc_span_str(at->user), err);
	if (rc == MC_OK && at->authzid)
		rc = set_property(
			sasl, GSASL_AUTHZID, mc_span_str(at->authzid), err);
	if (rc == MC_OK)
		rc = set_property(
			sasl, GSASL_SERVICE, mc_span_str(service), err);
	if (rc == MC_OK)
		rc = set_property(
			sasl, GSASL_HOSTNAME, mc_span_str(at->host), err);
	if (rc == MC_OK)
		rc = set_property(sasl, GSASL_PASSWORD, secret, err);
	return rc;
}

MC_RC mc_sasl_new(struct mc_sasl **out, const char *mechanism,
	const char *service, const struct mc_endpoint *at,
	struct mc_span secret, struct mc_error *err)
{
	const struct mechanism *m = by_name(mc_span_str(mechanism));
	struct mc_sasl *sasl = calloc(1, sizeof(*sasl));
	enum mc_rc rc;

	*out = NULL;
	if (!sasl)
		return mc_fail_memory(err);
	if (!m) {
		free(sasl);
		return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
			"'%s' is no way to log in that mailcart knows",
			mechanism);
	}
	sasl->mechanism = m;
	mc_buf_init(&sasl->message, MC_SECRET_MAX + OAUTH_REST);
	if (is_oauth(m))
		rc = new_oauth(sasl, at, secret, err);
	else
		rc = new_gsasl(sasl, at, service, secret, err);
	if (rc < 0)
		mc_sasl_free(sasl);
	else
		*out = sasl;
	return rc;
}

/* GNU SASL frees its copies of secrets as they are: overwrite them first.
 * They are heap memory of a session that is ours. */
static void wipe_property(Gsasl_session *session, Gsasl_property property)
{
	char *copy = (char *)gsasl_property_fast(session, property);

	if (copy)
		explicit_bzero(copy, strlen(copy));
}

void mc_sasl_free(struct mc_sasl *sasl)
{
	if (!sasl)
		return;
	if (sasl->session) {
		wipe_property(sasl->session, GSASL_PASSWORD);
		wipe_property(sasl->session, GSASL_SCRAM_SALTED_PASSWORD);
		wipe_property(sasl->session, GSASL_SCRAM_SERVERKEY);
		wipe_property(sasl->session, GSASL_SCRAM_STOREDKEY);
		gsasl_finish(sasl->session);
	}
	if (sasl->gsasl)
		gsasl_done(sasl->gsasl);
	mc_buf_wipe(&sasl->message);
	free(sasl);
}

bool mc_sasl_client_first(const struct mc_sasl *sasl)
{
	return sasl->mechanism->client_first;
}

bool mc_sasl_hides(const struct mc_sasl *sasl)
{
	return !is_oauth(sasl->mechanism);
}

/* --- steps ------------------------------------------------------------ */

static void wipe_free(char *secret, size_t n)
{
	if (secret)
		explicit_bzero(secret, n);
	gsasl_free(secret);
}

static MC_RC put_base64(
	struct mc_buf *reply, struct mc_span s, struct mc_error *err)
{
	char *coded = NULL;
	size_t n = 0;
	enum mc_rc rc = MC_OK;

	if (s.n == 0)
		return MC_OK;
	if (gsasl_base64_to(s.p, s.n, &coded, &n) != GSASL_OK)
		return mc_fail_memory(err);
	rc = mc_buf_put(reply, (struct mc_span){ coded, n }, err);
	wipe_free(coded, n);
	return rc;
}

/* One message each way.  RFC 7628 3.2.3: a challenge is the server's error;
 * it wants ^A (XOAUTH2: nothing) before it says that we failed. */
static MC_RC step_oauth(
	struct mc_sasl *sasl, struct mc_buf *reply, struct mc_error *err)
{
	enum mc_rc rc;

	if (sasl->state == FRESH) {
		rc = put_base64(reply, mc_buf_span(&sasl->message), err);
		mc_buf_wipe(&sasl->message);
		sasl->state = COMPLETE;
		return rc < 0 ? rc : MC_DONE;
	}
	if (sasl->state == UNDER_WAY)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server goes on with %s after its error",
			sasl->mechanism->name);
	sasl->state = UNDER_WAY;
	if (sasl->mechanism->kind == OAUTHBEARER)
		return put_base64(reply, MC_SPAN("\001"), err);
	return MC_OK;
}

/* The number behind "i=" in a server's first SCRAM message, RFC 5802 5.1. */
static bool rounds_are_sane(struct mc_span message)
{
	while (message.n > 0) {
		struct mc_span part =
			mc_span_head(message, mc_span_index(message, ','));
		int64_t rounds;

		if (mc_span_starts(part, MC_SPAN("i=")))
			return mc_text_decimal(mc_span_from(part, 2),
				SCRAM_ROUNDS_MAX, &rounds);
		message = mc_span_from(message, part.n + 1);
	}
	return true;
}

/* What must be looked at before GNU SASL does: endless work, and the
 * server's own words for a refusal (RFC 5802 7: "e=invalid-proof"). */
static MC_RC check_scram(struct mc_span message, struct mc_error *err)
{
	struct mc_span part;

	if (!rounds_are_sane(message))
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server asks for more rounds of SCRAM than %d",
			SCRAM_ROUNDS_MAX);
	if (!mc_span_starts(message, MC_SPAN("e=")))
		return MC_OK;
	part = mc_span_head(message, mc_span_index(message, ','));
	part = mc_span_head(mc_span_from(part, 2), 100);
	return mc_fail(err, MC_EAUTH, MC_SESSION, 0,
		"the server refused the login: '%.*s'", (int)part.n, part.p);
}

static MC_RC step_gsasl(struct mc_sasl *sasl, struct mc_span message,
	struct mc_buf *reply, struct mc_error *err)
{
	char *out = NULL;
	size_t n = 0;
	enum mc_rc rc;
	int code;

	if (sasl->state == COMPLETE)
		return fail_gsasl(
			sasl, GSASL_MECHANISM_CALLED_TOO_MANY_TIMES, err);
	if (sasl->mechanism->kind == SCRAM) {
		rc = check_scram(message, err);
		if (rc < 0)
			return rc;
	}
	code = gsasl_step(sasl->session, message.p, message.n, &out, &n);
	sasl->steps++;
	/* The third message is the server's proof, or none. */
	if (code == GSASL_MECHANISM_PARSE_ERROR && sasl->steps == SCRAM_STEPS)
		code = GSASL_AUTHENTICATION_ERROR;
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
		return fail_gsasl(sasl, code, err);
	rc = put_base64(reply, (struct mc_span){ out, n }, err);
	wipe_free(out, n);
	if (rc < 0)
		return rc;
	sasl->state = code == GSASL_OK ? COMPLETE : UNDER_WAY;
	return code == GSASL_OK ? MC_DONE : MC_OK;
}

MC_RC mc_sasl_step(struct mc_sasl *sasl, struct mc_span challenge,
	struct mc_buf *reply, struct mc_error *err)
{
	char *message = NULL;
	size_t n = 0;
	enum mc_rc rc;

	mc_buf_clear(reply);
	challenge = mc_span_trim(challenge);
	if (is_oauth(sasl->mechanism))
		return step_oauth(sasl, reply, err);
	if (challenge.n > 0 && gsasl_base64_from(challenge.p, challenge.n,
				       &message, &n) != GSASL_OK)
		return fail_gsasl(sasl, GSASL_BASE64_ERROR, err);
	rc = step_gsasl(sasl, (struct mc_span){ message, n }, reply, err);
	gsasl_free(message);
	return rc;
}
