/* SPDX-License-Identifier: MIT
 * meter, width: the line that says how far it is. */
#include <locale.h>

#include "cmd/meter.h"
#include "cmd/width.h"
#include "cmocka_all.h"

static struct mc_event at(
	const char *phase, int64_t done, int64_t total, int64_t octets)
{
	return (struct mc_event){ .kind = MC_EVENT_PROGRESS,
		.phase = phase,
		.done = done,
		.total = total,
		.octets = octets };
}

static void expect(
	const struct mc_meter *meter, int64_t now_ms, const char *wanted)
{
	char text[MC_METER_TEXT];

	mc_meter_text(meter, now_ms, text);
	assert_string_equal(text, wanted);
}

static void a_phase_from_start_to_end(void **state)
{
	struct mc_meter meter = { .phase = "" };
	struct mc_event event = at("pull", 0, 9999, 0);

	(void)state;
	assert_true(mc_meter_put(&meter, &event, 1000));
	expect(&meter, 1000, "pull  0/9,999 messages  0 B");
	event = at("pull", 1234, 9999, 45200000);
	assert_false(mc_meter_put(&meter, &event, 1500));
	expect(&meter, 1500, "pull  1,234/9,999 messages  45.2 MB");
	/* A rate only after a second, a forecast only after three. */
	expect(&meter, 2000, "pull  1,234/9,999 messages  45.2 MB  45.2 MB/s");
	expect(&meter, 11000,
		"pull  1,234/9,999 messages  45.2 MB  4.5 MB/s  1:11 left");
	event = at("pull", 9999, 9999, 45200000);
	assert_false(mc_meter_put(&meter, &event, 11000));
	expect(&meter, 11000, "pull  9,999/9,999 messages  45.2 MB  4.5 MB/s");
}

/* The pace is that of this run: what an earlier one did is no speed. */
static void a_run_that_goes_on(void **state)
{
	struct mc_meter meter = { .phase = "" };
	struct mc_event event = at("push", 5000, 10000, 5000000);

	(void)state;
	assert_true(mc_meter_put(&meter, &event, 0));
	event = at("push", 5100, 10000, 6000000);
	assert_false(mc_meter_put(&meter, &event, 10000));
	expect(&meter, 10000,
		"push  5,100/10,000 messages  6.0 MB  100 kB/s  8:10 left");
	event = at("verify", 1, -1, 10);
	assert_true(mc_meter_put(&meter, &event, 20000));
	expect(&meter, 20000, "verify  1 message  10 B");
}

static void nothing_overflows(void **state)
{
	struct mc_meter meter = { .phase = "" };
	struct mc_event event =
		at("a phase with a name without any end", 0, INT64_MAX, 0);
	char text[MC_METER_TEXT];

	(void)state;
	assert_true(mc_meter_put(&meter, &event, 0));
	event.done = 1;
	event.octets = INT64_MAX;
	assert_false(mc_meter_put(&meter, &event, 0));
	mc_meter_text(&meter, 10000, text);
	assert_true(strlen(text) < MC_METER_TEXT - 1);
	/* A clock or a count that runs backwards. */
	event = at("x", -5, -5, -5);
	assert_true(mc_meter_put(&meter, &event, -1000));
	mc_meter_text(&meter, -100000, text);
}

static void amounts(void **state)
{
	static const struct {
		int64_t octets;
		const char *text;
	} rows[] = {
		{ 0, "0 B" },
		{ 999, "999 B" },
		{ 1000, "1.0 kB" },
		{ 99949, "99.9 kB" },
		{ 99950, "100 kB" },
		{ 999499, "999 kB" },
		{ 999500, "1.0 MB" },
		{ 300000000, "300 MB" },
		{ INT64_MAX, "9223372 TB" },
	};
	char text[MC_AMOUNT_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
			mc_amount(text, rows[i].octets), rows[i].text);
	assert_string_equal(mc_duration(text, 0), "0:00");
	assert_string_equal(mc_duration(text, 3599), "59:59");
	assert_string_equal(mc_duration(text, 3600), "1:00:00");
}

static void widths(void **state)
{
	static const struct {
		const char *proves;
		const char *text;
		size_t columns;
		size_t cut_5; /* octets that fit in 5 columns */
	} rows[] = {
		{ "ASCII", "abcdefg", 7, 5 },
		{ "two octets a column", "\xC3\xA4\xC3\xB6x", 3, 5 },
		{ "two columns each; half of one is none",
			"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 6, 6 },
		{ "a combining accent has no width",
			"e\xCC\x81"
			"abcd",
			5, 7 },
		{ "no UTF-8: one each", "\xFF\xFE", 2, 2 },
		{ "nothing", "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_span s = mc_span_str(rows[i].text);

		print_message("%s\n", rows[i].proves);
		assert_int_equal(mc_width(s), rows[i].columns);
		assert_int_equal(mc_width_cut(s, 5).n, rows[i].cut_5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_phase_from_start_to_end),
		cmocka_unit_test(a_run_that_goes_on),
		cmocka_unit_test(nothing_overflows),
		cmocka_unit_test(amounts),
		cmocka_unit_test(widths),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
