/* SPDX-License-Identifier: MIT
 * db: statements prepared once, bound, stepped, and their failures told. */
#include "archive/db.h"

#include <assert.h>

/* What the system said.  SQLite forgets it of what fails at COMMIT. */
static int system_said(const struct mc_archive *ar, int extended, int last)
{
	int said = ar->db ? sqlite3_system_errno(ar->db) : 0;

	return said == 0 && extended == SQLITE_IOERR_WRITE ? last : said;
}

enum mc_rc mc_db_fail(struct mc_archive *ar, int code, struct mc_error *err)
{
	int last = errno;
	int extended = ar->db ? sqlite3_extended_errcode(ar->db) : code;

	if ((extended & 0xff) != (code & 0xff))
		extended = code;
	if (extended == SQLITE_IOERR_DATA)
		return mc_fail(err, MC_EDB, MC_RUN, extended,
			"archive '%s' is damaged: page %lld is not as it was "
			"written; 'salvage' makes a new one of what can be "
			"read",
			ar->path, (long long)mc_seal_broken(ar->seal));
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return mc_fail_memory(err);
	case SQLITE_FULL:
		errno = ENOSPC;
		return mc_fail_errno(err, MC_EIO, MC_RUN,
			"cannot write '%s', or, to sort, below TMPDIR or "
			"/var/tmp",
			ar->path);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		errno = system_said(ar, extended, last);
		if (errno != 0)
			return mc_fail_errno(
				err, MC_EIO, MC_RUN, "archive '%s'", ar->path);
		return mc_fail(err, MC_EIO, MC_RUN, 0, "archive '%s': %s",
			ar->path, sqlite3_errstr(extended));
	case SQLITE_NOTADB:
		return mc_fail(err, MC_EINPUT, MC_RUN, extended,
			"'%s' is no mailcart archive; -a FILE names another",
			ar->path);
	case SQLITE_CORRUPT:
		return mc_fail(err, MC_EDB, MC_RUN, extended,
			"archive '%s' is damaged: %s; 'salvage' makes a new "
			"one of what can be read",
			ar->path, ar->db ? sqlite3_errmsg(ar->db) : "");
	case SQLITE_BUSY:
		mc_fail(err, MC_EDB, MC_RUN, extended,
			"archive '%s' is in use by another program; close it, "
			"then run the same command again",
			ar->path);
		err->hope = MC_LATER;
		return err->rc;
	case SQLITE_READONLY:
		return mc_fail(err, MC_EDB, MC_RUN, extended,
			"you may not write archive '%s'; change its mode or "
			"its owner, or name another one by -a FILE",
			ar->path);
	default:
		return mc_fail(err, MC_EDB, MC_RUN, extended,
			"archive '%s': %s", ar->path,
			ar->db ? sqlite3_errmsg(ar->db) : sqlite3_errstr(code));
	}
}

enum mc_rc mc_db_damaged(struct mc_error *err, const char *what, int64_t id)
{
	return mc_fail(err, MC_EDB, MC_MESSAGE, 0,
		"damaged in the archive: %s (its number there: %lld)", what,
		(long long)id);
}

enum mc_rc mc_db_narrow(
	enum mc_rc rc, struct mc_error *err, const char *what, int64_t id)
{
	bool damage =
		rc == MC_EDB && (err->sys == SQLITE_IOERR_DATA ||
					(err->sys & 0xff) == SQLITE_CORRUPT);

	return damage ? mc_db_damaged(err, what, id) : rc;
}

MC_RC mc_db_script(
	struct mc_archive *ar, enum mc_sql script, struct mc_error *err)
{
	int code;

	assert(mc_statements[script].script);
	code = sqlite3_exec(
		ar->db, mc_statements[script].text, NULL, NULL, NULL);
	return code == SQLITE_OK ? MC_OK : mc_db_fail(ar, code, err);
}

static int prepare(struct mc_query *q, enum mc_sql sql, unsigned flags)
{
	return sqlite3_prepare_v3(
		q->ar->db, mc_statements[sql].text, -1, flags, &q->stmt, NULL);
}

void mc_query_open(struct mc_query *q, struct mc_archive *ar, enum mc_sql sql)
{
	sqlite3_stmt **cached = &ar->stmt[sql];

	assert(!mc_statements[sql].script);
	*q = (struct mc_query){ .ar = ar, .rc = SQLITE_OK };
	/* SQLite itself undoes a transaction in some failures.  What belongs
	 * to it must not be committed one by one then. */
	if (ar->in_batch && sqlite3_get_autocommit(ar->db)) {
		q->rc = SQLITE_ABORT_ROLLBACK;
		return;
	}
	/* A callback may need the statement that it is called from. */
	if (*cached && sqlite3_stmt_busy(*cached)) {
		q->own = true;
		q->rc = prepare(q, sql, 0);
		return;
	}
	if (!*cached) {
		q->rc = prepare(q, sql, SQLITE_PREPARE_PERSISTENT);
		*cached = q->stmt;
	}
	q->stmt = *cached;
}

void mc_query_close(struct mc_query *q)
{
	if (q->own) {
		sqlite3_finalize(q->stmt);
	} else if (q->stmt) {
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt);
	}
	q->stmt = NULL;
	q->own = false;
}

MC_RC mc_query_next(struct mc_query *q, struct mc_error *err)
{
	if (q->rc == SQLITE_ABORT_ROLLBACK)
		return mc_fail(err, MC_EDB, MC_RUN, q->rc,
			"archive '%s': the batch was undone by an earlier "
			"failure",
			q->ar->path);
	if (q->rc == SQLITE_OK) {
		assert(q->at == sqlite3_bind_parameter_count(q->stmt));
		q->rc = sqlite3_step(q->stmt);
	}
	switch (q->rc) {
	case SQLITE_ROW:
		q->rc = SQLITE_OK;
		return MC_OK;
	case SQLITE_DONE:
		return MC_DONE;
	default:
		return mc_db_fail(q->ar, q->rc, err);
	}
}

MC_RC mc_query_run(struct mc_query *q, struct mc_error *err)
{
	enum mc_rc rc;

	do
		rc = mc_query_next(q, err);
	while (rc == MC_OK);
	mc_query_close(q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_query_insert(struct mc_query *q, int64_t *id, struct mc_error *err)
{
	enum mc_rc rc = mc_query_run(q, err);

	if (rc == MC_OK)
		*id = sqlite3_last_insert_rowid(q->ar->db);
	return rc;
}

MC_RC mc_query_int(struct mc_query *q, int64_t *value, struct mc_error *err)
{
	enum mc_rc rc = mc_query_next(q, err);

	if (rc == MC_OK && mc_column_is_null(q, 0))
		rc = MC_DONE;
	if (rc == MC_OK)
		*value = mc_column_int(q, 0);
	mc_query_close(q);
	return rc;
}

MC_RC mc_db_ready(struct mc_archive *ar, enum mc_sql sql, struct mc_error *err)
{
	struct mc_query q;
	int code;

	mc_query_open(&q, ar, sql);
	code = q.rc;
	mc_query_close(&q);
	return code == SQLITE_OK ? MC_OK : mc_db_fail(ar, code, err);
}

MC_RC mc_db_run(struct mc_archive *ar, enum mc_sql sql, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, sql);
	return mc_query_run(&q, err);
}

MC_RC mc_db_run_on(struct mc_archive *ar, enum mc_sql sql, int64_t number,
	struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, sql);
	mc_bind_int(&q, number);
	return mc_query_run(&q, err);
}

/* The place of the next parameter, or 0 if binding has failed before. */
static int next_parameter(struct mc_query *q)
{
	return q->rc == SQLITE_OK ? ++q->at : 0;
}

void mc_bind_int(struct mc_query *q, int64_t value)
{
	int at = next_parameter(q);

	if (at)
		q->rc = sqlite3_bind_int64(q->stmt, at, value);
}

void mc_bind_null(struct mc_query *q)
{
	int at = next_parameter(q);

	if (at)
		q->rc = sqlite3_bind_null(q->stmt, at);
}

static void bind_text(
	struct mc_query *q, struct mc_span text, sqlite3_destructor_type life)
{
	int at = next_parameter(q);

	if (at)
		q->rc = sqlite3_bind_text64(q->stmt, at, text.n ? text.p : "",
			text.n, life, SQLITE_UTF8);
}

void mc_bind_words(struct mc_query *q, struct mc_span text)
{
	bind_text(q, text, SQLITE_STATIC);
}

void mc_bind_copy(struct mc_query *q, struct mc_span text)
{
	bind_text(q, text, SQLITE_TRANSIENT);
}

void mc_bind_text(struct mc_query *q, const char *text)
{
	if (text)
		mc_bind_words(q, mc_span_str(text));
	else
		mc_bind_null(q);
}

void mc_bind_blob(struct mc_query *q, struct mc_span blob)
{
	int at = next_parameter(q);

	if (at)
		q->rc = sqlite3_bind_blob64(q->stmt, at, blob.n ? blob.p : "",
			blob.n, SQLITE_STATIC);
}

void mc_bind_digest(struct mc_query *q, const struct mc_digest *digest)
{
	if (digest)
		mc_bind_blob(q, (struct mc_span){ (const char *)digest->octet,
					sizeof(digest->octet) });
	else
		mc_bind_null(q);
}

void mc_bind_time(struct mc_query *q, int64_t time)
{
	if (time == MC_NO_TIME)
		mc_bind_null(q);
	else
		mc_bind_int(q, time);
}

bool mc_column_is_null(struct mc_query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

int64_t mc_column_int(struct mc_query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

uint32_t mc_column_u32(struct mc_query *q, int column)
{
	int64_t value = mc_column_int(q, column);

	return value >= 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

int64_t mc_column_time(struct mc_query *q, int column)
{
	return mc_column_is_null(q, column) ? MC_NO_TIME
					    : mc_column_int(q, column);
}

const char *mc_column_text(struct mc_query *q, int column)
{
	return (const char *)sqlite3_column_text(q->stmt, column);
}

struct mc_span mc_column_blob(struct mc_query *q, int column)
{
	const char *p = sqlite3_column_blob(q->stmt, column);
	int n = sqlite3_column_bytes(q->stmt, column);

	if (!p)
		return (struct mc_span){ NULL, 0 };
	return (struct mc_span){ p, (size_t)n };
}

bool mc_column_digest(struct mc_query *q, int column, struct mc_digest *out)
{
	struct mc_span blob = mc_column_blob(q, column);

	*out = (struct mc_digest){ { 0 } };
	if (blob.n != sizeof(out->octet))
		return false;
	memcpy(out->octet, blob.p, blob.n);
	return true;
}

int64_t mc_db_changes(const struct mc_archive *ar)
{
	return sqlite3_changes64(ar->db);
}
