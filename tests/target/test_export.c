/* SPDX-License-Identifier: MIT
 * The pure parts of export: names, header lines, line ends, quoting, flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "target/export_flags.h"
#include "target/export_name.h"
#include "target/export_quote.h"
#include "target/export_text.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

struct text_sink {
	struct mc_sink sink;
	struct mc_buf text;
};

static MC_RC put_text(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	return mc_buf_put(
		&((struct text_sink *)(void *)sink)->text, bytes, err);
}

/* Puts s in pieces of n octets. */
static void feed(struct mc_sink *sink, struct mc_span s, size_t n)
{
	struct mc_error err;

	while (s.n > 0) {
		struct mc_span piece = mc_span_head(s, n);

		assert_int_equal(sink->put(sink, piece, &err), MC_OK);
		s = mc_span_from(s, piece.n);
	}
}

static void assert_text(const struct text_sink *sink, struct mc_span wanted)
{
	assert_int_equal(sink->text.len, wanted.n);
	if (wanted.n > 0)
		assert_memory_equal(sink->text.data, wanted.p, wanted.n);
}

struct conversion {
	const char *why;
	struct mc_span in;
	struct mc_span out;
};

#define SPAN(literal)                                                          \
	{                                                                      \
		(literal), sizeof(literal) - 1                                 \
	}

static const struct conversion stripped[] = {
	{ "ours stand at the header's end", SPAN("A: b\r\n\r\nbody\r\n"),
		SPAN("A: b\r\nours\r\n\r\nbody\r\n") },
	{ "the store's lines go, with what continues them",
		SPAN("Status: RO\r\nA: b\r\n c\r\nX-Keywords: a\r\n\tb\r\n "
		     "c\r\nX-UID : 7\r\nB: c\r\n\r\n"),
		SPAN("A: b\r\n c\r\nB: c\r\nours\r\n\r\n") },
	{ "names are compared whole",
		SPAN("Status-X: a\r\nXStatus: b\r\nX-Status2: c\r\n\r\n"),
		SPAN("Status-X: a\r\nXStatus: b\r\nX-Status2: c\r\nours\r\n"
		     "\r\n") },
	{ "case does not count", SPAN("cOnTeNt-LENGTH: 5\r\n\r\n"),
		SPAN("ours\r\n\r\n") },
	{ "the body is left alone", SPAN("A: b\r\n\r\nStatus: RO\r\n\r\nx"),
		SPAN("A: b\r\nours\r\n\r\nStatus: RO\r\n\r\nx") },
	{ "no header", SPAN("\r\nbody"), SPAN("ours\r\n\r\nbody") },
	{ "no blank line", SPAN("A: b\r\n"), SPAN("A: b\r\nours\r\n") },
	{ "no last line end", SPAN("A: b"), SPAN("A: b\r\nours\r\n") },
	{ "nothing at all", SPAN(""), SPAN("ours\r\n") },
	{ "nothing but the store's", SPAN("Status: O"), SPAN("ours\r\n") },
	{ "a CR is no blank line", SPAN("A: b\r\n\rx\r\n\r\n"),
		SPAN("A: b\r\n\rx\r\nours\r\n\r\n") },
	{ "a blank first is no continuation of anything",
		SPAN(" a\r\nB: c\r\n\r\n"),
		SPAN(" a\r\nB: c\r\nours\r\n\r\n") },
	{ "a line without a colon", SPAN("From here\r\nStatus\r\n\r\n"),
		SPAN("From here\r\nStatus\r\nours\r\n\r\n") },
	{ "NUL", SPAN("A: \0b\r\n\r\n\0"), SPAN("A: \0b\r\nours\r\n\r\n\0") },
};

static void test_strip(void **state)
{
	struct text_sink out = { .sink = { put_text } };
	struct mc_export_strip strip;
	struct mc_error err;

	(void)state;
	mc_buf_init(&out.text, MC_FIELD_MAX);
	for (size_t i = 0; i < ROWS(stripped); i++) {
		for (size_t n = 1; n < 80; n++) {
			mc_buf_clear(&out.text);
			mc_export_strip_begin(&strip, MC_STORE_MBOX,
				MC_SPAN("ours\r\n"), &out.sink);
			feed(&strip.sink, stripped[i].in, n);
			assert_int_equal(
				mc_export_strip_end(&strip, &err), MC_OK);
			assert_text(&out, stripped[i].out);
		}
	}
	mc_buf_dispose(&out.text);
}

static const struct conversion unix_lines[] = {
	{ "CRLF is LF", SPAN("a\r\n\r\nb\r\n"), SPAN("a\n\nb\n") },
	{ "a bare CR stays", SPAN("a\rb\r\n"), SPAN("a\rb\n") },
	{ "a CR before CRLF keeps both", SPAN("a\r\r\nb\r\n"),
		SPAN("a\r\r\nb\n") },
	{ "so do several", SPAN("\r\r\r\n\r\r\n"), SPAN("\r\r\r\n\r\r\n") },
	{ "a CR at the end", SPAN("a\r\nb\r"), SPAN("a\nb\r") },
	{ "no last line end", SPAN("a\r\nb"), SPAN("a\nb") },
	{ "nothing", SPAN(""), SPAN("") },
};

static void test_lf(void **state)
{
	struct text_sink out = { .sink = { put_text } };
	struct mc_export_lf lf;
	struct mc_error err;

	(void)state;
	mc_buf_init(&out.text, MC_FIELD_MAX);
	for (size_t i = 0; i < ROWS(unix_lines); i++) {
		for (size_t n = 1; n < 12; n++) {
			mc_buf_clear(&out.text);
			mc_export_lf_begin(&lf, &out.sink);
			feed(&lf.sink, unix_lines[i].in, n);
			assert_int_equal(mc_export_lf_end(&lf, &err), MC_OK);
			assert_text(&out, unix_lines[i].out);
		}
	}
	mc_buf_dispose(&out.text);
}

struct quoting {
	const char *why;
	enum mc_export_quoting how;
	struct mc_span record; /* of QUOTE_AS */
	char eol;
	struct mc_span in;
	struct mc_span out;
};

static const struct quoting quotings[] = {
	{ "mboxrd quotes all that could be taken for quoted",
		MC_EXPORT_QUOTE_RD, SPAN(""), '\n',
		SPAN("From a\n>From b\n>>From c\n From d\n> From e\nFromf\n"),
		SPAN(">From a\n>>From b\n>>>From c\n From d\n> From e\n"
		     "Fromf\n") },
	{ "mboxo only From_", MC_EXPORT_QUOTE_O, SPAN(""), '\n',
		SPAN("From a\n>From b\n"), SPAN(">From a\n>From b\n") },
	{ "starts that come to nothing", MC_EXPORT_QUOTE_RD, SPAN(""), '\n',
		SPAN("F\nFr\n>\n>F\n>>Fro\n>From\nFrom"),
		SPAN("F\nFr\n>\n>F\n>>Fro\n>From\nFrom") },
	{ "the last line has no end", MC_EXPORT_QUOTE_RD, SPAN(""), '\n',
		SPAN("a\nFrom "), SPAN("a\n>From ") },
	{ "only at the start of a line", MC_EXPORT_QUOTE_RD, SPAN(""), '\n',
		SPAN("x From a\nx>From b\n"), SPAN("x From a\nx>From b\n") },
	{ "but those that were not", MC_EXPORT_QUOTE_AS, SPAN("r\1\3"), '\n',
		SPAN("From 0\nFrom 1\n>From 2\n>>From 3\nFrom 4\n"),
		SPAN(">From 0\nFrom 1\n>>From 2\n>>From 3\n>From 4\n") },
	{ "nothing was", MC_EXPORT_QUOTE_AS, SPAN("n"), '\n',
		SPAN("From 0\n>From 1\n"), SPAN("From 0\n>From 1\n") },
	{ "nothing is known", MC_EXPORT_QUOTE_AS, SPAN(""), '\n',
		SPAN("From 0\n"), SPAN("From 0\n") },
	{ "lines that end in CR", MC_EXPORT_QUOTE_AS, SPAN("r"), '\r',
		SPAN("From 0\rFrom 1\nFrom no\r>From 2"),
		SPAN(">From 0\r>From 1\nFrom no\r>>From 2") },
};

static void test_quote(void **state)
{
	struct text_sink out = { .sink = { put_text } };
	struct mc_export_quote quote;
	struct mc_error err;

	(void)state;
	mc_buf_init(&out.text, MC_FIELD_MAX);
	for (size_t i = 0; i < ROWS(quotings); i++) {
		const struct quoting *row = &quotings[i];

		for (size_t n = 1; n < 60; n++) {
			mc_buf_clear(&out.text);
			mc_export_quote_begin(&quote, row->how, &out.sink);
			if (row->how == MC_EXPORT_QUOTE_AS)
				mc_export_quote_as(
					&quote, row->record, row->eol);
			feed(&quote.sink, row->in, n);
			assert_int_equal(
				mc_export_quote_end(&quote, &err), MC_OK);
			assert_text(&out, row->out);
		}
	}
	mc_buf_dispose(&out.text);
}

/* As many '>' as a line may have, and one more than readers look at. */
static void test_many_marks(void **state)
{
	const size_t marks[] = { 1, 31, 32, 33, 1000, MC_FIELD_MAX,
		MC_FIELD_MAX + 1 };
	struct text_sink out = { .sink = { put_text } };
	struct mc_export_quote quote;
	struct mc_error err;

	(void)state;
	mc_buf_init(&out.text, (size_t)2 * MC_FIELD_MAX);
	for (size_t i = 0; i < ROWS(marks); i++) {
		size_t more = marks[i] <= MC_FIELD_MAX;

		mc_buf_clear(&out.text);
		mc_export_quote_begin(&quote, MC_EXPORT_QUOTE_RD, &out.sink);
		for (size_t k = 0; k < marks[i]; k++)
			feed(&quote.sink, MC_SPAN(">"), 1);
		feed(&quote.sink, MC_SPAN("From x\n"), 3);
		assert_int_equal(mc_export_quote_end(&quote, &err), MC_OK);
		assert_int_equal(out.text.len, marks[i] + more + 7);
		assert_int_equal(out.text.data[marks[i] + more - 1], '>');
		assert_string_equal(
			out.text.data + marks[i] + more, "From x\n");
	}
	mc_buf_dispose(&out.text);
}

static const struct {
	const char *in;
	const char *out;
} names[] = {
	{ "Sent", "Sent" },
	{ "Gel\u00f6scht", "Gel\u00f6scht" },
	{ "\u53f0\u5317", "\u53f0\u5317" },
	{ "", "_" },
	{ ".", "_" },
	{ "..", "__" },
	{ "...", "_._" },
	{ ".hidden", "_hidden" },
	{ "a.", "a_" },
	{ "a ", "a_" },
	{ " a", " a" },
	{ "a/b\\c", "a_b_c" },
	{ "<a>:\"b\"|?*", "_a___b____" },
	{ "tab\tand\x1b[2J\x7f", "tab_and_[2J_" },
	{ "c1 \xc2\x9b", "c1 _" },
	{ "bad \xff\xc3", "bad __" },
	{ "over-long \xc0\xaf", "over-long __" },
	{ "CON", "CON_" },
	{ "con.txt", "con_.txt" },
	{ "nul .tar.gz", "nul _.tar.gz" },
	{ "COM1", "COM1_" },
	{ "com\u00b2", "com\u00b2_" },
	{ "COM", "COM" },
	{ "COM12", "COM12" },
	{ "console", "console" },
	{ "a.con", "a.con" },
};

static void test_safe(void **state)
{
	struct mc_error err;
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_FIELD_MAX);
	for (size_t i = 0; i < ROWS(names); i++) {
		bool changed = false;

		mc_buf_clear(&out);
		assert_int_equal(mc_export_safe(&out, mc_span_str(names[i].in),
					 120, &changed, &err),
			MC_OK);
		assert_string_equal(mc_buf_str(&out), names[i].out);
		assert_int_equal(
			changed, strcmp(names[i].in, names[i].out) != 0);
	}
	mc_buf_dispose(&out);
}

/* Cut where a character ends, and never too long. */
static void test_safe_is_cut(void **state)
{
	struct mc_span text = MC_SPAN("a\u00fc\u53f0\U0001f4e7.CON. \u00fc");
	struct mc_error err;
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_FIELD_MAX);
	for (size_t max = 2; max < 40; max++) {
		bool changed = false;

		mc_buf_clear(&out);
		assert_int_equal(
			mc_export_safe(&out, text, max, &changed, &err), MC_OK);
		assert_true(out.len <= max);
		assert_true(mc_utf8_valid(mc_buf_span(&out)));
		assert_int_equal(changed, !mc_span_eq(mc_buf_span(&out), text));
	}
	mc_buf_dispose(&out);
}

struct folder {
	const char *path;
	int64_t twin;
	const char *mbox;
	const char *maildir;
	const char *eml;
};

/* In this order into one directory. */
static const struct folder folders[] = {
	{ "INBOX", 0, "INBOX.mbox", "", "INBOX" },
	{ "Inbox", 0, "Inbox (2).mbox", ".Inbox (2)", "Inbox (2)" },
	{ "INBOX/a", 0, "INBOX/a.mbox", ".INBOX.a", "INBOX/a" },
	{ "A/B/C", 0, "A/B/C.mbox", ".A.B.C", "A/B/C" },
	{ "A", 0, "A.mbox", ".A", "A" },
	{ "a", 0, "a (2).mbox", ".a (2)", "a (2)" },
	{ "a/x", 0, "a (2)/x.mbox", ".a (2).x", "a (2)/x" },
	{ "A", 7, "A (3).mbox", ".A (3)", "A (3)" },
	{ "A", 0, "A.mbox", ".A", "A" },
	{ "A", 7, "A (3).mbox", ".A (3)", "A (3)" },
	{ "x.y", 0, "x.y.mbox", ".x_y", "x.y" },
	{ "x_y", 0, "x_y.mbox", ".x_y (2)", "x_y" },
	{ "old.mbox/x", 0, "old.mbox.sbd/x.mbox", ".old_mbox.x", "old.mbox/x" },
	{ "\u00c4", 0, "\u00c4.mbox", ".&AMQ-", "\u00c4" },
	{ "\u00e4", 0, "\u00e4 (2).mbox", ".&AOQ-", "\u00e4 (2)" },
	{ "Caf\u00e9", 0, "Caf\u00e9.mbox", ".Caf&AOk-", "Caf\u00e9" },
	{ "Cafe\u0301", 0, "Cafe\u0301 (2).mbox", ".Cafe&AwE-",
		"Cafe\u0301 (2)" },
	{ "CAFE\u0301", 0, "CAFE\u0301 (3).mbox", ".CAFE&AwE- (2)",
		"CAFE\u0301 (3)" },
	{ "\u212bngstr\u00f6m", 0, "\u212bngstr\u00f6m.mbox",
		".&ISs-ngstr&APY-m", "\u212bngstr\u00f6m" },
	{ "A\u030angstr\u00f6m", 0, "A\u030angstr\u00f6m (2).mbox",
		".A&Awo-ngstr&APY-m", "A\u030angstr\u00f6m (2)" },
	{ "R&D", 0, "R&D.mbox", ".R&-D", "R&D" },
	{ "../..", 0, "__/__.mbox", ".__.__", "__/__" },
	{ "/etc", 0, "_/etc.mbox", "._.etc", "_/etc" },
	{ "", 0, "_.mbox", "._", "_" },
	{ "nul", 0, "nul_.mbox", ".nul_", "nul_" },
};

static void check_folders(enum mc_export_format format, size_t offset)
{
	struct mc_export_names *given = NULL;
	struct mc_error err;
	struct mc_buf out;

	mc_buf_init(&out, MC_FIELD_MAX);
	assert_int_equal(mc_export_names_new(&given, format, &err), MC_OK);
	for (size_t i = 0; i < ROWS(folders); i++) {
		const char *wanted = *(const char *const *)(const void
				*)((const char *)&folders[i] + offset);
		bool mended;

		assert_int_equal(
			mc_export_names_folder(given, &out, folders[i].path,
				folders[i].twin, &mended, &err),
			MC_OK);
		if (strcmp(mc_buf_str(&out), wanted) != 0)
			fail_msg("'%s' is '%s', not '%s'", folders[i].path,
				mc_buf_str(&out), wanted);
	}
	mc_export_names_free(given);
	mc_buf_dispose(&out);
}

static void test_folders(void **state)
{
	(void)state;
	check_folders(MC_EXPORT_MBOXRD, offsetof(struct folder, mbox));
	check_folders(MC_EXPORT_MBOXO, offsetof(struct folder, mbox));
	check_folders(MC_EXPORT_MAILDIR, offsetof(struct folder, maildir));
	check_folders(MC_EXPORT_EML, offsetof(struct folder, eml));
}

/* Paths as deep and long as they come: names stay short, and apart. */
static void test_deep_folders(void **state)
{
	struct mc_export_names *given = NULL;
	struct mc_error err;
	struct mc_buf path;
	struct mc_buf out;
	char first[256] = "";
	bool mended;

	(void)state;
	mc_buf_init(&path, MC_NAME_MAX);
	mc_buf_init(&out, MC_FIELD_MAX);
	assert_int_equal(
		mc_export_names_new(&given, MC_EXPORT_MAILDIR, &err), MC_OK);
	for (int i = 0; i < 62; i++)
		assert_int_equal(mc_buf_printf(&path, &err, "%s%060d\u53f0",
					 i ? "/" : "", i),
			MC_OK);
	for (int i = 0; i < 3; i++) {
		path.data[10] = (char)('a' + i);
		assert_int_equal(mc_export_names_folder(given, &out,
					 mc_buf_str(&path), 0, &mended, &err),
			MC_OK);
		assert_true(mended);
		assert_true(out.len > 1 && out.len < 256);
		assert_string_not_equal(mc_buf_str(&out), first);
		snprintf(first, sizeof(first), "%s", mc_buf_str(&out));
	}
	mc_export_names_free(given);
	mc_buf_dispose(&path);
	mc_buf_dispose(&out);
}

static const struct {
	uint32_t flags;
	struct mc_span words;
	const char *lines;
	const char *letters;
	bool all;
} marks[] = {
	{ 0, SPAN(""), "Status: O\r\n", "", true },
	{ MC_SEEN, SPAN(""), "Status: RO\r\n", "S", true },
	{ MC_SEEN | MC_ANSWERED | MC_FLAGGED | MC_DRAFT | MC_DELETED, SPAN(""),
		"Status: RO\r\nX-Status: AFTD\r\n", "DFRST", true },
	{ MC_FORWARDED, SPAN(""), "Status: O\r\nX-Mozilla-Status: 1000\r\n",
		"P", true },
	{ MC_EXPUNGED | MC_SEEN | MC_FLAGGED, SPAN(""),
		"Status: RO\r\nX-Status: F\r\nX-Mozilla-Status: 000d\r\n",
		"FST", true },
	{ 0, SPAN("a\0gr\u00fcn\0"), "Status: O\r\nX-Keywords: a gr\u00fcn\r\n",
		"", true },
	{ 0, SPAN("a\0two words\0b\0"), "Status: O\r\nX-Keywords: a b\r\n", "",
		false },
	{ 0, SPAN("a\r\nEvil: header\0"), "Status: O\r\n", "", false },
};

static void test_flags(void **state)
{
	struct mc_error err;
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_FIELD_MAX);
	for (size_t i = 0; i < ROWS(marks); i++) {
		char letters[MC_MAILDIR_FLAGS];
		bool all;

		mc_buf_clear(&out);
		assert_int_equal(mc_export_status(&out, marks[i].flags,
					 (struct mc_words){ marks[i].words.p,
						 marks[i].words.n },
					 &all, &err),
			MC_OK);
		assert_string_equal(mc_buf_str(&out), marks[i].lines);
		assert_int_equal(all, marks[i].all);
		mc_export_letters(letters, marks[i].flags);
		assert_string_equal(letters, marks[i].letters);
	}
	mc_buf_dispose(&out);
}

static const struct {
	const char *sender;
	int64_t time;
	const char *line;
} from_lines[] = {
	{ "Anna <anna@example.org>", 820631134,
		"From anna@example.org Wed Jan  3 01:05:34 1996\n" },
	{ "\"M\u00fcller, B\" <b@x.de>", 0,
		"From b@x.de Thu Jan  1 00:00:00 1970\n" },
	{ "M\u00fcller, B <b@x.de>", -1,
		"From b@x.de Wed Dec 31 23:59:59 1969\n" },
	{ "a@b, c@d", 951782400, "From a@b Tue Feb 29 00:00:00 2000\n" },
	{ NULL, 0, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n" },
	{ "", 0, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n" },
	{ "nobody", 0, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n" },
	{ "\u53f0@x", 0, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n" },
	{ "@", 0, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n" },
	{ "<a\nSubject: x@y>", 0,
		"From aSubject:x@y Thu Jan  1 00:00:00 1970\n" },
	{ "a@b", INT64_MAX, "From a@b Fri Dec 31 23:59:59 9999\n" },
	{ "a@b", INT64_MIN + 1, "From a@b Mon Jan  1 00:00:00 0001\n" },
};

static void test_from_line(void **state)
{
	struct mc_error err;
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_FIELD_MAX);
	for (size_t i = 0; i < ROWS(from_lines); i++) {
		mc_buf_clear(&out);
		assert_int_equal(mc_export_from_line(&out, from_lines[i].sender,
					 from_lines[i].time, &err),
			MC_OK);
		assert_string_equal(mc_buf_str(&out), from_lines[i].line);
	}
	mc_buf_dispose(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strip),
		cmocka_unit_test(test_lf),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_many_marks),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_safe_is_cut),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_deep_folders),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_from_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
