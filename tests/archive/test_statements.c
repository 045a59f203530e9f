/* SPDX-License-Identifier: MIT
 * Every statement compiles, none reads a whole table unless it says why
 * ("-- scan: why"), or a part of itself in a loop, or gathers rows to group
 * them ("-- sorts: why"), and the ledger's work grows with what there is to
 * do. */
#include "base/text.h"
#include "help.h"

#include "archive/db.h"

/* Steps of a plan that read all of something that may be large.  What is
 * scanned from memory was made by the statement itself. */
static bool reads_all(sqlite3_stmt *plan)
{
	static const char *const made[] = { "fresh", "choice", "free", "answer",
		"wish", "asked", "near", "bounds", "both", "turns", "pair",
		"again", "routed", "stands", "CONSTANT", "(subquery" };
	const char *detail = (const char *)sqlite3_column_text(plan, 3);

	if (strncmp(detail, "SCAN ", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (strncmp(detail + 5, made[i], strlen(made[i])) == 0)
			return false;
	return true;
}

/* Steps that read all of something for each row of an earlier step, be it small
 * or made by the statement itself: those of one parent are loops in each other. */
enum { STEPS_MAX = 4096 };
static bool reads_again(sqlite3_stmt *plan, bool looped[STEPS_MAX])
{
	const char *detail = (const char *)sqlite3_column_text(plan, 3);
	int parent = sqlite3_column_int(plan, 1);
	bool scan = strncmp(detail, "SCAN ", 5) == 0;
	bool again;

	assert_in_range(parent, 0, STEPS_MAX - 1);
	again = scan && looped[parent];
	looped[parent] |= scan || strncmp(detail, "SEARCH ", 7) == 0;
	return again;
}

static bool sorts_groups(sqlite3_stmt *plan)
{
	const char *detail = (const char *)sqlite3_column_text(plan, 3);

	return strcmp(detail, "USE TEMP B-TREE FOR GROUP BY") == 0;
}

static void check_statement(sqlite3 *db, const struct mc_statement *st)
{
	bool excused = strstr(st->text, "-- scan: ") != NULL;
	bool may_sort = strstr(st->text, "-- sorts: ") != NULL;
	bool looped[STEPS_MAX] = { false };
	bool scans = false;
	bool sorts = false;
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", st->text);
	sqlite3_stmt *plan;

	if (sqlite3_prepare_v2(db, sql, -1, &plan, NULL) != SQLITE_OK)
		fail_msg("%s: %s", st->name, sqlite3_errmsg(db));
	while (sqlite3_step(plan) == SQLITE_ROW) {
		bool all = reads_again(plan, looped) || reads_all(plan);

		if (getenv("MC_TEST_PLANS"))
			print_message("%s: %s\n", st->name,
				sqlite3_column_text(plan, 3));
		scans |= all;
		sorts |= sorts_groups(plan);
		if ((all && !excused) || (sorts_groups(plan) && !may_sort))
			fail_msg("%s: %s", st->name,
				sqlite3_column_text(plan, 3));
	}
	if ((excused && !scans) || (may_sort && !sorts))
		fail_msg("%s: excuses what it does not do", st->name);
	sqlite3_finalize(plan);
	sqlite3_free(sql);
}

static void test_plans(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	for (size_t i = 0; i < MC_SQL_COUNT; i++)
		if (!mc_statements[i].script &&
			strncmp(mc_statements[i].text, "PRAGMA", 6) != 0)
			check_statement(db, &mc_statements[i]);
	sqlite3_close(db);
}

/* Steps of SQLite's machine that a statement took since the last time. */
static int64_t steps_of(struct fixture *f, enum mc_sql sql)
{
	sqlite3_stmt *stmt = f->ar->stmt[sql];

	assert_non_null(stmt);
	return sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
}

static const enum mc_sql watched[] = { MC_SQL_PLACE_NEW, MC_SQL_PLACE_AGAIN,
	MC_SQL_PLACE_DROP, MC_SQL_PLACE_OWING, MC_SQL_MATCH_KEY,
	MC_SQL_MATCH_REWRITTEN, MC_SQL_MATCH_WRAPPED };
enum { WATCHED = sizeof(watched) / sizeof(watched[0]) };

static int64_t put_mailbox(struct fixture *f, int64_t target, const char *name)
{
	struct mc_mailbox_row box;

	ok(f, mc_mailbox_put(f->ar, target, name, &box, &f->err));
	ok(f, mc_mailbox_selected(f->ar, box.id, 1, &f->err));
	return box.id;
}

/* n messages, each twice, "<i>@<name>" their octets and, if there is no id for
 * all, their Message-IDs, are placed in a mailbox of their own. */
static int64_t fill(struct fixture *f, int64_t target, const char *name, int n,
	const char *id)
{
	struct mc_place_rules rules = { .deleted_flags = 16 };
	int64_t folder = put_folder(f, name);
	int64_t box = put_mailbox(f, target, name);
	int64_t count;

	ok(f, mc_route_put(f->ar, target, folder, box, "", &f->err));
	for (int i = 0; i < 2 * n; i++) {
		char text[16];
		char key[16];
		struct mail mail = MAIL(folder, key, text, NULL, text);

		mc_text_format(text, sizeof(text), "%d@%s", i % n, name);
		mc_text_format(key, sizeof(key), "%d", i);
		mail.reused = id != NULL;
		if (id)
			mail.id = id;
		put_mail(f, &mail);
	}
	ok(f, mc_placements_make(f->ar, target, &rules, &count, &f->err));
	assert_int_equal(count, n);
	return box;
}

/* All n that wait are sent, or refused. */
static void send_all(struct fixture *f, int64_t box, int n, bool refused)
{
	struct mc_placement *p = calloc((size_t)n, sizeof(*p));
	size_t got = (size_t)n;

	assert_non_null(p);
	ok(f, mc_placements_next(f->ar, box, 0, p, &got, &f->err));
	assert_int_equal(got, n);
	for (size_t i = 0; i < got; i++) {
		ok(f, mc_placement_sending(f->ar, p[i].id, 1, 1, &f->err));
		if (refused)
			ok(f, mc_placement_refused(
				      f->ar, p[i].id, NULL, "no", &f->err));
		mc_placement_dispose(&p[i]);
	}
	free(p);
}

static void put_remote(struct fixture *f, int64_t box, int uid, const char *id,
	const struct mc_digest *key)
{
	struct mc_remote remote = { .mailbox = box,
		.uid = (uint32_t)uid,
		.octets = 99,
		.message_id = mc_span_str(id),
		.key = key };

	ok(f, mc_remote_put(f->ar, &remote, &f->err));
}

static void match_all(struct fixture *f, int64_t box, int n)
{
	struct mc_matched matched;

	ok(f, mc_placements_match(f->ar, box, &matched, &f->err));
	assert_int_equal(matched.found, n);
}

/* Half is known by key, half by Message-ID alone. */
static int64_t work_known(struct fixture *f, int64_t target, int n)
{
	int64_t box = fill(f, target, "A", n, NULL);

	send_all(f, box, n, false);
	for (int i = 0; i < n; i++) {
		char id[16];
		struct mc_digest key;

		mc_text_format(id, sizeof(id), "%d@A", i);
		key = key_of(id);
		put_remote(f, box, i + 1, id, i % 2 ? &key : NULL);
	}
	match_all(f, box, n);
	return box;
}

/* A server with a domain of its own for all Message-IDs. */
static void work_rewritten(struct fixture *f, int64_t target, int n)
{
	int64_t box = fill(f, target, "B", n, NULL);

	send_all(f, box, n, false);
	for (int i = 0; i < n; i++) {
		char id[16];

		mc_text_format(id, sizeof(id), "%d@y", i);
		put_remote(f, box, i + 1, id, NULL);
	}
	match_all(f, box, n);
}

/* One that rewrote what all bears one Message-ID, so that it tells nothing: half of
 * it is there. */
static void work_reused(struct fixture *f, int64_t target, int n)
{
	int64_t box = fill(f, target, "D", n, "all@D");

	send_all(f, box, n, false);
	for (int i = 0; i < n / 2; i++)
		put_remote(f, box, i + 1, "all@D", NULL);
	match_all(f, box, 0);
}

/* One that took no message but in a wrapping. */
static void work_wrapped(struct fixture *f, int64_t target, int n)
{
	int64_t box = put_mailbox(f, target, "Refused");

	send_all(f, fill(f, target, "C", n, NULL), n, true);
	ok(f, mc_placements_wrap(f->ar, target, box, 0, &f->err));
	send_all(f, box, n, false);
	for (int i = 0; i < n; i++) {
		char text[16];
		char hex[MC_SHA256_HEX];
		char id[64];
		struct mc_digest sha256;

		mc_text_format(text, sizeof(text), "%d@C", i);
		sha256 = digest(text);
		mc_digest_hex(hex, &sha256);
		mc_text_format(id, sizeof(id), "refused-%.32s@y", hex);
		put_remote(f, box, i + 1, id, NULL);
	}
	match_all(f, box, n);
}

/* Folders of n messages are placed, sent, lost, looked for under another
 * UIDVALIDITY, and placed again under other rules. */
static void work(struct fixture *f, int n, int64_t steps[WATCHED])
{
	struct mc_place_rules rules = { 0 };
	int64_t target;
	int64_t box;
	int64_t count;

	ok(f, mc_archive_begin(f->ar, &f->err));
	ok(f, mc_target_put(f->ar, "t", &target, &f->err));
	box = work_known(f, target, n);
	work_rewritten(f, target, n);
	work_reused(f, target, n);
	work_wrapped(f, target, n);
	ok(f, mc_mailbox_selected(f->ar, box, 2, &f->err));
	ok(f, mc_placements_make(f->ar, target, &rules, &count, &f->err));
	assert_int_equal(count, 0);
	for (size_t i = 0; i < WATCHED; i++)
		steps[i] = steps_of(f, watched[i]);
	mc_archive_rollback(f->ar);
}

/* Four times the messages, about four times the work: nothing in the ledger
 * goes through all of it for each.  (Plans do not tell: what is searched by an
 * index may still be half of the table.) */
static void test_linear(void **state)
{
	struct fixture *f = *state;
	int64_t few[WATCHED];
	int64_t many[WATCHED];

	work(f, 100, few);
	work(f, 400, many);
	for (size_t i = 0; i < WATCHED; i++)
		if (many[i] > 6 * few[i])
			fail_msg("%s: %lld steps for 100, %lld for 400",
				mc_statements[watched[i]].name,
				(long long)few[i], (long long)many[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_plans, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_linear, fixture_open, fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
