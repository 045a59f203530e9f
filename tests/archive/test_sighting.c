/* SPDX-License-Identifier: MIT
 * Sightings: what is the same, what is a copy, what is another message. */
#include "archive/known.h"
#include "base/text.h"
#include "help.h"

/* Each row is put after those above it, so a row says what it adds. */
static void test_news(void **state)
{
	struct fixture *f = *state;
	int64_t inbox = put_folder(f, "INBOX");
	int64_t sent = put_folder(f, "Sent");
	const struct {
		const char *what;
		struct mail mail;
		enum mc_sighting_news news;
	} rows[] = {
		{ "a new message", MAIL(inbox, "1", "hi", NULL, "a@x"),
			MC_NEWS_MESSAGE },
		{ "seen again", MAIL(inbox, "1", "hi", NULL, "a@x"),
			MC_NEWS_SAME },
		{ "the same octets elsewhere",
			MAIL(sent, "1", "hi", NULL, "a@x"), MC_NEWS_COPY },
		{ "the same octets under another key of one folder",
			MAIL(inbox, "2", "hi", NULL, "a@x"), MC_NEWS_COPY },
		{ "other trace headers, same variant",
			MAIL(inbox, "3", "Received: hi", "hi", "a@x"),
			MC_NEWS_COPY },
		{ "other text under one id",
			MAIL(inbox, "4", "ho", NULL, "a@x"), MC_NEWS_VARIANT },
		{ "a reused id is another message (other key)",
			MAIL(inbox, "5", "hi there", NULL, "b@x"),
			MC_NEWS_MESSAGE },
		{ "no id: a message by its variant",
			MAIL(inbox, "6", "nameless", NULL, ""),
			MC_NEWS_MESSAGE },
		{ "no id, same variant",
			MAIL(inbox, "7", "X: nameless", "nameless", ""),
			MC_NEWS_COPY },
		{ "a key that holds other octets now is another sighting",
			MAIL(inbox, "1", "replaced", NULL, "c@x"),
			MC_NEWS_MESSAGE },
		{ "and the old one is not forgotten",
			MAIL(inbox, "1", "hi", NULL, "a@x"), MC_NEWS_SAME },
		{ "by its rules, identity is the octets': another is told, "
		  "other octets are meant",
			MAIL(sent, "9", "hi", NULL, "z@x"), MC_NEWS_MESSAGE },
	};
	struct mc_totals totals;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum mc_sighting_news news = put_mail(f, &rows[i].mail);

		if (news != rows[i].news)
			fail_msg("%s: %d", rows[i].what, (int)news);
	}
	ok(f, mc_totals_get(f->ar, &totals, &f->err));
	assert_int_equal(totals.logical, 5);
	assert_int_equal(totals.variants, 6);
	assert_int_equal(totals.bodies, 8);
	assert_int_equal(totals.sightings, 10);
	assert_int_equal(totals.without_id, 1);
	assert_int_equal(totals.octets_raw, ask(f, "SELECT sum(raw_octets) "
						   "FROM sighting"));
	assert_int_equal(totals.reused_ids, 0);
}

/* Five messages under one Message-ID are one reused id. */
static void test_reused(void **state)
{
	struct fixture *f = *state;
	int64_t inbox = put_folder(f, "INBOX");
	struct mc_sighting in = { .folder = inbox,
		.run = f->run,
		.raw_octets = 1,
		.message_id = MC_SPAN("one@id"),
		.aliases = { "x@y\0z@y", 8 },
		.time = MC_NO_TIME,
		.date = MC_NO_TIME };
	struct mc_totals totals;
	enum mc_sighting_news news;

	ok(f, mc_archive_begin(f->ar, &f->err));
	for (int i = 0; i < 5; i++) {
		char text[8];
		struct mc_digest d;

		mc_text_format(text, sizeof(text), "%d", i);
		d = digest(text);
		memcpy(d.octet, "mark", 4); /* keys of one id begin alike */
		in.key = text;
		in.logical_key = &d;
		in.variant = &d;
		put_message(f, mc_span_str(text), &in, &news);
		assert_int_equal(news, MC_NEWS_MESSAGE);
		ok(f, mc_totals_get(f->ar, &totals, &f->err));
		assert_int_equal(totals.reused_ids, i > 0);
	}
	ok(f, mc_archive_commit(f->ar, &f->err));
	assert_int_equal(ask(f, "SELECT count(*) FROM alias"), 10);
}

/* Offsets shift when an mbox is compacted: the same mails keep their
 * sightings, two alike stay two, and what is gone stays on record. */
static void test_moving(void **state)
{
	static const struct {
		const char *key;
		const char *text;
		enum mc_sighting_news news;
	} second[] = {
		{ "0", "twin", MC_NEWS_REKEYED },
		{ "50", "twin", MC_NEWS_REKEYED },
		{ "100", "twin", MC_NEWS_COPY },
		{ "150", "last", MC_NEWS_REKEYED },
	};
	struct fixture *f = *state;
	int64_t inbox = put_folder(f, "INBOX");
	struct mail mail = { .folder = inbox, .id = "", .since_run = f->run };
	static const char *const first[][2] = { { "10", "gone" },
		{ "60", "twin" }, { "110", "twin" }, { "160", "last" } };
	struct mc_known found;

	for (size_t i = 0; i < 4; i++) {
		mail.key = first[i][0];
		mail.text = first[i][1];
		put_mail(f, &mail);
	}
	ok(f, mc_run_begin(f->ar, "pull again", &f->run, &f->err));
	mail.since_run = f->run;
	for (size_t i = 0; i < 4; i++) {
		mail.key = second[i].key;
		mail.text = second[i].text;
		assert_int_equal(put_mail(f, &mail), second[i].news);
	}
	assert_int_equal(ask(f, "SELECT count(*) FROM sighting"), 5);
	ok(f, mc_known_find(f->ar, inbox, "10", -1, &found, &f->err));
	assert_true(found.sighting != 0);
	ok(f, mc_known_find(f->ar, inbox, "160", -1, &found, &f->err));
	assert_true(found.sighting == 0);
}

/* A run that goes on where another one stopped has not met what stands before:
 * a twin behind it is one more all the same. */
static void test_moving_on(void **state)
{
	struct fixture *f = *state;
	int64_t inbox = put_folder(f, "INBOX");
	struct mail mail = { .folder = inbox,
		.id = "",
		.key = "0",
		.text = "twin",
		.since_run = f->run };

	put_mail(f, &mail);
	ok(f, mc_run_begin(f->ar, "pull on", &f->run, &f->err));
	mail.key = "50";
	assert_int_equal(put_mail(f, &mail), MC_NEWS_COPY);
	assert_int_equal(put_mail(f, &mail), MC_NEWS_SAME);
	assert_int_equal(ask(f, "SELECT count(*) FROM sighting"), 2);
}

static void test_known(void **state)
{
	struct fixture *f = *state;
	int64_t inbox = put_folder(f, "INBOX");
	int64_t sent = put_folder(f, "Sent");
	const struct {
		int64_t folder;
		const char *key;
		int64_t octets;
		int64_t id; /* of the mail that is known so */
	} rows[] = {
		{ inbox, "b", -1, 2 },
		{ inbox, "b", 5, 2 },
		{ inbox, "b", 6, 0 },
		{ inbox, "B", 5, 0 },
		{ sent, "b", 5, 0 },
		/* In their order, with gaps. */
		{ inbox, "a", 5, 1 },
		{ inbox, "aa", 5, 0 },
		{ inbox, "b", 5, 2 },
		{ inbox, "c", 5, 4 }, /* two of this name: the later */
		{ inbox, "c", 3, 3 }, /* that is as long */
		{ inbox, "d", 5, 5 },
		{ inbox, "z", 5, 0 },
		{ sent, "d", 5, 6 },
		/* And backwards. */
		{ inbox, "d", 5, 5 },
		{ inbox, "a", 5, 1 },
		{ inbox, "", 5, 0 },
	};
	const struct mail mails[] = {
		MAIL(inbox, "a", "12345", NULL, "a@x"),
		MAIL(inbox, "b", "12346", NULL, "b@x"),
		MAIL(inbox, "c", "123", NULL, "c@x"),
		MAIL(inbox, "c", "12347", NULL, "d@x"),
		MAIL(inbox, "d", "12348", NULL, "e@x"),
		MAIL(sent, "d", "12349", NULL, "f@x"),
	};
	struct mc_known known;

	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
		put_mail(f, &mails[i]);
	/* Held, and within a batch, where each is searched for. */
	for (int batch = 0; batch < 2; batch++) {
		if (batch)
			ok(f, mc_archive_begin(f->ar, &f->err));
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			ok(f, mc_known_find(f->ar, rows[i].folder, rows[i].key,
				      rows[i].octets, &known, &f->err));
			assert_int_equal(known.sighting, rows[i].id);
		}
	}
	ok(f, mc_archive_commit(f->ar, &f->err));
}

/* A walk does not outlast what it stands on. */
static void test_known_later(void **state)
{
	struct fixture *f = *state;
	int64_t inbox = put_folder(f, "INBOX");
	const struct mail first = MAIL(inbox, "a", "12345", NULL, "a@x");
	struct mail more = MAIL(inbox, "b", "12346", NULL, "b@x");
	struct mc_known known;

	put_mail(f, &first);
	ok(f, mc_known_find(f->ar, inbox, "a", 5, &known, &f->err));
	assert_false(known.worded);
	ok(f, mc_archive_begin(f->ar, &f->err));
	more.flags = 2;
	more.keyword = "$Forwarded";
	put_mail(f, &more);
	ok(f, mc_known_find(f->ar, inbox, "b", 5, &known, &f->err));
	assert_int_equal(known.sighting, 2);
	assert_int_equal(known.flags, 2);
	assert_true(known.worded);
	ok(f, mc_archive_commit(f->ar, &f->err));
}

/* What a line must say; NULL ends. */
struct expect {
	const char *keywords;
	size_t keywords_n;
	uint32_t flags;
	int64_t time;
	int lines;
};

static enum mc_rc see(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err)
{
	struct expect *expect = arg;

	(void)err;
	expect->lines++;
	assert_int_equal(line->flags, expect->flags);
	assert_int_equal(line->time, expect->time);
	assert_int_equal(line->keywords.n, expect->keywords_n);
	assert_memory_equal(
		line->keywords.p, expect->keywords, expect->keywords_n);
	assert_string_equal(line->source, "mbox:test");
	assert_string_equal(line->folder, "INBOX");
	assert_string_equal(line->message_id, "a@x");
	return MC_OK;
}

/* Flags, words, date and dress follow the source; dress comes back to the
 * octet and goes when raw is canonical again. */
static void test_refresh(void **state)
{
	static const struct mc_sighting_filter all;
	struct fixture *f = *state;
	struct mc_digest key = key_of("a@x");
	struct mc_digest raw = digest("raw");
	char *dress = noise(300000, 4);
	struct mc_sighting in = { .folder = put_folder(f, "INBOX"),
		.key = "1",
		.run = f->run,
		.raw_octets = 9,
		.time = 1000,
		.rank = 1,
		.flags = 1,
		.keywords = { "old\0other", 10 },
		.labels = { "L", 2 },
		.dress = { dress, 300000 },
		.raw_sha256 = &raw,
		.logical_key = &key,
		.variant = &key,
		.message_id = MC_SPAN("a@x"),
		.date = MC_NO_TIME };
	struct expect expect = { "old\0other", 10, 1, 1000, 0 };
	enum mc_sighting_news news;
	struct mc_buf out;
	int64_t id;

	mc_buf_init(&out, 1000000);
	id = put_message(f, MC_SPAN("text"), &in, &news);
	ok(f, mc_sighting_each(f->ar, &all, see, &expect, &f->err));
	ok(f, mc_dress_get(f->ar, id, &out, &f->err));
	assert_int_equal(out.len, 300000);
	assert_memory_equal(out.data, dress, 300000);

	in.dress = MC_SPAN("short dress");
	in.raw_octets = 11;
	in.flags = 2;
	in.time = MC_NO_TIME;
	in.keywords = (struct mc_span){ "new", 4 };
	assert_int_equal(put_message(f, MC_SPAN("text"), &in, &news), id);
	assert_int_equal(news, MC_NEWS_SAME);
	expect = (struct expect){ "new", 4, 2, MC_NO_TIME, 0 };
	ok(f, mc_sighting_each(f->ar, &all, see, &expect, &f->err));
	assert_int_equal(expect.lines, 1);
	ok(f, mc_dress_get(f->ar, id, &out, &f->err));
	assert_string_equal(out.data, "short dress");
	assert_int_equal(ask(f, "SELECT octets_raw FROM totals"), 11);

	in.dress.n = 0;
	in.raw_sha256 = NULL;
	put_message(f, MC_SPAN("text"), &in, &news);
	ok(f, mc_dress_get(f->ar, id, &out, &f->err));
	assert_int_equal(out.len, 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM dress"), 0);
	assert_int_equal(ask(f, "SELECT touched FROM sighting"), 1);
	mc_buf_dispose(&out);
	free(dress);
}

/* The same mail told again writes nothing. */
static void test_idle(void **state)
{
	struct fixture *f = *state;
	struct mail mail = { .folder = put_folder(f, "INBOX"),
		.key = "1",
		.text = "t",
		.id = "a@x",
		.flags = 1,
		.time = 5,
		.rank = 1,
		.keyword = "word" };
	int64_t before;

	put_mail(f, &mail);
	before = mc_archive_octets(f->ar);
	for (int i = 0; i < 100; i++)
		assert_int_equal(put_mail(f, &mail), MC_NEWS_SAME);
	assert_int_equal(mc_archive_octets(f->ar), before);
}

static enum mc_rc count_line(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err)
{
	(void)line;
	(void)err;
	++*(int *)arg;
	return MC_OK;
}

static void test_filters(void **state)
{
	struct fixture *f = *state;
	int64_t inbox = put_folder(f, "INBOX");
	int64_t sent = put_folder(f, "Sent");
	const struct mail mails[] = {
		MAIL(inbox, "1", "one", NULL, "a@x"),
		MAIL(inbox, "2", "two", NULL, "b@x"),
		MAIL(sent, "1", "one again", "one", "a@x"),
	};
	const struct {
		struct mc_sighting_filter filter;
		int lines;
	} rows[] = {
		{ { NULL, 0, 0 }, 3 },
		{ { "INBOX", 0, 0 }, 2 },
		{ { "Sent", 0, 0 }, 1 },
		{ { "sent", 0, 0 }, 0 },
		{ { NULL, 1, 0 }, 2 },
		{ { "Sent", 1, 0 }, 1 },
		{ { NULL, 0, 2 }, 1 },
		{ { NULL, 1, 2 }, 0 },
		{ { NULL, 0, 99 }, 0 },
	};

	for (size_t i = 0; i < 3; i++)
		put_mail(f, &mails[i]);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int lines = 0;

		ok(f, mc_sighting_each(f->ar, &rows[i].filter, count_line,
			      &lines, &f->err));
		assert_int_equal(lines, rows[i].lines);
	}
}

/* Facts for people come from the first sighting that has them. */
static void test_facts(void **state)
{
	struct fixture *f = *state;
	struct mc_digest key = key_of("a@x");
	struct mc_sighting in = { .folder = put_folder(f, "INBOX"),
		.key = "1",
		.run = f->run,
		.time = MC_NO_TIME,
		.logical_key = &key,
		.variant = &key,
		.date = MC_NO_TIME };
	static const struct {
		const char *from;
		const char *subject;
		int64_t date;
	} facts[] = { { NULL, NULL, MC_NO_TIME }, { NULL, "first", 7 },
		{ "me", "second", 8 } };
	enum mc_sighting_news news;

	for (size_t i = 0; i < 3; i++) {
		char text[4] = { (char)('a' + i) };

		ok(f, mc_archive_begin(f->ar, &f->err));
		in.key = text;
		in.from = facts[i].from;
		in.subject = facts[i].subject;
		in.date = facts[i].date;
		put_message(f, mc_span_str(text), &in, &news);
		ok(f, mc_archive_commit(f->ar, &f->err));
	}
	assert_int_equal(ask(f, "SELECT count(*) FROM logical WHERE date = 7 "
				"AND sender = 'me' AND subject = 'first'"),
		1);
}

static void test_folder(void **state)
{
	struct fixture *f = *state;
	struct mc_folder_row row;
	struct mc_folder_row again;

	ok(f, mc_folder_put(f->ar, f->source, "A", 0, &row, &f->err));
	assert_string_equal(row.reach.fingerprint, "");
	ok(f, mc_folder_put(f->ar, f->source, "A", 3, &again, &f->err));
	assert_int_equal(again.id, row.id);
	assert_int_equal(ask(f, "SELECT special FROM folder"), 3);
}

static void same_left_out(
	const struct mc_left_out *got, const struct mc_left_out *want)
{
	assert_int_equal(got->rule, want->rule);
	assert_int_equal(got->value, want->value);
	assert_int_equal(got->items, want->items);
}

/* How far it was read comes back as told, and takes the place of what was told
 * before. */
static void test_reach(void **state)
{
	struct fixture *f = *state;
	const struct mc_reach rows[] = {
		{ .fingerprint = "half",
			.listed = 7,
			.left_out = { { 1, 1546300800, 2 }, { 3, 1024, 1 } },
			.left_out_n = 2,
			.offset = 1LL << 40,
			.run = f->run,
			.has_sha256 = true,
			.sha256 = digest("before") },
		{ .whole = true,
			.fingerprint = "whole",
			.listed = 12,
			.left_out = { { 1, 1546300800, 3 } },
			.left_out_n = 1 },
		{ .whole = true, .fingerprint = "changed", .listed = 1 },
	};
	struct mc_folder_row row;

	ok(f, mc_folder_put(f->ar, f->source, "A", 0, &row, &f->err));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mc_reach *in = &rows[i];
		const struct mc_reach *out = &row.reach;

		ok(f, mc_reach_put(f->ar, row.id, in, &f->err));
		ok(f, mc_folder_put(f->ar, f->source, "A", 0, &row, &f->err));
		assert_int_equal(out->whole, in->whole);
		assert_string_equal(out->fingerprint, in->fingerprint);
		assert_int_equal(out->listed, in->listed);
		assert_int_equal(out->offset, in->offset);
		assert_int_equal(out->run, in->run);
		assert_int_equal(out->has_sha256, in->has_sha256);
		assert_true(mc_digest_eq(&out->sha256, &in->sha256));
		assert_int_equal(out->left_out_n, in->left_out_n);
		for (size_t k = 0; k < in->left_out_n; k++)
			same_left_out(&out->left_out[k], &in->left_out[k]);
	}
}

/* Runs, items and gaps: kept as told, gaps once. */
static void test_run(void **state)
{
	static const struct mc_counts counts = { 6, 1, 2, 1, 2, 1000 };
	struct fixture *f = *state;
	int64_t folder = put_folder(f, "A");

	struct mc_run_item item = { f->run, folder, "k", true, "why" };
	struct mc_gap gap = { folder, f->run, 5, 3, "cut", { "a\0b", 3 } };
	for (int i = 0; i < 2; i++)
		ok(f, mc_gap_put(f->ar, &gap, &f->err));
	gap.octets = (struct mc_span){ "a\0c", 3 };
	ok(f, mc_gap_put(f->ar, &gap, &f->err));
	ok(f, mc_run_item_put(f->ar, &item, &f->err));
	item.folder = 0;
	item.failed = false;
	ok(f, mc_run_item_put(f->ar, &item, &f->err));
	ok(f, mc_run_end(f->ar, f->run, &counts, 1, &f->err));
	assert_int_equal(ask(f, "SELECT count(*) FROM gap"), 2);
	assert_int_equal(ask(f, "SELECT count(*) FROM run_item"), 2);
	assert_int_equal(ask(f, "SELECT listed - stored - known - skipped "
				"- failed FROM run WHERE octets = 1000"),
		0);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(test_news),
		TEST(test_reused),
		TEST(test_moving),
		TEST(test_moving_on),
		TEST(test_known),
		TEST(test_known_later),
		TEST(test_refresh),
		TEST(test_idle),
		TEST(test_filters),
		TEST(test_facts),
		TEST(test_folder),
		TEST(test_reach),
		TEST(test_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
