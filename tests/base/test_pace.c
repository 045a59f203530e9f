/* SPDX-License-Identifier: MIT
 * A bucket of tokens by a clock of the test's own. */
#include "help.h"

#include "base/pace.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, DAY = 24 * 60 * MINUTE };

static const struct {
	const char *proves;
	struct mc_pace_rate rate;
	int64_t each;    /* taken at a time */
	int64_t for_ms;  /* of waiting */
	int64_t allowed; /* in that time, beside what goes at once */
	int64_t at_once;
} rows[] = {
	{ "octets a second", { 64 * 1024, SECOND }, 8 * 1024, MINUTE,
		60 * 64 * 1024, 64 * 1024 },
	{ "taken in larger pieces than a second's", { 1000, SECOND }, 50000,
		10 * MINUTE, 600 * 1000, 50000 },
	{ "one a second", { 1, SECOND }, 1, MINUTE, 60, 1 },
	{ "ten a minute", { 10, MINUTE }, 1, 60 * MINUTE, 600, 1 },
	{ "three a day", { 3, DAY }, 1, (int64_t)10 * DAY, 30, 1 },
	{ "as much as can be asked for", { MC_PACE_MAX, DAY }, MC_PACE_MAX,
		(int64_t)5 * DAY, 5 * MC_PACE_MAX, MC_PACE_MAX },
	{ "more than anybody could send", { MC_PACE_MAX, SECOND }, 1 << 20,
		SECOND, MC_PACE_MAX, MC_PACE_MAX },
};

/* Waits as it is told; what goes in the time is what may. */
static void holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t start = 5000;
		int64_t now = start;
		int64_t gone = 0;
		struct mc_pace pace;

		print_message("%s\n", rows[i].proves);
		mc_pace_init(&pace, rows[i].rate, now);
		while (now - start < rows[i].for_ms) {
			now += mc_pace_take(&pace, rows[i].each, now);
			gone += rows[i].each;
		}
		assert_true(gone >= rows[i].allowed);
		assert_true(gone <= rows[i].allowed + rows[i].at_once +
					    2 * rows[i].each);
	}
}

static void what_was_not_used_is_no_hoard(void **state)
{
	const struct mc_pace_rate rate = { 100, SECOND };
	struct mc_pace pace;

	(void)state;
	mc_pace_init(&pace, rate, 0);
	assert_int_equal(mc_pace_take(&pace, 100, 0), 0);
	assert_int_equal(mc_pace_take(&pace, 1, 0), 10);
	/* An hour of nothing: a second's worth, no more. */
	assert_int_equal(mc_pace_take(&pace, 100, 60 * MINUTE), 0);
	assert_int_equal(mc_pace_take(&pace, 50, 60 * MINUTE), 500);
}

static void no_limit_and_odd_clocks(void **state)
{
	const struct mc_pace_rate none = { 0, SECOND };
	const struct mc_pace_rate one = { 1, SECOND };
	struct mc_pace pace;

	(void)state;
	mc_pace_init(&pace, none, 0);
	assert_int_equal(mc_pace_take(&pace, INT64_MAX, 0), 0);
	mc_pace_init(&pace, one, 1000000);
	/* Back, and very far: nothing overflows. */
	assert_true(mc_pace_take(&pace, INT64_MAX, 0) <= DAY);
	assert_true(mc_pace_take(&pace, INT64_MAX, INT64_MAX / 2) <= DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(what_was_not_used_is_no_hoard),
		cmocka_unit_test(no_limit_and_odd_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
