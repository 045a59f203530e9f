/* SPDX-License-Identifier: MIT
 * Mailbox names in modified UTF-7, RFC 3501 5.1.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
// cmocka wants those above
#include <cmocka.h>

#include "base/limits.h"
#include "net/imap_name.h"

static const struct {
	const char *proves;
	const char *name;
	const char *wire;
} pairs[] = {
	{ "RFC 3501's own example",
		"~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e",
		"~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
	{ "an umlaut in a word", "Entw\u00fcrfe", "Entw&APw-rfe" },
	{ "an ampersand", "A & B", "A &- B" },
	{ "ampersands alone", "&&", "&-&-" },
	{ "shifts beside an ampersand", "\u00fca&\u00f6", "&APw-a&-&APY-" },
	{ "what looks encoded is not", "&APw-", "&-APw-" },
	{ "one, two and three units", "\u00e4 \u00e4\u00e4 \u00e4\u00e4\u00e4",
		"&AOQ- &AOQA5A- &AOQA5ADk-" },
	{ "beyond the first plane", "\U0001f600", "&2D3eAA-" },
	{ "two beyond the first plane", "\U0001f600\U0001f601",
		"&2D3eANg93gE-" },
	{ "quotes and backslashes are the caller's", "a\"b\\c", "a\"b\\c" },
	{ "a comma is base64's 63", "\u00ff\uffff", "&AP,,,w-" },
};

static void test_pairs(void **state)
{
	struct mc_buf out;
	struct mc_error err;

	(void)state;
	mc_buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		print_message("%s\n", pairs[i].proves);
		assert_int_equal(mc_imap_name_encode(&out,
					 mc_span_str(pairs[i].name), &err),
			MC_OK);
		assert_string_equal(out.data, pairs[i].wire);
		assert_int_equal(mc_imap_name_decode(&out,
					 mc_span_str(pairs[i].wire), &err),
			MC_OK);
		assert_string_equal(out.data, pairs[i].name);
	}
	mc_buf_dispose(&out);
}

#define ROW(proves, wire, name)                                                \
	{                                                                      \
		proves, { wire, sizeof(wire) - 1 }, name                       \
	}

/* What no encoder of ours makes: kept as it is, if it can be shown. */
static const struct {
	const char *proves;
	struct mc_span wire;
	const char *name;
} odd[] = {
	ROW("a needless shift", "&AGE-", "&AGE-"),
	ROW("no end of the shift", "&U,BTFw", "&U,BTFw"),
	ROW("two shifts where one would do", "&U,A-&U,A-", "&U,A-&U,A-"),
	ROW("half a pair", "&2D0-", "&2D0-"),
	ROW("the wrong half of a pair", "&3gA-", "&3gA-"),
	ROW("bits left over", "&APz-", "&APz-"),
	ROW("no base64", "&!-", "&!-"),
	ROW("a shifted line end", "&AA0ACg-", "&AA0ACg-"),
	ROW("a shifted NUL", "&AAA-", "&AAA-"),
	ROW("UTF-8 as it is", "Entw\u00fcrfe", "Entw\u00fcrfe"),
	ROW("Latin-1", "Entw\xfcrfe", ""),
	ROW("a control character", "a\x01z", ""),
	ROW("NUL", "a\0b", ""),
	ROW("nothing", "", ""),
};

static void test_odd(void **state)
{
	struct mc_buf out;
	struct mc_error err;

	(void)state;
	mc_buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		print_message("%s\n", odd[i].proves);
		assert_int_equal(
			mc_imap_name_decode(&out, odd[i].wire, &err), MC_DONE);
		assert_string_equal(mc_buf_str(&out), odd[i].name);
	}
	mc_buf_dispose(&out);
}

static void test_refused(void **state)
{
	static const struct mc_span names[] = { { "", 0 }, { "a\r\nb", 4 },
		{ "a\0b", 3 }, { "\x7f", 1 }, { "\xff", 1 },
		{ "\xed\xa0\x80", 3 }, { "\xc0\x80", 2 }, { "\xc2\x85", 2 },
		{ "cut \xe2\x82", 6 } };
	struct mc_buf out;
	struct mc_error err;

	(void)state;
	mc_buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(
			mc_imap_name_encode(&out, names[i], &err), MC_EREFUSED);
		assert_int_equal(err.scope, MC_FOLDER);
	}
	mc_buf_dispose(&out);
}

/* Random names go there and back; the wire is printable ASCII. */
static void test_random(void **state)
{
	struct mc_buf wire;
	struct mc_buf back;
	struct mc_error err;
	uint32_t seed = 7;

	(void)state;
	mc_buf_init(&wire, (size_t)3 * MC_NAME_MAX);
	mc_buf_init(&back, MC_NAME_MAX);
	for (int round = 0; round < 20000; round++) {
		char name[64];
		size_t n = 0;

		while (n < 60 && (n == 0 || (seed >> 24) % 12 != 0)) {
			uint32_t c;

			seed = seed * 1664525 + 1013904223;
			c = (seed >> 8) % ((seed & 1) ? 0x7f : 0x110000);
			if (c < 0x20 || (c >= 0x7f && c < 0xa0) ||
				(c >= 0xd800 && c < 0xe000))
				continue;
			if (c < 0x80) {
				name[n++] = (char)c;
			} else if (c < 0x800) {
				name[n++] = (char)(0xc0 | c >> 6);
				name[n++] = (char)(0x80 | (c & 63));
			} else if (c < 0x10000) {
				name[n++] = (char)(0xe0 | c >> 12);
				name[n++] = (char)(0x80 | (c >> 6 & 63));
				name[n++] = (char)(0x80 | (c & 63));
			} else {
				name[n++] = (char)(0xf0 | c >> 18);
				name[n++] = (char)(0x80 | (c >> 12 & 63));
				name[n++] = (char)(0x80 | (c >> 6 & 63));
				name[n++] = (char)(0x80 | (c & 63));
			}
		}
		assert_int_equal(mc_imap_name_encode(&wire,
					 (struct mc_span){ name, n }, &err),
			MC_OK);
		for (size_t i = 0; i < wire.len; i++)
			assert_true(
				wire.data[i] >= 0x20 && wire.data[i] < 0x7f);
		assert_int_equal(
			mc_imap_name_decode(&back, mc_buf_span(&wire), &err),
			MC_OK);
		assert_int_equal(back.len, n);
		assert_memory_equal(back.data, name, n);
	}
	mc_buf_dispose(&wire);
	mc_buf_dispose(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
