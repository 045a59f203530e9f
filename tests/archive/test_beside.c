/* SPDX-License-Identifier: MIT
 * Two handles on one archive: both write, in turn, and each sees what the
 * other has committed. */
#include "help.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BATCHES = 60 };

struct writer {
	struct mc_archive *ar;
	struct mc_error err;
	const char *prefix;
	enum mc_rc rc;
	atomic_int *batches; /* of both */
};

static enum mc_rc write_one(struct writer *w, int n)
{
	struct mc_mailbox_row box;
	char name[32];
	int64_t target;
	enum mc_rc rc = mc_archive_begin(w->ar, &w->err);

	if (rc == MC_OK)
		rc = mc_target_put(w->ar, "imap://a@b", &target, &w->err);
	(void)snprintf(name, sizeof(name), "%s%d", w->prefix, n);
	if (rc == MC_OK)
		rc = mc_mailbox_put(w->ar, target, name, &box, &w->err);
	if (rc == MC_OK)
		rc = mc_archive_commit(w->ar, &w->err);
	return rc;
}

static void *write_all(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < BATCHES && w->rc == MC_OK; i++) {
		w->rc = write_one(w, i);
		atomic_fetch_add(w->batches, 1);
	}
	return NULL;
}

/* Neither fails as busy, nothing is lost. */
static void test_both_write(void **state)
{
	struct fixture *f = *state;
	struct mc_archive *beside;
	atomic_int batches = 0;
	pthread_t thread;

	ok(f, mc_archive_beside(&beside, f->ar, NULL, &f->err));

	struct writer one = { .ar = f->ar, .prefix = "a", .batches = &batches };
	struct writer two = {
		.ar = beside, .prefix = "b", .batches = &batches
	};

	assert_int_equal(pthread_create(&thread, NULL, write_all, &two), 0);
	write_all(&one);
	pthread_join(thread, NULL);
	ok(&one, one.rc);
	ok(&two, two.rc);
	mc_archive_close(beside);
	assert_int_equal(ask(f, "SELECT count(*) FROM mailbox"), 2 * BATCHES);
	assert_int_equal(ask(f, "SELECT count(*) FROM target"), 1);
}

static void *write_first(void *arg)
{
	struct writer *w = arg;

	w->rc = write_one(w, 0);
	atomic_fetch_add(w->batches, 1);
	return NULL;
}

/* Whoever asks while a batch is open comes before its owner's next one, and
 * a batch that is undone gives its turn away like one that is kept. */
static void test_fair(void **state)
{
	struct fixture *f = *state;
	struct mc_archive *beside;
	atomic_int batches = 0;
	pthread_t thread;
	int64_t target;

	ok(f, mc_archive_beside(&beside, f->ar, NULL, &f->err));

	struct writer two = {
		.ar = beside, .prefix = "b", .batches = &batches
	};

	ok(f, mc_archive_begin(f->ar, &f->err));
	ok(f, mc_target_put(f->ar, "imap://gone@b", &target, &f->err));
	assert_int_equal(pthread_create(&thread, NULL, write_first, &two), 0);
	/* Its asking cannot be seen from here; a moment is enough for it. */
	for (int i = 0; i < 100 && atomic_load(&batches) == 0; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	assert_int_equal(atomic_load(&batches), 0);
	mc_archive_rollback(f->ar);
	ok(f, mc_archive_begin(f->ar, &f->err));
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&batches), 1);
	mc_archive_rollback(f->ar);
	ok(&two, two.rc);
	mc_archive_close(beside);
	ok(f, mc_target_find(f->ar, "imap://gone@b", &target, &f->err));
	assert_int_equal(target, 0);
	ok(f, mc_target_find(f->ar, "imap://a@b", &target, &f->err));
	assert_int_not_equal(target, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_both_write, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_fair, fixture_open, fixture_close),
	};

	return cmocka_run_group_tests_name("beside", tests, NULL, NULL);
}
