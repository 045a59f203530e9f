/* SPDX-License-Identifier: MIT
 * netrc: which entry counts. */
#include "base/limits.h"
#include "cmd/netrc.h"
#include "cmocka_all.h"

static const struct {
	const char *proves;
	const char *text;
	const char *secret; /* NULL: none */
} rows[] = {
	{ "one line", "machine h login u password p", "p" },
	{ "many lines", "machine\nh\n\tlogin\nu\r\npassword p\n", "p" },
	{ "host in any case", "machine H login u password p", "p" },
	{ "the login comes last", "machine h password p login u", "p" },
	{ "no login: anybody's", "machine h password p", "p" },
	{ "another login does not count", "machine h login v password p",
		NULL },
	{ "the second entry of a host",
		"machine h login v password 1 machine h login u password 2",
		"2" },
	{ "the first entry that fits counts",
		"machine h login u password 1\nmachine h login u password 2",
		"1" },
	{ "another host", "machine i login u password p", NULL },
	{ "default", "machine i login u password 1 default login u password 2",
		"2" },
	{ "a default without login", "default password p", "p" },
	{ "an entry without password is none",
		"machine h login u\ndefault password p", "p" },
	{ "words that are keywords", "machine h login u password password",
		"password" },
	{ "in quotes", "machine h login \"u\" password \"a b#\\\"\\\\\\n\"",
		"a b#\"\\\n" },
	{ "an empty password in quotes", "machine h login u password \"\"",
		"" },
	{ "quotes without an end", "machine h login u password \"p", "p" },
	{ "a comment",
		"# machine h login u password 1\nmachine h # x\n"
		"login u password 2",
		"2" },
	{ "a '#' inside a word", "machine h login u password a#b", "a#b" },
	{ "account is passed over", "machine h login u account a password p",
		"p" },
	{ "a macro is passed over",
		"machine i\nmacdef init\nmachine h login u password 1\n\n"
		"machine h login u password 2",
		"2" },
	{ "a macro without an end", "macdef x\nmachine h login u password 1",
		NULL },
	{ "words without a value", "machine h login", NULL },
	{ "a password without a value", "machine h login u password", "" },
	{ "empty", "", NULL },
};

static void finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_error err;
		struct mc_buf secret;
		enum mc_rc rc;

		print_message("%s\n", rows[i].proves);
		mc_buf_init(&secret, MC_SECRET_MAX);
		rc = mc_netrc_find(
			mc_span_str(rows[i].text), "h", "u", &secret, &err);
		assert_int_equal(rc, rows[i].secret ? MC_OK : MC_DONE);
		assert_string_equal(mc_buf_str(&secret),
			rows[i].secret ? rows[i].secret : "");
		mc_buf_wipe(&secret);
	}
}

/* However the file is cut, nothing is read beyond it, and what comes out is
 * a beginning of the password. */
static void every_cut(void **state)
{
	static const char text[] = "machine h login \"u\" password \"s\\\"t\"\n"
				   "macdef x\ny\n\ndefault password z";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct mc_error err;
		struct mc_buf secret;
		char *copy = malloc(n ? n : 1);
		enum mc_rc rc;

		memcpy(copy, text, n);
		mc_buf_init(&secret, MC_SECRET_MAX);
		rc = mc_netrc_find(
			(struct mc_span){ copy, n }, "h", "u", &secret, &err);
		assert_true(rc == MC_OK || rc == MC_DONE);
		assert_true(secret.len <= 4);
		mc_buf_wipe(&secret);
		free(copy);
	}
}

static void too_long(void **state)
{
	struct mc_error err;
	struct mc_buf secret;
	const struct mc_span line = MC_SPAN("machine h password ");
	size_t n = MC_SECRET_MAX + 64;
	char *text = malloc(n);

	(void)state;
	memset(text, 'x', n);
	memcpy(text, line.p, line.n);
	mc_buf_init(&secret, MC_SECRET_MAX);
	assert_int_equal(mc_netrc_find((struct mc_span){ text, n }, "h", "u",
				 &secret, &err),
		MC_ELIMIT);
	assert_int_equal(secret.len, 0);
	mc_buf_wipe(&secret);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
