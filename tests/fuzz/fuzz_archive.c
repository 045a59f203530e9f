/* SPDX-License-Identifier: MIT
 * An archive that is damaged, or that an enemy has made: a good one is changed
 * as the input says, in its rows and in its octets; then everything that only
 * reads is done with it.  None may crash, hang or leave its directory. */
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "archive/seal.h"
#include "base/text.h"
#include "job/job.h"
#include "tools.h"

static const char mail[] =
	"From a@b.example Sat Jan  3 01:05:34 1998\n"
	"From: Anna <a@b.example>\nTo: c@d.example\nSubject: one\n"
	"Date: Sat, 3 Jan 1998 01:05:34 +0000\nMessage-ID: <1@b.example>\n"
	"Status: RO\nX-Keywords: Work\n\nbody\n>From here\n\n"
	"From a@b.example Sat Jan  3 01:05:35 1998\n"
	"From: Anna <a@b.example>\nSubject: two\nStatus: O\n"
	"Message-ID: <1@b.example>\n\nother\n\n"
	"From c@d.example Sat Jan  3 01:05:36 1998\n"
	"From: C <c@d.example>\nSubject: three\n\nno id\n";

static struct {
	const char *dir; /* NULL: nothing is there yet */
	char archive[96];
	char mbox[96];
	char out[96];
	struct mc_buf good;
} scene;

/* Columns of all tables, as "UPDATE t SET c = ? WHERE rowid ..." wants. */
static struct {
	char table[32];
	char column[32];
} columns[256];
static size_t columns_n;

static void at_exit(void)
{
	mc_buf_dispose(&scene.good);
}

static void find_columns(void)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	MC_PROMISE(sqlite3_open(scene.archive, &db) == SQLITE_OK);
	MC_PROMISE(sqlite3_prepare_v2(db,
			   "SELECT m.name, c.name FROM sqlite_schema m, "
			   "pragma_table_info(m.name) c WHERE m.type = 'table' "
			   "AND m.name NOT LIKE 'sqlite_%'",
			   -1, &stmt, NULL) == SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW && columns_n < 256) {
		mc_text_format(columns[columns_n].table, 32, "%s",
			(const char *)sqlite3_column_text(stmt, 0));
		mc_text_format(columns[columns_n].column, 32, "%s",
			(const char *)sqlite3_column_text(stmt, 1));
		columns_n++;
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	MC_PROMISE(columns_n > 50);
}

static void set_up(void)
{
	struct mc_endpoint source = { 0 };
	struct mc_request req = { .command = "pull",
		.archive = scene.archive,
		.sources = &source,
		.sources_n = 1 };
	struct mc_report report = { 0 };
	struct mc_error err;

	scene.dir = fuzz_directory();
	(void)atexit(at_exit);
	mc_text_format(scene.archive, 96, "%s/a.db", scene.dir);
	mc_text_format(scene.mbox, 96, "%s/in.mbox", scene.dir);
	mc_text_format(scene.out, 96, "%s/out", scene.dir);
	fuzz_write_file(scene.mbox, MC_SPAN(mail));
	MC_PROMISE(mc_endpoint_parse(&source, scene.mbox, &err) == MC_OK);
	MC_PROMISE(mc_job_pull(&req, &report, &err) == MC_OK);
	MC_PROMISE(report.pull.stored == 3);
	mc_endpoint_dispose(&source);
	find_columns();
	fuzz_read_file(scene.archive, &scene.good);
}

/* A value for a column, by the octets that are left. */
static void bind(sqlite3_stmt *stmt, int at, struct mc_span *script)
{
	static const int64_t numbers[] = { 0, 1, 2, 3, -1, 4, 255, 262144,
		262145, INT32_MAX, UINT32_MAX, INT64_MAX, INT64_MIN };
	unsigned kind = fuzz_octet(script);
	struct mc_span text;

	if (kind < 2) {
		sqlite3_bind_null(stmt, at);
	} else if (kind < 128) {
		size_t i = kind % (sizeof(numbers) / sizeof(numbers[0]));

		sqlite3_bind_int64(stmt, at, numbers[i]);
	} else {
		text = mc_span_head(*script, kind % 64);
		*script = mc_span_from(*script, text.n);
		if (kind < 192)
			sqlite3_bind_text(stmt, at, text.p ? text.p : "",
				(int)text.n, SQLITE_STATIC);
		else
			sqlite3_bind_blob(stmt, at, text.p ? text.p : "",
				(int)text.n, SQLITE_STATIC);
	}
}

static void change_row(sqlite3 *db, struct mc_span *script)
{
	size_t i = fuzz_octet(script) % columns_n;
	unsigned row = fuzz_octet(script) % 8;
	sqlite3_stmt *stmt = NULL;
	char sql[256];

	if (row == 7)
		mc_text_format(sql, sizeof(sql), "DELETE FROM %s WHERE %s = ?",
			columns[i].table, columns[i].column);
	else
		mc_text_format(sql, sizeof(sql),
			"UPDATE %s SET %s = ?1 WHERE (SELECT count(*) FROM %s "
			"o WHERE o.%s < %s.%s) = %u",
			columns[i].table, columns[i].column, columns[i].table,
			columns[i].column, columns[i].table, columns[i].column,
			row);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
		bind(stmt, 1, script);
		(void)sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
}

static void change_rows(struct mc_span *script)
{
	unsigned n = fuzz_octet(script) % 8;
	sqlite3 *db = NULL;

	if (n == 0)
		return;
	MC_PROMISE(sqlite3_open(scene.archive, &db) == SQLITE_OK);
	(void)sqlite3_exec(db,
		"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
		"PRAGMA ignore_check_constraints = ON; BEGIN",
		NULL, NULL, NULL);
	while (n-- > 0)
		change_row(db, script);
	(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
}

/* What is left of the script: places, and octets that come there. */
static void change_octets(struct mc_span script)
{
	int fd;

	if (script.n < 4)
		return;
	fd = open(scene.archive, O_WRONLY | O_CLOEXEC);
	MC_PROMISE(fd >= 0);
	while (script.n >= 4) {
		int64_t at = fuzz_octet(&script);
		char octet;

		at = at * 256 + fuzz_octet(&script);
		at = at * 256 + fuzz_octet(&script);
		octet = (char)fuzz_octet(&script);
		at %= (int64_t)scene.good.len;
		MC_PROMISE(pwrite(fd, &octet, 1, at) == 1);
	}
	(void)close(fd);
}

/* As an enemy would, so that what was changed is looked at and not refused for
 * its seals alone. */
static void seal_pages(void)
{
	unsigned char page[4096];
	int fd = open(scene.archive, O_RDWR | O_CLOEXEC);
	off_t at = 0;

	MC_PROMISE(fd >= 0);
	while (pread(fd, page, sizeof(page), at) == (ssize_t)sizeof(page)) {
		mc_seal_put(page, sizeof(page), at / 4096 + 1);
		MC_PROMISE(pwrite(fd, page, sizeof(page), at) > 0);
		at += (off_t)sizeof(page);
	}
	(void)close(fd);
}

static enum mc_rc on_folder(
	void *arg, const struct mc_folder_line *line, struct mc_error *err)
{
	(void)arg;
	(void)err;
	MC_PROMISE(line->source && line->folder);
	return MC_OK;
}

static enum mc_rc on_message(
	void *arg, const struct mc_message_line *line, struct mc_error *err)
{
	(void)arg;
	(void)err;
	MC_PROMISE(line->source && line->folder && line->key && line->flags);
	MC_PROMISE(line->sha256 && line->raw_sha256);
	return MC_OK;
}

static enum mc_rc on_refusal(
	void *arg, const struct mc_refusal_line *line, struct mc_error *err)
{
	(void)arg;
	(void)err;
	MC_PROMISE(line->mailbox || line->text || line->id);
	return MC_OK;
}

static enum mc_rc on_octets(
	void *arg, struct mc_span octets, struct mc_error *err)
{
	(void)err;
	*(size_t *)arg += octets.n;
	MC_PROMISE(*(size_t *)arg < (size_t)64 * 1024 * 1024);
	return MC_OK;
}

static void show(const struct mc_request *req, int64_t id)
{
	for (int what = MC_SHOW_CANONICAL; what <= MC_SHOW_HEADERS; what++) {
		struct mc_show_wish wish = { .id = id,
			.what = (enum mc_show)what };
		struct mc_error err;
		size_t octets = 0;

		if (mc_job_show(req, &wish, on_octets, &octets, &err) < 0)
			MC_PROMISE(err.text[0]);
	}
}

/* Nothing may come to be beside what we know. */
static void check_directory(void)
{
	DIR *dir = opendir(scene.dir);
	const struct dirent *entry;

	MC_PROMISE(dir);
	while ((entry = readdir(dir)) != NULL)
		MC_PROMISE(entry->d_name[0] == '.' ||
			   strncmp(entry->d_name, "a.db", 4) == 0 ||
			   strcmp(entry->d_name, "in.mbox") == 0 ||
			   strcmp(entry->d_name, "out") == 0);
	(void)closedir(dir);
}

static enum mc_rc report_of(const struct mc_request *req, struct mc_error *err)
{
	struct mc_status status;
	enum mc_rc rc = mc_job_status(req, &status, on_refusal, NULL, err);

	if (rc == MC_OK)
		rc = mc_job_folders(req, on_folder, NULL, err);
	return rc < 0 ? rc : mc_job_list(req, NULL, on_message, NULL, err);
}

static enum mc_rc write_out(
	struct mc_request *req, unsigned how, struct mc_error *err)
{
	struct mc_report report = { 0 };
	enum mc_rc rc;

	req->export.dir = scene.out;
	req->export.format = (enum mc_job_format)(how % 4);
	req->export.original = how & 4;
	rc = mc_job_export(req, &report, err);
	check_directory();
	fuzz_drop_all(scene.out);
	return rc;
}

static void use(unsigned how)
{
	struct mc_request req = { .command = "x", .archive = scene.archive };
	struct mc_report report = { 0 };
	struct mc_error err;
	enum mc_rc rc = MC_OK;

	switch (how / 8 % 4) {
	case 0:
		rc = report_of(&req, &err);
		break;
	case 1:
		show(&req, 1 + how % 8);
		break;
	case 2:
		rc = mc_job_verify(&req, &report, &err);
		break;
	default:
		rc = write_out(&req, how, &err);
		break;
	}
	MC_PROMISE(rc >= 0 || err.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span script = { (const char *)data, size };
	unsigned how = fuzz_octet(&script);
	char wal[112];

	if (!scene.dir)
		set_up();
	mc_text_format(wal, sizeof(wal), "%s-wal", scene.archive);
	(void)unlink(wal);
	mc_text_format(wal, sizeof(wal), "%s-shm", scene.archive);
	(void)unlink(wal);
	fuzz_write_file(scene.archive, mc_buf_span(&scene.good));
	change_rows(&script);
	change_octets(script);
	if (how < 192)
		seal_pages();
	use(how);
	return 0;
}
