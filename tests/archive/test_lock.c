/* SPDX-License-Identifier: MIT
 * The lock: of many who come and go at once one holds it at a time, though each
 * removes its file, and another may have opened that right before. */
#include "help.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "archive/lock.h"
#include "base/text.h"

enum { COMERS = 4, TIMES = 400 };

struct place {
	const char *path;
	atomic_int holders;
	atomic_int met;     /* two that held it at once */
	atomic_int failed;  /* for any reason but that it is held */
	atomic_int refused; /* since it is held */
};

static void *come_and_go(void *arg)
{
	struct place *place = arg;
	struct mc_lock *lock;
	struct mc_error err;

	for (int taken = 0; taken < TIMES;) {
		if (mc_lock_take(&lock, place->path, "mail.db", &err) ==
			MC_OK) {
			if (atomic_fetch_add(&place->holders, 1) != 0)
				atomic_fetch_add(&place->met, 1);
			atomic_fetch_sub(&place->holders, 1);
			mc_lock_release(lock);
			taken++;
		} else if (err.rc == MC_EBUSY) {
			atomic_fetch_add(&place->refused, 1);
		} else {
			atomic_fetch_add(&place->failed, 1);
			break;
		}
	}
	return NULL;
}

static void test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	pthread_t comers[COMERS];
	struct place place = { 0 };
	char path[128];

	mc_text_format(path, sizeof(path), "%s-other", f->path);
	place.path = path;
	for (int i = 0; i < COMERS; i++)
		assert_int_equal(
			pthread_create(&comers[i], NULL, come_and_go, &place),
			0);
	for (int i = 0; i < COMERS; i++)
		assert_int_equal(pthread_join(comers[i], NULL), 0);
	assert_int_equal(place.met, 0);
	assert_int_equal(place.failed, 0);
	assert_true(place.refused > 0);
	mc_text_append(path, sizeof(path), "-lock");
	assert_int_equal(access(path, F_OK), -1);
}

/* Who holds it is told, and what it does, until it tells otherwise. */
static void test_holder_is_told(void **state)
{
	struct fixture *f = *state;
	struct mc_lock *lock = NULL;
	struct mc_lock *second = NULL;
	char path[128];
	char pid[32];

	mc_text_format(path, sizeof(path), "%s-other", f->path);
	mc_text_format(pid, sizeof(pid), "(pid %ld on ", (long)getpid());
	ok(f, mc_lock_take(&lock, path, "mail.db", &f->err));
	mc_lock_tell(lock, "verify");
	assert_int_equal(
		mc_lock_take(&second, path, "mail.db", &f->err), MC_EBUSY);
	assert_null(second);
	assert_non_null(strstr(f->err.text, pid));
	assert_non_null(strstr(f->err.text, ": verify)"));
	mc_lock_release(lock);
	mc_lock_release(NULL);
	ok(f, mc_lock_take(&lock, path, "mail.db", &f->err));
	mc_lock_release(lock);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(test_one_at_a_time),
		TEST(test_holder_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
