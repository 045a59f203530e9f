/* SPDX-License-Identifier: MIT
 * Globs on folder paths, and what --include and --exclude let pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan/plan.h"

static void test_globs(void **state)
{
	static const struct {
		const char *glob;
		const char *path;
		bool matches;
	} rows[] = {
		{ "", "", true }, { "", "a", false }, { "Sent", "sent", true },
		{ "Sent", "Sent Items", false },
		{ "Sent*", "Sent Items", true }, { "*", "a", true },
		{ "*", "a/b", false }, { "*", "", true },
		{ "**", "a/b/c", true }, { "*/b", "a/b", true },
		{ "*/b", "a/a/b", false }, { "**/b", "a/a/b", true },
		{ "**/b", "b", false }, { "lists/**", "lists/c/gcc", true },
		{ "lists/**", "lists", false }, { "a**z", "a/b/z", true },
		{ "a*z", "abz", true }, { "a*z", "a/z", false },
		{ "*a*b*", "xaxbx", true }, { "*a*b*", "xbxax", false },
		{ "**a*b", "a/ab/axb", true }, { "?", "a", true },
		{ "?", "/", false }, { "?", "", false },
		{ "?", "\xC3\xBC", true }, /* one character, two octets */
		{ "??", "\xC3\xBC", false },
		{ "Entw\xC3\xBCrfe", "entw\xC3\xBCrfe", true },
		{ "[ab]", "a", false }, /* brackets stand for themselves */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (mc_glob(rows[i].glob, rows[i].path) != rows[i].matches)
			fail_msg("'%s' on '%s'", rows[i].glob, rows[i].path);
	}
}

/* Exponential in naive matchers. */
static void test_glob_is_quick(void **state)
{
	char path[2001];

	(void)state;
	memset(path, 'a', 2000);
	path[2000] = '\0';
	assert_false(mc_glob("**a*a*a*a**a*a*a*a**a*a*a*a*b", path));
}

static void test_rules(void **state)
{
	static const char *const include[] = { "lists/**", "INBOX" };
	static const char *const exclude[] = { "**/spam" };
	const struct mc_rules both = { .include = include,
		.include_n = 2,
		.exclude = exclude,
		.exclude_n = 1 };
	const struct mc_rules none = { 0 };
	const char *rule;

	(void)state;
	assert_true(mc_rules_pass(&none, "anything", &rule));
	assert_null(rule);
	assert_true(mc_rules_pass(&both, "inbox", &rule));
	assert_true(mc_rules_pass(&both, "lists/c", &rule));
	assert_false(mc_rules_pass(&both, "lists/spam", &rule));
	assert_string_equal(rule, "**/spam");
	assert_false(mc_rules_pass(&both, "Sent", &rule));
	assert_string_equal(rule, "--include");
}

/* Each is noted, even where another rule decided already. */
static void test_fits(void **state)
{
	static const char *const include[] = { "a", "lists/**" };
	static const char *const exclude[] = { "a", "b", "**/c" };
	atomic_bool fits[5] = { false };
	const struct mc_rules rules = { .include = include,
		.include_n = 2,
		.exclude = exclude,
		.exclude_n = 3,
		.fits = fits };
	const char *rule;

	(void)state;
	assert_false(mc_rules_pass(&rules, "a", &rule));
	assert_false(mc_rules_pass(&rules, "lists/c", &rule));
	assert_true(fits[0]);
	assert_true(fits[1]);
	assert_true(fits[2]);
	assert_false(fits[3]);
	assert_true(fits[4]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_glob_is_quick),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
