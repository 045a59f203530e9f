/* SPDX-License-Identifier: MIT
 * Membership: a message stands where its labels say, once a mailbox, and moves
 * when they change; archives from before there were labels are lifted. */
#include "help.h"

#include <sqlite3.h>
#include <unistd.h>

#include "archive/db.h"

enum { ALL, INBOX, WORK, SENT, FOLDERS };

static const struct mc_place_rules plain = { .deleted_flags = 16 };

struct scene {
	struct fixture *f;
	int64_t folder[FOLDERS];
	int64_t mailbox[FOLDERS];
	int64_t target;
};

static struct scene start(void **state)
{
	static const char *const names[FOLDERS] = { "All mail", "INBOX", "Work",
		"Sent" };
	struct scene s = { .f = *state };

	ok(s.f, mc_target_put(s.f->ar, "imaps://me@x", &s.target, &s.f->err));
	for (int i = 0; i < FOLDERS; i++) {
		struct mc_mailbox_row row;

		s.folder[i] = put_folder(s.f, names[i]);
		ok(s.f, mc_mailbox_put(
				s.f->ar, s.target, names[i], &row, &s.f->err));
		s.mailbox[i] = row.id;
		ok(s.f, mc_route_put(s.f->ar, s.target, s.folder[i], row.id, "",
				&s.f->err));
	}
	return s;
}

/* Read in All mail as that number; stands in the folders of the string of
 * digits. */
static void put(struct scene *s, const char *number, const char *where)
{
	struct mail mail = MAIL(s->folder[ALL], number, number, NULL, number);
	int64_t stands[FOLDERS];

	mail.stands = stands;
	for (; *where; where++)
		stands[mail.stands_n++] = s->folder[*where - '0'];
	put_mail(s->f, &mail);
}

static void check(struct scene *s, const struct mc_place_rules *rules,
	const int wanted[FOLDERS])
{
	struct mc_ledger_counts all;
	int64_t made;
	int64_t sum = 0;

	ok(s->f, mc_placements_make(
			 s->f->ar, s->target, rules, &made, &s->f->err));
	for (int i = 0; i < FOLDERS; i++) {
		struct mc_dues dues;

		ok(s->f, mc_mailbox_dues(s->f->ar, s->mailbox[i], 0, &dues,
				 &s->f->err));
		assert_int_equal(dues.waiting, wanted[i]);
		sum += wanted[i];
	}
	ok(s->f, mc_ledger_count(s->f->ar, s->target, &all, &s->f->err));
	assert_int_equal(all.placements, sum);
	assert_int_equal(all.waiting, sum);
}

static void test_places(void **state)
{
	struct mc_place_rules variants = plain;
	struct scene s = start(state);

	put(&s, "1", "12");
	put(&s, "2", "1");
	put(&s, "3", "");
	put(&s, "4", "23");
	check(&s, &plain, (const int[FOLDERS]){ 1, 2, 2, 1 });
	check(&s, &plain, (const int[FOLDERS]){ 1, 2, 2, 1 });
	variants.all_variants = true;
	check(&s, &variants, (const int[FOLDERS]){ 1, 2, 2, 1 });
	assert_int_equal(ask(s.f, "SELECT sightings FROM totals"), 4);
}

/* Other labels when it is read again: it is wanted elsewhere, and what is not
 * sent yet is not wanted where it was. */
static void test_moves(void **state)
{
	struct scene s = start(state);

	put(&s, "1", "12");
	put(&s, "2", "");
	check(&s, &plain, (const int[FOLDERS]){ 1, 1, 1, 0 });
	put(&s, "1", "13");
	check(&s, &plain, (const int[FOLDERS]){ 1, 1, 0, 1 });
	put(&s, "1", "");
	put(&s, "2", "2");
	check(&s, &plain, (const int[FOLDERS]){ 1, 0, 1, 0 });
	put(&s, "2", "2");
	assert_int_equal(ask(s.f, "SELECT stale FROM target"), 0);
}

struct counted {
	struct scene *s;
	int seen;
};

static enum mc_rc count_folder(
	void *arg, const struct mc_folder_facts *folder, struct mc_error *err)
{
	struct counted *c = arg;

	(void)err;
	assert_int_not_equal(folder->id, c->s->folder[ALL]);
	assert_int_equal(
		folder->sightings, folder->id == c->s->folder[INBOX] ? 2 : 1);
	c->seen++;
	return MC_OK;
}

static enum mc_rc count_line(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err)
{
	(void)err;
	assert_string_equal(line->folder, "All mail");
	++*(int *)arg;
	return MC_OK;
}

static void test_folders(void **state)
{
	struct scene s = start(state);
	struct counted c = { .s = &s };
	const struct {
		const char *path;
		int lines;
	} rows[] = { { "INBOX", 2 }, { "Work", 1 }, { "All mail", 2 },
		{ "Sent", 0 } };

	put(&s, "1", "12");
	put(&s, "2", "1");
	ok(s.f, mc_folder_each(s.f->ar, count_folder, &c, &s.f->err));
	assert_int_equal(c.seen, 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_sighting_filter filter = { .folder = rows[i].path };
		int n = 0;

		ok(s.f, mc_sighting_each(
				s.f->ar, &filter, count_line, &n, &s.f->err));
		if (n != rows[i].lines)
			fail_msg("%s: %d", rows[i].path, n);
	}
}

/* The message goes nowhere by its label's rule, not by its folder's. */
static void test_rule(void **state)
{
	struct scene s = start(state);
	int64_t made;

	ok(s.f, mc_route_put(s.f->ar, s.target, s.folder[WORK], 0,
			"excluded by me", &s.f->err));
	put(&s, "1", "2");
	ok(s.f, mc_placements_make(
			s.f->ar, s.target, &plain, &made, &s.f->err));
	assert_int_equal(
		ask(s.f, "SELECT count(*) FROM placement WHERE state = 5 AND "
			 "text = 'excluded by me'"),
		1);
}

/* An archive of schema 1, as it was, keeps its mail and is read as before. */
static void test_lifts(void **state)
{
	struct fixture *f = *state;
	struct mc_folder_row row;
	sqlite3 *db;

	mc_archive_close(f->ar);
	f->ar = NULL;
	unlink(f->path);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, mc_statements[MC_SQL_SCHEMA_1].text, 0, 0, 0),
		SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"PRAGMA user_version = 1;"
			"INSERT INTO source VALUES (1, 'mbox', 'mbox:test');"
			"INSERT INTO folder (source, path, fingerprint, listed)"
			" VALUES (1, 'Read', 'as it was', 5)",
			0, 0, 0),
		SQLITE_OK);
	sqlite3_close(db);
	open_older(f);
	ok(f, mc_source_put(f->ar, "mbox", "mbox:test", &f->source, &f->err));
	assert_int_equal(f->source, 1);
	ok(f, mc_folder_put(f->ar, f->source, "Read", 0, &row, &f->err));
	assert_true(row.reach.whole);
	assert_string_equal(row.reach.fingerprint, "as it was");
	assert_int_equal(row.reach.listed, 5);
	ok(f, mc_run_begin(f->ar, "pull", &f->run, &f->err));
	test_places(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_places, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_moves, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_folders, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_rule, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_lifts, fixture_open, fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
