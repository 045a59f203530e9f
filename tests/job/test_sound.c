/* SPDX-License-Identifier: MIT
 * Which bodies were read again is known of each, whatever ids a file has. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* Behind the others, as cmocka wants it. */
#include <cmocka.h>

#include "job/sound.h"

enum { AFTER = 100, BODIES = 20000, THREADS = 4 };

static struct mc_sound *new_sound(int64_t after)
{
	struct mc_sound *sound;
	struct mc_error err;

	assert_int_equal(mc_sound_new(&sound, after, &err), MC_OK);
	return sound;
}

static void check_sum(struct mc_sound *sound, int64_t bodies, int64_t octets)
{
	int64_t n;
	int64_t all;

	mc_sound_sum(sound, &n, &all);
	assert_int_equal(n, bodies);
	assert_int_equal(all, octets);
}

static void test_ids(void **state)
{
	static const struct {
		const char *proves;
		int64_t body;
		bool kept;
	} rows[] = {
		{ "the first behind what is well", AFTER + 1, true },
		{ "one behind a word", AFTER + 65, true },
		{ "far on, so that there must be more room", 1000000, true },
		{ "what is well does not matter", AFTER, false },
		{ "nor does what no file should have", 0, false },
		{ "", -1, false },
		{ "", INT64_MIN, false },
		{ "for this there is no room", INT64_MAX, false },
	};
	struct mc_sound *sound = new_sound(AFTER);
	int64_t kept = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(mc_sound_has(sound, rows[i].body));
		mc_sound_add(sound, rows[i].body, 7);
		if (mc_sound_has(sound, rows[i].body) != rows[i].kept)
			fail_msg("%s", rows[i].proves);
		kept += rows[i].kept;
		assert_false(mc_sound_has(sound, AFTER + 2));
	}
	check_sum(sound, kept, 7 * kept);
	/* A body that is in two mailboxes is sent twice. */
	mc_sound_add(sound, AFTER + 1, 7);
	check_sum(sound, kept, 7 * kept);
	mc_sound_free(sound);
}

/* Each is one's to read, and only where nobody has. */
static void test_claim(void **state)
{
	struct mc_sound *sound = new_sound(AFTER);

	(void)state;
	mc_sound_add(sound, AFTER + 1, 7);
	assert_false(mc_sound_claim(sound, AFTER + 1));
	assert_true(mc_sound_claim(sound, AFTER + 2));
	assert_false(mc_sound_claim(sound, AFTER + 2));
	assert_true(mc_sound_has(sound, AFTER + 2));
	/* Whoever claims tells; it is not told again. */
	mc_sound_add(sound, AFTER + 2, 7);
	check_sum(sound, 1, 7);
	/* What is well is nobody's; what has no room, everybody's. */
	assert_false(mc_sound_claim(sound, AFTER));
	assert_true(mc_sound_claim(sound, INT64_MAX));
	assert_true(mc_sound_claim(sound, INT64_MAX));
	mc_sound_free(sound);
}

static void *add_all(void *arg)
{
	for (int64_t body = 1; body <= BODIES; body += 2)
		mc_sound_add(arg, body, 1);
	return NULL;
}

static void test_threads(void **state)
{
	struct mc_sound *sound = new_sound(0);
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, add_all, sound), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	check_sum(sound, BODIES / 2, BODIES / 2);
	for (int64_t body = 1; body <= BODIES; body++)
		assert_int_equal(mc_sound_has(sound, body), body % 2);
	mc_sound_free(sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ids),
		cmocka_unit_test(test_claim), cmocka_unit_test(test_threads) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
