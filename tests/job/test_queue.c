/* SPDX-License-Identifier: MIT
 * Loads come out as they went in, all of them, and never more than agreed are
 * there at once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* Behind the others, as cmocka wants it. */
#include <cmocka.h>

#include "base/clock.h"
#include "job/queue.h"

enum { LOADS = 20000, WEIGHT = 10, MAX = 1000, EAGER = 300 };

struct load {
	struct mc_load load;
	int number;
};

static struct mc_queue *new_queue(int64_t ms)
{
	const struct mc_queue_conf conf = {
		.max = MAX, .eager = EAGER, .ms = ms
	};
	struct mc_queue *queue;
	struct mc_error err;

	assert_int_equal(mc_queue_new(&queue, &conf, &err), MC_OK);
	return queue;
}

static void put(struct mc_queue *queue, int number, bool hurry)
{
	struct load *load = calloc(1, sizeof(*load));

	if (!load)
		abort();
	load->load.weight = WEIGHT;
	load->number = number;
	mc_queue_put(queue, &load->load, hurry);
}

/* How many were taken; they must go on behind `next`. */
static int take(struct mc_queue *queue, int next)
{
	struct mc_load *load = mc_queue_take(queue);
	int n = 0;

	while (load) {
		struct mc_load *behind = load->next;

		assert_int_equal(
			((struct load *)(void *)load)->number, next + n);
		n++;
		free(load);
		load = behind;
	}
	return n;
}

static void *put_all(void *queue)
{
	for (int i = 0; i < LOADS; i++)
		put(queue, i, i % 777 == 0);
	mc_queue_close(queue);
	return NULL;
}

static void test_order_and_bound(void **state)
{
	struct mc_queue *queue = new_queue(5);
	pthread_t thread;
	int next = 0;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, put_all, queue), 0);
	for (int n = 1; n > 0; next += n) {
		n = take(queue, next);
		assert_true(n * WEIGHT <= MAX);
	}
	assert_int_equal(next, LOADS);
	pthread_join(thread, NULL);
	mc_queue_free(queue);
}

static void *put_few(void *queue)
{
	put(queue, 0, false);
	put(queue, 1, false);
	return NULL;
}

/* Few loads wait for more, but not for ever; those in a hurry do not. */
static void test_waits(void **state)
{
	static const struct {
		bool hurry;
		int loads;
		int64_t least_ms;
	} rows[] = {
		{ false, 1, 100 },
		{ true, 1, 0 },
		{ false, EAGER / WEIGHT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_queue *queue =
			new_queue(rows[i].least_ms ? rows[i].least_ms : 60000);
		int64_t began = mc_clock_ms();
		int64_t took;

		for (int n = 0; n < rows[i].loads; n++)
			put(queue, n, rows[i].hurry);
		assert_int_equal(take(queue, 0), rows[i].loads);
		took = mc_clock_ms() - began;
		assert_true(took >= rows[i].least_ms);
		assert_true(rows[i].least_ms > 0 || took < 60000);
		mc_queue_free(queue);
	}
}

/* What is there when it is closed still comes. */
static void test_closed(void **state)
{
	struct mc_queue *queue = new_queue(60000);

	(void)state;
	put_few(queue);
	mc_queue_close(queue);
	assert_int_equal(take(queue, 0), 2);
	assert_int_equal(take(queue, 2), 0);
	mc_queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_bound),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
