/* SPDX-License-Identifier: MIT
 * The file: who may open it, what it refuses, and that neither a kill nor
 * damage makes more of a mess than it must. */
#include "help.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/seal.h"
#include "base/limits.h"
#include "base/text.h"

static enum mc_rc open_as(struct fixture *f, enum mc_archive_mode mode)
{
	return mc_archive_open(&f->ar, f->path, mode, NULL, &f->err);
}

static void reopen(struct fixture *f, enum mc_archive_mode mode)
{
	mc_archive_close(f->ar);
	ok(f, open_as(f, mode));
}

static bool exists(struct fixture *f, const char *tail)
{
	char name[128];

	mc_text_format(name, sizeof(name), "%s%s", f->path, tail);
	return access(name, F_OK) == 0;
}

/* Ours alone, and one plain file when closed. */
static void test_modes(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(exists(f, "-lock"));
	assert_int_equal(ask(f, "PRAGMA application_id"), 0x4d435254);
	assert_int_equal(ask(f, "PRAGMA user_version"), 11);
	mc_archive_close(f->ar);
	assert_false(exists(f, "-wal"));
	assert_false(exists(f, "-shm"));
	assert_false(exists(f, "-lock"));
	f->ar = NULL;
	ok(f, open_as(f, MC_ARCHIVE_READ));
	assert_int_equal(ask(f, "SELECT count(*) FROM run"), 1);
	reopen(f, MC_ARCHIVE_WRITE);
	reopen(f, MC_ARCHIVE_CREATE);
	assert_true(mc_archive_octets(f->ar) > 0);
}

/* The second writer is told who the first is; readers come and go. */
static void test_writers(void **state)
{
	struct fixture *f = *state;
	struct mc_archive *first = f->ar;
	struct mc_totals totals;
	char pid[32];

	assert_int_equal(open_as(f, MC_ARCHIVE_WRITE), MC_EBUSY);
	assert_null(f->ar);
	assert_int_equal(f->err.scope, MC_RUN);
	mc_text_format(pid, sizeof(pid), "pid %ld on ", (long)getpid());
	assert_non_null(strstr(f->err.text, pid));
	assert_non_null(strstr(f->err.text, "pull mbox:test"));
	assert_non_null(strstr(f->err.text, " since 2"));
	assert_int_equal(open_as(f, MC_ARCHIVE_CREATE), MC_EBUSY);

	ok(f, mc_archive_begin(first, &f->err));
	ok(f, open_as(f, MC_ARCHIVE_READ));
	ok(f, mc_totals_get(f->ar, &totals, &f->err));
	/* A reader cannot write. */
	assert_int_equal(
		mc_source_put(f->ar, "a", "b", &f->source, &f->err), MC_EDB);
	mc_archive_close(f->ar);
	ok(f, mc_archive_commit(first, &f->err));
	mc_archive_close(first);
	ok(f, open_as(f, MC_ARCHIVE_WRITE));
}

static struct mc_digest digest_of_file(const char *path)
{
	char *octets = malloc(100000);
	FILE *file = fopen(path, "r");
	struct mc_digest out;
	size_t n;

	assert_non_null(octets);
	assert_non_null(file);
	n = fread(octets, 1, 100000, file);
	assert_int_equal(fclose(file), 0);
	out = mc_digest_of((struct mc_span){ octets, n });
	free(octets);
	return out;
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A lock that somebody laid there is not followed and not waited for. */
static void test_lock_laid_there(void **state)
{
	struct fixture *f = *state;
	struct mc_digest before;
	struct mc_digest after;
	char lock[128];
	char other[128];

	mc_text_format(lock, sizeof(lock), "%s-lock", f->path);
	mc_text_format(other, sizeof(other), "%s-other", f->path);
	mc_archive_close(f->ar);
	f->ar = NULL;
	write_text(other, "of somebody else\n");
	before = digest_of_file(other);
	assert_int_equal(symlink(other, lock), 0);
	assert_int_equal(open_as(f, MC_ARCHIVE_WRITE), MC_EIO);
	assert_non_null(strstr(f->err.text, lock));
	after = digest_of_file(other);
	assert_true(mc_digest_eq(&before, &after));
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(mkdir(lock, 0700), 0);
	assert_int_equal(open_as(f, MC_ARCHIVE_WRITE), MC_EIO);
	assert_non_null(strstr(f->err.text, lock));
	assert_int_equal(rmdir(lock), 0);
	assert_int_equal(unlink(other), 0);
	ok(f, open_as(f, MC_ARCHIVE_WRITE));
}

static void write_database(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), 0);
	assert_int_equal(sqlite3_exec(db, sql, 0, 0, 0), 0);
	sqlite3_close(db);
}

/* What is no archive of ours is refused and left as it is. */
static void test_refused(void **state)
{
	static const struct {
		const char *what;
		const char *sql;  /* done to a new database, or NULL */
		const char *text; /* or the file's octets */
		enum mc_archive_mode mode;
		const char *words;
	} rows[] = {
		{ "text", NULL, "From me\n\nno database at all, is it?\n",
			MC_ARCHIVE_CREATE, "no mailcart archive" },
		{ "text, read", NULL, "From me\n\nno database at all\n",
			MC_ARCHIVE_READ, "no mailcart archive" },
		{ "empty, read", NULL, "", MC_ARCHIVE_READ,
			"is empty: the run that made it was stopped" },
		{ "empty, write", NULL, "", MC_ARCHIVE_WRITE,
			"is empty: the run that made it was stopped" },
		{ "another's", "CREATE TABLE t (x)", NULL, MC_ARCHIVE_CREATE,
			"no mailcart archive" },
		{ "another's, marked",
			"CREATE TABLE t (x); PRAGMA application_id = 7", NULL,
			MC_ARCHIVE_WRITE, "no mailcart archive" },
		{ "newer",
			"CREATE TABLE t (x); PRAGMA application_id = "
			"0x4d435254; PRAGMA user_version = 12",
			NULL, MC_ARCHIVE_WRITE,
			"was written by a newer mailcart (schema 12, this one "
			"knows 11)" },
		{ "newer, read",
			"CREATE TABLE t (x); PRAGMA application_id = "
			"0x4d435254; PRAGMA user_version = 2147483647",
			NULL, MC_ARCHIVE_READ, "newer mailcart" },
		{ "never finished",
			"CREATE TABLE t (x); PRAGMA application_id = "
			"0x4d435254; PRAGMA user_version = -1",
			NULL, MC_ARCHIVE_CREATE, "no mailcart archive" },
	};
	struct fixture *f = *state;

	mc_archive_close(f->ar);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_digest before;
		struct mc_digest after;

		unlink(f->path);
		if (rows[i].sql)
			write_database(f->path, rows[i].sql);
		else
			write_text(f->path, rows[i].text);
		before = digest_of_file(f->path);
		assert_int_equal(open_as(f, rows[i].mode), MC_EINPUT);
		if (!strstr(f->err.text, rows[i].words))
			fail_msg("%s: %s", rows[i].what, f->err.text);
		after = digest_of_file(f->path);
		if (!mc_digest_eq(&before, &after))
			fail_msg("%s: changed", rows[i].what);
	}
	/* An empty file is as good as none for who may create. */
	unlink(f->path);
	close(open(f->path, O_CREAT | O_WRONLY, 0600));
	ok(f, open_as(f, MC_ARCHIVE_CREATE));
}

static void test_paths(void **state)
{
	struct fixture *f = *state;
	char name[128];

	mc_archive_close(f->ar);
	f->ar = NULL;
	mc_text_format(name, sizeof(name), "%s/none.db", f->dir);
	assert_int_equal(
		mc_archive_open(&f->ar, name, MC_ARCHIVE_WRITE, NULL, &f->err),
		MC_ENOENT);
	assert_int_equal(
		mc_archive_open(&f->ar, name, MC_ARCHIVE_READ, NULL, &f->err),
		MC_ENOENT);
	assert_int_equal(access(name, F_OK), -1);
	mc_text_format(name, sizeof(name), "%s/none/a.db", f->dir);
	assert_int_equal(
		mc_archive_open(&f->ar, name, MC_ARCHIVE_CREATE, NULL, &f->err),
		MC_ECREATE);
	assert_int_equal(
		mc_archive_open(&f->ar, f->dir, MC_ARCHIVE_READ, NULL, &f->err),
		MC_EINPUT);
	/* Names that SQLite gives a meaning are names of files here. */
	assert_int_equal(chdir(f->dir), 0);
	ok(f, mc_archive_open(
		      &f->ar, ":memory:", MC_ARCHIVE_CREATE, NULL, &f->err));
	mc_archive_close(f->ar);
	assert_int_equal(unlink(":memory:"), 0);
	ok(f, mc_archive_open(&f->ar, "file:x?mode=memory", MC_ARCHIVE_CREATE,
		      NULL, &f->err));
	mc_archive_close(f->ar);
	f->ar = NULL;
	assert_int_equal(unlink("file:x?mode=memory"), 0);
}

/* Steps tell where a kill may strike. */
static void note_step(void *arg, const struct mc_event *event)
{
	char *steps = arg;

	if (event->kind == MC_EVENT_STEP)
		mc_text_format(steps + strlen(steps), 64 - strlen(steps), "%s ",
			event->phase);
}

static void test_batch(void **state)
{
	struct fixture *f = *state;
	char steps[64] = "";
	const struct mc_monitor mon = { .event = note_step, .arg = steps };
	struct mail mail = MAIL(put_folder(f, "A"), "1", "t", NULL, "a@x");

	mc_archive_close(f->ar);
	ok(f, mc_archive_open(
		      &f->ar, f->path, MC_ARCHIVE_WRITE, &mon, &f->err));
	assert_false(mc_archive_in_batch(f->ar));
	ok(f, mc_archive_begin(f->ar, &f->err));
	put_mail(f, &mail);
	mc_archive_rollback(f->ar);
	assert_false(mc_archive_in_batch(f->ar));
	assert_string_equal(steps, "");
	assert_int_equal(put_mail(f, &mail), MC_NEWS_MESSAGE);
	assert_string_equal(steps, "commit committed ");
	/* Closing undoes. */
	ok(f, mc_archive_begin(f->ar, &f->err));
	mail.key = "2";
	put_mail(f, &mail);
	reopen(f, MC_ARCHIVE_READ);
	assert_int_equal(ask(f, "SELECT sightings FROM totals"), 1);
}

/* Puts mails in batches of five until killed; a byte tells of each commit. */
static void put_until_killed(struct fixture *f, int64_t folder, int out)
{
	char *large = noise(MC_PIECE_MAX, 5);

	large[MC_PIECE_MAX] = '\0';
	for (int i = 0;; i++) {
		struct mail mail = { .folder = folder, .id = "" };
		char text[64];
		bool is_new;

		if (i % 5 == 0)
			ok(f, mc_archive_begin(f->ar, &f->err));
		mc_text_format(text, sizeof(text), "mail %d", i);
		mail.key = text;
		mail.text = text;
		put_mail(f, &mail);
		memcpy(large, text, strlen(text));
		put_body(f, (struct mc_span){ large, MC_PIECE_MAX }, 65536,
			&is_new);
		if (i % 5 < 4)
			continue;
		ok(f, mc_archive_commit(f->ar, &f->err));
		if (write(out, "c", 1) != 1)
			_exit(1);
	}
}

/* Killed at any moment, it opens with every commit that was told, whole. */
static void test_kill(void **state)
{
	struct fixture *f = *state;
	int64_t folder = put_folder(f, "A");
	int64_t told = 0;

	for (int round = 0; round < 12; round++) {
		int pipes[2];
		int status;
		char c;
		pid_t child;

		mc_archive_close(f->ar);
		assert_int_equal(pipe(pipes), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			f->ar = NULL;
			if (open_as(f, MC_ARCHIVE_WRITE) < 0)
				_exit(1);
			put_until_killed(f, folder, pipes[1]);
		}
		close(pipes[1]);
		assert_int_equal(read(pipes[0], &c, 1), 1);
		told = 1;
		usleep((useconds_t)(round * 1700));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(pipes[0], &c, 1) == 1)
			told++;
		close(pipes[0]);
		/* The lock went with its holder, though its file stands. */
		assert_true(exists(f, "-lock"));
		ok(f, open_as(f, MC_ARCHIVE_WRITE));
		assert_true(ask(f, "SELECT sightings FROM totals") >= 5 * told);
		assert_int_equal(ask(f, "SELECT sightings % 5 FROM totals"), 0);
		assert_int_equal(ask(f, "SELECT sightings FROM totals"),
			ask(f, "SELECT count(*) FROM sighting"));
	}
}

static void found_nothing(void *arg, const char *text, bool more)
{
	++*(int *)arg;
	(void)text;
	(void)more;
}

/* Fills an archive with some of everything and closes it. */
static void fill(struct fixture *f)
{
	int64_t folder = put_folder(f, "A");
	const size_t octets = (size_t)2 * MC_PIECE_MAX;
	char *large = noise(octets, 5);
	int findings = 0;
	bool is_new;

	ok(f, mc_archive_begin(f->ar, &f->err));
	for (int i = 0; i < 300; i++) {
		struct mail mail = { .folder = folder, .id = "" };
		char text[64];

		mc_text_format(text, sizeof(text), "mail %d", i);
		mail.key = text;
		mail.text = text;
		mail.keyword = "word";
		put_mail(f, &mail);
	}
	put_body(f, (struct mc_span){ large, octets }, 65536, &is_new);
	ok(f, mc_archive_commit(f->ar, &f->err));
	ok(f, mc_archive_check(f->ar, found_nothing, &findings, &f->err));
	assert_int_equal(findings, 0);
	mc_archive_close(f->ar);
	f->ar = NULL;
	free(large);
}

static enum mc_rc read_body(
	void *arg, const struct mc_body *body, struct mc_error *err)
{
	struct fixture *f = arg;
	struct mc_body_reader *reader;
	struct mc_span bytes;
	enum mc_rc rc = mc_body_open(&reader, f->ar, body->id, err);

	while (rc == MC_OK)
		rc = mc_body_read(reader, &bytes, err);
	mc_body_close(reader);
	return rc < 0 ? rc : MC_OK;
}

static enum mc_rc see(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err)
{
	(void)err;
	assert_non_null(line->key);
	++*(int *)arg;
	return MC_OK;
}

/* Reads all there is; a damaged file may fail at any point, as EDB or EINPUT,
 * or not at all. */
static bool read_everything(struct fixture *f)
{
	static const struct mc_sighting_filter all;
	struct mc_ledger_counts counts;
	struct mc_totals totals;
	enum mc_rc rcs[6] = { 0 };
	bool sound = true;
	int lines = 0;
	int findings = 0;

	rcs[0] = open_as(f, MC_ARCHIVE_READ);
	if (rcs[0] == MC_OK) {
		rcs[1] = mc_totals_get(f->ar, &totals, &f->err);
		rcs[2] = mc_sighting_each(f->ar, &all, see, &lines, &f->err);
		rcs[3] = mc_body_each(f->ar, 0, read_body, f, &f->err);
		rcs[4] = mc_ledger_count(f->ar, 0, &counts, &f->err);
		rcs[5] = mc_archive_check(
			f->ar, found_nothing, &findings, &f->err);
	}
	for (size_t i = 0; i < 6; i++) {
		if (rcs[i] != MC_OK && rcs[i] != MC_EDB &&
			!(i == 0 && rcs[i] == MC_EINPUT))
			fail_msg("%zu: %d %s", i, (int)rcs[i], f->err.text);
		sound = sound && rcs[i] == MC_OK;
	}
	mc_archive_close(f->ar);
	f->ar = NULL;
	return sound && findings == 0;
}

static void test_cut(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int broken = 0;

	fill(f);
	assert_int_equal(stat(f->path, &st), 0);
	for (off_t size = st.st_size - 1; size > 0; size -= st.st_size / 17) {
		assert_int_equal(truncate(f->path, size), 0);
		broken += !read_everything(f);
	}
	assert_true(broken >= 16);
}

static void test_flip(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int broken = 0;
	int fd;

	fill(f);
	assert_int_equal(stat(f->path, &st), 0);
	fd = open(f->path, O_RDWR);
	assert_true(fd >= 0);
	for (int i = 0; i < 400; i++) {
		off_t at = (off_t)((uint64_t)i * 2654435761u %
				   (uint64_t)st.st_size);
		unsigned char was;
		unsigned char now;

		if (i < 100)
			at = i;
		assert_int_equal(pread(fd, &was, 1, at), 1);
		now = (unsigned char)(was ^ (1u << (i % 8)));
		assert_int_equal(pwrite(fd, &now, 1, at), 1);
		broken += !read_everything(f);
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
	}
	close(fd);
	assert_int_equal(broken, 400);
	assert_true(read_everything(f));
}

/* A place where nothing can be written can be read. */
static void test_read_only_place(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t child;

	fill(f);
	assert_int_equal(chmod(f->path, 0444), 0);
	assert_int_equal(chmod(f->dir, 0555), 0);
	child = fork();
	if (child == 0) {
		/* root may write anywhere */
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(2);
		_exit(read_everything(f) &&
					open_as(f, MC_ARCHIVE_WRITE) == MC_EIO
				? 0
				: 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* An archive of the time when pages were half as large, as far as it matters
 * here: sealed, with nothing in it yet. */
static void make_small_pages(struct fixture *f)
{
	struct mc_seal *seal = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	ok(f, mc_seal_set(&seal, db, &f->err));
	assert_int_equal(
		sqlite3_exec(db,
			"PRAGMA page_size = 4096; PRAGMA journal_mode = WAL",
			NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	mc_seal_free(seal);
}

/* An archive keeps the pages that it was made with. */
static void test_small_pages(void **state)
{
	struct fixture *f = *state;
	struct mc_span octets = { .n = 3 * MC_PIECE_MAX };
	char *large = noise(octets.n, 7);
	int findings = 0;
	int64_t body;
	bool is_new;

	octets.p = large;
	assert_int_equal(ask(f, "PRAGMA page_size"), 8192);
	mc_archive_close(f->ar);
	make_small_pages(f);
	ok(f, open_as(f, MC_ARCHIVE_CREATE));
	ok(f, mc_archive_begin(f->ar, &f->err));
	body = put_body(f, octets, 5000, &is_new);
	ok(f, mc_archive_commit(f->ar, &f->err));
	reopen(f, MC_ARCHIVE_WRITE);
	assert_int_equal(ask(f, "PRAGMA page_size"), 4096);
	check_body(f, body, octets);
	ok(f, mc_archive_check(f->ar, found_nothing, &findings, &f->err));
	assert_int_equal(findings, 0);
	free(large);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(test_modes),
		TEST(test_writers),
		TEST(test_lock_laid_there),
		TEST(test_refused),
		TEST(test_paths),
		TEST(test_batch),
		TEST(test_kill),
		TEST(test_cut),
		TEST(test_flip),
		TEST(test_small_pages),
		TEST(test_read_only_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
