/* SPDX-License-Identifier: MIT
 * Stores that change under the reader: a mail program renames a file when its
 * flags change, removes one, or still writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "source/source.h"

static const char text[] = "From: a@example.org\nSubject: b\n\nbody\n";
static char dir[] = "/tmp/test_files_move.XXXXXX";

enum when { AT_WANT, AT_BYTES };

/* What is done to the store, once, and when. */
struct meddler {
	struct mc_receiver rx;
	enum when when;
	void (*meddle)(void);
	int wanted;
	int whole;
	int broken;
	uint32_t flags; /* of the last whole one */
	char why[MC_ERROR_TEXT];
	char before[256]; /* fingerprints */
	char after[256];
};

static struct meddler *meddler_of(struct mc_receiver *rx)
{
	return (struct meddler *)(void *)rx;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	struct meddler *m = meddler_of(rx);

	(void)err;
	mc_text_format(m->before, sizeof(m->before), "%s", folder->fingerprint);
	return MC_OK;
}

static void meddle(struct meddler *m)
{
	if (m->meddle)
		m->meddle();
	m->meddle = NULL;
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct meddler *m = meddler_of(rx);

	(void)item;
	(void)err;
	m->wanted++;
	if (m->when == AT_WANT)
		meddle(m);
	return MC_OK;
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	(void)rx;
	(void)item;
	(void)err;
	return MC_OK;
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	(void)bytes;
	(void)err;
	if (meddler_of(rx)->when == AT_BYTES)
		meddle(meddler_of(rx));
	return MC_OK;
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct meddler *m = meddler_of(rx);

	(void)err;
	if (why) {
		m->broken++;
		mc_text_format(m->why, sizeof(m->why), "%s", why->text);
	} else {
		m->whole++;
		m->flags = item->flags;
	}
	return MC_OK;
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	(void)rx;
	(void)offset;
	(void)total;
	(void)name;
	(void)octets;
	(void)err;
	return MC_OK;
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	struct meddler *m = meddler_of(rx);

	(void)err;
	assert_null(why);
	mc_text_format(m->after, sizeof(m->after), "%s", folder->fingerprint);
	return MC_OK;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	(void)rx;
	(void)err;
	return MC_OK;
}

static const struct mc_receiver receiver = { .folder = on_folder,
	.want = on_want,
	.begin = on_begin,
	.bytes = on_bytes,
	.end = on_end,
	.gap = on_gap,
	.folder_end = on_folder_end,
	.flush = on_flush };

static void path_of(char path[256], const char *name)
{
	mc_text_format(path, 256, "%s/%s", dir, name);
}

static void write_to(const char *name, const char *mode, const char *octets)
{
	char path[256];
	FILE *file;

	path_of(path, name);
	file = fopen(path, mode);
	assert_non_null(file);
	assert_true(fputs(octets, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void move(const char *from, const char *to)
{
	char old[256];
	char new[256];

	path_of(old, from);
	path_of(new, to);
	assert_int_equal(rename(old, new), 0);
}

static void mark_seen(void)
{
	move("new/1.a", "cur/1.a:2,FS");
}

static void take_away(void)
{
	move("new/1.a", "tmp/1.a");
}

static void grow(void)
{
	write_to("new/1.a", "a", "more\n");
}

static void deliver(void)
{
	write_to("new/2.b", "w", text);
}

static void tidy(void)
{
	static const char *const names[] = { "new/1.a", "new/2.b", "tmp/1.a",
		"cur/1.a:2,FS" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(path, names[i]);
		(void)remove(path);
	}
}

static void read_store(struct meddler *m)
{
	struct mc_monitor mon = { 0 };
	struct mc_endpoint at = { .scheme = MC_SCHEME_MAILDIR, .path = dir };
	struct mc_source_conf conf = { .at = &at, .monitor = &mon };
	struct mc_source *src = NULL;
	struct mc_error err;

	assert_int_equal(mc_source_maildir.open(&src, &conf, &err), MC_OK);
	assert_int_equal(mc_source_maildir.read(src, &m->rx, &err), MC_OK);
	mc_source_maildir.close(src);
}

static void test_meddling(void **state)
{
	static const struct {
		const char *name;
		void (*meddle)(void);
		enum when when;
		int whole, broken;
		uint32_t flags;
		const char *why;
		bool changed; /* is the folder seen to have changed? */
	} rows[] = {
		{ "nothing", NULL, AT_WANT, 1, 0, 0, "", false },
		{ "flags before it is read", mark_seen, AT_WANT, 1, 0,
			MC_SEEN | MC_FLAGGED, "", true },
		{ "flags while it is read", mark_seen, AT_BYTES, 1, 0, 0, "",
			true },
		{ "removed before it is read", take_away, AT_WANT, 0, 1, 0,
			"no such file", true },
		{ "removed while it is read", take_away, AT_BYTES, 1, 0, 0, "",
			true },
		{ "still being written", grow, AT_BYTES, 0, 1, 0,
			"changed while it was read", false },
		{ "another comes", deliver, AT_BYTES, 1, 0, 0, "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct meddler m = { .rx = receiver,
			.when = rows[i].when,
			.meddle = rows[i].meddle };

		write_to("new/1.a", "w", text);
		read_store(&m);
		if (m.whole != rows[i].whole || m.broken != rows[i].broken ||
			m.flags != rows[i].flags || m.wanted != 1 ||
			!strstr(m.why, rows[i].why) ||
			(strcmp(m.before, m.after) != 0) != rows[i].changed)
			fail_msg("%s: %d whole, %d broken, flags %x, '%s', "
				 "%s then %s",
				rows[i].name, m.whole, m.broken, m.flags, m.why,
				m.before, m.after);
		tidy();
	}
}

/* --- many at once ------------------------------------------------------- */

enum { MANY = 4000, SECONDS_MAX = 10 };

static void name_of(char name[64], const char *sub, int i, const char *info)
{
	mc_text_format(name, 64, "%s/%d.x%s", sub, i, info);
}

static void mark_all_seen(void)
{
	for (int i = 0; i < MANY; i++) {
		char old[64];
		char now[64];

		name_of(old, "new", i, "");
		name_of(now, "cur", i, ":2,S");
		move(old, now);
	}
}

static void remove_all(const char *sub, const char *info)
{
	for (int i = 0; i < MANY; i++) {
		char name[64];
		char path[256];

		name_of(name, sub, i, info);
		path_of(path, name);
		assert_int_equal(remove(path), 0);
	}
}

static void remove_all_new(void)
{
	remove_all("new", "");
}

/* Somebody marks a large folder as read, or empties it: what a directory's
 * listing costs is not paid for each of its files, which would take minutes of
 * the processor. */
static void test_many(void **state)
{
	static const struct {
		void (*meddle)(void);
		int whole, broken;
	} rows[] = { { remove_all_new, 0, MANY }, { mark_all_seen, MANY, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct meddler m = { .rx = receiver,
			.when = AT_WANT,
			.meddle = rows[i].meddle };
		clock_t began;

		for (int n = 0; n < MANY; n++) {
			char name[64];

			name_of(name, "new", n, "");
			write_to(name, "w", text);
		}
		began = clock();
		read_store(&m);
		assert_in_range(
			(clock() - began) / CLOCKS_PER_SEC, 0, SECONDS_MAX);
		assert_int_equal(m.wanted, MANY);
		assert_int_equal(m.whole, rows[i].whole);
		assert_int_equal(m.broken, rows[i].broken);
	}
	remove_all("cur", ":2,S");
}

static int make_store(void **state)
{
	static const char *const subs[] = { "cur", "new", "tmp" };

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < 3; i++) {
		char path[256];

		path_of(path, subs[i]);
		if (mkdir(path, 0700) < 0)
			return -1;
	}
	return 0;
}

static int remove_store(void **state)
{
	static const char *const subs[] = { "cur", "new", "tmp", "" };

	(void)state;
	tidy();
	for (size_t i = 0; i < 4; i++) {
		char path[256];

		path_of(path, subs[i]);
		(void)rmdir(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meddling),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, make_store, remove_store);
}
