/* SPDX-License-Identifier: MIT
 * open: opening and closing, and what concerns the file as a whole. */
#include "archive/open.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/body.h"
#include "archive/schema.h"
#include "base/limits.h"
#include "base/text.h"

/* The file is not trusted: what it makes SQLite do or hold has bounds. */
static const struct {
	int id;
	int value;
} limits[] = {
	/* The largest value is a packed dress; zstd adds 1/256 at most. */
	{ SQLITE_LIMIT_LENGTH, MC_DRESS_MAX + MC_DRESS_MAX / 128 + 1024 },
	{ SQLITE_LIMIT_SQL_LENGTH, 64 * 1024 },
	{ SQLITE_LIMIT_COLUMN, 64 },
	{ SQLITE_LIMIT_EXPR_DEPTH, 100 },
	{ SQLITE_LIMIT_COMPOUND_SELECT, 8 },
	{ SQLITE_LIMIT_VDBE_OP, 100000 },
	{ SQLITE_LIMIT_FUNCTION_ARG, 8 },
	{ SQLITE_LIMIT_ATTACHED, 0 },
	{ SQLITE_LIMIT_VARIABLE_NUMBER, 32 },
	{ SQLITE_LIMIT_TRIGGER_DEPTH, 4 },
	{ SQLITE_LIMIT_WORKER_THREADS, 0 },
};

/* Ms to wait for readers that recover or close a WAL. */
enum { BUSY_MS = 10000 };

/* Makes the file, so that it is ours alone from the first octet on and has a
 * real path.  One that exists is left alone. */
static MC_RC create_file(const char *path, struct mc_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return mc_fail_errno(err, MC_ECREATE, MC_RUN,
			"cannot create archive '%s'", path);
	if (fd >= 0)
		close(fd);
	return MC_OK;
}

static MC_RC find_file(struct mc_archive *ar, struct mc_error *err)
{
	struct stat st;

	ar->real_path = realpath(ar->path, NULL);
	if (!ar->real_path && errno == ENOENT && lstat(ar->path, &st) == 0)
		return mc_fail(err, MC_ENOENT, MC_RUN, 0,
			"'%s' is a symbolic link to an archive that is not "
			"there; look where it points",
			ar->path);
	if (!ar->real_path && errno == ENOENT)
		return mc_fail(err, MC_ENOENT, MC_RUN, 0,
			"there is no archive '%s'; 'mailcart pull' makes one, "
			"-a FILE names another",
			ar->path);
	if (!ar->real_path || stat(ar->real_path, &st) != 0)
		return mc_fail_errno(err, MC_ENOENT, MC_RUN,
			"cannot open archive '%s'", ar->path);
	if (!S_ISREG(st.st_mode))
		return mc_fail(err, MC_EINPUT, MC_RUN, 0,
			"'%s' is no file, so no mailcart archive", ar->path);
	return MC_OK;
}

/* A place where nothing can be written needs SQLite's word that nobody else
 * writes either: no WAL, no shared memory file. */
static bool is_immutable(const struct mc_archive *ar)
{
	char name[PATH_MAX + 8];
	struct stat st;
	char *slash;

	mc_text_format(name, sizeof(name), "%s-wal", ar->real_path);
	if (stat(name, &st) == 0)
		return false;
	slash = strrchr(name, '/');
	if (slash)
		*(slash == name ? slash + 1 : slash) = '\0';
	return access(name, W_OK) != 0;
}

/* "file:<path>?immutable=1", as a URI wants it. */
static MC_RC make_uri(
	const char *path, struct mc_buf *uri, struct mc_error *err)
{
	enum mc_rc rc = mc_buf_printf(uri, err, "file:");

	for (; *path && rc == MC_OK; path++) {
		if (strchr("?#%", *path))
			rc = mc_buf_printf(
				uri, err, "%%%02x", (unsigned char)*path);
		else
			rc = mc_buf_putc(uri, *path, err);
	}
	if (rc == MC_OK)
		rc = mc_buf_printf(uri, err, "?immutable=1");
	return rc;
}

/* SQLite counts what it allocates, under a lock that every allocation takes;
 * nobody asks.  Too late, and harmless, where it runs already. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static MC_RC open_database(
	struct mc_archive *ar, enum mc_archive_mode mode, struct mc_error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_EXRESCODE;
	const char *name = ar->real_path;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct mc_buf uri;
	enum mc_rc rc = MC_OK;
	int code;

	if (pthread_once(&once, configure) != 0)
		return mc_fail_memory(err);

	mc_buf_init(&uri, 3 * PATH_MAX + 32);
	if (mode == MC_ARCHIVE_READ && is_immutable(ar)) {
		rc = make_uri(ar->real_path, &uri, err);
		if (rc < 0)
			goto out;
		flags ^= SQLITE_OPEN_READWRITE | SQLITE_OPEN_READONLY |
			 SQLITE_OPEN_URI;
		name = mc_buf_str(&uri);
	}
	code = sqlite3_open_v2(name, &ar->db, flags, NULL);
	rc = code == SQLITE_OK ? mc_seal_set(&ar->seal, ar->db, err)
			       : mc_db_fail(ar, code, err);
out:
	mc_buf_dispose(&uri);
	return rc;
}

static void guard(struct mc_archive *ar)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(ar->db, limits[i].id, limits[i].value);
	sqlite3_db_config(ar->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(ar->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(ar->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_busy_timeout(ar->db, BUSY_MS);
}

/* Another application's file is recognised before anything is set in it. */
static MC_RC set_up(
	struct mc_archive *ar, enum mc_archive_mode mode, struct mc_error *err)
{
	int64_t version = 0;
	enum mc_rc rc;

	guard(ar);
	rc = mc_db_script(ar, MC_SQL_CONNECT, err);
	if (rc == MC_OK)
		rc = mc_schema_check(ar, mode, &version, err);
	if (rc < 0)
		return rc;
	if (mode == MC_ARCHIVE_READ)
		return mc_db_script(ar, MC_SQL_CONNECT_READ, err);
	rc = mc_db_script(ar, MC_SQL_CONNECT_WRITE, err);
	if (rc == MC_OK)
		rc = mc_schema_lift(ar, version, err);
	return rc;
}

/* Makes what every handle has for itself. */
static MC_RC new_handle(struct mc_archive **out, const char *path,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_archive *ar = calloc(1, sizeof(*ar));
	enum mc_rc rc;

	*out = ar;
	if (!ar)
		return mc_fail_memory(err);
	if (mon)
		ar->mon = *mon;
	rc = mc_strdup(&ar->path, mc_span_str(path), err);
	if (rc == MC_OK)
		rc = mc_pack_new(&ar->pack, err);
	if (rc == MC_OK)
		rc = mc_unpack_new(&ar->unpack, err);
	return rc;
}

MC_RC mc_archive_open(struct mc_archive **out, const char *path,
	enum mc_archive_mode mode, const struct mc_monitor *mon,
	struct mc_error *err)
{
	struct mc_archive *ar;
	enum mc_rc rc = new_handle(&ar, path, mon, err);

	*out = NULL;
	if (rc == MC_OK && mode == MC_ARCHIVE_CREATE)
		rc = create_file(path, err);
	if (rc == MC_OK)
		rc = find_file(ar, err);
	if (rc == MC_OK && mode != MC_ARCHIVE_READ)
		rc = mc_lock_take(&ar->lock, ar->real_path, path, err);
	if (rc == MC_OK)
		rc = open_database(ar, mode, err);
	if (rc == MC_OK)
		rc = set_up(ar, mode, err);
	if (rc < 0)
		mc_archive_close(ar);
	else
		*out = ar;
	return rc;
}

MC_RC mc_archive_open_pages(struct mc_archive **out, const char *path,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_archive *ar;
	struct mc_error later;
	enum mc_rc rc = new_handle(&ar, path, mon, err);

	*out = NULL;
	if (rc == MC_OK)
		rc = find_file(ar, err);
	if (rc == MC_OK)
		rc = mc_lock_take(&ar->lock, ar->real_path, path, err);
	if (rc == MC_OK)
		rc = open_database(ar, MC_ARCHIVE_WRITE, err);
	if (rc < 0) {
		mc_archive_close(ar);
		return rc;
	}
	guard(ar);
	/* Where the file is too damaged for that, its WAL is, too. */
	if (mc_db_script(ar, MC_SQL_CHECKPOINT, &later) < 0)
		mc_note(mon, "what was written last may be missing: %s",
			later.text);
	*out = ar;
	return MC_OK;
}

MC_RC mc_archive_beside(struct mc_archive **out, struct mc_archive *first,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_archive *ar;
	enum mc_rc rc = new_handle(&ar, first->path, mon, err);

	assert((first->lock || first->beside) && !first->in_batch);
	*out = NULL;
	if (rc == MC_OK && !first->turn)
		rc = mc_turn_new(&first->turn, err);
	if (rc == MC_OK)
		rc = mc_strdup(
			&ar->real_path, mc_span_str(first->real_path), err);
	if (rc == MC_OK) {
		ar->turn = first->turn;
		ar->beside = true;
		rc = open_database(ar, MC_ARCHIVE_WRITE, err);
	}
	if (rc == MC_OK) {
		guard(ar);
		rc = mc_db_script(ar, MC_SQL_CONNECT, err);
	}
	if (rc == MC_OK)
		rc = mc_db_script(ar, MC_SQL_CONNECT_WRITE, err);
	if (rc == MC_OK)
		rc = mc_db_script(ar, MC_SQL_CONNECT_BESIDE, err);
	if (rc < 0)
		mc_archive_close(ar);
	else
		*out = ar;
	return rc;
}

void mc_archive_close(struct mc_archive *ar)
{
	if (!ar)
		return;
	if (ar->in_batch)
		mc_archive_rollback(ar);
	mc_body_abort(ar);
	for (size_t i = 0; i < MC_SQL_COUNT; i++)
		sqlite3_finalize(ar->stmt[i]);
	/* The last one to close moves the WAL into the file and removes it. */
	sqlite3_close_v2(ar->db);
	if (ar->settle_fd)
		close(ar->settle_fd - 1);
	mc_seal_free(ar->seal);
	mc_lock_release(ar->lock);
	if (!ar->beside)
		mc_turn_free(ar->turn);
	mc_pack_free(ar->pack);
	mc_unpack_free(ar->unpack);
	free(ar->in.pieces);
	free(ar->real_path);
	free(ar->path);
	free(ar);
}

/* Pages that are not on disk yet cannot be forgotten. */
static MC_RC forget_pages(
	const struct mc_archive *ar, int fd, struct mc_error *err)
{
	if (fdatasync(fd) != 0)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "archive '%s'", ar->path);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return MC_OK;
}

/* On the WAL SQLite has no locks that a close of ours would drop. */
static MC_RC forget_wal(const struct mc_archive *ar, struct mc_error *err)
{
	char wal[PATH_MAX + 8];
	enum mc_rc rc;
	int fd;

	mc_text_format(wal, sizeof(wal), "%s-wal", ar->real_path);
	fd = open(wal, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return MC_OK;
	if (fd < 0)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "archive '%s'", ar->path);
	rc = forget_pages(ar, fd, err);
	close(fd);
	return rc;
}

MC_RC mc_archive_settle(struct mc_archive *ar, struct mc_error *err)
{
	enum mc_rc rc;

	assert(!ar->in_batch);
	rc = mc_db_script(ar, MC_SQL_CHECKPOINT, err);
	if (rc == MC_OK)
		rc = forget_wal(ar, err);
	if (rc < 0)
		return rc;
	/* It stays open: to close it would drop SQLite's locks on the file,
	 * which POSIX keeps for the process, not for the descriptor. */
	if (!ar->settle_fd)
		ar->settle_fd = 1 + open(ar->real_path, O_RDONLY | O_CLOEXEC);
	if (!ar->settle_fd)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "archive '%s'", ar->path);
	return forget_pages(ar, ar->settle_fd - 1, err);
}

int64_t mc_archive_mended(const struct mc_archive *ar)
{
	return mc_seal_mended(ar->seal);
}

int64_t mc_archive_octets(const struct mc_archive *ar)
{
	char wal[PATH_MAX + 8];
	struct stat st;
	int64_t octets = 0;

	mc_text_format(wal, sizeof(wal), "%s-wal", ar->real_path);
	if (stat(ar->real_path, &st) == 0)
		octets += st.st_size;
	if (stat(wal, &st) == 0)
		octets += st.st_size;
	return octets;
}
