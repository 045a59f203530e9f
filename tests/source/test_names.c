/* SPDX-License-Identifier: MIT
 * What names and files of flags say: Maildir, MH, labels, heads of messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "source/eml.h"
#include "source/label.h"
#include "source/maildir.h"
#include "source/mh.h"
#include "source/sniff.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void assert_span(struct mc_span got, const char *want, const char *what)
{
	if (!mc_span_eq(got, mc_span_str(want)))
		fail_msg("%s: '%.*s' is not '%s'", what, (int)got.n,
			got.p ? got.p : "", want);
}

static void test_maildir_names(void **state)
{
	static const struct {
		const char *name, *key, *letters;
		int64_t delivered;
	} rows[] = {
		/* as maildir(5) has it */
		{ "1220863087.M1P2.host:2,RS", "1220863087.M1P2.host", "RS",
			1220863087 },
		{ "1220863087.M1P2.host,S=1,W=2:2,",
			"1220863087.M1P2.host,S=1,"
			"W=2",
			"", 1220863087 },
		/* where a colon cannot stand */
		{ "1220863087.a!2,S", "1220863087.a", "S", 1220863087 },
		{ "1220863087.a;2,S", "1220863087.a", "S", 1220863087 },
		{ "1220863087.a-2,S", "1220863087.a", "S", 1220863087 },
		{ "1220863087.a_2,S", "1220863087.a", "S", 1220863087 },
		/* the last mark counts, and only with letters behind it */
		{ "a-2,S=5:2,F", "a-2,S=5", "F", MC_NO_TIME },
		{ "a-2,S=5", "a-2,S=5", "", MC_NO_TIME },
		{ "a:2,S:2,F", "a:2,S", "F", MC_NO_TIME },
		{ "a!2,S!", "a!2,S!", "", MC_NO_TIME },
		/* what a program adds behind the letters */
		{ "a:2,FS,extra=1", "a", "FS", MC_NO_TIME },
		/* no flags at all; another version of them */
		{ "mail5", "mail5", "", MC_NO_TIME },
		{ "a:1,x", "a:1,x", "", MC_NO_TIME },
		{ "a:2", "a:2", "", MC_NO_TIME },
		{ ":2,S", ":2,S", "", MC_NO_TIME },
		/* numbers that are no time */
		{ "12.a:2,S", "12.a", "S", MC_NO_TIME },
		{ "1220863087", "1220863087", "", MC_NO_TIME },
		{ "99999999999999999999.a", "99999999999999999999.a", "",
			MC_NO_TIME },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mc_maildir_name got;

		mc_maildir_parse(mc_span_str(rows[i].name), &got);
		assert_span(got.key, rows[i].key, rows[i].name);
		assert_span(got.letters, rows[i].letters, rows[i].name);
		if (got.delivered != rows[i].delivered)
			fail_msg("%s: delivered %lld", rows[i].name,
				(long long)got.delivered);
	}
}

static void test_maildir_dates(void **state)
{
	static const int64_t t = 1100000000;
	static const struct {
		int64_t changed, delivered, time;
		enum mc_date_rank rank;
	} rows[] = {
		{ t, t, t, MC_DATE_SERVER },                     /* delivered */
		{ t - 9999999, t, t - 9999999, MC_DATE_SERVER }, /* APPEND */
		{ t + 3600, t, t + 3600, MC_DATE_SERVER },
		{ t + 999999, t, t, MC_DATE_FILE }, /* copied since */
		{ t, MC_NO_TIME, t, MC_DATE_FILE }, /* nobody vouches */
		{ MC_NO_TIME, t, MC_NO_TIME, MC_DATE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mc_date got =
			mc_maildir_date(rows[i].changed, rows[i].delivered);

		assert_int_equal(got.time, rows[i].time);
		assert_int_equal(got.rank, rows[i].rank);
	}
}

static void test_maildir_keywords(void **state)
{
	static const char table[] =
		"0 Work\n1 $Junk\r\n\nx y\n26 no\n3 two words\n4";
	static const struct {
		char letter;
		const char *keyword;
	} rows[] = {
		{ 'a', "Work" },
		{ 'b', "$Junk" },
		{ 'c', "" },
		{ 'd', "two words" },
		{ 'e', "" },
		{ 'z', "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_span(
			mc_maildir_keyword(mc_span_str(table), rows[i].letter),
			rows[i].keyword, "keyword");
}

static void test_maildir_labels(void **state)
{
	static const struct {
		const char *name, *label;
	} rows[] = {
		{ ".Sent", "Sent" },
		{ ".A.B.C", "A/B/C" },
		{ "A.B", "A.B" },
		{ ".Entw&APw-rfe", "Entw\303\274rfe" },
		{ ".Q&-A", "Q&A" },
		{ ".R&D", "R&D" },
		/* a slash would make a level of it */
		{ ".a&AC8-b", "a&AC8-b" },
		{ ".Entw\303\274rfe", "Entw\303\274rfe" },
		{ ".caf\351", "caf%E9" },
		{ ".A..B.", "A/B" },
		{ "...", "..." },
		/* a control character stays as it was written */
		{ ".x&AAo-", "x&AAo-" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mc_error err;
		char *label = NULL;

		assert_int_equal(
			mc_maildir_label(&label, rows[i].name, &err), MC_OK);
		assert_string_equal(label, rows[i].label);
		free(label);
	}
}

static void test_mh_sequences(void **state)
{
	struct mc_span text = MC_SPAN("unseen: 1-3 7\nno colon\n: 3\n"
				      "mine: 4\n  5-\n\t9-8 x-1 6\nlast:");
	static const struct {
		const char *name;
		int64_t ranges[6];
	} rows[] = {
		{ "unseen", { 1, 3, 7, 7 } },
		{ "mine", { 4, 4, 9, 8, 6, 6 } },
		{ "last", { 0 } },
	};
	struct mc_span ranges;
	struct mc_span name;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t first;
		int64_t last;
		size_t n = 0;

		assert_true(mc_mh_sequence(&text, &name, &ranges));
		assert_span(name, rows[i].name, "sequence");
		while (mc_mh_range(&ranges, &first, &last)) {
			assert_true(n + 1 < ROWS(rows[i].ranges));
			assert_int_equal(first, rows[i].ranges[n]);
			assert_int_equal(last, rows[i].ranges[n + 1]);
			n += 2;
		}
		assert_true(
			n == ROWS(rows[i].ranges) || rows[i].ranges[n] == 0);
	}
	assert_false(mc_mh_sequence(&text, &name, &ranges));
}

static void test_mh_numbers(void **state)
{
	static const struct {
		const char *name;
		int64_t number;
	} rows[] = {
		{ "1", 1 },
		{ "4294967295", 4294967295 },
		{ "4294967296", -1 },
		{ "0", -1 },
		{ "01", -1 },
		{ "", -1 },
		{ "-1", -1 },
		{ "1.eml", -1 },
		{ ",1", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(mc_mh_number(mc_span_str(rows[i].name)),
			rows[i].number);
}

/* A file cut anywhere gives fewer pairs and no more. */
static void test_mh_marks(void **state)
{
	static const unsigned char file[] = { 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0,
		0, 5, 0, 0, 0, 4, 0, 0, 0 };
	static const unsigned char other[] = { 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0,
		2, 0, 0, 0, 5, 0, 0, 0, 4 };
	static const struct {
		uint32_t number, bits;
	} want[] = { { 1, MC_MH_UNSEEN }, { 5, MC_MH_FLAGGED } };

	(void)state;
	for (size_t cut = 0; cut <= sizeof(file); cut++) {
		for (int swapped = 0; swapped < 2; swapped++) {
			struct mc_span marks = {
				(const char *)(swapped ? other : file), cut
			};
			bool begun = false;
			bool swap = false;
			uint32_t number;
			uint32_t bits;
			size_t n = 0;

			while (mc_mh_mark(
				&marks, &begun, &swap, &number, &bits)) {
				assert_true(n < ROWS(want));
				assert_int_equal(number, want[n].number);
				assert_int_equal(bits, want[n].bits);
				n++;
			}
			assert_int_equal(n, cut < 4 ? 0 : (cut - 4) / 8);
		}
	}
}

static void test_eml_names(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} rows[] = {
		{ "a.eml", true },
		{ "a.EML", true },
		{ "a.eml.gz", true },
		{ "a.eml.zst", true },
		{ ".eml", false },
		{ "a.eml.txt", false },
		{ "a.emlx", false },
		{ "a.gz", false },
		{ "eml", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(mc_eml_is(rows[i].name), rows[i].is);
}

static void test_heads(void **state)
{
	static const struct {
		const char *head;
		bool is;
	} rows[] = {
		{ "From: a\n\nb\n", true },
		{ "X-A: b\r\nSubject: c\r\n\r\n", true },
		{ "From a Mon Jan  3 10:00:00 2005\nFrom: a\n\n", true },
		{ "Subject: a\n b\nbroken here\n", true },
		{ "Subject: no line end", true },
		{ "", false },
		{ "\n\nFrom: a\n", false },
		{ "To do:\n\nFrom: a\n", false },
		{ "Note: this\nand more\n", false },
		{ " From: a\n", false },
		{ "\0\1\2", false },
		{ "From a Mon Jan  3 10:00:00 2005\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (mc_sniff_is_message(mc_span_str(rows[i].head)) !=
			rows[i].is)
			fail_msg("'%s'", rows[i].head);
	}
}

static void test_labels(void **state)
{
	void *set = NULL;
	const char *label;
	struct mc_error err;
	static const char *const rows[][2] = {
		{ "a", "a" },
		{ "a", "a (2)" },
		{ "a (2)", "a (2) (2)" },
		{ "a", "a (3)" },
		{ "b", "b" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(
			mc_label_unique(&label, &set, rows[i][0], &err), MC_OK);
		assert_string_equal(label, rows[i][1]);
	}
	mc_label_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maildir_names),
		cmocka_unit_test(test_maildir_dates),
		cmocka_unit_test(test_maildir_keywords),
		cmocka_unit_test(test_maildir_labels),
		cmocka_unit_test(test_mh_sequences),
		cmocka_unit_test(test_mh_numbers),
		cmocka_unit_test(test_mh_marks),
		cmocka_unit_test(test_eml_names),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
