/* SPDX-License-Identifier: MIT
 * A password that a server says back is not readable, however it wrote it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/veil.h"

static const struct {
	const char *what;
	const char *secret;
	const char *line;
	const char *seen;
} table[] = {
	{ "as it is", "swordfish", "-ERR bad PASS swordfish",
		"-ERR bad PASS *********" },
	{ "more than once", "fish", "fishfish, fish", "********, ****" },
	{ "with blanks", "my cat's", "NO [X] my cat's?", "NO [X] ********?" },
	{ "quoted", "a\"b\\c", "BAD LOGIN x \"a\\\"b\\\\c\"",
		"BAD LOGIN x \"*******\"" },
	{ "base64, where it begins a group", "swordfish", "NO c3dvcmRmaXNo",
		"NO ************" },
	{ "base64, an octet later", "swordfish", "NO (eHN3b3JkZmlzaA==)",
		"NO (****************)" },
	{ "base64 of PLAIN, with the user's name", "swordfish",
		"NO AGFubmEAc3dvcmRmaXNo really",
		"NO ******************** really" },
	{ "base64 of PLAIN, of another length", "swordfish",
		"NO AGFubgBzd29yZGZpc2g= really",
		"NO ******************** really" },
	{ "too short to be told from words", "abc", "abc", "abc" },
	{ "none", "", "+OK", "+OK" },
	{ "another's", "swordfish", "swordfisH swordfis",
		"swordfisH swordfis" },
	{ "at the very end, cut", "swordfish", "PASS swordfis",
		"PASS swordfis" },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mc_veil veil = { 0 };
		struct mc_error err;
		char line[80] = { 0 };
		char told[80];

		print_message("%s\n", table[i].what);
		memcpy(line, table[i].line, strlen(table[i].line));
		mc_veil_over(&veil, line, strlen(line));
		assert_string_equal(line, table[i].line);
		assert_int_equal(
			mc_veil_make(&veil, mc_span_str(table[i].secret), &err),
			MC_OK);
		mc_veil_escape(&veil, told, sizeof(told), mc_span_str(line));
		assert_string_equal(line, table[i].line);
		assert_string_equal(told, table[i].seen);
		mc_veil_over(&veil, line, strlen(line));
		assert_string_equal(line, table[i].seen);
		mc_veil_dispose(&veil);
	}
}

/* Half a password is one, too. */
static void test_cut(void **state)
{
	struct mc_veil veil = { 0 };
	struct mc_error err;
	char told[16];

	(void)state;
	assert_int_equal(
		mc_veil_make(&veil, MC_SPAN("swordfish"), &err), MC_OK);
	mc_veil_escape(&veil, told, sizeof(told), MC_SPAN("-ERR swordfish!"));
	assert_null(strstr(told, "sword"));
	mc_veil_escape(&veil, told, sizeof(told), MC_SPAN(""));
	assert_string_equal(told, "");
	mc_veil_dispose(&veil);
}

/* Wherever it begins in a line that is far longer than what is shown of it. */
static void test_long(void **state)
{
	static char line[64 * 1024];
	char told[MC_VEIL_SHOWN];
	struct mc_veil veil = { 0 };
	struct mc_error err;

	(void)state;
	assert_int_equal(
		mc_veil_make(&veil, MC_SPAN("swordfish"), &err), MC_OK);
	for (size_t at = 0; at < 2 * sizeof(told); at++) {
		memset(line, '.', sizeof(line));
		memcpy(line + at, "swordfish", 9);
		mc_veil_escape(&veil, told, sizeof(told),
			(struct mc_span){ line, sizeof(line) });
		assert_int_equal(strlen(told), sizeof(told) - 1);
		assert_int_equal(strspn(told, ".*"), sizeof(told) - 1);
	}
	mc_veil_dispose(&veil);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
