/* SPDX-License-Identifier: MIT
 * Bodies: what goes in comes out, and stands there once. */
#include "help.h"

#include <sqlite3.h>

#include "base/limits.h"
#include "base/text.h"

static void begin(struct fixture *f)
{
	ok(f, mc_archive_begin(f->ar, &f->err));
}

static void commit(struct fixture *f)
{
	ok(f, mc_archive_commit(f->ar, &f->err));
}

/* Every size around the edges of a piece, in chunks that meet them and in
 * chunks that do not, comes back whole; the second time it is known. */
static void test_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 1000, MC_PIECE_MAX - 1,
		MC_PIECE_MAX, MC_PIECE_MAX + 1, (size_t)2 * MC_PIECE_MAX,
		(size_t)5 * 1024 * 1024 };
	static const size_t chunks[] = { 777, 65536, MC_PIECE_MAX, 1 << 30 };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t c = 0; c < sizeof(chunks) / sizeof(chunks[0]);
			c++) {
			char *p = noise(sizes[i], 7);
			struct mc_span octets = { p, sizes[i] };
			bool is_new;
			int64_t id;

			begin(f);
			id = put_body(f, octets, chunks[c], &is_new);
			assert_int_equal(is_new, c == 0);
			check_body(f, id, octets);
			commit(f);
			check_body(f, id, octets);
			free(p);
		}
	assert_int_equal(ask(f, "SELECT count(*) FROM body"),
		sizeof(sizes) / sizeof(sizes[0]));
	/* All are beginnings of one noise, so their whole pieces are shared:
	 * 20 of the largest, the tails of the others. */
	assert_int_equal(ask(f, "SELECT count(*) FROM piece "
				"WHERE mark IS NOT NULL"),
		20 + 1);
}

/* Facts come back as they were told. */
static void test_facts(void **state)
{
	struct fixture *f = *state;
	struct mc_body body;
	struct mc_digest sha = digest("hello");
	bool is_new;
	int64_t id;

	begin(f);
	id = put_body(f, MC_SPAN("hello"), 2, &is_new);
	commit(f);
	ok(f, mc_body_get(f->ar, id, &body, &f->err));
	assert_int_equal(body.octets, 5);
	assert_int_equal(body.shape, 4);
	assert_int_equal(body.longest_line, 77);
	assert_true(mc_digest_eq(&body.sha256, &sha));
	assert_int_equal(mc_body_get(f->ar, id + 1, &body, &f->err), MC_EDB);
}

/* An aborted body leaves nothing, in the middle of a batch too. */
static void test_abort(void **state)
{
	struct fixture *f = *state;
	size_t n = 3 * MC_PIECE_MAX + 5;
	char *p = noise(n, 1);
	struct mc_span octets = { p, n };
	bool is_new;
	int64_t id;

	begin(f);
	put_body(f, MC_SPAN("kept"), 9, &is_new);
	begin_body(f, octets, n);
	mc_body_abort(f->ar);
	mc_body_abort(f->ar);
	begin_body(f, octets, n);
	/* begin() forgets what was written before it. */
	id = put_body(f, MC_SPAN("kept too"), 9, &is_new);
	commit(f);
	check_body(f, id, MC_SPAN("kept too"));
	assert_int_equal(ask(f, "SELECT count(*) FROM body"), 2);
	assert_int_equal(ask(f, "SELECT count(*) FROM piece"), 2);
	assert_int_equal(ask(f, "SELECT octets_stored FROM totals"),
		ask(f, "SELECT sum(length(data)) FROM piece"));
	free(p);
}

/* A large body that turns out known leaves no new pieces; one told with the
 * wrong size is refused and undone. */
static void test_known_large(void **state)
{
	struct fixture *f = *state;
	size_t n = 3 * MC_PIECE_MAX + 5;
	char *p = noise(n, 1);
	struct mc_body body = { .octets = 4 };
	bool is_new;

	begin(f);
	put_body(f, (struct mc_span){ p, n }, 4096, &is_new);
	assert_true(is_new);
	put_body(f, (struct mc_span){ p, n }, 4096, &is_new);
	assert_false(is_new);
	p[0] ^= 1;
	begin_body(f, (struct mc_span){ p, n }, n);
	assert_int_equal(finish_body(f, &body, &is_new), MC_EDB);
	commit(f);
	assert_int_equal(ask(f, "SELECT count(*) FROM piece"), 4);
	free(p);
}

/* Base64 of n lines, and what stands around it. */
static struct mc_span mail_with_file(
	char *out, const char *before, size_t lines, uint32_t seed)
{
	char *file = noise(lines * 76, seed);
	size_t n = strlen(before);

	memcpy(out, before, n);
	for (size_t i = 0; i < lines * 76; i++) {
		out[n++] = (char)('A' + (unsigned char)file[i] % 26);
		if (i % 76 == 75) {
			out[n++] = '\r';
			out[n++] = '\n';
		}
	}
	n += (size_t)snprintf(out + n, 64, "QUJD\r\n--%s--\r\n", before);
	free(file);
	return (struct mc_span){ out, n };
}

/* A file that is attached to many mails is kept once, wherever in them it
 * stands; a small one is not cut out. */
static void test_same_file(void **state)
{
	static const struct {
		size_t lines;
		int64_t pieces; /* of two mails with that file */
	} rows[] = {
		{ 100, 2 }, { 1000, 2 + 1 + 2 },
		{ 20000, 6 }, /* what is around it was there before */
	};
	struct fixture *f = *state;
	char *text = malloc((size_t)2 * 1024 * 1024);
	int64_t before = 0;
	bool is_new;

	assert_non_null(text);
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_span octets;
		int64_t all;

		begin(f);
		octets = mail_with_file(
			text, "Subject: a\r\n\r\n", rows[i].lines, i + 40);
		check_body(f, put_body(f, octets, 999, &is_new), octets);
		octets = mail_with_file(text,
			"Subject: another\r\n\r\nlonger\r\n\r\n", rows[i].lines,
			i + 40);
		check_body(f, put_body(f, octets, 5000, &is_new), octets);
		commit(f);
		all = ask(f, "SELECT count(*) FROM piece");
		assert_int_equal(all - before, rows[i].pieces);
		before = all;
	}
	free(text);
}

/* Text is stored compressed, noise as it is; both come back. */
static void test_codec(void **state)
{
	struct fixture *f = *state;
	char text[4000];
	char *p = noise(4000, 3);
	bool is_new;

	memset(text, 'a', sizeof(text));
	begin(f);
	check_body(f,
		put_body(
			f, (struct mc_span){ text, sizeof(text) }, 99, &is_new),
		(struct mc_span){ text, sizeof(text) });
	check_body(f, put_body(f, (struct mc_span){ p, 4000 }, 99, &is_new),
		(struct mc_span){ p, 4000 });
	commit(f);
	assert_int_equal(ask(f, "SELECT count(*) FROM piece WHERE codec = 0 "
				"AND length(data) = 4000"),
		1);
	assert_int_equal(ask(f, "SELECT count(*) FROM piece WHERE codec = 1 "
				"AND length(data) < 100"),
		1);
	free(p);
}

#define EMPTY "DELETE FROM body_piece; DELETE FROM piece; DELETE FROM body"

static void run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	/* It stays in the WAL: SQLite alone would not seal its pages. */
	sqlite3_exec(db,
		"PRAGMA ignore_check_constraints = ON;"
		"PRAGMA wal_autocheckpoint = 0",
		NULL, NULL, NULL);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* A run of lines of `width` digits, then `end`; the digits are noise. */
static struct mc_span lines_of(
	size_t width, size_t lines, const char *end, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";
	char *p = noise(width * lines, 8);
	size_t n = 0;

	for (size_t i = 0; i < width * lines; i++) {
		out[n++] = digits[p[i] & 63];
		if (i % width == width - 1) {
			out[n++] = '\r';
			out[n++] = '\n';
		}
	}
	memcpy(out + n, end, strlen(end));
	free(p);
	return (struct mc_span){ out, n + strlen(end) };
}

/* Base64 is kept as what it stands for; what only looks like it is not. */
static void test_lines(void **state)
{
	static const struct {
		size_t width;
		size_t lines;
		const char *end;
		int codec; /* of its longest piece */
		bool hex;
	} rows[] = {
		{ 76, 1000, "", 2, false }, { 76, 1000, "QUJD\r\n", 2, false },
		{ 76, 1000, "QQ==\r\n--edge--\r\n", 2, false },
		{ 76, 1000, "QUJD", 2, false }, /* no end of line */
		{ 76, 20000, "QUJ", 2, false }, /* over several pieces */
		{ 64, 1000, "QQ==\r\n\r\n", 2, false },
		{ 252, 1000, "\r\n", 2, false }, /* the longest */
		{ 256, 1000, "\r\n", 1, false },
		{ 75, 1000, "\r\n", 1, false }, /* no whole groups */
		{ 76, 1000, "", 0, false },     /* see below */
		{ 76, 1000, "", 1, true },      /* packs better as it is */
	};
	struct fixture *f = *state;
	char *text = malloc((size_t)2 * 1024 * 1024);

	assert_non_null(text);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_span octets = lines_of(
			rows[i].width, rows[i].lines, rows[i].end, text);
		bool is_new;

		for (size_t at = 0; rows[i].hex && at < octets.n; at++)
			if (text[at] > ' ')
				text[at] = "0123456789abcdef"[text[at] & 15];
		/* One octet that is no digit. */
		if (rows[i].codec == 0)
			text[78 * 500 + 3] = '-';
		begin(f);
		check_body(f, put_body(f, octets, 4099, &is_new), octets);
		commit(f);
		assert_int_equal(ask(f, "SELECT codec FROM piece "
					"ORDER BY octets DESC, id LIMIT 1"),
			rows[i].codec ? rows[i].codec : 1);
		assert_int_equal(
			ask(f, "SELECT sum(length(data)) < 0.745 * sum(octets) "
			       "FROM piece WHERE codec = 2"),
			rows[i].codec == 2);
		run_sql(f, EMPTY);
	}
	free(text);
}

/* Reads a body to its end or its first failure. */
static enum mc_rc read_all(struct fixture *f, int64_t id)
{
	struct mc_body_reader *reader;
	struct mc_span bytes;
	enum mc_rc rc = mc_body_open(&reader, f->ar, id, &f->err);

	while (rc == MC_OK)
		rc = mc_body_read(reader, &bytes, &f->err);
	mc_body_close(reader);
	return rc;
}

/* Changes behind our back are told as damage of that message, never read,
 * whether it is one piece or more, packed or as it is. */
static void test_damage(void **state)
{
	static const char *const harms[] = {
		("UPDATE piece SET data = "
		 "CAST(x'00' || substr(data, 2) AS BLOB)"),
		"UPDATE piece SET data = substr(data, 1, length(data) - 1)",
		"UPDATE piece SET data = zeroblob(length(data))",
		"UPDATE piece SET data = zeroblob(0)",
		"UPDATE piece SET octets = octets - 1",
		"UPDATE piece SET octets = 262144",
		"UPDATE piece SET octets = -5",
		"UPDATE piece SET octets = 1 << 40",
		"UPDATE piece SET codec = 1 - codec",
		"UPDATE piece SET codec = 9",
		"UPDATE piece SET codec = 2",
		"DELETE FROM body_piece",
		"UPDATE body SET octets = octets + 1",
		"UPDATE body SET octets = octets - 1",
		"UPDATE body SET octets = 1 << 62",
		"UPDATE body SET octets = -1",
		"UPDATE body_piece SET seq = seq + 2",
	};
	static const size_t sizes[] = { 500, MC_PIECE_MAX + 500 };
	struct fixture *f = *state;

	for (size_t i = 0; i < 4 * sizeof(harms) / sizeof(harms[0]); i++) {
		size_t n = sizes[i & 1];
		char *p = noise(n, (uint32_t)i);
		bool is_new;
		int64_t id;

		memset(p, 'x', i & 2 ? 0 : 400);
		begin(f);
		id = put_body(f, (struct mc_span){ p, n }, 99, &is_new);
		commit(f);
		run_sql(f, harms[i / 4]);
		if (read_all(f, id) != MC_EDB || f->err.scope != MC_MESSAGE)
			fail_msg("%s, case %zu", harms[i / 4], i % 4);
		run_sql(f, EMPTY);
		free(p);
	}
}

/* The same for base64's lines: their head, their frame, their octets. */
static void test_damaged_lines(void **state)
{
	static const char *const harms[] = {
		"CAST(x'00' || substr(data, 2) AS BLOB)",
		"CAST(x'12' || substr(data, 2) AS BLOB)",
		"CAST(x'ff' || substr(data, 2) AS BLOB)",
		"CAST(x'1300' || substr(data, 3) AS BLOB)",
		"CAST(x'13ff' || substr(data, 3) AS BLOB)",
		"CAST(x'1304' || substr(data, 3) AS BLOB)",
		"substr(data, 1, 1)",
		"substr(data, 1, 2)",
		"substr(data, 1, 9)",
		"substr(data, 1, length(data) - 1)",
		"substr(data, 3)",
		("CAST(substr(data, 1, 99) || x'00' || substr(data, 101) "
		 "AS BLOB)"),
		"zeroblob(0)",
		"data, octets = octets - 78",
		"data, octets = 6",
		"data, codec = 0",
		"data, codec = 1",
	};
	struct fixture *f = *state;
	char *text = malloc((size_t)2 * 1024 * 1024);
	struct mc_span octets;

	assert_non_null(text);
	octets = lines_of(76, 1000, "QQ==\r\n", text);
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		char sql[256];
		bool is_new;
		int64_t id;

		begin(f);
		id = put_body(f, octets, 999, &is_new);
		commit(f);
		assert_int_equal(ask(f, "SELECT codec FROM piece"), 2);
		mc_text_format(sql, sizeof(sql), "UPDATE piece SET data = %s",
			harms[i]);
		run_sql(f, sql);
		if (read_all(f, id) != MC_EDB || f->err.scope != MC_MESSAGE)
			fail_msg("%s", harms[i]);
		run_sql(f, EMPTY);
	}
	free(text);
}

/* Data that is another's by its mark alone is not taken for it. */
static void test_same_mark(void **state)
{
	struct fixture *f = *state;
	struct mc_piece piece = { .octets = 4, .mark = 7 };
	struct mc_body body = { .octets = 4 };

	begin(f);
	for (int i = 0; i < 40; i++) {
		char data[8];

		mc_text_format(data, sizeof(data), "%04d", i % 20);
		piece.data = (struct mc_span){ data, 4 };
		body.sha256 = mc_digest_of(piece.data);
		ok(f, mc_body_begin(f->ar, &f->err));
		ok(f, mc_body_piece(f->ar, &piece, &f->err));
		assert_int_equal(mc_body_find(f->ar, &body, &f->err),
			i < 20 ? MC_DONE : MC_OK);
		if (i < 20)
			ok(f, mc_body_add(f->ar, &body, &f->err));
		mc_body_abort(f->ar);
	}
	commit(f);
	assert_int_equal(ask(f, "SELECT count(*) FROM piece"), 20);
	assert_int_equal(ask(f, "SELECT count(DISTINCT data) FROM piece"), 20);
	/* Kept once as long as few have the mark. */
	piece.data = MC_SPAN("0003");
	begin(f);
	ok(f, mc_body_begin(f->ar, &f->err));
	ok(f, mc_body_piece(f->ar, &piece, &f->err));
	body.sha256 = digest("another");
	assert_int_equal(mc_body_find(f->ar, &body, &f->err), MC_DONE);
	ok(f, mc_body_add(f->ar, &body, &f->err));
	commit(f);
	assert_int_equal(ask(f, "SELECT count(*) FROM piece"), 20);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(test_sizes),
		TEST(test_facts),
		TEST(test_abort),
		TEST(test_known_large),
		TEST(test_same_file),
		TEST(test_codec),
		TEST(test_lines),
		TEST(test_damage),
		TEST(test_damaged_lines),
		TEST(test_same_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
