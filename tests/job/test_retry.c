/* SPDX-License-Identifier: MIT
 * When a lost session is taken up again, and after how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "job/retry.h"

static const struct {
	const char *proves;
	int failures;
	bool later;
	int64_t asked;
	int64_t least;
	int64_t most;
} waits[] = {
	{ "the first is short", 0, false, 0, 1000, 1250 },
	{ "they grow", 3, false, 0, 8000, 10000 },
	{ "a bad moment is longer", 0, true, 0, 5000, 6250 },
	{ "what is asked for is enough", 0, true, 300, 300, 375 },
	{ "and is never undercut", 0, true, 90000, 90000, 112500 },
	{ "but where it did not do", 2, true, 300, 20000, 25000 },
	{ "unless it is more", 1, true, 60000, 60000, 75000 },
};

static void waits_grow_and_spread(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		int64_t low = INT64_MAX;
		int64_t high = 0;

		print_message("%s\n", waits[i].proves);
		for (unsigned long chance = 0; chance < 30000; chance += 7) {
			int64_t ms = mc_retry_ms(waits[i].failures,
				waits[i].later, waits[i].asked, chance);

			low = ms < low ? ms : low;
			high = ms > high ? ms : high;
		}
		assert_true(low >= waits[i].least);
		assert_true(high <= waits[i].most);
		assert_true(high > low);
	}
}

static const struct {
	const char *proves;
	enum mc_rc rc;
	enum mc_hope hope;
	int sys;
	bool met;
	int failures;
} given_up[] = {
	{ "never reached: told at once", MC_ENET, MC_AGAIN, 0, false, 0 },
	{ "a refused login", MC_EAUTH, MC_AGAIN, 0, true, 0 },
	{ "a refused login that is for later", MC_EAUTH, MC_LATER, 0, true, 0 },
	{ "a failed check of TLS", MC_ETLS, MC_AGAIN, 0, true, 0 },
	{ "no hope", MC_EREFUSED, MC_NEVER, 0, true, 0 },
	{ "tried seven times", MC_ENET, MC_AGAIN, 0, true, 7 },
	{ "a bad moment five times", MC_EREFUSED, MC_LATER, 0, true, 5 },
	{ "hours are asked for", MC_EREFUSED, MC_LATER, 7200 * 1000, true, 0 },
};

static void some_are_given_up_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(given_up) / sizeof(given_up[0]); i++) {
		struct mc_monitor mon = { 0 };
		struct mc_retry retry = { given_up[i].met,
			given_up[i].failures };
		struct mc_error err;
		int64_t since = mc_clock_ms();

		print_message("%s\n", given_up[i].proves);
		(void)mc_fail(&err, given_up[i].rc, MC_SESSION, given_up[i].sys,
			"no");
		err.hope = given_up[i].hope;
		assert_int_equal(mc_retry_wait(&retry, false, &mon, &err),
			given_up[i].rc);
		assert_true(mc_clock_ms() - since < 500);
		if (given_up[i].sys > 0)
			assert_string_equal(err.text,
				"no; wait 120 minutes, then run the same "
				"command again");
	}
}

static void what_may_be_tried_is(void **state)
{
	struct mc_monitor mon = { 0 };
	struct mc_retry retry = { .met = false };
	struct mc_error err;
	int64_t since = mc_clock_ms();

	(void)state;
	/* Busy, and so it was reached. */
	(void)mc_fail(&err, MC_ENET, MC_SESSION, 40, "BYE, backoff 40");
	err.hope = MC_LATER;
	assert_int_equal(mc_retry_wait(&retry, false, &mon, &err), MC_OK);
	assert_int_equal(retry.failures, 1);
	assert_true(mc_clock_ms() - since >= 40);
	retry.failures = 7;
	(void)mc_fail(&err, MC_EREFUSED, MC_SESSION, 40, "NO");
	err.hope = MC_LATER;
	/* Something came meanwhile: hope is fresh. */
	assert_int_equal(mc_retry_wait(&retry, true, &mon, &err), MC_OK);
	assert_int_equal(retry.failures, 1);
}

static void ctrl_c_ends_a_wait(void **state)
{
	struct mc_cancel cancel;
	struct mc_monitor mon = { .cancel = &cancel };
	struct mc_retry retry = { .met = true };
	struct mc_error err;
	int64_t since = mc_clock_ms();

	(void)state;
	assert_int_equal(mc_cancel_init(&cancel, &err), MC_OK);
	mc_cancel_raise(&cancel);
	(void)mc_fail(&err, MC_ENET, MC_SESSION, 0, "lost");
	err.hope = MC_AGAIN;
	assert_int_equal(mc_retry_wait(&retry, false, &mon, &err), MC_ECANCEL);
	assert_true(mc_clock_ms() - since < 500);
	mc_cancel_dispose(&cancel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_grow_and_spread),
		cmocka_unit_test(some_are_given_up_at_once),
		cmocka_unit_test(what_may_be_tried_is),
		cmocka_unit_test(ctrl_c_ends_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
