/* SPDX-License-Identifier: MIT
 * Which driver reads what; and an mbox's receiver that fails or is stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "source/passive.h"
#include "source/source.h"

#define MAIL "From a@b Sat Jan  3 01:05:34 1996\nA: b\nC: d\n\ntext\n\n"

static char dir[] = "/tmp/test_mbox_source.XXXXXX";

static const struct {
	const char *path;
	const char *text; /* NULL: a directory */
} places[] = {
	{ "mbox", MAIL MAIL MAIL },
	{ "blank", "\n\r\n" MAIL },
	{ "empty", "" },
	{ "eml", "Subject: a\n\nb\n" },
	{ "nothing", NULL },
	{ "none", NULL },
	{ "none/eml", "Subject: a\n\nb\n" },
	{ "some", NULL },
	{ "some/eml", "Subject: a\n\nb\n" },
	{ "some/below", NULL },
	{ "some/below/mbox", MAIL },
	{ "maildir", NULL },
	{ "maildir/cur", NULL },
	{ "maildir/new", NULL },
	{ "maildir/tmp", NULL },
};

static void path_of(char out[256], const char *name)
{
	mc_text_format(out, 256, "%s/%s", dir, name);
}

static int make_places(void **state)
{
	char path[256];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		FILE *file;

		path_of(path, places[i].path);
		if (!places[i].text) {
			if (mkdir(path, 0700) < 0)
				return -1;
			continue;
		}
		file = fopen(path, "w");
		if (!file || fputs(places[i].text, file) < 0 ||
			fclose(file) != 0)
			return -1;
	}
	return 0;
}

static int remove_places(void **state)
{
	char path[256];

	(void)state;
	for (size_t i = sizeof(places) / sizeof(places[0]); i-- > 0;) {
		path_of(path, places[i].path);
		(void)remove(path);
	}
	return rmdir(dir);
}

static void test_find(void **state)
{
	static const struct {
		const char *path;
		enum mc_scheme scheme;
		enum mc_rc rc;
		const char *text;
	} rows[] = {
		{ "mbox", MC_SCHEME_PATH, MC_OK, "mbox" },
		{ "blank", MC_SCHEME_PATH, MC_OK, "mbox" },
		{ "empty", MC_SCHEME_PATH, MC_OK, "mbox" },
		{ "some", MC_SCHEME_PATH, MC_OK, "mbox" },
		{ "mbox", MC_SCHEME_MBOX, MC_OK, "mbox" },
		{ "", MC_SCHEME_POP3S, MC_OK, "pop3" },
		{ "eml", MC_SCHEME_PATH, MC_EINPUT, "looks like a message" },
		{ "none", MC_SCHEME_PATH, MC_EINPUT, "no mail is found" },
		{ "nothing", MC_SCHEME_PATH, MC_EINPUT, "no mail is found" },
		{ "absent", MC_SCHEME_PATH, MC_ENOENT, "no such file" },
		{ "maildir", MC_SCHEME_PATH, MC_OK, "maildir" },
		{ "x", MC_SCHEME_MAILDIR, MC_OK, "maildir" },
		{ "x", MC_SCHEME_MH, MC_OK, "mh" },
		{ "x", MC_SCHEME_EML, MC_OK, "eml" },
		{ "x", MC_SCHEME_THUNDERBIRD, MC_OK, "thunderbird" },
		{ "x", MC_SCHEME_IMAPS, MC_OK, "imap" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[256];
		struct mc_endpoint at = { .scheme = rows[i].scheme,
			.path = path };
		const struct mc_source_ops *ops = NULL;
		struct mc_error err = { .rc = MC_OK };

		path_of(path, rows[i].path);
		assert_int_equal(mc_source_find(&ops, &at, &err), rows[i].rc);
		if (!strstr(ops && !err.text[0] ? ops->kind : err.text,
			    rows[i].text))
			fail_msg("%s: '%s'", rows[i].path, err.text);
		if (rows[i].rc < 0)
			assert_int_equal(err.scope, MC_RUN);
	}
}

/* A receiver that fails, or raises a cancel, at its n-th call. */
struct stopper {
	struct mc_receiver rx;
	int calls;
	int stop_at;
	struct mc_cancel *cancel; /* raised instead of failing, if set */
	int begun;
	int ended;
};

static enum mc_rc call(struct mc_receiver *rx, struct mc_error *err)
{
	struct stopper *s = (struct stopper *)(void *)rx;

	if (++s->calls != s->stop_at)
		return MC_OK;
	if (!s->cancel)
		return mc_fail(err, MC_EDB, MC_RUN, 0, "stopped");
	mc_cancel_raise(s->cancel);
	return MC_OK;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	(void)folder;
	return call(rx, err);
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	(void)item;
	return call(rx, err);
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	(void)item;
	((struct stopper *)(void *)rx)->begun++;
	return call(rx, err);
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	(void)bytes;
	return call(rx, err);
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	assert_null(why);
	(void)item;
	((struct stopper *)(void *)rx)->ended++;
	return call(rx, err);
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	assert_int_equal(offset, 0);
	assert_int_equal(total, 3);
	assert_int_equal(octets.n, 3);
	(void)name;
	return call(rx, err);
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	(void)folder;
	assert_null(why);
	return call(rx, err);
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	return call(rx, err);
}

static const struct mc_receiver stopping = { .folder = on_folder,
	.want = on_want,
	.begin = on_begin,
	.bytes = on_bytes,
	.end = on_end,
	.gap = on_gap,
	.folder_end = on_folder_end,
	.flush = on_flush };

static enum mc_rc read_place(
	const char *name, struct stopper *s, struct mc_error *err)
{
	char path[256];
	struct mc_endpoint at = { .scheme = MC_SCHEME_MBOX, .path = path };
	struct mc_monitor monitor = { .cancel = s->cancel };
	struct mc_source_conf conf = { .at = &at, .monitor = &monitor };
	struct mc_source *src = NULL;
	enum mc_rc rc;

	path_of(path, name);
	assert_int_equal(mc_source_mbox.open(&src, &conf, err), MC_OK);
	rc = mc_source_mbox.read(src, &s->rx, err);
	mc_source_mbox.close(src);
	return rc;
}

/* Whichever call fails: its error comes back and nothing is called after. */
static void test_failing_receiver(void **state)
{
	static const char *const names[] = { "mbox", "blank", "some" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (int n = 1;; n++) {
			struct stopper s = { .rx = stopping, .stop_at = n };
			struct mc_error err;
			enum mc_rc rc = read_place(names[i], &s, &err);

			if (s.calls < n) {
				assert_int_equal(rc, MC_OK);
				assert_true(n > 6);
				break;
			}
			assert_int_equal(rc, MC_EDB);
			assert_string_equal(err.text, "stopped");
			assert_int_equal(s.calls, n);
		}
	}
}

/* The first ^C lets the message in hand finish. */
static void test_cancel(void **state)
{
	(void)state;
	for (int n = 1; n <= 8; n++) {
		struct mc_cancel cancel;
		struct stopper s = {
			.rx = stopping, .stop_at = n, .cancel = &cancel
		};
		struct mc_error err;

		assert_int_equal(mc_cancel_init(&cancel, &err), MC_OK);
		assert_int_equal(read_place("mbox", &s, &err), MC_ECANCEL);
		assert_int_equal(s.begun, s.ended);
		assert_true(s.calls <= n + 3);
		mc_cancel_dispose(&cancel);
	}
}

/* Left as it is it wants nothing; who wants all and hears nothing else is told
 * of all, and the read ends well. */
static void test_passive(void **state)
{
	static const struct {
		const char *place;
		int messages;
	} rows[] = { { "mbox", 3 }, { "blank", 1 }, { "some", 1 },
		{ "empty", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stopper none = { .rx = mc_receiver_passive };
		struct stopper all = { .rx = mc_receiver_passive };
		struct mc_error err;

		none.rx.begin = on_begin;
		assert_int_equal(read_place(rows[i].place, &none, &err), MC_OK);
		assert_int_equal(none.calls, 0);
		all.rx.want = on_want;
		assert_int_equal(read_place(rows[i].place, &all, &err), MC_OK);
		assert_int_equal(all.calls, rows[i].messages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_failing_receiver),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_passive),
	};

	return cmocka_run_group_tests(tests, make_places, remove_places);
}
