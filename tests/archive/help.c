/* SPDX-License-Identifier: MIT */
#include "help.h"

#include <sqlite3.h>
#include <unistd.h>

#include "base/text.h"

int fixture_open(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	mc_text_format(f->dir, sizeof(f->dir), "/tmp/mc-archive-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	mc_text_format(f->path, sizeof(f->path), "%s/a.db", f->dir);
	ok(f, mc_archive_open(
		      &f->ar, f->path, MC_ARCHIVE_CREATE, NULL, &f->err));
	ok(f, mc_source_put(f->ar, "mbox", "mbox:test", &f->source, &f->err));
	ok(f, mc_pack_new(&f->pack, &f->err));
	ok(f, mc_run_begin(f->ar, "pull mbox:test", &f->run, &f->err));
	*state = f;
	return 0;
}

int fixture_close(void **state)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-lock" };
	struct fixture *f = *state;
	char name[128];

	mc_archive_close(f->ar);
	mc_pack_free(f->pack);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		mc_text_format(name, sizeof(name), "%s%s", f->path, tails[i]);
		unlink(name);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

char *noise(size_t n, uint32_t seed)
{
	char *p = malloc(n + 1);
	uint64_t x = seed * 2654435761u + 1;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		p[i] = (char)(x >> 56);
	}
	return p;
}

static enum mc_rc take_piece(
	void *arg, const struct mc_piece *piece, struct mc_error *err)
{
	struct fixture *f = arg;

	return mc_body_piece(f->ar, piece, err);
}

void begin_body(struct fixture *f, struct mc_span octets, size_t chunk)
{
	ok(f, mc_body_begin(f->ar, &f->err));
	mc_pack_begin(f->pack, take_piece, f);
	while (octets.n > 0) {
		ok(f, mc_pack_put(
			      f->pack, mc_span_head(octets, chunk), &f->err));
		octets = mc_span_from(octets, chunk);
	}
}

enum mc_rc finish_body(struct fixture *f, struct mc_body *body, bool *is_new)
{
	enum mc_rc rc;

	ok(f, mc_pack_end(f->pack, &f->err));
	rc = mc_body_check(f->ar, body, &f->err);
	if (rc == MC_OK)
		rc = mc_body_find(f->ar, body, &f->err);
	*is_new = rc == MC_DONE;
	if (*is_new)
		rc = mc_body_add(f->ar, body, &f->err);
	mc_body_abort(f->ar);
	return rc;
}

int64_t put_body(
	struct fixture *f, struct mc_span octets, size_t chunk, bool *is_new)
{
	struct mc_body body = {
		.octets = (int64_t)octets.n,
		.sha256 = mc_digest_of(octets),
		.shape = 4,
		.longest_line = 77,
	};

	begin_body(f, octets, chunk);
	ok(f, finish_body(f, &body, is_new));
	return body.id;
}

int64_t put_message(struct fixture *f, struct mc_span octets,
	struct mc_sighting *in, enum mc_sighting_news *news)
{
	struct mc_body body = {
		.octets = (int64_t)octets.n,
		.sha256 = mc_digest_of(octets),
		.shape = 4,
		.longest_line = 77,
	};
	bool batch = mc_archive_in_batch(f->ar);
	int64_t sighting = 0;

	if (!batch)
		ok(f, mc_archive_begin(f->ar, &f->err));
	begin_body(f, octets, 1000);
	ok(f, mc_pack_end(f->pack, &f->err));
	ok(f, mc_message_put(f->ar, &body, in, news, &sighting, &f->err));
	if (!batch)
		ok(f, mc_archive_commit(f->ar, &f->err));
	return sighting;
}

void check_body(struct fixture *f, int64_t body, struct mc_span octets)
{
	struct mc_body_reader *reader;
	struct mc_span bytes;
	enum mc_rc rc;

	ok(f, mc_body_open(&reader, f->ar, body, &f->err));
	for (;;) {
		rc = mc_body_read(reader, &bytes, &f->err);
		ok(f, rc);
		if (rc == MC_DONE)
			break;
		assert_true(bytes.n > 0 && bytes.n <= octets.n);
		assert_memory_equal(bytes.p, octets.p, bytes.n);
		octets = mc_span_from(octets, bytes.n);
	}
	assert_int_equal(octets.n, 0);
	mc_body_close(reader);
}

int64_t put_folder(struct fixture *f, const char *path)
{
	struct mc_folder_row row;

	ok(f, mc_folder_put(f->ar, f->source, path, 0, &row, &f->err));
	return row.id;
}

struct mc_digest digest(const char *text)
{
	return mc_digest_of(mc_span_str(text));
}

struct mc_digest key_of(const char *id)
{
	char text[256];

	mc_text_format(text, sizeof(text), "key of %s", id);
	return digest(text);
}

enum mc_sighting_news put_mail(struct fixture *f, const struct mail *mail)
{
	struct mc_span octets = mc_span_str(mail->text);
	struct mc_digest variant =
		digest(mail->variant ? mail->variant : mail->text);
	struct mc_digest key =
		mail->id[0] && !mail->reused ? key_of(mail->id) : variant;
	struct mc_sighting in = {
		.folder = mail->folder,
		.key = mail->key,
		.run = f->run,
		.since_run = mail->since_run,
		.listed_octets = (int64_t)octets.n,
		.raw_octets = (int64_t)octets.n,
		.time = mail->time ? mail->time : MC_NO_TIME,
		.rank = mail->rank,
		.flags = mail->flags,
		.logical_key = &key,
		.variant = &variant,
		.message_id = mc_span_str(mail->id),
		.date = MC_NO_TIME,
		.subject = mail->text,
		.stands = mail->stands,
		.stands_n = mail->stands_n,
	};
	enum mc_sighting_news news;

	if (mail->keyword)
		in.keywords = (struct mc_span){ mail->keyword,
			strlen(mail->keyword) + 1 };
	put_message(f, octets, &in, &news);
	return news;
}

int64_t ask(struct fixture *f, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int64_t answer;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	answer = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return answer;
}

void open_older(struct fixture *f)
{
	assert_int_equal(mc_archive_open(&f->ar, f->path, MC_ARCHIVE_READ, NULL,
				 &f->err),
		MC_EINPUT);
	assert_non_null(strstr(f->err.text, "older mailcart"));
	ok(f, mc_archive_open(
		      &f->ar, f->path, MC_ARCHIVE_WRITE, NULL, &f->err));
	assert_int_equal(ask(f, "PRAGMA user_version"), 11);
}
