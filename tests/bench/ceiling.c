/* SPDX-License-Identifier: MIT
 *
 * bench_ceiling: what an archive costs at least, on this machine, with the
 * libraries that there are: one thread, one step at a time, over the corpus.
 *
 *	bench_ceiling CORPUS DATABASE
 *
 * Prints a line for each step: its name, seconds of processor, seconds, octets
 * out.  `sha256-*` are
 * digests of each message by two libraries; `zstd-N` compresses each message
 * by itself; `unzstd` undoes level 1; `sqlite` inserts what level 1 gave, with
 * digests and one sighting each, as durably as the archive does it.
 */
#include "corpus.h"
#include "wire.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <nettle/sha2.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

enum { DIGEST = 32, PER_COMMIT = 500 };

struct packed {
	char *data;
	size_t *at; /* of each message, and the end */
	size_t len;
};

struct bench {
	struct corpus corpus;
	struct packed packed;
	uint8_t (*digests)[DIGEST];
	size_t largest;
};

/* Since some instant: on the wall, and of the processor for us. */
struct instant {
	double wall, cpu;
};

static double seconds(clockid_t which)
{
	struct timespec clock;

	clock_gettime(which, &clock);
	return (double)clock.tv_sec + (double)clock.tv_nsec / 1e9;
}

static struct instant now(void)
{
	struct instant instant = { seconds(CLOCK_MONOTONIC),
		seconds(CLOCK_PROCESS_CPUTIME_ID) };

	return instant;
}

static void *some(size_t octets)
{
	void *found = malloc(octets ? octets : 1);

	if (!found)
		die("memory");
	return found;
}

static const char *message(const struct bench *bench, size_t i, size_t *len)
{
	*len = bench->corpus.mails[i].octets;
	return bench->corpus.octets + bench->corpus.mails[i].at;
}

static void told(const char *name, struct instant began, size_t octets)
{
	struct instant ended = now();

	printf("%s %.4f %.4f %zu\n", name, ended.cpu - began.cpu,
		ended.wall - began.wall, octets);
	fflush(stdout);
}

/* Touches every octet once, so that no step pays for reading the file. */
static void touch(const struct bench *bench)
{
	struct instant began = now();
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i + 8 <= bench->corpus.len; i += 64)
		sum += (uint8_t)bench->corpus.octets[i];
	told(sum ? "touch" : "touch-nothing", began, bench->corpus.len);
}

static void sha256_nettle(struct bench *bench)
{
	struct instant began = now();
	struct sha256_ctx context;
	const char *data;
	size_t i, len;

	for (i = 0; i < bench->corpus.count; i++) {
		data = message(bench, i, &len);
		sha256_init(&context);
		sha256_update(&context, len, (const uint8_t *)data);
		sha256_digest(&context, DIGEST, bench->digests[i]);
	}
	told("sha256-nettle", began, bench->corpus.len);
}

static void sha256_gnutls(struct bench *bench)
{
	struct instant began = now();
	const char *data;
	size_t i, len;

	for (i = 0; i < bench->corpus.count; i++) {
		data = message(bench, i, &len);
		if (gnutls_hash_fast(
			    GNUTLS_DIG_SHA256, data, len, bench->digests[i]))
			die("gnutls");
	}
	told("sha256-gnutls", began, bench->corpus.len);
}

/* The output of the last level stays in bench->packed. */
static void compress(struct bench *bench, int level)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	struct packed *packed = &bench->packed;
	struct instant began = now();
	const char *data;
	char name[32];
	size_t i, len, put;

	packed->len = 0;
	for (i = 0; i < bench->corpus.count; i++) {
		data = message(bench, i, &len);
		packed->at[i] = packed->len;
		put = ZSTD_compressCCtx(context, packed->data + packed->len,
			ZSTD_compressBound(len), data, len, level);
		if (ZSTD_isError(put))
			die(ZSTD_getErrorName(put));
		packed->len += put;
	}
	packed->at[i] = packed->len;
	snprintf(name, sizeof(name), "zstd-%d", level);
	told(name, began, packed->len);
	ZSTD_freeCCtx(context);
}

static void expand(const struct bench *bench)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	const struct packed *packed = &bench->packed;
	char *out = some(bench->largest);
	struct instant began = now();
	size_t i, got, total = 0;

	for (i = 0; i < bench->corpus.count; i++) {
		got = ZSTD_decompressDCtx(context, out, bench->largest,
			packed->data + packed->at[i],
			packed->at[i + 1] - packed->at[i]);
		if (ZSTD_isError(got))
			die(ZSTD_getErrorName(got));
		total += got;
	}
	told("unzstd", began, total);
	ZSTD_freeDCtx(context);
	free(out);
}

static void sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
		errno = 0;
		die(sqlite3_errmsg(db));
	}
}

static sqlite3_stmt *ready(sqlite3 *db, const char *text)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK) {
		errno = 0;
		die(sqlite3_errmsg(db));
	}
	return statement;
}

static void step(sqlite3 *db, sqlite3_stmt *statement)
{
	if (sqlite3_step(statement) != SQLITE_DONE) {
		errno = 0;
		die(sqlite3_errmsg(db));
	}
	sqlite3_reset(statement);
}

static sqlite3 *create(const char *path)
{
	sqlite3 *db;

	remove(path);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		die(path);
	sql(db, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
		"CREATE TABLE body (id INTEGER PRIMARY KEY,"
		" sha256 BLOB NOT NULL UNIQUE, octets INTEGER, data BLOB);"
		"CREATE TABLE sighting (id INTEGER PRIMARY KEY, body INTEGER,"
		" folder TEXT, key TEXT, date INTEGER, subject TEXT);"
		"CREATE INDEX by_key ON sighting (folder, key);");
	return db;
}

static void insert(const struct bench *bench, const char *path)
{
	const struct packed *packed = &bench->packed;
	struct instant began = now();
	sqlite3 *db = create(path);
	/* Some messages occur twice: their body is there then. */
	sqlite3_stmt *body =
		ready(db, "INSERT OR IGNORE INTO body VALUES (NULL, ?, ?, ?)");
	sqlite3_stmt *sighting =
		ready(db, "INSERT INTO sighting VALUES (NULL, ?, ?, ?, ?, "
			  "'a subject of a usual length')");
	size_t i;

	for (i = 0; i < bench->corpus.count; i++) {
		const struct mail *mail = &bench->corpus.mails[i];

		if (i % PER_COMMIT == 0)
			sql(db, i ? "COMMIT; BEGIN" : "BEGIN");
		sqlite3_bind_blob(body, 1, bench->digests[i], DIGEST, NULL);
		sqlite3_bind_int64(body, 2, (sqlite3_int64)mail->octets);
		sqlite3_bind_blob64(body, 3, packed->data + packed->at[i],
			packed->at[i + 1] - packed->at[i], NULL);
		step(db, body);
		sqlite3_bind_int64(sighting, 1, sqlite3_last_insert_rowid(db));
		sqlite3_bind_text(sighting, 2, mail->folder, -1, NULL);
		sqlite3_bind_int64(sighting, 3, (sqlite3_int64)mail->at);
		sqlite3_bind_int64(sighting, 4, (sqlite3_int64)i);
		step(db, sighting);
	}
	sql(db, "COMMIT");
	sqlite3_finalize(body);
	sqlite3_finalize(sighting);
	sqlite3_close(db);
	told("sqlite", began, packed->len);
}

int main(int argc, char **argv)
{
	/* What is inserted comes last. */
	static const int levels[] = { 6, 3, 1 };
	struct bench bench = { 0 };
	size_t i, bound = 0;

	if (argc != 3)
		return 64;
	corpus_open(&bench.corpus, argv[1]);
	for (i = 0; i < bench.corpus.count; i++) {
		size_t len = bench.corpus.mails[i].octets;

		bound += ZSTD_compressBound(len);
		bench.largest = len > bench.largest ? len : bench.largest;
	}
	bench.packed.data = some(bound);
	bench.packed.at = some((bench.corpus.count + 1) * sizeof(size_t));
	bench.digests = some(bench.corpus.count * DIGEST);
	touch(&bench);
	sha256_nettle(&bench);
	sha256_gnutls(&bench);
	for (i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		compress(&bench, levels[i]);
	expand(&bench);
	insert(&bench, argv[2]);
	free(bench.packed.data);
	free(bench.packed.at);
	free(bench.digests);
	corpus_close(&bench.corpus);
	return 0;
}
