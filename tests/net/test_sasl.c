/* SPDX-License-Identifier: MIT
 * SASL: the RFCs' own examples, and GNU SASL's server side as the peer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsasl.h>

#include "base/limits.h"
#include "net/sasl.h"

#define REPLY_MAX ((size_t)2 * MC_SECRET_MAX)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct mc_endpoint endpoint(char *user, const char *authzid)
{
	static char host[] = "server.example.com";

	return (struct mc_endpoint){ .scheme = MC_SCHEME_IMAP,
		.user = user,
		.host = host,
		.port = 143,
		.authzid = authzid };
}

/* --- choice ----------------------------------------------------------- */

static const struct {
	const char *proves;
	const char *offered;
	const char *auth;
	const char *authzid;
	enum mc_rc rc;
	const char *chosen; /* or what the error's text holds */
} choices[] = {
	{ "strongest, whatever the order", "PLAIN CRAM-MD5 SCRAM-SHA-256 X",
		NULL, NULL, MC_OK, "SCRAM-SHA-256" },
	{ "SHA-1 before CRAM", "CRAM-MD5 SCRAM-SHA-1", NULL, NULL, MC_OK,
		"SCRAM-SHA-1" },
	{ "no part of a word", "SCRAM-SHA-256-PLUS XPLAIN PLAINX", NULL, NULL,
		MC_OK, "" },
	{ "blanks", "  PLAIN   LOGIN ", NULL, NULL, MC_OK, "PLAIN" },
	{ "a password is no token", "OAUTHBEARER XOAUTH2 PLAIN", NULL, NULL,
		MC_OK, "PLAIN" },
	{ "nothing but tokens", "XOAUTH2 OAUTHBEARER", NULL, NULL, MC_OK,
		"OAUTHBEARER" },
	{ "other ways in remain", "XOAUTH2 LOGIN", NULL, NULL, MC_OK, "" },
	{ "nothing offered", "", NULL, NULL, MC_OK, "" },
	{ "named in lower case", "PLAIN SCRAM-SHA-1 XOAUTH2", "xoauth2", NULL,
		MC_OK, "XOAUTH2" },
	{ "named, weaker", "PLAIN SCRAM-SHA-1", "PLAIN", NULL, MC_OK, "PLAIN" },
	{ "named, not offered", "PLAIN LOGIN", "SCRAM-SHA-1", NULL, MC_EAUTH,
		"offers: PLAIN LOGIN" },
	{ "named, nothing offered", "", "PLAIN", NULL, MC_EAUTH, "nothing" },
	{ "named, not ours", "GSSAPI", "GSSAPI", NULL, MC_EUSAGE, "'GSSAPI'" },
	{ "can act for another", "CRAM-MD5 PLAIN", NULL, "boss", MC_OK,
		"PLAIN" },
	{ "none can act for another", "CRAM-MD5", NULL, "boss", MC_EAUTH,
		"'boss'" },
	{ "named cannot act for another", "CRAM-MD5", "CRAM-MD5", "boss",
		MC_EAUTH, "'boss'" },
};

static void test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(choices); i++) {
		struct mc_endpoint at = { .auth = choices[i].auth,
			.authzid = choices[i].authzid };
		struct mc_error err = { 0 };
		const char *chosen = NULL;
		enum mc_rc rc =
			mc_sasl_choose(&chosen, choices[i].offered, &at, &err);

		print_message("%s\n", choices[i].proves);
		assert_int_equal(rc, choices[i].rc);
		if (rc == MC_OK) {
			assert_string_equal(chosen, choices[i].chosen);
			continue;
		}
		assert_int_equal(err.scope, MC_SESSION);
		assert_non_null(strstr(err.text, choices[i].chosen));
	}
}

/* --- one message: the RFCs' examples ---------------------------------- */

static struct mc_sasl *make(
	const char *mechanism, const struct mc_endpoint *at, const char *secret)
{
	struct mc_sasl *sasl = NULL;
	struct mc_error err = { 0 };

	assert_int_equal(mc_sasl_new(&sasl, mechanism, "imap", at,
				 mc_span_str(secret), &err),
		MC_OK);
	return sasl;
}

static char *coded(const char *raw, size_t n)
{
	char *out = NULL;

	assert_int_equal(gsasl_base64_to(raw, n, &out, NULL), GSASL_OK);
	return out;
}

static const struct {
	const char *source;
	const char *mechanism;
	char *user;
	const char *authzid;
	const char *secret;
	const char *challenge; /* raw; NULL: the client speaks first */
	struct mc_span reply;  /* raw */
} examples[] = {
	{ "RFC 4616 4", "PLAIN", "tim", NULL, "tanstaaftanstaaf", NULL,
		MC_SPAN("\0tim\0tanstaaftanstaaf") },
	{ "RFC 4616 4, authorization", "PLAIN", "Kurt", "Ursel", "xipj3plmq",
		NULL, MC_SPAN("Ursel\0Kurt\0xipj3plmq") },
	{ "octets as they are", "PLAIN", "tim", NULL, "p\303\244 ss=,\"\\",
		NULL, MC_SPAN("\0tim\0p\303\244 ss=,\"\\") },
	{ "RFC 2195 2", "CRAM-MD5", "tim", NULL, "tanstaaftanstaaf",
		"<1896.697170952@postoffice.reston.mci.net>",
		MC_SPAN("tim b913a602c7eda7a495b4e6e7334d3890") },
	{ "RFC 7628 4.1", "OAUTHBEARER", "user@example.com", NULL,
		"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", NULL,
		MC_SPAN("n,a=user@example.com,\001host=server.example.com\001"
			"port=143\001auth=Bearer "
			"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\001\001") },
	{ "RFC 5801 4: names", "OAUTHBEARER", "u", "a,b=c", "t", NULL,
		MC_SPAN("n,a=a=2Cb=3Dc,\001host=server.example.com\001"
			"port=143\001auth=Bearer t\001\001") },
	{ "Google's", "XOAUTH2", "someuser@example.com", NULL,
		"ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", NULL,
		MC_SPAN("user=someuser@example.com\001auth=Bearer "
			"ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
			"\001\001") },
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct mc_endpoint at =
			endpoint(examples[i].user, examples[i].authzid);
		struct mc_sasl *sasl =
			make(examples[i].mechanism, &at, examples[i].secret);
		const char *raw = examples[i].challenge;
		char *challenge = coded(raw ? raw : "", raw ? strlen(raw) : 0);
		char *want = coded(examples[i].reply.p, examples[i].reply.n);
		struct mc_error err = { 0 };
		struct mc_buf reply;

		print_message("%s\n", examples[i].source);
		mc_buf_init(&reply, REPLY_MAX);
		assert_int_equal(mc_sasl_client_first(sasl), raw == NULL);
		assert_int_equal(mc_sasl_step(sasl, mc_span_str(challenge),
					 &reply, &err),
			MC_DONE);
		assert_string_equal(mc_buf_str(&reply), want);
		mc_buf_wipe(&reply);
		mc_sasl_free(sasl);
		gsasl_free(challenge);
		gsasl_free(want);
	}
}

/* RFC 7628 3.2.3: the error is answered, and is never a success. */
static void test_oauth_error(void **state)
{
	static const char *const rows[][2] = { { "OAUTHBEARER", "AQ==" },
		{ "XOAUTH2", "" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mc_endpoint at = endpoint("u", NULL);
		struct mc_sasl *sasl = make(rows[i][0], &at, "token");
		struct mc_span json = MC_SPAN("eyJzdGF0dXMiOiI0MDEifQ==");
		struct mc_error err = { 0 };
		struct mc_buf reply;

		mc_buf_init(&reply, REPLY_MAX);
		assert_int_equal(
			mc_sasl_step(sasl, (struct mc_span){ 0 }, &reply, &err),
			MC_DONE);
		assert_int_equal(mc_sasl_step(sasl, json, &reply, &err), MC_OK);
		assert_string_equal(mc_buf_str(&reply), rows[i][1]);
		assert_int_equal(
			mc_sasl_step(sasl, json, &reply, &err), MC_EPROTO);
		mc_buf_wipe(&reply);
		mc_sasl_free(sasl);
	}
}

static void test_secrets_that_do_not_fit(void **state)
{
	static const struct {
		const char *proves;
		const char *mechanism;
		char *user;
		struct mc_span secret;
	} rows[] = {
		{ "NUL would cut it", "PLAIN", "u", MC_SPAN("a\0b") },
		{ "empty", "SCRAM-SHA-256", "u", MC_SPAN("") },
		{ "token with a line end", "XOAUTH2", "u", MC_SPAN("a\n") },
		{ "token with ^A", "OAUTHBEARER", "u", MC_SPAN("a\001b") },
		{ "token with 8 bits", "OAUTHBEARER", "u",
			MC_SPAN("\303\244") },
		{ "empty token", "XOAUTH2", "u", MC_SPAN("") },
		{ "user with ^A", "XOAUTH2", "u\001x", MC_SPAN("token") },
		{ "unknown mechanism", "LOGIN", "u", MC_SPAN("a") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mc_endpoint at = endpoint(rows[i].user, NULL);
		struct mc_sasl *sasl = NULL;
		struct mc_error err = { 0 };

		print_message("%s\n", rows[i].proves);
		assert_int_equal(mc_sasl_new(&sasl, rows[i].mechanism, "imap",
					 &at, rows[i].secret, &err),
			MC_EAUTH);
		assert_null(sasl);
	}
}

/* --- dialogues with GNU SASL's server side ---------------------------- */

struct peer {
	const char *user;
	const char *password;
	const char *authzid; /* expected; NULL: none */
	const char *rounds;
	Gsasl *gsasl;
	Gsasl_session *session;
};

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static int answer(Gsasl *gsasl, Gsasl_session *session, Gsasl_property property)
{
	const struct peer *peer = gsasl_callback_hook_get(gsasl);

	switch (property) {
	case GSASL_PASSWORD:
		return gsasl_property_set(session, property, peer->password);
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(session, property, peer->rounds);
	case GSASL_VALIDATE_SIMPLE:
		return same(gsasl_property_fast(session, GSASL_AUTHID),
			       peer->user) &&
				       same(gsasl_property_fast(
						    session, GSASL_PASSWORD),
					       peer->password)
			       ? GSASL_OK
			       : GSASL_AUTHENTICATION_ERROR;
	default:
		return GSASL_NO_CALLBACK;
	}
}

static void peer_open(struct peer *peer, const char *mechanism)
{
	assert_int_equal(gsasl_init(&peer->gsasl), GSASL_OK);
	gsasl_callback_hook_set(peer->gsasl, peer);
	gsasl_callback_set(peer->gsasl, answer);
	assert_int_equal(
		gsasl_server_start(peer->gsasl, mechanism, &peer->session),
		GSASL_OK);
}

static void peer_close(struct peer *peer)
{
	gsasl_finish(peer->session);
	gsasl_done(peer->gsasl);
}

/* How a dialogue ended on either side. */
struct end {
	enum mc_rc client; /* of the last step */
	int server;        /* of the last step */
	int steps;
};

/* Changes the server's nth message (1 is the first), in place or anew. */
typedef void meddle_fn(char **message, int nth);

/* Client and server take turns until one of them is through or fails. */
static struct end talk(struct mc_sasl *sasl, struct peer *peer,
	meddle_fn *meddle, struct mc_error *err)
{
	struct end end = { MC_OK, GSASL_NEEDS_MORE, 0 };
	char *challenge = NULL;
	struct mc_buf reply;

	mc_buf_init(&reply, REPLY_MAX);
	if (!mc_sasl_client_first(sasl))
		end.server = gsasl_step64(peer->session, "", &challenge);
	for (int nth = 1; nth < 10; nth++) {
		if (meddle && challenge)
			meddle(&challenge, nth);
		end.client =
			mc_sasl_step(sasl, mc_span_str(challenge), &reply, err);
		end.steps++;
		if (end.client < 0 || end.server == GSASL_OK)
			break;
		gsasl_free(challenge);
		challenge = NULL;
		end.server = gsasl_step64(
			peer->session, mc_buf_str(&reply), &challenge);
		if (end.server != GSASL_OK && end.server != GSASL_NEEDS_MORE)
			break;
		if (end.server == GSASL_OK && end.client == MC_DONE)
			break;
	}
	gsasl_free(challenge);
	mc_buf_wipe(&reply);
	return end;
}

static const struct {
	const char *proves;
	const char *mechanism;
	char *user;
	const char *secret;
	const char *server_secret;
	enum mc_rc client;
	int server;
	int steps;
} dialogues[] = {
	{ "both sides prove", "SCRAM-SHA-256", "user", "pencil", "pencil",
		MC_DONE, GSASL_OK, 3 },
	{ "SHA-1", "SCRAM-SHA-1", "user", "pencil", "pencil", MC_DONE, GSASL_OK,
		3 },
	{ "',' and '=' in the user's name", "SCRAM-SHA-256", "a,b=c", "pencil",
		"pencil", MC_DONE, GSASL_OK, 3 },
	{ "SASLprep: a + diaeresis is a-umlaut", "SCRAM-SHA-256", "user",
		"pa\314\210ss", "p\303\244ss", MC_DONE, GSASL_OK, 3 },
	{ "SASLprep: RFC 4013's roman nine", "SCRAM-SHA-1", "user",
		"\342\205\250", "IX", MC_DONE, GSASL_OK, 3 },
	{ "wrong password", "SCRAM-SHA-256", "user", "pencil", "other", MC_OK,
		GSASL_AUTHENTICATION_ERROR, 2 },
	{ "CRAM", "CRAM-MD5", "user", "pencil", "pencil", MC_DONE, GSASL_OK,
		1 },
	{ "CRAM, wrong password", "CRAM-MD5", "user", "pencil", "other",
		MC_DONE, GSASL_AUTHENTICATION_ERROR, 1 },
	{ "PLAIN", "PLAIN", "user", "pencil", "pencil", MC_DONE, GSASL_OK, 1 },
};

static void test_dialogues(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(dialogues); i++) {
		struct mc_endpoint at = endpoint(dialogues[i].user, NULL);
		struct mc_sasl *sasl =
			make(dialogues[i].mechanism, &at, dialogues[i].secret);
		struct peer peer = { .user = dialogues[i].user,
			.password = dialogues[i].server_secret,
			.rounds = "4096" };
		struct mc_error err = { 0 };
		struct end end;

		print_message("%s\n", dialogues[i].proves);
		peer_open(&peer, dialogues[i].mechanism);
		end = talk(sasl, &peer, NULL, &err);
		assert_int_equal(end.client, dialogues[i].client);
		assert_int_equal(end.server, dialogues[i].server);
		assert_int_equal(end.steps, dialogues[i].steps);
		peer_close(&peer);
		mc_sasl_free(sasl);
	}
}

static void test_scram_authzid(void **state)
{
	struct mc_endpoint at = endpoint("user", "boss");
	struct mc_sasl *sasl = make("SCRAM-SHA-256", &at, "pencil");
	struct peer peer = { "user", "pencil", "boss", "4096", NULL, NULL };
	struct mc_error err = { 0 };

	(void)state;
	peer_open(&peer, "SCRAM-SHA-256");
	assert_int_equal(talk(sasl, &peer, NULL, &err).client, MC_DONE);
	assert_string_equal(
		gsasl_property_fast(peer.session, GSASL_AUTHZID), "boss");
	peer_close(&peer);
	mc_sasl_free(sasl);
}

/* --- servers that lie ------------------------------------------------- */

static void replace(char **message, const char *raw)
{
	gsasl_free(*message);
	*message = coded(raw, strlen(raw));
}

static void wrong_signature(char **message, int nth)
{
	if (nth == 3)
		replace(message,
			"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

static void no_signature(char **message, int nth)
{
	if (nth == 3)
		replace(message, "");
}

static void says_error(char **message, int nth)
{
	if (nth == 3)
		replace(message, "e=invalid-proof");
}

static void other_nonce(char **message, int nth)
{
	if (nth == 2)
		replace(message,
			"r=abcdefgh,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
}

static void many_rounds(char **message, int nth)
{
	if (nth == 2)
		replace(message,
			"r=abcdefgh,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000");
}

static void no_base64(char **message, int nth)
{
	if (nth == 2)
		memcpy(*message, "****", 4);
}

static void noise(char **message, int nth)
{
	if (nth == 2)
		replace(message, "\001\377,,,=");
}

static const struct {
	const char *proves;
	meddle_fn *meddle;
	enum mc_rc rc;
	const char *text;
} lies[] = {
	{ "server that does not know the password", wrong_signature, MC_EAUTH,
		"did not prove" },
	{ "signature left out", no_signature, MC_EAUTH, "did not prove" },
	{ "server's own words", says_error, MC_EAUTH, "'invalid-proof'" },
	{ "another client's nonce", other_nonce, MC_EAUTH, "" },
	{ "endless work", many_rounds, MC_EPROTO, "rounds" },
	{ "no base64", no_base64, MC_EPROTO, "" },
	{ "noise", noise, MC_EPROTO, "" },
};

static void test_lies(void **state)
{
	static const char *const mechanisms[] = { "SCRAM-SHA-256",
		"SCRAM-SHA-1" };

	(void)state;
	for (size_t i = 0; i < COUNT(lies) * COUNT(mechanisms); i++) {
		size_t row = i / COUNT(mechanisms);
		const char *mechanism = mechanisms[i % COUNT(mechanisms)];
		struct mc_endpoint at = endpoint("user", NULL);
		struct mc_sasl *sasl = make(mechanism, &at, "pencil");
		struct peer peer = { "user", "pencil", NULL, "4096", NULL,
			NULL };
		struct mc_error err = { 0 };
		struct end end;

		print_message("%s, %s\n", lies[row].proves, mechanism);
		peer_open(&peer, mechanism);
		end = talk(sasl, &peer, lies[row].meddle, &err);
		print_message("  %s\n", err.text);
		assert_int_equal(end.client, lies[row].rc);
		assert_int_equal(err.scope, MC_SESSION);
		assert_non_null(strstr(err.text, lies[row].text));
		peer_close(&peer);
		mc_sasl_free(sasl);
	}
}

/* A challenge where the mechanism has nothing more to say. */
static void test_challenge_after_the_end(void **state)
{
	struct mc_endpoint at = endpoint("user", NULL);
	struct mc_sasl *sasl = make("PLAIN", &at, "pencil");
	struct mc_error err = { 0 };
	struct mc_buf reply;

	(void)state;
	mc_buf_init(&reply, REPLY_MAX);
	assert_int_equal(
		mc_sasl_step(sasl, (struct mc_span){ 0 }, &reply, &err),
		MC_DONE);
	assert_int_equal(mc_sasl_step(sasl, MC_SPAN("QUFBQQ=="), &reply, &err),
		MC_EPROTO);
	assert_int_equal(reply.len, 0);
	mc_buf_wipe(&reply);
	mc_sasl_free(sasl);
	mc_sasl_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_oauth_error),
		cmocka_unit_test(test_secrets_that_do_not_fit),
		cmocka_unit_test(test_dialogues),
		cmocka_unit_test(test_scram_authzid),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_challenge_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
