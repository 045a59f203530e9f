/* SPDX-License-Identifier: MIT
 * The calendar, held against the C library's; zones; years. */
#include "help.h"

#include <time.h>

#include "base/clock.h"

static void civil_against_library(void **state)
{
	(void)state;
	for (int64_t t = -62135596800; t < 253402300800; t += 8639977) {
		struct mc_civil c = mc_clock_to_civil(t);
		time_t as_time = (time_t)t;
		struct tm tm;
		int64_t back = 0;

		assert_non_null(gmtime_r(&as_time, &tm));
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour, tm.tm_hour);
		assert_int_equal(c.minute, tm.tm_min);
		assert_int_equal(c.second, tm.tm_sec);
		assert_true(mc_clock_from_civil(&c, &back));
		assert_true(back == t);
	}
}

struct civil_row {
	const char *why;
	struct mc_civil civil;
	bool is;
	int64_t want;
};

static const struct civil_row civil_rows[] = {
	{ "epoch", { 1970, 1, 1, 0, 0, 0, 0 }, true, 0 },
	{ "east is earlier", { 1970, 1, 1, 1, 0, 0, 60 }, true, 0 },
	{ "west is later", { 1969, 12, 31, 16, 0, 0, -480 }, true, 0 },
	{ "second 60", { 1969, 12, 31, 23, 59, 60, 0 }, true, 0 },
	{ "leap day", { 2000, 2, 29, 0, 0, 0, 0 }, true, 951782400 },
	{ "no leap day", { 1900, 2, 29, 0, 0, 0, 0 }, false, 0 },
	{ "31 Apr", { 2000, 4, 31, 0, 0, 0, 0 }, false, 0 },
	{ "year 0", { 0, 1, 1, 0, 0, 0, 0 }, false, 0 },
	{ "year 10000", { 10000, 1, 1, 0, 0, 0, 0 }, false, 0 },
	{ "month 13", { 2000, 13, 1, 0, 0, 0, 0 }, false, 0 },
	{ "month 0", { 2000, 0, 1, 0, 0, 0, 0 }, false, 0 },
	{ "day 0", { 2000, 1, 0, 0, 0, 0, 0 }, false, 0 },
	{ "hour 24", { 2000, 1, 1, 24, 0, 0, 0 }, false, 0 },
	{ "minute 60", { 2000, 1, 1, 0, 60, 0, 0 }, false, 0 },
	{ "second 61", { 2000, 1, 1, 0, 0, 61, 0 }, false, 0 },
	{ "negative", { 2000, 1, 1, 0, -1, 0, 0 }, false, 0 },
	{ "offset of a day", { 2000, 1, 1, 0, 0, 0, 1440 }, false, 0 },
};

static void civil_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(civil_rows); i++) {
		int64_t got = 0;
		bool is = mc_clock_from_civil(&civil_rows[i].civil, &got);

		if (is != civil_rows[i].is || got != civil_rows[i].want)
			fail_msg("%s", civil_rows[i].why);
	}
}

static void formats(void **state)
{
	char out[MC_TIME_TEXT];

	(void)state;
	assert_string_equal(mc_clock_format(out, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(mc_clock_format(out, -1), "1969-12-31T23:59:59Z");
	assert_string_equal(
		mc_clock_format(out, 820631134), "1996-01-03T01:05:34Z");
	assert_string_equal(
		mc_clock_format(out, INT64_MAX), "9999-12-31T23:59:59Z");
	assert_string_equal(
		mc_clock_format(out, INT64_MIN), "0001-01-01T00:00:00Z");
}

static void months(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++)
		assert_int_equal(mc_clock_month(mc_clock_months[i]), i + 1);
	assert_int_equal(mc_clock_month("JANUARY"), 1);
	assert_int_equal(mc_clock_month("ja"), 0);
	assert_int_equal(mc_clock_month(""), 0);
	assert_int_equal(mc_clock_month("xyz"), 0);
}

struct zone_row {
	const char *zone;
	bool is;
	int want;
};

static const struct zone_row zone_rows[] = {
	{ "+0130", true, 90 },
	{ "-0330", true, -210 },
	{ "+05:30", true, 330 },
	{ "-08", true, -480 },
	{ "Z", true, 0 },
	{ "gmt", true, 0 },
	{ "EST", true, -300 },
	{ "cest", true, 120 },
	{ "+2400", false, 0 },
	{ "+0060", false, 0 },
	{ "+130", false, 0 },
	{ "+", false, 0 },
	{ "+01x30", false, 0 },
	{ "+01300", false, 0 },
	{ "0130", false, 0 },
	{ "", false, 0 },
	{ "XYZ", false, 0 },
};

static void zones(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(zone_rows); i++) {
		int got = 0;
		bool is = mc_clock_zone(mc_span_str(zone_rows[i].zone), &got);

		if (is != zone_rows[i].is || got != zone_rows[i].want)
			fail_msg("'%s'", zone_rows[i].zone);
	}
}

static void years(void **state)
{
	(void)state;
	assert_int_equal(mc_clock_year(0), 2000);
	assert_int_equal(mc_clock_year(49), 2049);
	assert_int_equal(mc_clock_year(50), 1950);
	assert_int_equal(mc_clock_year(100), 2000);
	assert_int_equal(mc_clock_year(999), 2899);
	assert_int_equal(mc_clock_year(1000), 1000);
	assert_int_equal(mc_clock_year(-1), -1);
}

static void runs(void **state)
{
	int64_t before = mc_clock_ms();

	(void)state;
	assert_true(mc_clock_ms() >= before);
	assert_true(mc_clock_now() > 1600000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(civil_against_library),
		cmocka_unit_test(civil_ranges),
		cmocka_unit_test(formats),
		cmocka_unit_test(months),
		cmocka_unit_test(zones),
		cmocka_unit_test(years),
		cmocka_unit_test(runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
