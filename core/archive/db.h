/* SPDX-License-Identifier: MIT
 * db: the connection, and how this room runs its statements.  Private to
 * archive/.
 *
 *	struct mc_query q;
 *
 *	mc_query_open(&q, ar, MC_SQL_LOGICAL_FIND);
 *	mc_bind_digest(&q, &key);
 *	rc = mc_query_next(&q, err);
 *	if (rc == MC_OK)
 *		id = mc_column_int(&q, 0);
 *	mc_query_close(&q);
 *
 * Parameters are bound in the order in which the statement first names them.
 * A failed prepare or bind is remembered and told by the next call that can
 * fail, so that binding needs no checks.
 */
#ifndef MC_ARCHIVE_DB_H
#define MC_ARCHIVE_DB_H

#include <sqlite3.h>

#include "archive/archive.h"
#include "archive/lock.h"
#include "archive/pack.h"
#include "archive/query.h"
#include "archive/seal.h"
#include "archive/statements.h"
#include "archive/turn.h"
#include "base/buf.h"
#include "base/clock.h"

/* A body on its way in: body.c. */
struct mc_piece_in {
	int64_t id;
	int64_t added; /* octets stored for this body; 0: it was there */
};
struct mc_body_in {
	bool open;
	int64_t octets;        /* so far */
	struct mc_piece alone; /* octets 0: none came that is */
	struct mc_piece_in *pieces;
	size_t pieces_n;
	size_t pieces_cap;
};

struct mc_query {
	struct mc_archive *ar;
	sqlite3_stmt *stmt;
	bool own; /* not the cached one, which was busy */
	int at;   /* parameters bound so far */
	int rc;   /* SQLite's */
};

/* Through the keys of a folder, in their order: known.c. */
struct mc_known_walk {
	struct mc_query q;
	int64_t folder;
	bool at_row; /* one that was not asked for yet */
};

struct mc_archive {
	sqlite3 *db;
	struct mc_seal *seal;
	sqlite3_stmt *stmt[MC_SQL_COUNT]; /* prepared at first use */
	char *path;                       /* as the user wrote it */
	char *real_path;
	struct mc_lock *lock; /* NULL for readers, and beside the first */
	int settle_fd;        /* + 1, of real_path; 0: none */
	struct mc_turn *turn; /* shared by handles; NULL: there is but one */
	bool beside;          /* turn is the first handle's */
	struct mc_monitor mon;
	bool in_batch;
	bool held;                  /* for reading */
	struct mc_known_walk known; /* under way only while it is held */
	struct mc_pack *pack;
	struct mc_unpack *unpack;
	struct mc_body_in in;
	struct mc_totals counted; /* in this batch, not in the table yet */
};

void mc_query_open(struct mc_query *q, struct mc_archive *ar, enum mc_sql sql);
/* The next row, MC_DONE behind the last.  Fails: EDB EIO, scope RUN. */
MC_RC mc_query_next(struct mc_query *q, struct mc_error *err);
/* To its end, then closed, for what yields no rows. */
MC_RC mc_query_run(struct mc_query *q, struct mc_error *err);
/* Like mc_query_run(); id: of the row that was inserted. */
MC_RC mc_query_insert(struct mc_query *q, int64_t *id, struct mc_error *err);
/* One integer of one row, then closed; MC_DONE: no row, or NULL. */
MC_RC mc_query_int(struct mc_query *q, int64_t *value, struct mc_error *err);
void mc_query_close(struct mc_query *q);

/* What is bound is borrowed until the query is closed. */
void mc_bind_int(struct mc_query *q, int64_t value);
void mc_bind_null(struct mc_query *q);
void mc_bind_text(struct mc_query *q, const char *text); /* or NULL */
void mc_bind_words(struct mc_query *q, struct mc_span text);
void mc_bind_copy(struct mc_query *q, struct mc_span text); /* not borrowed */
void mc_bind_blob(struct mc_query *q, struct mc_span blob);
void mc_bind_digest(struct mc_query *q, const struct mc_digest *digest);
void mc_bind_time(struct mc_query *q, int64_t time); /* MC_NO_TIME: NULL */

/* Columns of the row at hand; borrowed until the next row. */
bool mc_column_is_null(struct mc_query *q, int column);
int64_t mc_column_int(struct mc_query *q, int column);
uint32_t mc_column_u32(struct mc_query *q, int column); /* 0 if out of range */
int64_t mc_column_time(struct mc_query *q, int column);
const char *mc_column_text(struct mc_query *q, int column); /* NULL: NULL */
struct mc_span mc_column_blob(struct mc_query *q, int column);
/* False: NULL or no digest; *out is then all zero. */
bool mc_column_digest(struct mc_query *q, int column, struct mc_digest *out);

/* So that the statement can be run without memory. */
MC_RC mc_db_ready(struct mc_archive *ar, enum mc_sql sql, struct mc_error *err);
/* A statement without parameters and rows. */
MC_RC mc_db_run(struct mc_archive *ar, enum mc_sql sql, struct mc_error *err);
/* A statement with one number and no rows. */
MC_RC mc_db_run_on(struct mc_archive *ar, enum mc_sql sql, int64_t number,
	struct mc_error *err);
/* Runs a script. */
MC_RC mc_db_script(
	struct mc_archive *ar, enum mc_sql script, struct mc_error *err);
/* Fills err from what SQLite says of the last call. */
enum mc_rc mc_db_fail(struct mc_archive *ar, int code, struct mc_error *err);
/* What the file says cannot be: MC_EDB, scope MESSAGE, "damaged: ...". */
enum mc_rc mc_db_damaged(struct mc_error *err, const char *what, int64_t id);
/* Where rc is a failure because of pages that cannot be read: it is only what
 * is asked for that cannot, as mc_db_damaged() says.  Else rc. */
enum mc_rc mc_db_narrow(
	enum mc_rc rc, struct mc_error *err, const char *what, int64_t id);

/* Ends the walk of known.c, if one is under way. */
void mc_known_end(struct mc_archive *ar);

/* Rows that the last statement changed. */
int64_t mc_db_changes(const struct mc_archive *ar);

#endif
