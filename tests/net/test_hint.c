/* SPDX-License-Identifier: MIT
 * What servers say of another try, in the words of those that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/hint.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const struct {
	const char *who;
	const char *code;
	const char *text;
	bool later;
	int wait_ms;
} table[] = {
	{ "Exchange", "",
		"Request is throttled. Suggested Backoff Time: 12345 "
		"milliseconds",
		true, 12345 },
	{ "a bare backoff is in ms", "", "server busy, backoff 1500", true,
		1500 },
	{ "backoff in seconds", "", "Backoff 20 s", true, 20 * SECOND },
	{ "minutes", "", "Please try again in 5 minutes.", true, 5 * MINUTE },
	{ "one hour", "LIMIT", "try again in 1 hour", true, HOUR },
	{ "seconds, bare", "", "please retry after 30", true, 30 * SECOND },
	{ "please wait", "", "Too fast, please wait 10 seconds", true,
		10 * SECOND },
	{ "no time for a wait", "", "try again later", true, 0 },
	{ "a number that is far off is another's", "",
		"try again in a moment; the mailbox of your colleague holds 7 "
		"messages",
		true, 0 },
	{ "a number too large is cut", "", "backoff 99999999999999", true, 0 },
	{ "minutes too many are cut", "", "try again in 999999 minutes", true,
		INT32_MAX },
	{ "Gmail", "THROTTLED", "slow down", true, 0 },
	{ "Gmail, a day's", "ALERT",
		"Account exceeded command or bandwidth limits. (Failure)", true,
		HOUR },
	{ "Gmail, connections", "ALERT",
		"Too many simultaneous connections. (Failure)", true, 0 },
	{ "RFC 5530", "UNAVAILABLE", "backend", true, 0 },
	{ "RFC 5530", "INUSE", "", true, 0 },
	{ "RFC 5530, any case", "ServerBug", "", true, 0 },
	{ "RFC 5530", "OVERQUOTA", "full", true, 0 },
	{ "RFC 2449", "IN-USE", "Do you have another POP session running?",
		true, 0 },
	{ "RFC 3206", "SYS/TEMP", "", true, 0 },
	{ "RFC 3206, with more", "SYS/TEMP/X", "", true, 0 },
	{ "RFC 3206", "SYS/PERM", "no such mailbox", false, 0 },
	{ "overload", "", "System overloaded, bye", true, 0 },
	{ "Exchange POP3", "", "Server Unavailable. 21", true, 0 },
	{ "of a message", "", "Message contains bare newlines", false, 0 },
	{ "of a message", "TOOBIG", "too much", false, 0 },
	{ "nothing", "", "", false, 0 },
};

/* Of a login: what may be tried again, and what surely not. */
static const struct {
	const char *who;
	const char *code;
	const char *text;
	bool later;
	bool refused;
} logins[] = {
	{ "wrong", "AUTHENTICATIONFAILED", "Invalid credentials", false, true },
	{ "wrong, and the server is kind", "",
		"Invalid password, please try again", false, true },
	{ "wrong, and a time is told", "AUTHENTICATIONFAILED",
		"try again in 5 minutes", false, true },
	{ "locked", "",
		"Account is temporarily locked: too many failed logins. Try "
		"again in 15 minutes",
		false, true },
	{ "locked, POP3", "AUTH", "Temporarily locked, try again later", false,
		true },
	{ "Dovecot, its backend is gone", "UNAVAILABLE",
		"Temporary authentication failure.", true, false },
	{ "connections", "LIMIT", "", true, false },
	{ "connections, in words", "ALERT", "Too many simultaneous connections",
		true, false },
	{ "Yahoo", "LIMIT", "LOGIN Rate limit hit.", true, false },
	{ "Outlook.com", "", "Exceeded the login limit for a 15 minute period",
		true, false },
	{ "POP3", "LOGIN-DELAY", "", true, false },
	{ "expired", "EXPIRED", "old password", false, true },
	{ "a BYE that says nothing of it", "", "shutting down", false, false },
};

static void words_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mc_hint hint = mc_hint_of(
			mc_span_str(table[i].code), mc_span_str(table[i].text));

		print_message("%s: %s\n", table[i].who, table[i].text);
		assert_int_equal(hint.later, table[i].later);
		assert_int_equal(hint.wait_ms, table[i].wait_ms);
		assert_false(hint.refused);
	}
}

static void logins_are_not_tried_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		struct mc_hint hint =
			mc_hint_of_login(mc_span_str(logins[i].code),
				mc_span_str(logins[i].text));

		print_message("%s: %s\n", logins[i].who, logins[i].text);
		assert_int_equal(hint.later, logins[i].later);
		assert_int_equal(hint.refused, logins[i].refused);
		assert_true(hint.later || hint.wait_ms == 0);
	}
}

static void of_outlook_a_quarter_hour(void **state)
{
	struct mc_hint hint = mc_hint_of_login((struct mc_span){ 0 },
		MC_SPAN("Exceeded the login limit for a 15 minute period."));

	(void)state;
	assert_int_equal(hint.wait_ms, 15 * MINUTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_understood),
		cmocka_unit_test(logins_are_not_tried_again),
		cmocka_unit_test(of_outlook_a_quarter_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
