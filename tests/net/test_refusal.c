/* SPDX-License-Identifier: MIT
 * What servers refuse, in their own words: of what is it? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "net/refusal.h"

enum {
	ROOM = 1 << 0,
	SIZE = 1 << 1,
	GENERAL = 1 << 2,
	NAME = 1 << 3,
	CONTENT = 1 << 4,
};

static const struct {
	const char *code;
	const char *text;
	enum mc_hope hope;
	int is;
} rows[] = {
	{ "OVERQUOTA", "full", MC_LATER, ROOM | GENERAL },
	{ "overquota", "full", MC_LATER, ROOM | GENERAL },
	{ "", "You exceeded your mail quota.", MC_NEVER, ROOM | GENERAL },
	{ "", "Over quota", MC_NEVER, ROOM | GENERAL },
	{ "TOOBIG", "no", MC_NEVER, SIZE | NAME },
	{ "", "Maximum size of appendable message has been exceeded", MC_NEVER,
		SIZE | NAME },
	{ "", "Message size exceeds fixed maximum", MC_NEVER, SIZE | NAME },
	{ "NOPERM", "not yours", MC_NEVER, GENERAL },
	{ "AUTHORIZATIONFAILED", "no", MC_NEVER, GENERAL },
	{ "THROTTLED", "slowly", MC_LATER, GENERAL },
	{ "UNAVAILABLE", "backend", MC_LATER, GENERAL },
	{ "TRYCREATE", "no such mailbox", MC_NEVER, GENERAL | NAME },
	{ "", "try again later", MC_LATER, GENERAL },
	/* These may be of one message, however often they are said. */
	{ "LIMIT", "too much", MC_LATER, 0 },
	{ "SERVERBUG", "oops", MC_LATER, 0 },
	{ "CANNOT", "that name", MC_NEVER, NAME },
	{ "", "Invalid mailbox name", MC_NEVER, NAME },
	{ "", "Permission denied", MC_NEVER, 0 },
	{ "", "Mailbox is read-only", MC_NEVER, GENERAL },
	{ "", "No space left on device", MC_NEVER, GENERAL },
	{ "", "Disk full", MC_NEVER, GENERAL },
	{ "", "database is locked", MC_NEVER, GENERAL },
	{ "", "System I/O error", MC_NEVER, GENERAL },
	{ "SERVERBUG", "Mailbox is locked", MC_LATER, GENERAL },
	{ "", "Too many mailboxes", MC_NEVER, 0 },
	{ "", "Message contains bare newlines", MC_NEVER, NAME | CONTENT },
	{ "", "554 Virus EICAR found", MC_NEVER, NAME | CONTENT },
	{ "CANNOT", "Invalid keyword", MC_NEVER, NAME | CONTENT },
	/* These may be said of any message. */
	{ "", "Server misconfigured", MC_NEVER, NAME },
	{ "", "offline, database is being updated", MC_NEVER, NAME },
};

static void each_is_of_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_error why = { .rc = MC_EREFUSED,
			.hope = rows[i].hope };
		int is = 0;

		mc_text_format(why.code, sizeof(why.code), "%s", rows[i].code);
		mc_text_format(why.text, sizeof(why.text), "%s", rows[i].text);
		is |= mc_refusal_is_of_room(&why) ? ROOM : 0;
		is |= mc_refusal_is_of_size(&why) ? SIZE : 0;
		is |= mc_refusal_is_of_content(&why) ? CONTENT : 0;
		is |= mc_refusal_is_general(&why) ? GENERAL : 0;
		is |= mc_refusal_is_of_name(&why) ? NAME : 0;
		if (is != rows[i].is)
			fail_msg("[%s] %s: %x", rows[i].code, rows[i].text,
				(unsigned)is);
	}
}

/* A mailbox of that name is not one that is full; nor is its end cut off where
 * our words fill the text. */
static void our_words_are_none_of_the_servers(void **state)
{
	struct mc_error why;
	char name[MC_ERROR_TEXT + 1];

	(void)state;
	(void)mc_fail(&why, MC_EREFUSED, MC_FOLDER, 0, "%s", "not for you");
	assert_string_equal(mc_error_said(&why), "not for you");
	mc_while(&why, "cannot select '%s'", "Quota/too big");
	mc_while(&why, "account 1");
	assert_string_equal(why.text,
		"account 1: cannot select 'Quota/too big': not for you");
	assert_string_equal(mc_error_said(&why), "not for you");
	assert_false(mc_refusal_is_of_room(&why));
	assert_false(mc_refusal_is_of_size(&why));

	(void)mc_fail(&why, MC_EREFUSED, MC_FOLDER, 0, "%s", "over quota");
	mc_while(&why, "cannot select '%s'", "Quota");
	assert_true(mc_refusal_is_of_room(&why));

	memset(name, 'q', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	mc_while(&why, "%s", name);
	assert_string_equal(mc_error_said(&why), "");
	(void)mc_fail(&why, MC_EREFUSED, MC_FOLDER, 0, "%s", "again");
	assert_string_equal(mc_error_said(&why), "again");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_of_something),
		cmocka_unit_test(our_words_are_none_of_the_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
