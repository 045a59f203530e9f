/* SPDX-License-Identifier: MIT
 * Spans and small texts: nothing that a peer sends reaches a terminal raw. */
#include "help.h"

#include "base/span.h"
#include "base/text.h"

struct utf8_row {
	const char *why;
	struct mc_span s;
	size_t length;
};

static const struct utf8_row utf8_rows[] = {
	{ "nothing", { "", 0 }, 0 },
	{ "NUL", { "\0", 1 }, 1 },
	{ "ASCII", { "ab", 2 }, 1 },
	{ "two", { "\xC3\xBC", 2 }, 2 },
	{ "three", { "\xE2\x82\xAC", 3 }, 3 },
	{ "four", { "\xF0\x9F\x93\xA7", 4 }, 4 },
	{ "cut", { "\xE2\x82", 2 }, 0 },
	{ "continuation first", { "\x80", 1 }, 0 },
	{ "not continued", { "\xC3x", 2 }, 0 },
	{ "over-long slash", { "\xC0\xAF", 2 }, 0 },
	{ "over-long, three", { "\xE0\x80\xAF", 3 }, 0 },
	{ "over-long, four", { "\xF0\x80\x80\xAF", 4 }, 0 },
	{ "surrogate", { "\xED\xA0\x80", 3 }, 0 },
	{ "last before the surrogates", { "\xED\x9F\xBF", 3 }, 3 },
	{ "U+10FFFF", { "\xF4\x8F\xBF\xBF", 4 }, 4 },
	{ "above it", { "\xF4\x90\x80\x80", 4 }, 0 },
	{ "0xFF", { "\xFF", 1 }, 0 },
};

static void utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(utf8_rows); i++) {
		if (mc_utf8_length(utf8_rows[i].s) != utf8_rows[i].length)
			fail_msg("%s", utf8_rows[i].why);
	}
	assert_true(mc_utf8_valid(MC_SPAN("")));
	assert_true(mc_utf8_valid(MC_SPAN("a\xC3\xBC\0b")));
	assert_false(mc_utf8_valid(MC_SPAN("a\xC3")));
}

struct escape_row {
	const char *why;
	struct mc_span s;
	const char *want;
};

static const struct escape_row escape_rows[] = {
	{ "plain", { "abc", 3 }, "abc" },
	{ "UTF-8 stays", { "\xC3\xBC", 2 }, "\xC3\xBC" },
	{ "escape sequence", { "\x1B[2J", 4 }, "\\x1b[2J" },
	{ "line ends and NUL", { "\r\n\0", 3 }, "\\x0d\\x0a\\x00" },
	{ "DEL", { "\x7F", 1 }, "\\x7f" },
	{ "C1 in UTF-8", { "\xC2\x9B", 2 }, "\\xc2\\x9b" },
	{ "no UTF-8", { "\xFC", 1 }, "\\xfc" },
	{ "fits to the octet", { "123456789012345", 15 }, "123456789012345" },
	{ "cut", { "1234567890123456", 16 }, "123456789012..." },
	{ "not cut inside a character", { "12345678901\xC3\xBCxxx", 16 },
		"12345678901..." },
	{ "not cut inside an escape", { "1234567890\x01xxxxx", 16 },
		"1234567890..." },
};

static void escape(void **state)
{
	char out[16];

	(void)state;
	for (size_t i = 0; i < COUNT(escape_rows); i++) {
		mc_text_escape(out, sizeof(out), escape_rows[i].s);
		if (strcmp(out, escape_rows[i].want) != 0)
			fail_msg("%s: got '%s'", escape_rows[i].why, out);
	}
}

/* Any octets into any size: ended, in bounds, whole characters. */
static void escape_any(void **state)
{
	uint32_t seed = 3;
	char in[40];
	char out[64];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t size = 8 + (size_t)i % 40;

		for (size_t k = 0; k < sizeof(in); k++) {
			seed = seed * 1664525u + 1013904223u;
			in[k] = (char)(seed >> 16);
		}
		memset(out, 'X', sizeof(out));
		mc_text_escape(out, size, (struct mc_span){ in, sizeof(in) });
		assert_true(strnlen(out, size) < size);
		assert_int_equal(out[size], 'X');
		assert_true(mc_utf8_valid(mc_span_str(out)));
	}
}

static void append(void **state)
{
	char out[16] = "12345";

	(void)state;
	mc_text_append(out, sizeof(out), "678");
	assert_string_equal(out, "12345678");
	mc_text_append(out, sizeof(out), "9012345");
	assert_string_equal(out, "123456789012345");
	mc_text_append(out, sizeof(out), "x");
	assert_int_equal(strlen(out) < sizeof(out), 1);
	assert_string_equal(out + strlen(out) - 3, "...");
}

/* What stands in the buffer, and what is told to stand there, whatever the
 * size: a caller may write on from there. */
static void formats(void **state)
{
	static const struct {
		const char *why;
		size_t size;
		const char *want;
	} rows[] = {
		{ "with room left", 9, "ab-12" },
		{ "fits to the octet", 6, "ab-12" },
		{ "one too many", 5, "ab-1" },
		{ "the NUL alone", 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[] = "xxxxxxxxxx";
		size_t n = mc_text_format(out, rows[i].size, "%s-%d", "ab", 12);

		if (n != strlen(rows[i].want) ||
			strcmp(out, rows[i].want) != 0 ||
			out[rows[i].size] != 'x')
			fail_msg("%s: %zu '%s'", rows[i].why, n, out);
	}
}

static void numbers(void **state)
{
	static const struct {
		int64_t number;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 1234567, "1,234,567" },
		{ -999, "-999" },
		{ -1234, "-1,234" },
		{ INT64_MAX, "9,223,372,036,854,775,807" },
		{ INT64_MIN, "-9,223,372,036,854,775,808" },
	};
	char out[MC_NUMBER_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
			mc_text_number(out, rows[i].number), rows[i].want);
}

static void decimals(void **state)
{
	static const struct {
		const char *text;
		int64_t max;
		bool is;
		int64_t want;
	} rows[] = {
		{ "0", 10, true, 0 },
		{ "10", 10, true, 10 },
		{ "11", 10, false, 0 },
		{ "007", 10, true, 7 },
		{ "", 10, false, 0 },
		{ "-1", 10, false, 0 },
		{ "+1", 10, false, 0 },
		{ " 1", 10, false, 0 },
		{ "1x", 10, false, 0 },
		{ "9223372036854775807", INT64_MAX, true, INT64_MAX },
		{ "9223372036854775808", INT64_MAX, false, 0 },
		{ "99999999999999999999999", INT64_MAX, false, 0 },
		{ "9", 5, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = 0;
		bool is = mc_text_decimal(
			mc_span_str(rows[i].text), rows[i].max, &got);

		if (is != rows[i].is || got != rows[i].want)
			fail_msg("'%s'", rows[i].text);
	}
}

static void spans(void **state)
{
	struct mc_span s = MC_SPAN("Hello");

	(void)state;
	assert_int_equal(mc_span_str(NULL).n, 0);
	assert_true(mc_span_eq(mc_span_from(s, 3), MC_SPAN("lo")));
	assert_int_equal(mc_span_from(s, 99).n, 0);
	assert_true(mc_span_eq(mc_span_head(s, 2), MC_SPAN("He")));
	assert_int_equal(mc_span_head(s, 99).n, 5);
	assert_true(mc_span_ieq(s, MC_SPAN("hELLO")));
	assert_false(mc_span_ieq(s, MC_SPAN("hell")));
	assert_false(mc_span_ieq(MC_SPAN("\xC3\x84"), MC_SPAN("\xC3\xA4")));
	assert_true(mc_span_istarts(s, MC_SPAN("HE")));
	assert_false(mc_span_istarts(MC_SPAN("H"), MC_SPAN("HE")));
	assert_true(mc_span_starts(s, MC_SPAN("")));
	assert_int_equal(mc_span_index(s, 'l'), 2);
	assert_int_equal(mc_span_index(s, 'x'), 5);
	assert_int_equal(mc_span_index(MC_SPAN("a\0b"), 'b'), 2);
	assert_true(mc_span_eq(
		mc_span_trim(MC_SPAN(" \t\r\na b\0 \n")), MC_SPAN("a b\0")));
	assert_int_equal(mc_span_trim(MC_SPAN(" \r\n")).n, 0);
}

/* Lines of `line` octets, 40 of them, and what else is put among them. */
static void even_lines(void **state)
{
	enum { LINES = 40, MAX = 1000 };
	static const size_t widths[] = { 2, 3, 62, 78, 128, MAX };
	char text[LINES * MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		size_t line = widths[i];
		struct mc_span all = { text, LINES * line };

		memset(text, 'A', all.n);
		for (size_t at = line; at <= all.n; at += line) {
			text[at - 2] = '\r';
			text[at - 1] = '\n';
		}
		assert_int_equal(mc_span_even_lines(all, line), all.n);
		assert_int_equal(
			mc_span_even_lines(mc_span_head(all, all.n - 1), line),
			all.n - line);
		assert_int_equal(mc_span_even_lines(all, line + 1), 0);
		assert_int_equal(mc_span_even_lines(all, 2 * line), 0);
		/* Whatever does not belong there ends them before its line;
		 * 16 lines are looked at together. */
		for (size_t at = 0; at < all.n; at++) {
			char was = text[at];
			size_t before = at / line;

			text[at] = was == 'A' ? "\r\n"[at % 2] : 'A';
			assert_true(
				mc_span_even_lines(all, line) <= before * line);
			assert_true(mc_span_even_lines(all, line) >=
				    before / 16 * 16 * line);
			text[at] = was;
		}
	}
	assert_int_equal(mc_span_even_lines(MC_SPAN("\r\n"), 1), 0);
	assert_int_equal(mc_span_even_lines(MC_SPAN("\r\n"), 0), 0);
	assert_int_equal(mc_span_even_lines(mc_span_str(NULL), 78), 0);
}

static void octets_above_127(void **state)
{
	char text[200];

	(void)state;
	memset(text, 0x7f, sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++)
		assert_false(mc_span_8bit((struct mc_span){ text, n }));
	for (size_t at = 0; at < sizeof(text); at++) {
		text[at] = (char)0x80;
		assert_true(
			mc_span_8bit((struct mc_span){ text, sizeof(text) }));
		assert_true(mc_span_8bit((struct mc_span){ text, at + 1 }));
		assert_false(mc_span_8bit((struct mc_span){ text, at }));
		text[at] = 0x7f;
	}
	assert_false(mc_span_8bit(mc_span_str(NULL)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8),
		cmocka_unit_test(escape),
		cmocka_unit_test(escape_any),
		cmocka_unit_test(append),
		cmocka_unit_test(formats),
		cmocka_unit_test(numbers),
		cmocka_unit_test(decimals),
		cmocka_unit_test(spans),
		cmocka_unit_test(even_lines),
		cmocka_unit_test(octets_above_127),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
