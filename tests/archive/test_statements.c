/* SPDX-License-Identifier: MIT
 * Every statement compiles, and none reads a whole table unless it says why:
 * "-- scan: why". */
#include "help.h"

#include <sqlite3.h>

#include "archive/statements.h"

/* Steps of a plan that read all of something that may be large.  What is
 * scanned from memory was made by the statement itself. */
static bool reads_all(sqlite3_stmt *plan)
{
	static const char *const made[] = { "fresh", "choice", "free", "answer",
		"wish", "asked", "pair", "sole", "CONSTANT", "(subquery" };
	const char *detail = (const char *)sqlite3_column_text(plan, 3);

	if (strncmp(detail, "SCAN ", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (strncmp(detail + 5, made[i], strlen(made[i])) == 0)
			return false;
	return true;
}

static void check_statement(sqlite3 *db, const struct mc_statement *st)
{
	bool excused = strstr(st->text, "-- scan: ") != NULL;
	bool scans = false;
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", st->text);
	sqlite3_stmt *plan;

	if (sqlite3_prepare_v2(db, sql, -1, &plan, NULL) != SQLITE_OK)
		fail_msg("%s: %s", st->name, sqlite3_errmsg(db));
	while (sqlite3_step(plan) == SQLITE_ROW) {
		if (getenv("MC_TEST_PLANS"))
			print_message("%s: %s\n", st->name,
				sqlite3_column_text(plan, 3));
		if (!reads_all(plan))
			continue;
		scans = true;
		if (!excused)
			fail_msg("%s: %s", st->name,
				sqlite3_column_text(plan, 3));
	}
	if (excused && !scans)
		fail_msg("%s: excuses a scan that it does not do", st->name);
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

/* Every column is told what it is for, beside it or in the lines below. */
static void test_comments(void **state)
{
	const char *text = mc_statements[MC_SQL_SCHEMA_1].text;
	int columns = 0;

	(void)state;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		size_t n;

		line += *line == '\n';
		n = strcspn(line, "\n");
		if (n > 1 && line[0] == '\t' && line[1] >= 'a' &&
			line[1] <= 'z' && memmem(line, n, " INTEGER", 8))
			columns++;
	}
	assert_true(columns > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_plans, fixture_open, fixture_close),
		cmocka_unit_test(test_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
