/* SPDX-License-Identifier: MIT
 * Lifting: what comes again is known by the keys that an archive of an older
 * schema has now. */
#include "help.h"

#include <sqlite3.h>
#include <unistd.h>

#include "archive/db.h"
#include "base/text.h"

enum { DATE = 0x3ff3d0c0 };

static sqlite3 *db_of(const char *path)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static void run(sqlite3 *db, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
}

/* The file as a program that knew this schema left it. */
static sqlite3 *make_old(struct fixture *f, size_t version)
{
	static const enum mc_sql steps[] = { MC_SQL_SCHEMA_1, MC_SQL_SCHEMA_2,
		MC_SQL_SCHEMA_3, MC_SQL_SCHEMA_4, MC_SQL_SCHEMA_5,
		MC_SQL_SCHEMA_6, MC_SQL_SCHEMA_7, MC_SQL_SCHEMA_8,
		MC_SQL_SCHEMA_9, MC_SQL_SCHEMA_10 };
	sqlite3 *db;

	mc_archive_close(f->ar);
	f->ar = NULL;
	unlink(f->path);
	db = db_of(f->path);
	for (size_t i = 0; i < version; i++)
		run(db, mc_statements[steps[i]].text);
	return db;
}

/* What a key was before schema 8: the Date, if there is one, comes first. */
static struct mc_digest old_key(struct mc_digest key, bool dated)
{
	for (int i = 0; dated && i < 4; i++)
		key.octet[i] = (unsigned char)(DATE >> (24 - 8 * i));
	return key;
}

/* With zeros in it, which are octets as others are. */
static struct mc_digest any_digest(const char *text)
{
	struct mc_digest key = digest(text);

	key.octet[4] = key.octet[17] = key.octet[31] = 0;
	return key;
}

static void put(sqlite3 *db, const char *sql, int64_t id,
	const struct mc_digest *key, const char *message_id)
{
	sqlite3_stmt *stmt;

	assert_int_equal(
		sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_blob(stmt, 2, key->octet, MC_SHA256, SQLITE_STATIC);
	if (message_id)
		sqlite3_bind_blob(stmt, 3, message_id, (int)strlen(message_id),
			SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
}

static void assert_key(struct fixture *f, const char *sql, int64_t id,
	const struct mc_digest *want)
{
	sqlite3 *db = db_of(f->path);
	sqlite3_stmt *stmt;

	assert_int_equal(
		sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_int64(stmt, 1, id);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	if (!want) {
		assert_int_equal(sqlite3_column_type(stmt, 0), SQLITE_NULL);
	} else {
		assert_int_equal(sqlite3_column_type(stmt, 0), SQLITE_BLOB);
		assert_int_equal(sqlite3_column_bytes(stmt, 0), MC_SHA256);
		assert_memory_equal(
			sqlite3_column_blob(stmt, 0), want->octet, MC_SHA256);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

/* Keys that began with the Date begin with what the Message-ID says. */
static void test_keys(void **state)
{
	static const struct {
		const char *message_id;
		bool dated;
	} rows[] = { { "one@example.org", true }, { "one@example.org", false },
		{ "gr\xc3\xbc\xc3\x9f"
		  "e@example.org",
			true },
		{ NULL, true }, { NULL, false } };
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct fixture *f = *state;
	struct mc_digest now[N];
	sqlite3 *db = make_old(f, 7);

	run(db, "PRAGMA user_version = 7;"
		"INSERT INTO target (id, name) VALUES (1, 'imaps://me@x');"
		"INSERT INTO mailbox (id, target, name) VALUES (1, 1, 'A')");
	for (int i = 0; i < N; i++) {
		const char *id = rows[i].message_id;
		const struct mc_digest mark =
			mc_digest_of(mc_span_str(id ? id : ""));
		char text[8];
		struct mc_digest old;

		mc_text_format(text, sizeof(text), "%d", i);
		now[i] = any_digest(text);
		if (id)
			memcpy(now[i].octet, mark.octet, 4);
		old = old_key(now[i], rows[i].dated);
		put(db,
			"INSERT INTO logical (id, key, message_id)"
			" VALUES (?1, ?2, ?3)",
			i + 1, &old, id);
		put(db,
			"INSERT INTO remote (mailbox, uid, octets, key, "
			"message_id) VALUES (1, ?1, 1, ?2, ?3)",
			i + 1, &old, id);
		put(db,
			"INSERT INTO variant (id, logical, digest)"
			" VALUES (?1 + 100, ?1, ?2)",
			i + 1, &now[i], NULL);
	}
	sqlite3_close(db);
	open_older(f);
	for (int i = 0; i < N; i++) {
		assert_key(f, "SELECT key FROM logical WHERE id = ?1", i + 1,
			&now[i]);
		assert_key(f, "SELECT key FROM remote WHERE uid = ?1", i + 1,
			rows[i].message_id ? &now[i] : NULL);
	}
	assert_int_equal(
		ask(f, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM seen"), 0);
}

static enum mc_rc count_try(
	void *arg, const struct mc_try *tried, struct mc_error *err)
{
	(void)err;
	assert_null(tried->sha256);
	assert_string_equal(tried->text, "not that");
	++*(int *)arg;
	return MC_OK;
}

/* Of what was refused before schema 10 no steps are known; of what is refused
 * then, they are. */
static void test_steps(void **state)
{
	struct fixture *f = *state;
	const struct mc_try step = { .code = "", .text = "not that" };
	sqlite3 *db = make_old(f, 7);
	int n = 0;

	run(db, "PRAGMA user_version = 7; PRAGMA foreign_keys = OFF;"
		"INSERT INTO target (id, name) VALUES (1, 'imaps://me@x');"
		"INSERT INTO mailbox (id, target, name) VALUES (1, 1, 'A');"
		"INSERT INTO placement (id, mailbox, logical, variant, body,"
		" state, text) VALUES (3, 1, 1, 1, 1, 4, 'no')");
	sqlite3_close(db);
	open_older(f);
	ok(f, mc_placement_tries(f->ar, 3, count_try, &n, &f->err));
	assert_int_equal(n, 0);
	ok(f, mc_placement_tried(f->ar, 3, &step, &f->err));
	ok(f, mc_placement_tries(f->ar, 3, count_try, &n, &f->err));
	assert_int_equal(n, 1);
}

/* What a server is likely to make of a message stood where what was sent in its
 * place does: of what was not changed it is moved. */
static void test_likely(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = make_old(f, 10);

	run(db, "PRAGMA user_version = 10; PRAGMA foreign_keys = OFF;"
		"INSERT INTO target (id, name) VALUES (1, 'imaps://me@x');"
		"INSERT INTO mailbox (id, target, name) VALUES (1, 1, 'A');"
		"INSERT INTO placement (id, mailbox, logical, variant, body,"
		" state, change, sent_key, sent_octets) VALUES"
		" (1, 1, 1, 1, 1, 1, NULL, randomblob(32), 11),"
		" (2, 1, 2, 2, 2, 1, 'NUL', randomblob(32), 22),"
		" (3, 1, 3, 3, 3, 1, NULL, NULL, NULL)");
	sqlite3_close(db);
	open_older(f);
	assert_int_equal(ask(f, "SELECT likely_octets FROM placement"
				" WHERE id = 1 AND sent_octets IS NULL"
				" AND sent_key IS NULL"
				" AND length(likely_key) = 32"),
		11);
	assert_int_equal(ask(f, "SELECT sent_octets FROM placement"
				" WHERE id = 2 AND likely_octets IS NULL"
				" AND likely_key IS NULL"
				" AND length(sent_key) = 32"),
		22);
	assert_int_equal(ask(f, "SELECT count(*) FROM placement"
				" WHERE likely_key IS NULL"),
		2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_keys, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_steps, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_likely, fixture_open, fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
