/* SPDX-License-Identifier: MIT
 * Endpoints as people write them, and what is wrong with the others. */
#include "help.h"

#include "base/endpoint.h"

struct row {
	const char *text;
	enum mc_scheme scheme;
	uint16_t port;
	const char *user;
	const char *password;
	const char *host;
	const char *path;
	const char *formatted; /* NULL: as written */
};

static const struct row rows[] = {
	{ "pop3s://joe@host.example", MC_SCHEME_POP3S, 995, "joe", NULL,
		"host.example", NULL, NULL },
	{ "pops://joe@h", MC_SCHEME_POP3S, 995, "joe", NULL, "h", NULL,
		"pop3s://joe@h" },
	{ "pop://joe@h", MC_SCHEME_POP3, 110, "joe", NULL, "h", NULL,
		"pop3://joe@h" },
	{ "imap://joe@h:1143", MC_SCHEME_IMAP, 1143, "joe", NULL, "h", NULL,
		NULL },
	{ "IMAPS://joe@HOST.Example:993", MC_SCHEME_IMAPS, 993, "joe", NULL,
		"host.example", NULL, "imaps://joe@host.example" },
	{ "imaps://joe@mail.example@h", MC_SCHEME_IMAPS, 993,
		"joe@mail.example", NULL, "h", NULL, NULL },
	{ "imaps://joe@h/Old/Mail%2025", MC_SCHEME_IMAPS, 993, "joe", NULL, "h",
		"Old/Mail 25", "imaps://joe@h/Old/Mail%2025" },
	{ "imaps://joe@h/", MC_SCHEME_IMAPS, 993, "joe", NULL, "h", NULL,
		"imaps://joe@h" },
	{ "imaps://joe@h/a@b", MC_SCHEME_IMAPS, 993, "joe", NULL, "h", "a@b",
		NULL },
	{ "pop3://a%2Fb%25:p%40ss@h", MC_SCHEME_POP3, 110, "a/b%", "p@ss", "h",
		NULL, "pop3://a%2Fb%25@h" },
	{ "imap://joe@[2001:DB8::1]:143", MC_SCHEME_IMAP, 143, "joe", NULL,
		"2001:db8::1", NULL, "imap://joe@[2001:db8::1]" },
	{ "imap://joe@[::1]:2", MC_SCHEME_IMAP, 2, "joe", NULL, "::1", NULL,
		NULL },
	/* What is told is understood as the same, whatever the host. */
	{ "imap://joe@[fe80::1%25eth0]", MC_SCHEME_IMAP, 143, "joe", NULL,
		"fe80::1%eth0", NULL, NULL },
	{ "imap://joe@h%2541", MC_SCHEME_IMAP, 143, "joe", NULL, "h%41", NULL,
		NULL },
	/* A user name of Gmail's, and what is none. */
	{ "pop3s://recent:joe@gmail.com@pop.Gmail.com", MC_SCHEME_POP3S, 995,
		"recent:joe@gmail.com", NULL, "pop.gmail.com", NULL,
		"pop3s://recent%3Ajoe@gmail.com@pop.gmail.com" },
	{ "pop3s://recent%3Ajoe@pop.googlemail.com", MC_SCHEME_POP3S, 995,
		"recent:joe", NULL, "pop.googlemail.com", NULL, NULL },
	{ "pop3s://recent%3Ajoe:pw@pop.gmail.com", MC_SCHEME_POP3S, 995,
		"recent:joe", "pw", "pop.gmail.com", NULL,
		"pop3s://recent%3Ajoe@pop.gmail.com" },
	{ "pop3s://joe:pw@pop.gmail.com", MC_SCHEME_POP3S, 995, "joe", "pw",
		"pop.gmail.com", NULL, "pop3s://joe@pop.gmail.com" },
	{ "pop3s://recent:pw@h", MC_SCHEME_POP3S, 995, "recent", "pw", "h",
		NULL, "pop3s://recent@h" },
	{ "imaps://recent:pw@pop.gmail.com", MC_SCHEME_IMAPS, 993, "recent",
		"pw", "pop.gmail.com", NULL, "imaps://recent@pop.gmail.com" },
	{ "mbox:/var/mail/joe", MC_SCHEME_MBOX, 0, NULL, NULL, NULL,
		"/var/mail/joe", NULL },
	{ "mbox:a%20b", MC_SCHEME_MBOX, 0, NULL, NULL, NULL, "a%20b", NULL },
	{ "maildir:Mail", MC_SCHEME_MAILDIR, 0, NULL, NULL, NULL, "Mail",
		NULL },
	{ "thunderbird:p", MC_SCHEME_THUNDERBIRD, 0, NULL, NULL, NULL, "p",
		NULL },
	{ "Mail/old.mbox", MC_SCHEME_PATH, 0, NULL, NULL, NULL, "Mail/old.mbox",
		NULL },
	{ "./10:30 notes", MC_SCHEME_PATH, 0, NULL, NULL, NULL, "./10:30 notes",
		NULL },
	{ "imaps", MC_SCHEME_PATH, 0, NULL, NULL, NULL, "imaps", NULL },
};

static void same(const char *got, const char *want)
{
	if (!want)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct mc_endpoint at;
		struct mc_error err;
		char text[200];

		if (mc_endpoint_parse(&at, row->text, &err) < 0)
			fail_msg("%s: %s", row->text, err.text);
		assert_int_equal(at.scheme, row->scheme);
		same(at.user, row->user);
		same(at.password, row->password);
		same(at.host, row->host);
		assert_int_equal(at.port, row->port);
		same(at.path, row->path);
		mc_endpoint_format(&at, text, sizeof(text));
		assert_string_equal(
			text, row->formatted ? row->formatted : row->text);
		mc_endpoint_dispose(&at);
		assert_null(at.user);
	}
}

static const char *const bad[] = {
	"",
	"pop3s://",
	"pop3s:joe@h",
	"pop3s://host",
	"pop3s://@host",
	"pop3s://u@a%1b[2Jb", /* no host; a terminal would be cleared */
	"imap://u@[::1%5d]",
	"pop3s://joe@",
	"pop3s://joe@h:0",
	"pop3s://joe@h:65536",
	"pop3s://joe@h:x",
	"pop3s://joe@h:",
	"pop3s://joe@h/INBOX",
	"pop3s://joe%0D%0AQUIT@h",
	"pop3s://joe%00@h",
	"pop3s://joe%4@h",
	"pop3s://joe%zz@h",
	"imap://joe@[::1",
	"imap://joe@[::1]x",
	"imap://joe@a b",
	"imaps://joe@h/a%0Ab",
	"http://joe@h",
	"mbox:",
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct mc_endpoint at;
		struct mc_error err;

		if (mc_endpoint_parse(&at, bad[i], &err) != MC_EUSAGE)
			fail_msg("'%s' was taken", bad[i]);
		assert_true(strlen(err.text) > 0);
		mc_endpoint_dispose(&at);
	}
}

/* Whatever is wrong with it, nobody is shown the password. */
static void hides_passwords(void **state)
{
	static const char *const texts[] = {
		"pop3s://joe:s3cret@",
		"pop3s://joe:s3cret@h:x",
		"pop3s://joe:s3cret%zz@h",
		"pop3s://joe:s3cret@h/box",
		"pop3s://joe:s3cret%0D@h",
		"nope://joe:s3cret@h",
		"imap://joe:s3cret@[::1",
		"imap://:s3cret@h",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct mc_endpoint at;
		struct mc_error err;

		assert_int_equal(
			mc_endpoint_parse(&at, texts[i], &err), MC_EUSAGE);
		if (strstr(err.text, "s3cret"))
			fail_msg("%s", err.text);
		mc_endpoint_dispose(&at);
	}
}

static void kinds(void **state)
{
	struct mc_endpoint at = { .scheme = MC_SCHEME_POP3S };

	(void)state;
	assert_true(mc_endpoint_is_remote(&at));
	assert_true(mc_endpoint_is_wrapped(&at));
	assert_false(mc_endpoint_is_imap(&at));
	at.scheme = MC_SCHEME_IMAP;
	assert_true(mc_endpoint_is_imap(&at));
	assert_false(mc_endpoint_is_wrapped(&at));
	at.scheme = MC_SCHEME_PATH;
	assert_false(mc_endpoint_is_remote(&at));
}

/* A small buffer cuts, and is always ended. */
static void formats_short(void **state)
{
	struct mc_endpoint at;
	struct mc_error err;
	char text[64];

	(void)state;
	assert_int_equal(mc_endpoint_parse(&at,
				 "imaps://a-long-user-name@a-long-host-name"
				 ".example:1993/A/Mailbox/Far/Down",
				 &err),
		MC_OK);
	for (size_t size = 8; size < sizeof(text); size++) {
		memset(text, 'X', sizeof(text));
		mc_endpoint_format(&at, text, size);
		assert_true(strnlen(text, size) < size);
		assert_int_equal(text[size], 'X');
	}
	mc_endpoint_dispose(&at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
		cmocka_unit_test(hides_passwords),
		cmocka_unit_test(kinds),
		cmocka_unit_test(formats_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
