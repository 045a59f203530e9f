/* SPDX-License-Identifier: MIT
 * Lines of an mbox and which of them begin a message, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source/mbox_split.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct separator_row {
	const char *proves;
	const char *text; /* the first line is judged */
	bool blank;       /* a blank line stands before it */
	bool separates;
};

#define DATED "From a@b Sat Jan  3 01:05:34 1996\n"

static const struct separator_row separators[] = {
	{ "two fields, neither date nor blank line", "From \nA: b\nC: d\n",
		false, true },
	{ "a continuation as second line", "From \nA: b\n c\n", false, true },
	{ "a tab continues too", "From \nA: b\n\tc\n", false, true },
	{ "a continuation cannot come first", "From \n b\nA: c\n", false,
		false },
	{ "one field is not enough", "From \nA: b\n\n", false, false },
	{ "one field and the end of the file", "From \nA: b\n", true, false },
	{ "blank line and date", DATED "text\n", true, true },
	{ "date without blank line", DATED "text\n", false, false },
	{ "blank line without date", "From here on\ntext\n", true, false },
	{ "date and blank line at the end of the file", DATED, true, true },
	{ "and without a last newline", "From a@b Sat Jan  3 01:05:34 1996",
		true, true },
	{ "thunderbird case 24: a field, then text",
		"From here\nBut: not really\nThe last line\n", true, false },
	{ "places are no fields", "From him:\nhttp://a/\nhttp://b/\n", true,
		false },
	{ "a name has no blanks", "From x\nSubject : a\nTo : b\n", false,
		false },
	{ "a name is not empty", "From x\n: a\n: b\n", false, false },
	{ "CRLF", "From \r\nA: b\r\nC: d\r\n", false, true },
	{ "CRLF, one field", "From \r\nA: b\r\n\r\n", false, false },
};

static struct mc_mbox_view view_of(const char *text, bool blank)
{
	return (struct mc_mbox_view){ .ahead = mc_span_str(text),
		.last = true,
		.blank = blank,
		.eol = '\n' };
}

static void test_separators(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(separators); i++) {
		const struct separator_row *row = &separators[i];
		struct mc_mbox_view view = view_of(row->text, row->blank);
		struct mc_mbox_line line;

		assert_true(mc_mbox_next(&view, &line));
		assert_int_equal(line.kind, MC_MBOX_FROM);
		if (line.separates != row->separates)
			fail_msg("%s", row->proves);
		assert_true(line.after_blank == row->blank);
	}
}

struct kind_row {
	const char *text;
	enum mc_mbox_kind kind;
};

static const struct kind_row kinds[] = {
	{ "From \n", MC_MBOX_FROM },
	{ "From", MC_MBOX_TEXT },
	{ "From: a\n", MC_MBOX_TEXT },
	{ "FROM a\n", MC_MBOX_TEXT },
	{ " From a\n", MC_MBOX_TEXT },
	{ ">From \n", MC_MBOX_QUOTED },
	{ ">>>>From", MC_MBOX_TEXT },
	{ ">>>>From ", MC_MBOX_QUOTED },
	{ "> From a\n", MC_MBOX_TEXT },
	{ ">>>", MC_MBOX_TEXT },
	{ "\n", MC_MBOX_BLANK },
	{ "\r\n", MC_MBOX_BLANK },
	{ "\r", MC_MBOX_TEXT },
	{ " \n", MC_MBOX_TEXT },
	{ "\r\r\n", MC_MBOX_TEXT },
	{ "F", MC_MBOX_TEXT },
};

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct mc_mbox_view view = view_of(kinds[i].text, false);
		struct mc_mbox_line line;

		assert_true(mc_mbox_next(&view, &line));
		if (line.kind != kinds[i].kind)
			fail_msg("\"%s\"", kinds[i].text);
		assert_true(line.starts);
		assert_false(mc_mbox_next(&view, &line));
	}
}

static void test_line_ends(void **state)
{
	static const struct {
		const char *text;
		char eol;
	} rows[] = {
		{ "", '\n' },
		{ "From ", '\n' },
		{ "From x\nA: b\n", '\n' },
		{ "From x\r\nA: b\r\n", '\n' },
		{ "From x\rA: b\r\rtext\r", '\r' },
		{ "From x\r\r\nA: b\r\r\n", '\n' }, /* converted twice */
		{ "From x\ry\nA: b\n", '\n' },      /* one stray CR */
		/* a body cannot turn the file */
		{ "From x\nA: b\n\n\r\r\r\r\r\r\r\r\n", '\n' },
		{ "From x\rA: b\rC: d\r\rstray\nLF\r", '\r' },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			mc_mbox_eol(mc_span_str(rows[i].text)), rows[i].eol);
}

/* In a file of CRs alone, an LF is an octet like others. */
static void test_cr_only(void **state)
{
	struct mc_mbox_view view = view_of("From x\rA: b\n\rC: d\r\r", false);
	struct mc_mbox_line line;

	(void)state;
	view.eol = '\r';
	assert_true(mc_mbox_next(&view, &line));
	assert_true(line.separates);
	assert_int_equal(line.text.n, 7);
	assert_true(mc_mbox_next(&view, &line));
	assert_int_equal(line.text.n, 6);
	assert_true(mc_mbox_next(&view, &line));
	assert_true(mc_mbox_next(&view, &line));
	assert_int_equal(line.kind, MC_MBOX_BLANK);
	assert_true(view.blank);
}

/* A line longer than the view comes in parts; only the first has a kind. */
static void test_long_line(void **state)
{
	struct mc_mbox_view view = view_of(">From abc", false);
	struct mc_mbox_line line;

	(void)state;
	view.last = false;
	assert_true(mc_mbox_low(&view));
	assert_true(mc_mbox_next(&view, &line));
	assert_true(line.starts && !line.ends);
	assert_int_equal(line.kind, MC_MBOX_QUOTED);
	assert_true(view.inside && mc_mbox_low(&view));
	view.ahead = MC_SPAN("From \nnext");
	assert_false(mc_mbox_low(&view));
	assert_true(mc_mbox_next(&view, &line));
	assert_true(!line.starts && line.ends);
	assert_int_equal(line.kind, MC_MBOX_TEXT);
	assert_int_equal(line.text.n, 6);
	assert_false(view.inside);
}

static void put(char *at, struct mc_span s)
{
	memcpy(at, s.p, s.n);
}

/* What exceeds the limits is text: no octets beyond them are looked at. */
static void test_limits(void **state)
{
	enum { N = 2 * MC_MBOX_LINE_MAX };
	char *text = malloc(N);
	struct mc_mbox_view view = { .ahead = { text, N }, .eol = '\n' };
	struct mc_mbox_line line;

	(void)state;
	assert_non_null(text);
	memset(text, '>', N);
	put(text + N - 6, MC_SPAN("From \n"));
	assert_true(mc_mbox_next(&view, &line));
	assert_int_equal(line.kind, MC_MBOX_TEXT);

	memset(text, 'x', N);
	put(text, MC_SPAN("From a@b Sat Jan  3 01:05:34 1996"));
	view = (struct mc_mbox_view){
		.ahead = { text, N }, .eol = '\n', .blank = true
	};
	assert_true(mc_mbox_next(&view, &line));
	assert_int_equal(line.kind, MC_MBOX_FROM);
	assert_false(line.separates);
	free(text);
}

static void test_content_length(void **state)
{
	static const struct {
		const char *line;
		int64_t length;
	} rows[] = {
		{ "Content-Length: 12\n", 12 },
		{ "content-length:0\r\n", 0 },
		{ "Content-Length: 5000000000\n", 5000000000 },
		{ "Content-Length: 12 octets\n", -1 },
		{ "Content-Length: -1\n", -1 },
		{ "Content-Length:\n", -1 },
		{ "Content-Length: 99999999999999999999\n", -1 },
		{ "X-Content-Length: 12\n", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			mc_mbox_content_length(mc_span_str(rows[i].line)),
			rows[i].length);
}

#define PINE_FROM "From MAILER-DAEMON Fri Jul 12 08:16:48 2002\n"
#define PINE_SUBJECT                                                           \
	"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"

static void test_internal(void **state)
{
	static const struct {
		const char *head;
		bool internal;
	} rows[] = {
		{ PINE_FROM PINE_SUBJECT "X-IMAP: 1 2\n\ntext\n", true },
		{ PINE_FROM "X-IMAPbase: 1 2\n" PINE_SUBJECT "\n", true },
		{ PINE_FROM PINE_SUBJECT "\nX-IMAP: in the body\n", false },
		{ PINE_FROM "X-IMAP: 1 2\n\n" PINE_SUBJECT, false },
		{ DATED PINE_SUBJECT "X-IMAP: 1 2\n\n", false },
		{ PINE_FROM "Subject: undeliverable\nX-IMAP: 1 2\n\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(mc_mbox_is_internal(mc_span_str(rows[i].head)) ==
			    rows[i].internal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_cr_only),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_content_length),
		cmocka_unit_test(test_internal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
