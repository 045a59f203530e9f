/* SPDX-License-Identifier: MIT
 * Names that a server refuses, and what is tried then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "plan/rename.h"

enum { TRIES = 8, LONG = 300 };

struct row {
	const char *why; /* what the row proves */
	const char *prefix;
	char separator;
	const char *name;
	const char *words;
	const char *tried[TRIES]; /* one behind the other, until none is left */
};

static const struct row rows[] = {
	{ "a sign", "", '/', "a^b/c.d", "no",
		{ "a_b/c_d", "a_b_c_d", "a_b_c_d_", NULL } },
	{ "a sign, and the server says so", "", '/', "a^b", "illegal character",
		{ "a_b", "a_b_", NULL } },
	{ "nothing odd, and no words", "", '/', "Files", "",
		{ "Files_", NULL } },
	{ "reserved, though there are signs", "", '/', "a^b",
		"the name is reserved", { "a^b_", "a_b_", NULL } },
	{ "letters", "", '/',
		"\xc3\x9c"
		"bersicht",
		"bad", { "Ubersicht", "Ubersicht_", NULL } },
	{ "letters before signs, if they are named", "", '/', "\xc3\x9c^",
		"use ASCII", { "U^", "U_", "U__", NULL } },
	{ "a letter and its mark apart, and one that has none", "", '/',
		"u\xcc\x88\xd0\x96\xc3\x97", "", { "u__", "u___", NULL } },
	{ "the prefix stays", "INBOX.", '.', "INBOX.a/b.c", "",
		{ "INBOX.a_b.c", "INBOX.a_b_c", "INBOX.a_b_c_", NULL } },
	{ "no levels below another, and it says so", "", '/', "INBOX/Old",
		"no mailboxes below INBOX",
		{ "INBOX_Old", "INBOX_Old_", NULL } },
	{ "no hierarchy", "", '\0', "a/b", "", { "a_b", "a_b_", NULL } },
	{ "each level", "", '/', "Files/2019", "reserved",
		{ "Files_/2019_", "Files_2019_", NULL } },
	{ "each step once", "", '/', "ab", "too long", { "ab_", NULL } },
};

static void test_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char prefix[16];
		struct mc_mailboxes server = { .separator = row->separator,
			.prefix = prefix };
		struct mc_rename rename = { row->name, &server, 0 };
		struct mc_error err;
		struct mc_buf out;
		enum mc_rc rc = MC_OK;

		(void)snprintf(prefix, sizeof(prefix), "%s", row->prefix);
		mc_buf_init(&out, MC_NAME_MAX);
		for (size_t t = 0; rc == MC_OK && t < TRIES; t++) {
			rc = mc_rename_next(&rename, row->words, &out, &err);
			if (rc == MC_OK && !row->tried[t])
				fail_msg("%s: then '%s'", row->why,
					mc_buf_str(&out));
			if (rc == MC_OK &&
				strcmp(mc_buf_str(&out), row->tried[t]) != 0)
				fail_msg("%s: '%s', not '%s'", row->why,
					mc_buf_str(&out), row->tried[t]);
			if (rc != MC_OK && row->tried[t])
				fail_msg(
					"%s: no '%s'", row->why, row->tried[t]);
		}
		assert_int_equal(rc, MC_DONE);
		mc_buf_dispose(&out);
	}
}

/* What a name is after the first step that words of length ask for. */
static void check_short(
	const char *name, const char *words, size_t steps, const char *want)
{
	struct mc_mailboxes server = { .separator = '/', .prefix = (char *)"" };
	struct mc_rename rename = { name, &server, 0 };
	struct mc_error err;
	struct mc_buf out;

	mc_buf_init(&out, MC_NAME_MAX);
	for (size_t i = 0; i < steps; i++)
		assert_int_equal(
			mc_rename_next(&rename, words, &out, &err), MC_OK);
	assert_string_equal(mc_buf_str(&out), want);
	mc_buf_dispose(&out);
}

/* Names are cut at the end of a letter, the longest level first. */
static void test_length(void **state)
{
	char name[LONG + 8];
	char want[LONG + 8];

	(void)state;
	memset(name, 'n', LONG);
	name[LONG] = '\0';
	memset(want, 'n', LONG);
	want[250] = '\0';
	check_short(name, "too long", 1, want);
	want[60] = '\0';
	check_short(name, "too long", 2, want);
	name[100] = '\0';
	check_short(name, "too long", 1, want);
	(void)snprintf(name + 100, 8, "/bc d");
	(void)snprintf(want + 55, 8, "/bc d");
	check_short(name, "too long", 1, want);
	/* "a bbb..." whose cut would end in the blank. */
	memset(name, 'x', 100);
	memcpy(name, "abc", 3);
	memset(name + 59, ' ', 1);
	memcpy(want, name, 59);
	want[59] = '\0';
	name[100] = '\0';
	check_short(name, "too long", 1, want);
}

/* Modified UTF-7: "&" and "-" around, 16 bits a letter, 6 bits an octet. */
static void test_length_on_the_wire(void **state)
{
	char name[2 * 100 + 1];
	char want[2 * 100 + 1];

	(void)state;
	for (size_t i = 0; i < 100; i++)
		memcpy(name + 2 * i, "\xd0\x96", 2);
	name[200] = '\0';
	memcpy(want, name, sizeof(name));
	want[2 * 93] = '\0'; /* 2 + 248 octets */
	check_short(name, "too long", 1, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_length_on_the_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
