/* SPDX-License-Identifier: MIT
 * value: dates and sizes are taken as meant, or not at all. */
#include "cmd/value.h"
#include "cmocka_all.h"

static const struct {
	const char *text;
	int64_t value; /* 0: refused */
} dates[] = {
	{ "1970-01-02", 86400 },
	{ "2019-01-01", 1546300800 },
	{ "2020-02-29", 1582934400 },
	{ "2019-01-01T00:00:00Z", 1546300800 },
	{ "2019-01-01t00:00:00z", 1546300800 },
	{ "2019-01-01 00:00:00Z", 1546300800 },
	{ "2019-01-01T01:00:00+01:00", 1546300800 },
	{ "2018-12-31T19:30:00-04:30", 1546300800 },
	{ "2019-01-01T00:00:00.999Z", 1546300800 },
	{ "2016-12-31T23:59:60Z", 1483228800 },
	{ "", 0 },
	{ "1970-01-01", 0 },
	{ "1969-12-31", 0 },
	{ "2019-02-29", 0 },
	{ "2019-13-01", 0 },
	{ "2019-00-01", 0 },
	{ "19-01-01", 0 },
	{ "2019-1-1", 0 },
	{ "2019/01/01", 0 },
	{ "2019-01-01x", 0 },
	{ "2019-01-01T", 0 },
	{ "2019-01-01T12:00Z", 0 },
	{ "2019-01-01T12:00:00", 0 },
	{ "2019-01-01T24:00:00Z", 0 },
	{ "2019-01-01T12:00:00.Z", 0 },
	{ "2019-01-01T12:00:00+0100", 0 },
	{ "2019-01-01T12:00:00EST", 0 },
	{ "2019-01-01T12:00:00+01:00 ", 0 },
	{ "-019-01-01", 0 },
};

static const struct {
	const char *text;
	int64_t value; /* 0: refused */
} sizes[] = {
	{ "1", 1 },
	{ "25000000", 25000000 },
	{ "1K", 1024 },
	{ "25m", 26214400 },
	{ "2G", 2147483648 },
	{ "8589934591G", 8589934591 * (INT64_C(1) << 30) },
	{ "", 0 },
	{ "0", 0 },
	{ "0K", 0 },
	{ "K", 0 },
	{ "-1", 0 },
	{ "+1", 0 },
	{ "1.5M", 0 },
	{ "25MB", 0 },
	{ "25 M", 0 },
	{ "1T", 0 },
	{ "8589934592G", 0 },
	{ "9223372036854775808", 0 },
	{ "9223372036854775807", INT64_MAX },
};

static void test_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		int64_t value = 0;
		bool fits = mc_value_date(mc_span_str(dates[i].text), &value);

		if (fits != (dates[i].value != 0) || value != dates[i].value)
			fail_msg("'%s': %lld", dates[i].text, (long long)value);
	}
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int64_t value = 0;
		bool fits = mc_value_size(mc_span_str(sizes[i].text), &value);

		if (fits != (sizes[i].value != 0) ||
			(fits && value != sizes[i].value))
			fail_msg("'%s': %lld", sizes[i].text, (long long)value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
