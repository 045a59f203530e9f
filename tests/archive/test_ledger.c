/* SPDX-License-Identifier: MIT
 * The ledger: what is placed, what is found, what became of it, and that no
 * turn of events makes two of one or none. */
#include <time.h>

#include "base/text.h"
#include "help.h"

enum { DELETED = 16, MANY = 50000 };

static const struct mc_place_rules plain = { .deleted_flags = DELETED };

/* A fixture with a target and its mailboxes. */
struct ledger {
	struct fixture *f;
	int64_t inbox;  /* folder */
	int64_t copies; /* folder */
	int64_t target;
	int64_t mailbox; /* "In" */
	int64_t other;   /* "Other" */
};

static int64_t put_mailbox(struct ledger *l, const char *name)
{
	struct mc_mailbox_row row;

	ok(l->f, mc_mailbox_put(l->f->ar, l->target, name, &row, &l->f->err));
	return row.id;
}

static void route(struct ledger *l, int64_t folder, int64_t mailbox)
{
	ok(l->f, mc_route_put(l->f->ar, l->target, folder, mailbox,
			 mailbox ? "" : "excluded by me", &l->f->err));
}

static struct ledger start(void **state)
{
	struct ledger l = { .f = *state };

	l.inbox = put_folder(l.f, "INBOX");
	l.copies = put_folder(l.f, "Copies");
	ok(l.f, mc_target_put(l.f->ar, "imaps://me@x", &l.target, &l.f->err));
	l.mailbox = put_mailbox(&l, "In");
	l.other = put_mailbox(&l, "Other");
	ok(l.f, mc_mailbox_selected(l.f->ar, l.mailbox, 100, &l.f->err));
	route(&l, l.inbox, l.mailbox);
	route(&l, l.copies, l.mailbox);
	return l;
}

/* Each row of a table has an archive of its own. */
static struct ledger start_row(void **state, size_t row)
{
	if (row > 0) {
		fixture_close(state);
		assert_int_equal(fixture_open(state), 0);
	}
	return start(state);
}

static int64_t make(struct ledger *l, const struct mc_place_rules *rules)
{
	int64_t placed;

	ok(l->f, mc_placements_make(
			 l->f->ar, l->target, rules, &placed, &l->f->err));
	return placed;
}

static struct mc_matched match_all(struct ledger *l)
{
	struct mc_matched matched;

	ok(l->f, mc_placements_match(
			 l->f->ar, l->mailbox, &matched, &l->f->err));
	return matched;
}

static int64_t match(struct ledger *l)
{
	return match_all(l).found;
}

static void put_remote(struct ledger *l, uint32_t uid, const char *id,
	int64_t octets, bool keyed)
{
	struct mc_digest key = key_of(id);
	const struct mc_remote remote = { .mailbox = l->mailbox,
		.uid = uid,
		.octets = octets,
		.key = keyed ? &key : NULL,
		.message_id = mc_span_str(id) };

	ok(l->f, mc_remote_put(l->f->ar, &remote, &l->f->err));
}

/* The waiting ones; the n-th is made `sending` under UIDNEXT. */
static size_t waiting(struct ledger *l, struct mc_placement *out, size_t n)
{
	ok(l->f, mc_placements_next(
			 l->f->ar, l->mailbox, 0, out, &n, &l->f->err));
	for (size_t i = 0; i < n; i++)
		mc_placement_dispose(&out[i]);
	return n;
}

static void sending(struct ledger *l, int64_t id, uint32_t uidnext)
{
	ok(l->f, mc_placement_sending(l->f->ar, id, 100, uidnext, &l->f->err));
}

static void sent(struct ledger *l, int64_t id, uint32_t uid)
{
	struct mc_landing landing = { .uidvalidity = uid ? 100 : 0,
		.uid = uid };

	ok(l->f, mc_placement_sent(l->f->ar, id, &landing, &l->f->err));
}

static void check_counts(struct ledger *l, const char *expect)
{
	struct mc_ledger_counts c;
	struct mc_ledger_counts all;
	char text[128];

	ok(l->f, mc_ledger_count(l->f->ar, l->target, &c, &l->f->err));
	ok(l->f, mc_ledger_count(l->f->ar, 0, &all, &l->f->err));
	assert_memory_equal(&c, &all, sizeof(c));
	assert_int_equal(c.placements,
		c.sent + c.present + c.refused + c.skipped + c.waiting);
	mc_text_format(text, sizeof(text), "%dw %ds %dp %dr %dk",
		(int)c.waiting, (int)c.sent, (int)c.present, (int)c.refused,
		(int)c.skipped);
	assert_string_equal(text, expect);
}

static void put(struct ledger *l, int64_t folder, const char *key,
	const char *text, const char *id, uint32_t flags)
{
	struct mail mail = MAIL(folder, key, text, NULL, id);

	mail.flags = flags;
	put_mail(l->f, &mail);
}

/* "a@x" and "b@x", in one mailbox. */
static void two_waiting(struct ledger *l, struct mc_placement p[2])
{
	put(l, l->inbox, "1", "one", "a@x", 0);
	put(l, l->inbox, "2", "two", "b@x", 0);
	make(l, &plain);
	assert_int_equal(waiting(l, p, 2), 2);
}

/* Each logical message once a mailbox, however many sightings; marked as
 * deleted or going nowhere: skipped; made once only. */
static void test_make(void **state)
{
	struct ledger l = start(state);
	int64_t junk = put_folder(l.f, "Junk");
	struct mc_placement p[4];

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.copies, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "one, changed", "a@x", 0);
	put(&l, l.inbox, "3", "gone", "b@x", DELETED);
	put(&l, junk, "1", "junk", "c@x", 0);
	route(&l, junk, 0);
	assert_int_equal(make(&l, &plain), 3);
	check_counts(&l, "1w 0s 0p 0r 2k");
	assert_int_equal(ask(l.f, "SELECT count(*) FROM placement WHERE "
				  "text = 'excluded by me' AND state = 5"),
		1);
	assert_int_equal(waiting(&l, p, 4), 1);
	assert_int_equal(p[0].octets, 3);
	assert_int_equal(make(&l, &plain), 0);

	/* A copy that is not deleted turns a skipped one into waiting. */
	put(&l, l.copies, "3", "gone", "b@x", 0);
	assert_int_equal(make(&l, &plain), 0);
	check_counts(&l, "2w 0s 0p 0r 1k");
	/* And back, when the source says so later. */
	put(&l, l.copies, "3", "gone", "b@x", DELETED);
	assert_int_equal(make(&l, &plain), 0);
	check_counts(&l, "1w 0s 0p 0r 2k");
}

/* Other rules, other routes: what nobody asks for any more goes, what was sent
 * stays. */
static void test_remake(void **state)
{
	struct ledger l = start(state);
	struct mc_place_rules rules = plain;
	struct mc_placement p[4];

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "one, changed", "a@x", 0);
	put(&l, l.inbox, "3", "gone", "b@x", DELETED);
	put(&l, l.copies, "4", "four", "d@x", 0);
	make(&l, &plain);
	check_counts(&l, "2w 0s 0p 0r 1k");

	rules.keep_deleted = true;
	assert_int_equal(make(&l, &rules), 0);
	check_counts(&l, "3w 0s 0p 0r 0k");
	rules.all_variants = true;
	assert_int_equal(make(&l, &rules), 1);
	check_counts(&l, "4w 0s 0p 0r 0k");
	assert_int_equal(make(&l, &plain), 0);
	check_counts(&l, "2w 0s 0p 0r 1k");

	assert_int_equal(waiting(&l, p, 4), 2);
	sending(&l, p[0].id, 1);
	sent(&l, p[0].id, 1);
	route(&l, l.inbox, l.other);
	assert_int_equal(make(&l, &plain), 2);
	/* "one" was sent to In and is asked for in Other now. */
	check_counts(&l, "2w 1s 0p 0r 1k");
	route(&l, l.copies, 0);
	assert_int_equal(make(&l, &plain), 1);
	check_counts(&l, "1w 1s 0p 0r 2k");
	assert_int_equal(make(&l, &plain), 0);
}

/* All facts that go with a message: flags and words united, \Deleted kept
 * back, the best date. */
static void test_next(void **state)
{
	struct ledger l = start(state);
	struct mail mail = MAIL(l.inbox, "1", "one", NULL, "a@x");
	struct mc_placement p[3];
	size_t n = 3;

	mail.flags = 1;
	mail.time = 500;
	mail.rank = 3;
	mail.keyword = "blue";
	put_mail(l.f, &mail);
	mail = (struct mail)MAIL(l.copies, "1", "one", NULL, "a@x");
	mail.flags = DELETED | 4;
	mail.time = 900;
	mail.rank = 1;
	mail.keyword = "red";
	put_mail(l.f, &mail);
	mail.key = "2";
	mail.time = 800;
	mail.keyword = "blue";
	put_mail(l.f, &mail);
	mail.key = "3";
	mail.time = 0;
	mail.rank = 0;
	put_mail(l.f, &mail);
	put(&l, l.inbox, "9", "nine", "", 0);
	make(&l, &plain);
	ok(l.f, mc_placements_next(l.f->ar, l.mailbox, 0, p, &n, &l.f->err));
	assert_int_equal(n, 2);
	assert_false(p[0].nameless);
	assert_true(p[1].nameless);
	assert_int_equal(p[0].flags, 5);
	assert_int_equal(p[0].internaldate, 800);
	assert_int_equal(p[0].shape, 4);
	assert_int_equal(p[0].keywords_n, 9);
	assert_int_equal(p[1].keywords_n, 0);
	assert_int_equal(p[1].internaldate, MC_NO_TIME);
	mc_placement_dispose(&p[0]);
	mc_placement_dispose(&p[1]);
	n = 3;
	ok(l.f, mc_placements_next(
			l.f->ar, l.mailbox, p[0].id, &p[2], &n, &l.f->err));
	assert_int_equal(n, 1);
	assert_int_equal(p[2].id, p[1].id);
	mc_placement_dispose(&p[2]);
}

/* One that was refused is known as such when it is tried again, whatever comes
 * between; behind the others only so many of the last are read. */
static void test_tried_again(void **state)
{
	struct ledger l = start(state);
	struct mc_archive *ar = l.f->ar;
	struct mc_error *err = &l.f->err;
	struct mc_placement p[4];
	int64_t n;

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "two", "b@x", 0);
	put(&l, l.inbox, "3", "three", "c@x", 0);
	make(&l, &plain);
	assert_int_equal(waiting(&l, p, 4), 3);
	sending(&l, p[1].id, 8);
	ok(l.f, mc_placement_refused(ar, p[1].id, "", "no", err));
	ok(l.f, mc_placements_retry(ar, l.target, NULL, &n, err));
	assert_int_equal(n, 1);
	sending(&l, p[1].id, 8);
	ok(l.f, mc_placement_waiting(ar, p[1].id, "busy", err));
	assert_int_equal(waiting(&l, p, 4), 3);
	assert_true(p[1].refused);
	assert_false(p[0].refused || p[2].refused);
	ok(l.f, mc_placements_tail(ar, l.mailbox, 1, &n, err));
	assert_int_equal(n, p[1].id);
	ok(l.f, mc_placements_tail(ar, l.mailbox, 3, &n, err));
	assert_int_equal(n, 0);
}

/* The states, and that no other change is possible. */
static void test_states(void **state)
{
	struct ledger l = start(state);
	struct mc_digest sha = digest("as sent");
	struct mc_archive *ar = l.f->ar;
	struct mc_error *err = &l.f->err;
	struct mc_placement p[4];

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "two", "b@x", 0);
	put(&l, l.inbox, "3", "three", "c@x", 0);
	put(&l, l.inbox, "4", "four", "d@x", 0);
	make(&l, &plain);
	assert_int_equal(waiting(&l, p, 4), 4);

	assert_int_equal(
		mc_placement_sent(ar, p[0].id,
			&(struct mc_landing){ 100, 1, NULL, NULL }, err),
		MC_EDB);
	sending(&l, p[0].id, 7);
	assert_int_equal(
		mc_placement_sending(ar, p[0].id, 100, 7, err), MC_EDB);
	ok(l.f, mc_placement_sent(ar, p[0].id,
			&(struct mc_landing){ 100, 7, "NUL removed", &sha },
			err));
	assert_int_equal(
		mc_placement_refused(ar, p[0].id, "", "no", err), MC_EDB);

	sending(&l, p[1].id, 8);
	ok(l.f, mc_placement_refused(ar, p[1].id, "TOOBIG", "too big", err));
	assert_int_equal(
		mc_placement_waiting(ar, p[1].id, "again", err), MC_EDB);
	/* Refused before an octet was spent. */
	ok(l.f, mc_placement_refused(ar, p[2].id, NULL, "limit", err));

	sending(&l, p[3].id, 8);
	ok(l.f, mc_placement_waiting(ar, p[3].id, "quota", err));
	assert_int_equal(waiting(&l, p, 4), 1);
	assert_int_equal(p[0].attempts, 1);
	/* A UID that is taken is not believed. */
	sending(&l, p[0].id, 8);
	sent(&l, p[0].id, 7);
	check_counts(&l, "0w 2s 0p 2r 0k");
	assert_int_equal(ask(l.f, "SELECT count(*) FROM placement "
				  "WHERE uid IS NOT NULL"),
		1);
}

/* A look settles what waits, what was on its way, and nothing twice. */
static void test_match(void **state)
{
	struct ledger l = start(state);
	struct mc_placement p[6];
	struct mc_matched matched;

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "two", "b@x", 0);
	put(&l, l.inbox, "3", "three", "c@x", 0);
	put(&l, l.inbox, "4", "four", "d@x", 0);
	put(&l, l.inbox, "5", "five", "e@x", 0);
	put(&l, l.inbox, "6", "six", "f@x", 0);
	make(&l, &plain);
	assert_int_equal(waiting(&l, p, 6), 6);
	sending(&l, p[1].id, 50);
	sending(&l, p[2].id, 50);
	sending(&l, p[3].id, 50);
	sending(&l, p[4].id, 50);
	sent(&l, p[4].id, 0);               /* no UIDPLUS */
	put_remote(&l, 10, "a@x", 3, true); /* was there: present */
	put_remote(&l, 11, "a@x", 3, true); /* twice: nobody's */
	put_remote(&l, 51, "b@x", 3, true); /* arrived: sent */
	put_remote(&l, 49, "c@x", 5, true); /* was there all along */
	put_remote(&l, 52, "e@x", 4, true); /* is the sent one's */
	put_remote(&l, 53, "zz@x", 4, true);
	matched = match_all(&l);
	assert_int_equal(matched.found, 3);
	assert_int_equal(matched.lost, 1); /* the fourth */
	check_counts(&l, "2w 2s 2p 0r 0k");
	assert_int_equal(
		ask(l.f, "SELECT uid FROM placement WHERE id = 1"), 10);
	assert_int_equal(ask(l.f, "SELECT state * 1000 + uid FROM placement "
				  "WHERE id = 2"),
		2051);
	assert_int_equal(ask(l.f, "SELECT state * 1000 + uid FROM placement "
				  "WHERE id = 3"),
		3049);
	assert_int_equal(ask(l.f, "SELECT state * 1000 + uid FROM placement "
				  "WHERE id = 5"),
		2052);
	matched = match_all(&l);
	assert_int_equal(matched.found + matched.lost, 0);
}

/* One by its row. */
static void test_get(void **state)
{
	struct ledger l = start(state);
	struct mc_placed placed;
	struct mc_placement p[2];

	two_waiting(&l, p);
	sending(&l, p[1].id, 50);
	sent(&l, p[1].id, 51);
	ok(l.f, mc_placement_get(l.f->ar, p[1].id, &placed, &l.f->err));
	assert_int_equal(placed.state, MC_SENT);
	assert_int_equal(placed.uid, 51);
	assert_int_equal(placed.logical, p[1].logical);
	assert_string_equal(placed.mailbox, "In");
	assert_string_equal(placed.subject, "two");
	mc_placed_dispose(&placed);
	ok(l.f, mc_placement_get(l.f->ar, p[0].id, &placed, &l.f->err));
	assert_int_equal(placed.state, MC_WAITING);
	assert_int_equal(placed.uid, 0);
	mc_placed_dispose(&placed);
	assert_int_equal(
		mc_placement_get(l.f->ar, 77, &placed, &l.f->err), MC_EDB);
	mc_placed_dispose(&placed);
}

/* A message there whose key is that of another message of ours. */
static void put_keyed(struct ledger *l, uint32_t uid)
{
	struct mc_digest key = key_of("c@x");

	put_remote(l, uid, "a@x", 99, false);
	put(l, l->inbox, "3", "three", "c@x", 0);
	ok(l->f, mc_remote_key(l->f->ar, l->mailbox, uid, &key, &l->f->err));
}

/* The Message-ID alone settles only what nobody else can mean. */
static void test_match_rewritten(void **state)
{
	static const struct {
		const char *what;
		uint32_t uids[3]; /* of messages with that id, key unknown */
		uint32_t keyed;   /* one whose key is another message's */
		bool sending;
		const char *counts;
		const char *id; /* of those messages */
	} rows[] = {
		{ "one from UIDNEXT on", { 60 }, 0, true, "1w 1s 0p 0r 0k",
			"a@x" },
		{ "one before", { 40 }, 0, true, "2w 0s 0p 0r 0k", "a@x" },
		{ "two from there on", { 60, 61 }, 0, true, "2w 0s 0p 0r 0k",
			"a@x" },
		{ "one before, one behind", { 40, 61 }, 0, true,
			"1w 1s 0p 0r 0k", "a@x" },
		{ "known as another message of ours", { 0 }, 60, true,
			"2w 0s 0p 0r 0k", "a@x" },
		{ "never on its way", { 60 }, 0, false, "2w 0s 0p 0r 0k",
			"a@x" },
		{ "of another domain", { 60 }, 0, true, "1w 1s 0p 0r 0k",
			"a@y" },
		{ "of another domain, before", { 40 }, 0, true,
			"2w 0s 0p 0r 0k", "a@y" },
		{ "two of another domain", { 60, 61 }, 0, true,
			"2w 0s 0p 0r 0k", "a@y" },
		{ "of another domain, never on its way", { 60 }, 0, false,
			"2w 0s 0p 0r 0k", "a@y" },
		{ "an id without a domain says nothing", { 60 }, 0, true,
			"2w 0s 0p 0r 0k", "y" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_placement p[2];
		struct ledger l = start_row(state, i);

		put(&l, l.inbox, "1", "one", "a@x", 0);
		put(&l, l.inbox, "2", "two", "b@x", 0);
		make(&l, &plain);
		assert_int_equal(waiting(&l, p, 2), 2);
		if (rows[i].sending)
			sending(&l, p[0].id, 50);
		for (size_t u = 0; u < 3 && rows[i].uids[u]; u++)
			put_remote(&l, rows[i].uids[u], rows[i].id, 99, false);
		if (rows[i].keyed)
			put_keyed(&l, rows[i].keyed);
		match(&l);
		check_counts(&l, rows[i].counts);
	}
}

static int64_t uid_of(struct ledger *l, int64_t placement)
{
	char sql[80];

	mc_text_format(sql, sizeof(sql),
		"SELECT ifnull(max(uid), 0) FROM placement WHERE id = %lld",
		(long long)placement);
	return ask(l->f, sql);
}

static void put_alike(struct ledger *l, bool reused)
{
	struct mail mails[] = { MAIL(l->inbox, "1", "one", NULL, "a@x"),
		MAIL(l->inbox, "2", "two", NULL, "a@y") };

	for (size_t i = 0; i < 2; i++) {
		mails[i].reused = reused;
		if (reused)
			mails[i].id = "a@x";
		put_mail(l->f, &mails[i]);
	}
	make(l, &plain);
}

/* Two that are alike but for the domain, or bear one Message-ID: they are settled
 * only where nothing else can be meant. */
static void test_match_marks(void **state)
{
	static const struct {
		const char *what;
		uint32_t uidnext[2]; /* of each when sending began */
		uint32_t uids[2];    /* there, of a third domain */
		int64_t are[2];      /* UIDs they have then; 0: none */
	} rows[] = {
		{ "before the other began", { 50, 60 }, { 55 }, { 55, 0 } },
		{ "in whatever order", { 60, 50 }, { 55 }, { 0, 55 } },
		{ "at UIDNEXT itself", { 50, 60 }, { 50 }, { 50, 0 } },
		{ "what was there before", { 50, 60 }, { 40, 55 }, { 55, 0 } },
		{ "as the other began", { 50, 60 }, { 60 }, { 0, 0 } },
		{ "either", { 50, 50 }, { 55 }, { 0, 0 } },
		{ "one each", { 50, 60 }, { 55, 65 }, { 55, 65 } },
		{ "one each, in the order of sending", { 50, 50 }, { 55, 57 },
			{ 55, 57 } },
		{ "two for one", { 50, 60 }, { 55, 57 }, { 0, 0 } },
	};

	for (size_t i = 0; i < 2 * (sizeof(rows) / sizeof(rows[0])); i++) {
		bool reused = i % 2;
		size_t row = i / 2;
		struct mc_placement p[2];
		struct ledger l = start_row(state, i);

		put_alike(&l, reused);
		assert_int_equal(waiting(&l, p, 2), 2);
		for (size_t n = 0; n < 2; n++) {
			sending(&l, p[n].id, rows[row].uidnext[n]);
			if (rows[row].uids[n])
				put_remote(&l, rows[row].uids[n],
					reused ? "a@x" : "a@z", 99, false);
		}
		match(&l);
		if (uid_of(&l, 1) != rows[row].are[0] ||
			uid_of(&l, 2) != rows[row].are[1])
			fail_msg("%s%s", rows[row].what,
				reused ? ", of one Message-ID" : "");
	}
}

static void altered(struct ledger *l, int64_t id, const char *key)
{
	const struct mc_altered as = { .change = "NUL removed",
		.sha256 = digest("as sent"),
		.key = key_of(key),
		.octets = 77,
		.kept_key = key_of("k@y"),
		.kept_octets = 75 };

	ok(l->f, mc_placement_altered(l->f->ar, id, &as, &l->f->err));
}

static void set_cut(struct ledger *l, bool cut)
{
	ask(l->f, cut ? "UPDATE body SET shape = 1 RETURNING shape"
		      : "UPDATE body SET shape = 0 RETURNING shape");
}

/* Two of one Message-ID, or (NULL) of none.  cut: they do not end in CRLF. */
static void put_sized(
	struct ledger *l, const char *id, bool cut, const char *second)
{
	struct mail mails[] = { MAIL(l->inbox, "1", "two", NULL, id ? id : ""),
		MAIL(l->inbox, "2", second, NULL, id ? id : "") };

	for (size_t i = 0; i < 2; i++) {
		mails[i].reused = id != NULL;
		put_mail(l->f, &mails[i]);
	}
	set_cut(l, cut);
	make(l, &plain);
}

static void put_rewritten(
	struct ledger *l, uint32_t uid, const char *id, int64_t octets)
{
	const struct mc_remote remote = { .mailbox = l->mailbox,
		.uid = uid,
		.octets = octets,
		.message_id = mc_span_str(id ? id : "") };

	ok(l->f, mc_remote_put(l->f->ar, &remote, &l->f->err));
}

/* What is there under a key that nobody knows is told apart by its size. */
static void test_match_sizes(void **state)
{
	static const struct {
		const char *what;
		const char *there; /* id; NULL: none */
		int64_t octets[2];
		bool untold; /* the first was sent, under no UID */
		bool cut;    /* they do not end in CRLF */
		int64_t are[2];
	} rows[] = {
		{ "one id, two sizes", "a@x", { 3, 5 }, 0, 0, { 60, 61 } },
		{ "the other order", "a@x", { 5, 3 }, 0, 0, { 61, 60 } },
		{ "the second alone", "a@x", { 5 }, 0, 0, { 0, 60 } },
		{ "another domain", "a@z", { 5, 3 }, 0, 0, { 61, 60 } },
		{ "no id", NULL, { 5, 3 }, 0, 0, { 61, 60 } },
		{ "no id, a CRLF more", NULL, { 7, 5 }, 0, 1, { 61, 60 } },
		{ "no id, of no size of ours", NULL, { 4, 9 }, 0, 0, { 0, 0 } },
		{ "sent for certain", "a@x", { 3 }, 1, 0, { 60, 0 } },
		{ "and the other is not", NULL, { 3 }, 1, 0, { 60, 0 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_placement p[2];
		struct ledger l = start_row(state, i);

		put_sized(&l, rows[i].there ? "a@x" : NULL, rows[i].cut,
			rows[i].untold ? "six" : "three");
		assert_int_equal(waiting(&l, p, 2), 2);
		for (uint32_t n = 0; n < 2; n++) {
			sending(&l, p[n].id, 50);
			if (n == 0 && rows[i].untold)
				sent(&l, p[n].id, 0);
			if (rows[i].octets[n])
				put_rewritten(&l, 60 + n, rows[i].there,
					rows[i].octets[n]);
		}
		match(&l);
		for (int n = 0; n < 2; n++)
			if (uid_of(&l, p[n].id) != rows[i].are[n])
				fail_msg("%s: %d is %lld", rows[i].what, n,
					(long long)uid_of(&l, p[n].id));
	}
}

static void likely(
	struct ledger *l, int64_t id, const char *key, int64_t octets)
{
	const struct mc_altered as = { .key = key_of(key), .octets = octets };

	ok(l->f, mc_placement_likely(l->f->ar, id, &as, &l->f->err));
}

static int64_t count_changed(struct ledger *l)
{
	return ask(l->f, "SELECT count(*) FROM placement WHERE change IS NOT "
			 "NULL AND sent_key IS NOT NULL");
}

static int64_t count_kept(struct ledger *l)
{
	return ask(l->f, "SELECT count(*) FROM placement WHERE kept_key IS NOT "
			 "NULL AND kept_octets = 75");
}

/* What was changed on its way is found by what was sent of it, and known as
 * changed; where the message as it is turns up, it is not. */
static void test_match_altered(void **state)
{
	static const struct {
		const char *what;
		const char *key; /* of what was sent */
		const char *there[2];
		int64_t octets;
		const char *counts;
		int changed;
	} rows[] = {
		{ "what was sent", "s@y", { "s@y" }, 77, "1w 1s 0p 0r 0k", 1 },
		{ "of another size there", "s@y", { "s@y" }, 78,
			"1w 1s 0p 0r 0k", 1 },
		{ "both: what was sent", "s@y", { "a@x", "s@y" }, 77,
			"1w 1s 0p 0r 0k", 1 },
		{ "as it is", "s@y", { "a@x" }, 3, "1w 1s 0p 0r 0k", 0 },
		{ "nothing", "s@y", { "z@z" }, 77, "2w 0s 0p 0r 0k", 1 },
		{ "what is made of it", "s@y", { "k@y" }, 75, "1w 1s 0p 0r 0k",
			1 },
		{ "that, of another size", "s@y", { "k@y" }, 74,
			"1w 1s 0p 0r 0k", 1 },
		{ "that and what was sent: once", "s@y", { "k@y", "s@y" }, 77,
			"1w 1s 0p 0r 0k", 1 },
		{ "the same key", "a@x", { "a@x" }, 77, "1w 1s 0p 0r 0k", 1 },
		{ "the same key, as it is", "a@x", { "a@x" }, 3,
			"1w 1s 0p 0r 0k", 0 },
		{ "the same key, another size", "a@x", { "a@x" }, 78,
			"1w 1s 0p 0r 0k", 1 },
		{ "another's key and size", "b@x", { "b@x" }, 77,
			"1w 1s 0p 0r 0k", 1 },
		{ "another's key alone is another's", "b@x", { "b@x" }, 3,
			"1w 0s 1p 0r 0k", 1 },
		{ "twice: one is another's", "b@x", { "b@x", "b@x" }, 77,
			"0w 1s 1p 0r 0k", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_placement p[2];
		struct ledger l = start_row(state, i);

		put(&l, l.inbox, "1", "one", "a@x", 0);
		put(&l, l.inbox, "2", "two", "b@x", 0);
		make(&l, &plain);
		assert_int_equal(waiting(&l, p, 2), 2);
		sending(&l, p[0].id, 50);
		altered(&l, p[0].id, rows[i].key);
		for (uint32_t u = 0; u < 2 && rows[i].there[u]; u++)
			put_remote(&l, 60 + u, rows[i].there[u], rows[i].octets,
				true);
		match(&l);
		check_counts(&l, rows[i].counts);
		assert_int_equal(count_changed(&l), rows[i].changed);
	}
}

/* Two that are the same when they are changed, each sent after another look;
 * what stood there before is neither's. */
static void test_match_altered_alike(void **state)
{
	struct ledger l = start(state);
	struct mc_placement p[2];

	two_waiting(&l, p);
	sending(&l, p[0].id, 50);
	altered(&l, p[0].id, "s@y");
	sending(&l, p[1].id, 70);
	altered(&l, p[1].id, "s@y");
	put_remote(&l, 49, "s@y", 77, true);
	put_remote(&l, 60, "s@y", 77, true);
	put_remote(&l, 61, "s@y", 77, true);
	put_remote(&l, 80, "s@y", 77, true);
	assert_int_equal(match(&l), 2);
	assert_int_equal(
		ask(l.f, "SELECT uid FROM placement WHERE id = 1"), 60);
	assert_int_equal(
		ask(l.f, "SELECT uid FROM placement WHERE id = 2"), 80);
}

/* What a server made of it answers for it; and so does itself; and what was sent
 * in its place before. */
static void test_match_likely(void **state)
{
	static const char *const there[] = { "s@y", "a@x", "s@z" };

	for (size_t i = 0; i < 6; i++) {
		struct mc_placement p[1];
		struct ledger l = start_row(state, i);

		put(&l, l.inbox, "1", "one", "a@x", 0);
		make(&l, &plain);
		assert_int_equal(waiting(&l, p, 1), 1);
		sending(&l, p[0].id, 50);
		if (i >= 3) {
			altered(&l, p[0].id, "s@z");
			match(&l);
			sending(&l, p[0].id, 50);
		}
		likely(&l, p[0].id, "s@y", 77);
		if (i < 2) /* no UIDPLUS */
			sent(&l, p[0].id, 0);
		if (i == 2)
			altered(&l, p[0].id, "s@z");
		put_remote(&l, 60, there[i % 3], 77, true);
		match(&l);
		check_counts(&l, "0w 1s 0p 0r 0k");
		assert_int_equal(
			ask(l.f, "SELECT uid FROM placement WHERE id = 1"), 60);
		assert_int_equal(count_changed(&l), i % 3 == 2);
	}
}

/* Two of which a server that drops CRs makes one: as it is there, each is found
 * as it is, and the first does not take what is the second's. */
static void test_match_twins(void **state)
{
	static const struct {
		const char *what;
		const char *there[2];
		int64_t octets[2];
		int lost;
		bool cut; /* they do not end in CRLF */
	} rows[] = {
		{ "both as they are", { "a@x", "b@x" }, { 3, 3 }, 0, false },
		{ "both as they are, a CRLF more", { "a@x", "b@x" }, { 5, 5 },
			0, true },
		{ "both as they are, of other sizes", { "a@x", "b@x" },
			{ 9, 9 }, 0, false },
		{ "the other order", { "b@x", "a@x" }, { 3, 3 }, 0, false },
		{ "one of both", { "b@x", "b@x" }, { 3, 3 }, 0, false },
		{ "one of both, of other sizes", { "b@x", "b@x" }, { 9, 9 }, 0,
			false },
		{ "one alone", { "b@x" }, { 3 }, 1, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_placement p[2];
		struct ledger l = start_row(state, i);

		two_waiting(&l, p);
		set_cut(&l, rows[i].cut);
		for (int j = 0; j < 2; j++)
			sending(&l, p[j].id, 50);
		likely(&l, p[0].id, "b@x", rows[i].cut ? 5 : 3);
		for (uint32_t u = 0; u < 2 && rows[i].there[u]; u++)
			put_remote(&l, 60 + u, rows[i].there[u],
				rows[i].octets[u], true);
		match(&l);
		check_counts(
			&l, rows[i].lost ? "1w 1s 0p 0r 0k" : "0w 2s 0p 0r 0k");
	}
}

/* It is known until something else was sent, or nothing. */
static void test_altered(void **state)
{
	struct ledger l = start(state);
	struct mc_placement p[2];

	two_waiting(&l, p);
	for (int i = 0; i < 2; i++) {
		sending(&l, p[i].id, 50);
		altered(&l, p[i].id, "s@y");
	}
	match(&l);
	check_counts(&l, "2w 0s 0p 0r 0k");
	assert_int_equal(count_changed(&l), 2);
	assert_int_equal(count_kept(&l), 2);
	sending(&l, p[0].id, 50);
	likely(&l, p[0].id, "s@z", 77); /* is no news of what was changed */
	assert_int_equal(count_changed(&l), 2);
	sent(&l, p[0].id, 51);
	assert_int_equal(count_changed(&l), 1);
	assert_int_equal(count_kept(&l), 1);
	ok(l.f, mc_placement_refused(l.f->ar, p[1].id, NULL, "no", &l.f->err));
	assert_int_equal(count_changed(&l), 0);
	assert_int_equal(count_kept(&l), 0);
}

static void tried(struct ledger *l, int64_t id, const char *change,
	const char *sent_as, const char *words)
{
	struct mc_digest sha256 = digest(sent_as ? sent_as : "");
	const struct mc_try as = { change, sent_as ? &sha256 : NULL, "",
		words };

	ok(l->f, mc_placement_tried(l->f->ar, id, &as, &l->f->err));
}

static enum mc_rc join_tries(
	void *arg, const struct mc_try *as, struct mc_error *err)
{
	char line[128];
	struct mc_digest nul_out = digest("x");

	mc_text_format(line, sizeof(line), "%s/%s/%s;",
		as->change ? as->change : "-",
		!as->sha256                          ? "-"
		: mc_digest_eq(as->sha256, &nul_out) ? "x"
						     : "?",
		as->text);
	return mc_buf_put(arg, mc_span_str(line), err);
}

static void check_tries(struct ledger *l, int64_t id, const char *want)
{
	struct mc_buf out;

	mc_buf_init(&out, 4096);
	ok(l->f,
		mc_placement_tries(l->f->ar, id, join_tries, &out, &l->f->err));
	assert_string_equal(mc_buf_str(&out), want);
	mc_buf_dispose(&out);
}

/* Step by step, in order, each once; gone with what nobody wants there. */
static void test_steps(void **state)
{
	struct ledger l = start(state);
	struct mc_placement p[2];

	two_waiting(&l, p);
	for (int again = 0; again < 2; again++) {
		tried(&l, p[0].id, NULL, NULL, "no");
		tried(&l, p[0].id, "keywords dropped", "w", "NUL");
		tried(&l, p[0].id, "NUL removed", "x", "NUL");
	}
	tried(&l, p[1].id, NULL, NULL, "no");
	tried(&l, p[0].id, NULL, NULL, "never");
	check_tries(&l, p[0].id,
		"-/-/no;keywords dropped/?/NUL;NUL removed/x/NUL;-/-/never;");
	check_tries(&l, p[1].id, "-/-/no;");
	route(&l, l.inbox, l.other);
	make(&l, &plain);
	assert_int_equal(ask(l.f, "SELECT count(*) FROM tried"), 0);
}

/* With every variant wanted, size tells which one is there; the other is
 * sent. */
static void test_match_variants(void **state)
{
	static const struct mc_place_rules all = { .all_variants = true };
	struct ledger l = start(state);
	struct mc_placement p[2];

	put(&l, l.inbox, "1", "longer text", "a@x", 0);
	put(&l, l.inbox, "2", "short", "a@x", 0);
	assert_int_equal(make(&l, &all), 2);
	put_remote(&l, 5, "a@x", 5, true);
	assert_int_equal(match(&l), 1);
	assert_int_equal(waiting(&l, p, 2), 1);
	assert_int_equal(p[0].octets, 11);
	/* A message of neither size is nobody's: better twice than never. */
	put_remote(&l, 6, "a@x", 7, true);
	assert_int_equal(match(&l), 0);
	/* But what was on its way may have been changed there. */
	sending(&l, p[0].id, 6);
	assert_int_equal(match(&l), 1);
	check_counts(&l, "0w 1s 1p 0r 0k");
}

/* Another UIDVALIDITY: all is looked for again, nothing is sent again that is
 * there. */
static void test_uidvalidity(void **state)
{
	struct ledger l = start(state);
	struct mc_mailbox_row row;
	struct mc_placement p[3];

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "two", "b@x", 0);
	put(&l, l.inbox, "3", "three", "c@x", 0);
	make(&l, &plain);
	waiting(&l, p, 3);
	sending(&l, p[0].id, 1);
	sent(&l, p[0].id, 1);
	sending(&l, p[1].id, 1);
	put_remote(&l, 9, "c@x", 5, true);
	ok(l.f, mc_mailbox_looked(l.f->ar, l.mailbox, 10, &l.f->err));
	ok(l.f, mc_mailbox_selected(l.f->ar, l.mailbox, 100, &l.f->err));
	check_counts(&l, "2w 1s 0p 0r 0k");

	ok(l.f, mc_mailbox_selected(l.f->ar, l.mailbox, 101, &l.f->err));
	check_counts(&l, "3w 0s 0p 0r 0k");
	ok(l.f, mc_mailbox_put(l.f->ar, l.target, "In", &row, &l.f->err));
	assert_int_equal(row.uidvalidity, 101);
	assert_int_equal(row.looked, 0);
	assert_int_equal(match(&l), 0);
	put_remote(&l, 1, "b@x", 3, true);
	put_remote(&l, 2, "a@x", 3, true);
	assert_int_equal(match(&l), 2);
	check_counts(&l, "1w 0s 2p 0r 0k");
	assert_int_equal(ask(l.f, "SELECT count(*) FROM placement "
				  "WHERE uidvalidity = 101 AND uid IN (1, 2)"),
		2);
}

/* Empty, and its UIDs begin again: what had one of them is asked for again. */
static void test_made_anew(void **state)
{
	struct ledger l = start(state);
	struct mc_placement p[2];
	struct mc_mailbox_row row;
	bool anew;

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "two", "b@x", 0);
	make(&l, &plain);
	waiting(&l, p, 2);
	sending(&l, p[0].id, 1);
	sent(&l, p[0].id, 7);
	ok(l.f, mc_mailbox_looked(l.f->ar, l.mailbox, 8, &l.f->err));
	for (uint32_t uidnext = 0; uidnext < 10; uidnext += 8) {
		ok(l.f, mc_mailbox_empty(l.f->ar, l.mailbox, 100, uidnext,
				&anew, &l.f->err));
		assert_false(anew);
		check_counts(&l, "1w 1s 0p 0r 0k");
	}
	ok(l.f, mc_mailbox_empty(l.f->ar, l.mailbox, 100, 7, &anew, &l.f->err));
	assert_true(anew);
	check_counts(&l, "2w 0s 0p 0r 0k");
	ok(l.f, mc_mailbox_put(l.f->ar, l.target, "In", &row, &l.f->err));
	assert_int_equal(row.uidvalidity, 100);
	assert_int_equal(row.looked, 0);
}

static void test_unkeyed(void **state)
{
	struct ledger l = start(state);
	struct mc_digest key = key_of("a");
	uint32_t uids[2];
	size_t n = 2;

	for (uint32_t uid = 1; uid < 6; uid++)
		put_remote(&l, uid, "a", 1, uid == 2);
	ok(l.f, mc_remote_unkeyed(l.f->ar, l.mailbox, 0, uids, &n, &l.f->err));
	assert_int_equal(n, 2);
	assert_int_equal(uids[0], 1);
	assert_int_equal(uids[1], 3);
	ok(l.f, mc_remote_key(l.f->ar, l.mailbox, 4, &key, &l.f->err));
	/* Seen again without a key: it is known still. */
	put_remote(&l, 4, "a", 1, false);
	ok(l.f, mc_remote_unkeyed(l.f->ar, l.mailbox, 3, uids, &n, &l.f->err));
	assert_int_equal(n, 1);
	assert_int_equal(uids[0], 5);
}

/* Lines of the ledger as text, to compare. */
struct lines {
	char text[512];
};

static enum mc_rc add_line(
	void *arg, const struct mc_placement_line *line, struct mc_error *err)
{
	struct lines *lines = arg;
	size_t n = strlen(lines->text);

	(void)err;
	mc_text_format(lines->text + n, sizeof(lines->text) - n,
		"%lld %s %d %u %s %s\n", (long long)line->logical,
		line->mailbox, (int)line->state, line->uid, line->subject,
		line->text ? line->text : "-");
	return MC_OK;
}

static enum mc_rc add_folder(
	void *arg, const struct mc_folder_facts *folder, struct mc_error *err)
{
	struct lines *lines = arg;
	size_t n = strlen(lines->text);

	(void)err;
	mc_text_format(lines->text + n, sizeof(lines->text) - n, "%s %s %lld\n",
		folder->kind, folder->path, (long long)folder->sightings);
	return MC_OK;
}

static enum mc_rc add_mailbox(void *arg, int64_t id, const char *name,
	uint32_t uidvalidity, struct mc_error *err)
{
	struct lines *lines = arg;
	size_t n = strlen(lines->text);

	(void)err;
	(void)id;
	mc_text_format(lines->text + n, sizeof(lines->text) - n, "%s %u\n",
		name, uidvalidity);
	return MC_OK;
}

static void test_lines(void **state)
{
	struct ledger l = start(state);
	int64_t junk = put_folder(l.f, "Junk");
	struct mc_placement p[3];
	struct lines lines = { "" };
	const struct {
		int64_t target;
		int64_t mailbox;
		unsigned states;
		const char *text;
	} rows[] = {
		{ l.target, 0, ~0u,
			"4  5 0 four excluded by me\n3 In 0 0 three -\n"
			"2 In 2 4 two -\n1 In 2 9 one -\n" },
		{ l.target, l.mailbox, 1u << MC_SENT,
			"2 In 2 4 two -\n1 In 2 9 one -\n" },
		{ 0, 0, 1u << MC_SKIPPED, "4  5 0 four excluded by me\n" },
		{ l.target, l.other, ~0u, "" },
		{ l.target, 0, 0, "" },
	};

	put(&l, l.inbox, "1", "one", "a@x", 0);
	put(&l, l.inbox, "2", "two", "b@x", 0);
	put(&l, l.inbox, "3", "three", "c@x", 0);
	put(&l, junk, "4", "four", "d@x", 0);
	route(&l, junk, 0);
	make(&l, &plain);
	waiting(&l, p, 3);
	sending(&l, p[0].id, 1);
	sent(&l, p[0].id, 9);
	sending(&l, p[1].id, 1);
	sent(&l, p[1].id, 4);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lines.text[0] = '\0';
		struct mc_placement_filter filter = { .target = rows[i].target,
			.mailbox = rows[i].mailbox,
			.states = rows[i].states & 63 };

		ok(l.f, mc_placement_each(
				l.f->ar, &filter, add_line, &lines, &l.f->err));
		assert_string_equal(lines.text, rows[i].text);
	}
	lines.text[0] = '\0';
	ok(l.f, mc_folder_each(l.f->ar, add_folder, &lines, &l.f->err));
	ok(l.f, mc_mailbox_each(
			l.f->ar, l.target, add_mailbox, &lines, &l.f->err));
	assert_string_equal(
		lines.text, "mbox INBOX 3\nmbox Junk 1\nIn 100\nOther 0\n");
}

/* Each mailbox by itself: the others are not gone through for it, which would
 * take minutes. */
static void test_many_mailboxes(void **state)
{
	struct ledger l = start(state);
	int64_t *ids = calloc(MANY, sizeof(*ids));
	struct lines lines = { "" };
	clock_t since = clock();

	assert_non_null(ids);
	ok(l.f, mc_archive_begin(l.f->ar, &l.f->err));
	for (size_t i = 0; i < MANY; i++) {
		char name[16];

		mc_text_format(name, sizeof(name), "Box %zu", i);
		ids[i] = put_mailbox(&l, name);
	}
	ok(l.f, mc_archive_commit(l.f->ar, &l.f->err));
	for (size_t i = 0; i < MANY; i++) {
		const struct mc_placement_filter filter = { .target = l.target,
			.mailbox = ids[i],
			.states = 1u << MC_SENT };

		ok(l.f, mc_placement_each(
				l.f->ar, &filter, add_line, &lines, &l.f->err));
	}
	assert_string_equal(lines.text, "");
	assert_true(clock() - since < (clock_t)60 * CLOCKS_PER_SEC);
	free(ids);
}

/* What was sent is owing what a copy that came later brings, in whatever
 * folder; not what it had, nor if a target is never told. */
static void test_owing(void **state)
{
	static const struct {
		uint32_t flags;
		const char *keyword;
		bool elsewhere; /* in a folder that goes to Other */
		int64_t owing;
	} rows[] = {
		{ 1, NULL, false, 0 },   /* it had that */
		{ 1, "blue", false, 0 }, /* that, too */
		{ 64, NULL, false, 0 },  /* no target is told */
		{ DELETED, NULL, false, 0 },
		{ 4, NULL, false, 1 },
		{ 2 | 4, NULL, true, 1 }, /* 2 is new, and another mailbox */
		{ 1, "green", true, 1 },
	};
	struct ledger l = start(state);
	const struct mc_place_rules rules = { .deleted_flags = DELETED,
		.sent_flags = 63 };
	int64_t other = put_folder(l.f, "Elsewhere");
	struct mail mail = MAIL(l.inbox, "1", "one", NULL, "a@x");
	struct mc_placement p[2];
	size_t n;
	struct mc_dues dues;

	route(&l, other, l.other);
	mail.flags = 1;
	mail.keyword = "blue";
	put_mail(l.f, &mail);
	make(&l, &rules);
	assert_int_equal(waiting(&l, p, 2), 1);
	sending(&l, p[0].id, 1);
	sent(&l, p[0].id, 7);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char key[16];

		mc_text_format(key, sizeof(key), "c%zu", i);
		mail = (struct mail)MAIL(rows[i].elsewhere ? other : l.copies,
			key, "one", NULL, "a@x");
		mail.flags = rows[i].flags;
		mail.keyword = rows[i].keyword;
		put_mail(l.f, &mail);
		make(&l, &rules);
		ok(l.f, mc_mailbox_dues(
				l.f->ar, l.mailbox, 0, &dues, &l.f->err));
		assert_int_equal(dues.owing, rows[i].owing);
		n = 2;
		ok(l.f, mc_placements_owing(
				l.f->ar, l.mailbox, 0, p, &n, &l.f->err));
		assert_int_equal(n, rows[i].owing);
		if (n == 0)
			continue;
		assert_int_equal(p[0].uid, 7);
		assert_int_equal(p[0].flags & rows[i].flags, rows[i].flags);
		ok(l.f, mc_placement_paid(l.f->ar, p[0].id, &l.f->err));
		mc_placement_dispose(&p[0]);
	}
	make(&l, &rules);
	ok(l.f, mc_mailbox_dues(l.f->ar, l.mailbox, 0, &dues, &l.f->err));
	assert_int_equal(dues.owing, 0);
}

static int64_t owing(struct ledger *l)
{
	struct mc_dues dues;

	ok(l->f, mc_mailbox_dues(l->f->ar, l->mailbox, 0, &dues, &l->f->err));
	return dues.owing;
}

/* A server lost flags: those that had them, and came in this run, are owing
 * them; so is what goes to such a server, unless it is refused. */
static void test_lost(void **state)
{
	static const struct {
		uint32_t first;
		uint32_t flags;
		int64_t owing;
	} rows[] = {
		{ 10, 4, 0 }, /* they came before */
		{ 1, 8, 0 },  /* none has that */
		{ 9, 4, 1 },
		{ 8, 4, 1 }, /* one is without */
		{ 1, 4 | 8, 2 },
	};
	struct ledger l = start(state);
	struct mc_placement p[4];
	struct mc_digest key;
	struct mc_digest expected = key_of("d@x");

	put(&l, l.inbox, "1", "one", "a@x", 1 | 4);
	put(&l, l.inbox, "2", "two", "b@x", 1);
	put(&l, l.inbox, "3", "three", "c@x", 4);
	put(&l, l.inbox, "4", "four", "d@x", 4);
	make(&l, &plain);
	assert_int_equal(waiting(&l, p, 4), 4);
	for (size_t i = 0; i < 3; i++) {
		sending(&l, p[i].id, 1);
		sent(&l, p[i].id, (uint32_t)(7 + i));
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok(l.f, mc_placements_lost(l.f->ar, l.mailbox, rows[i].first,
				rows[i].flags, &l.f->err));
		assert_int_equal(owing(&l), rows[i].owing);
	}
	sending(&l, p[3].id, 1);
	ok(l.f, mc_placement_owes(l.f->ar, p[3].id, &l.f->err));
	assert_int_equal(owing(&l), 3);
	ok(l.f, mc_placement_refused(l.f->ar, p[3].id, "X", "no", &l.f->err));
	assert_int_equal(owing(&l), 2);
	ok(l.f, mc_placement_key(l.f->ar, p[3].id, &key, &l.f->err));
	assert_memory_equal(&key, &expected, sizeof(key));
	assert_int_equal(
		mc_placement_key(l.f->ar, 99, &key, &l.f->err), MC_EDB);
}

/* What names became, as text: "wanted>given;..." */
static enum mc_rc join_renamed(
	void *arg, const char *wanted, const char *given, struct mc_error *err)
{
	struct mc_buf *out = arg;

	return mc_buf_printf(out, err, "%s>%s;", wanted, given);
}

/* Of one target, and of all; the later name holds. */
static void test_renamed(void **state)
{
	static const struct {
		const char *target;
		const char *wanted;
		const char *given;
	} rows[] = {
		{ "one", "b^", "b_" },
		{ "one", "a^", "a_" },
		{ "two", "a^", "a_2" },
		{ "one", "b^", "b_2" },
	};
	struct fixture *f = *state;
	struct mc_buf out;
	int64_t target = 0;

	mc_buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok(f, mc_target_put(f->ar, rows[i].target, &target, &f->err));
		ok(f, mc_renamed_put(f->ar, target, rows[i].wanted,
			      rows[i].given, &f->err));
	}
	ok(f, mc_renamed_each(f->ar, target, join_renamed, &out, &f->err));
	assert_string_equal(mc_buf_str(&out), "a^>a_;b^>b_2;");
	mc_buf_clear(&out);
	ok(f, mc_renamed_each(f->ar, 0, join_renamed, &out, &f->err));
	assert_string_equal(mc_buf_str(&out), "a^>a_;b^>b_2;a^>a_2;");
	mc_buf_dispose(&out);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(test_make),
		TEST(test_remake),
		TEST(test_next),
		TEST(test_many_mailboxes),
		TEST(test_owing),
		TEST(test_lost),
		TEST(test_tried_again),
		TEST(test_states),
		TEST(test_match),
		TEST(test_get),
		TEST(test_match_rewritten),
		TEST(test_match_marks),
		TEST(test_match_sizes),
		TEST(test_match_altered),
		TEST(test_match_altered_alike),
		TEST(test_match_likely),
		TEST(test_match_twins),
		TEST(test_altered),
		TEST(test_steps),
		TEST(test_match_variants),
		TEST(test_uidvalidity),
		TEST(test_made_anew),
		TEST(test_unkeyed),
		TEST(test_lines),
		TEST(test_renamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
