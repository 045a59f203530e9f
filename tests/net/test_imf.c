/* SPDX-License-Identifier: MIT
 * Header values: dates that RFC 5322 knows, and text as people sent it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/imf.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct date_row {
	const char *why;
	const char *value;
	const char *want; /* NULL: no date */
};

static const struct date_row date_rows[] = {
	{ "plain", "Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z" },
	{ "no day name", "21 Nov 1997 09:55:06 +0000", "1997-11-21T09:55:06Z" },
	{ "no seconds", "Fri, 21 Nov 1997 09:55 +0000",
		"1997-11-21T09:55:00Z" },
	{ "half an hour", "Tue, 30 Dec 1969 23:32:54 -0330",
		"1969-12-31T03:02:54Z" },
	{ "east of UTC", "17 May 2026 22:15:15 +1345", "2026-05-17T08:30:15Z" },
	{ "2 digits", "21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z" },
	{ "2 digits below 50", "21 Nov 04 09:55:06 GMT",
		"2004-11-21T09:55:06Z" },
	{ "3 digits", "21 Nov 104 09:55:06 GMT", "2004-11-21T09:55:06Z" },
	{ "zone by name", "Sun, 27 Oct 2002 23:57:07 EST",
		"2002-10-28T04:57:07Z" },
	{ "zone of Europe", "Mon, 1 Jul 2002 12:00:00 CEST",
		"2002-07-01T10:00:00Z" },
	{ "offset wins over comment", "Mon, 1 Jul 2002 12:00:00 +0200 (EST)",
		"2002-07-01T10:00:00Z" },
	{ "unknown zone is UTC", "Thu, 10 Jul 1997 14:53:31 ZZZZ",
		"1997-07-10T14:53:31Z" },
	{ "comments inside",
		"Tue, 1 Jul 2003 ((tricky)\n comment) 10:52:37 "
		"+0200",
		"2003-07-01T08:52:37Z" },
	{ "folded", "Thu,\r\n   13\r\n  Feb\r\n    1969\r\n  23:32\r\n  -0330",
		"1969-02-14T03:02:00Z" },
	{ "31 Feb", "31 Feb 2004 10:00:00 +0000", NULL },
	{ "hour 25", "3 Feb 2004 25:00:00 +0000", NULL },
	{ "wild offset", "3 Feb 2004 10:00:00 +9999", NULL },
	{ "nothing", "", NULL },
	{ "words", "yesterday at noon", NULL },
	{ "numbers", " 4 8 15 16 23 42, 4 8 15 16 23 42", NULL },
};

static void dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(date_rows); i++) {
		const struct date_row *row = &date_rows[i];
		char text[MC_TIME_TEXT] = "";
		int64_t got;
		bool is = mc_imf_date(mc_span_str(row->value), &got);

		if (is != (row->want != NULL))
			fail_msg("%s: %s", row->why, is ? "a date" : "none");
		if (is && strcmp(mc_clock_format(text, got), row->want) != 0)
			fail_msg("%s: got %s", row->why, text);
	}
}

struct text_row {
	const char *why;
	const char *value;
	const char *want;
};

static const struct text_row text_rows[] = {
	{ "plain", "Hello, world", "Hello, world" },
	{ "nothing", "", "" },
	{ "blanks", "  a \t b\r\n c  ", "a b c" },
	{ "controls", "a\x01\x1B[2Jb\x7F", "a[2Jb" },
	{ "C1 controls",
		"a\xC2\x9B"
		"2Jb",
		"a2Jb" },
	{ "UTF-8 as it stands",
		"Gr\xC3\xBC\xC3\x9F"
		"e",
		"Grüße" },
	{ "Windows-1252 as it stands",
		"Gr\xFC\xDF"
		"e \x80 5",
		"Grüße € 5" },
	{ "nothing at 0x81", "a\x81z", "a\xEF\xBF\xBDz" },
	{ "Q", "=?iso-8859-1?Q?Gr=FC=DFe_an_alle?=", "Grüße an alle" },
	{ "B", "=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße" },
	{ "letter in lower case", "=?utf-8?q?a=C3=BC?=", "aü" },
	{ "blank between two words goes",
		"=?utf-8?Q?a?= \r\n =?utf-8?Q?b?=", "ab" },
	{ "blank before text stays", "Re: =?utf-8?Q?a?= b", "Re: a b" },
	{ "character split between words",
		"=?utf-8?B?w7w=?= =?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "ü€" },
	{ "language", "=?utf-8*de?Q?=C3=BC?=", "ü" },
	{ "in quotes", "\"=?utf-8?Q?=C3=BC?=\" <a@b>", "\"ü\" <a@b>" },
	{ "blank in Q is wrong and common", "=?utf-8?Q?a b=C3=BC?=", "a bü" },
	{ "ISO-2022-JP", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本" },
	{ "ISO-2022-JP not encoded", "\x1B$BF|K\\\x1B(B", "日本" },
	{ "GB2312", "=?gb2312?B?1tDOxA==?=", "中文" },
	{ "blank in B", "=?utf-8?B?R3LD vMOfZQ==?=", "Grüße" },
	{ "unknown encoding stays",
		"=?utf-8?X?abc?= =?utf-8?Q?=C3=BC?=", "=?utf-8?X?abc?= ü" },
	{ "not closed stays", "=?utf-8?Q?abc", "=?utf-8?Q?abc" },
	{ "only marks", "=?=?=?=?", "=?=?=?=?" },
	{ "empty word", "=?utf-8?Q?\?=x", "x" },
	{ "control inside of a word", "=?utf-8?Q?a=00=0D=0Ab=1Bc?=", "a bc" },
	{ "charset nobody knows", "=?x-none?Q?a=FC?=", "aü" },
	{ "octets that are no UTF-8", "=?utf-8?Q?a=FC?=", "aü" },
	{ "a path for a charset stays", "=?../../x?Q?a?=", "=?../../x?Q?a?=" },
	{ "two charsets",
		"=?utf-8?Q?=C3=BC?= =?koi8-r?B?8NLJ18XU?=", "üПривет" },
	{ "not base64", "=?utf-8?B?***?=", "" },
	{ "windows-1251", "=?windows-1251?Q?=CF=F0?=", "Пр" },
};

static void texts(void **state)
{
	struct mc_error err = { 0 };
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_HEADER_MAX);
	for (size_t i = 0; i < COUNT(text_rows); i++) {
		const struct text_row *row = &text_rows[i];

		if (mc_imf_text(&out, mc_span_str(row->value), &err) < 0)
			fail_msg("%s: %s", row->why, err.text);
		if (!mc_span_eq(mc_buf_span(&out), mc_span_str(row->want)))
			fail_msg("%s: got '%s'", row->why, mc_buf_str(&out));
	}
	mc_buf_dispose(&out);
}

/* Whatever stands there, what comes out is text that a terminal may show. */
static void any_octets(void **state)
{
	static const char *const parts[] = { "=?", "?=", "?Q?", "?B?", "utf-8",
		"iso-2022-jp", "=41", "R3I=", " ", "\x1B$B", "\xFC", "\xC3\xBC",
		"_", "?", "=", "(", "\"", "x" };
	uint32_t seed = 7;
	struct mc_error err = { 0 };
	struct mc_buf in;
	struct mc_buf out;

	(void)state;
	mc_buf_init(&in, MC_FIELD_MAX);
	mc_buf_init(&out, MC_HEADER_MAX);
	for (int i = 0; i < 20000; i++) {
		mc_buf_clear(&in);
		for (int k = 0; k < 12; k++) {
			const char *part;

			seed = seed * 1664525u + 1013904223u;
			part = parts[(seed >> 8) % COUNT(parts)];
			assert_int_equal(
				mc_buf_put(&in, mc_span_str(part), &err), 0);
		}
		assert_int_equal(mc_buf_putc(&in, '\0', &err), 0);
		assert_int_equal(mc_imf_text(&out, mc_buf_span(&in), &err), 0);
		assert_true(mc_utf8_valid(mc_buf_span(&out)));
		for (size_t k = 0; k < out.len; k++)
			assert_true((unsigned char)out.data[k] >= ' ');
		(void)mc_imf_date(mc_buf_span(&in), &(int64_t){ 0 });
	}
	mc_buf_dispose(&in);
	mc_buf_dispose(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(texts),
		cmocka_unit_test(any_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
