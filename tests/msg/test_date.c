/* SPDX-License-Identifier: MIT
 * Instants of From_ lines and of Date fields that are no RFC 5322. */
#include "help.h"

#include "msg/date.h"

struct row {
	const char *why;
	const char *value;
	const char *want; /* NULL: no date */
};

static const struct row from_rows[] = {
	{ "asctime", "From a@b Sat Jan  3 01:05:34 1996",
		"1996-01-03T01:05:34Z" },
	{ "with its line end", "From a@b Sat Jan  3 01:05:34 1996\r\n",
		"1996-01-03T01:05:34Z" },
	{ "quoted once more", ">From a@b Sat Jan  3 01:05:34 1996",
		"1996-01-03T01:05:34Z" },
	{ "no seconds", "From a@b Sat Jan  3 01:05 1996",
		"1996-01-03T01:05:00Z" },
	{ "zone before the year", "From a@b Sat Jan  3 01:05:34 EST 1996",
		"1996-01-03T06:05:34Z" },
	{ "zone of two words", "From a@b Sat Jun  3 01:05:34 MET DST 1996",
		"1996-06-02T23:05:34Z" },
	{ "unknown zone", "From a@b Sat Jan  3 01:05:34 XYZT 1996",
		"1996-01-03T01:05:34Z" },
	{ "offset behind the year", "From a@b Sat Jan  3 01:05:34 1996 +0100",
		"1996-01-03T00:05:34Z" },
	{ "Takeout", "From 123@xxx Sat Jan 03 01:05:34 +0000 1996",
		"1996-01-03T01:05:34Z" },
	{ "Takeout, west", "From 123@xxx Sat Jan 03 01:05:34 -0800 1996",
		"1996-01-03T09:05:34Z" },
	{ "Thunderbird", "From - Sat Jan 03 01:05:34 1996",
		"1996-01-03T01:05:34Z" },
	{ "Eudora", "From ???@??? Sat Jan 03 01:05:34 1996",
		"1996-01-03T01:05:34Z" },
	{ "UUCP", "From a Sat Jan  3 01:05:34 1996 remote from host",
		"1996-01-03T01:05:34Z" },
	{ "blanks in the sender", "From a b c Sat Jan  3 01:05:34 1996",
		"1996-01-03T01:05:34Z" },
	{ "a sender named like a month", "From may Sat Jan  3 01:05:34 1996",
		"1996-01-03T01:05:34Z" },
	{ "no day name", "From a@b Jan 3 01:05:34 1996",
		"1996-01-03T01:05:34Z" },
	{ "as RFC 5322", "From a@b Sat, 3 Jan 1996 01:05:34 +0100",
		"1996-01-03T00:05:34Z" },
	{ "two digits", "From a@b Sat Jan  3 01:05:34 96",
		"1996-01-03T01:05:34Z" },
	{ "leap second", "From a@b Sat Jan  3 01:05:60 1996",
		"1996-01-03T01:06:00Z" },
	{ "Thunderbird without", "From - ", NULL },
	{ "no date", "From a@b", NULL },
	{ "31 Feb", "From a@b Sat Feb 31 01:05:34 1996", NULL },
	{ "hour 24", "From a@b Sat Jan  3 24:05:34 1996", NULL },
	{ "no year", "From a@b Sat Jan  3 01:05:34", NULL },
	{ "no From_ line", "Date: Sat Jan  3 01:05:34 1996", NULL },
	{ "nothing", "", NULL },
	{ "prose", "From that day in Jan on 3 of us went", NULL },
};

static const struct row odd_rows[] = {
	{ "asctime", "Sat Jan  3 01:05:34 1996", "1996-01-03T01:05:34Z" },
	{ "asctime with zone", "Sat Jan  3 01:05:34 1996 -0800",
		"1996-01-03T09:05:34Z" },
	{ "seconds that are none", "Wed, 3 Jan 1996 01:05:t <a@b>",
		"1996-01-03T01:05:00Z" },
	{ "minutes that are none", "Wed, 3 Jan 1996 01:t", NULL },
	{ "RFC 3339", "1996-01-03T01:05:34Z", "1996-01-03T01:05:34Z" },
	{ "with a fraction", "1996-01-03T01:05:34.250+01:00",
		"1996-01-03T00:05:34Z" },
	{ "with a blank", "1996-01-03 01:05:34 +0100", "1996-01-03T00:05:34Z" },
	{ "no seconds, no zone", "1996-01-03 01:05", "1996-01-03T01:05:00Z" },
	{ "slashes", "1996/01/03 01:05:34", "1996-01-03T01:05:34Z" },
	{ "dashes", "Sat, 3-Jan-96 01:05:34 GMT", "1996-01-03T01:05:34Z" },
	{ "full month", "January 3, 01:05:34 1996", "1996-01-03T01:05:34Z" },
	{ "month 13", "1996-13-03T01:05:34Z", NULL },
	{ "30 Feb", "1996-02-30T01:05:34Z", NULL },
	{ "junk behind", "1996-01-03T01:05:34 or so", NULL },
	{ "mixed", "1996-01/03 01:05:34", NULL },
	{ "day only", "1996-01-03", NULL },
	{ "words", "yesterday", NULL },
	{ "nothing", "", NULL },
};

typedef bool read_fn(struct mc_span value, int64_t *out);

static void run(const struct row *rows, size_t n, read_fn *read)
{
	for (size_t i = 0; i < n; i++) {
		char text[MC_TIME_TEXT] = "";
		int64_t got;
		bool is = read(mc_span_str(rows[i].value), &got);

		if (is != (rows[i].want != NULL))
			fail_msg("%s: %s", rows[i].why, is ? "date" : "none");
		if (is && strcmp(mc_clock_format(text, got), rows[i].want) != 0)
			fail_msg("%s: got %s", rows[i].why, text);
	}
}

static void from_lines(void **state)
{
	(void)state;
	run(from_rows, COUNT(from_rows), mc_date_from_line);
}

static void odd_dates(void **state)
{
	(void)state;
	run(odd_rows, COUNT(odd_rows), mc_date_odd);
}

static void years(void **state)
{
	(void)state;
	assert_int_equal(mc_date_year(4), 2004);
	assert_int_equal(mc_date_year(49), 2049);
	assert_int_equal(mc_date_year(50), 1950);
	assert_int_equal(mc_date_year(99), 1999);
	assert_int_equal(mc_date_year(104), 2004);
	assert_int_equal(mc_date_year(1996), 1996);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_lines),
		cmocka_unit_test(odd_dates),
		cmocka_unit_test(years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
