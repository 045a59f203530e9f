/* SPDX-License-Identifier: MIT
 * What is expected of a mailbox is found by UID, by key, by what a server left of
 * it; and what is there twice looks the same twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* Behind the others, as cmocka wants it. */
#include <cmocka.h>

#include "job/muster.h"

static struct mc_digest key_of(const char *text)
{
	return mc_digest_of(mc_span_str(text));
}

static void expect(struct mc_muster *muster, int64_t placement, uint32_t uid,
	const char *id)
{
	struct mc_digest key = key_of(id);
	struct mc_error err;
	const struct mc_placement_line line = { .id = placement,
		.logical = placement + 100,
		.uid = uid,
		.octets = 50,
		.key = &key,
		.sha256 = &key,
		.message_id = id };

	assert_int_equal(mc_muster_expect(muster, NULL, &line, &err), MC_OK);
}

static uint64_t short_key(const char *id)
{
	struct mc_digest key = key_of(id);

	return mc_muster_key(&key);
}

/* What was changed to be accepted is there by the key of what was sent. */
static void test_altered(void **state)
{
	struct mc_digest key = key_of("a@x");
	struct mc_digest sent = key_of("s@y");
	struct mc_muster muster = { 0 };
	struct mc_error err;
	const struct mc_placement_line line = { .id = 1,
		.octets = 50,
		.sent_octets = 51,
		.likely_octets = 49,
		.key = &key,
		.sha256 = &key,
		.sent_sha256 = &sent,
		.sent_key = &sent };

	(void)state;
	assert_int_equal(mc_muster_expect(&muster, NULL, &line, &err), MC_OK);
	mc_muster_sort(&muster, true);
	assert_null(mc_muster_find_key(&muster, short_key("a@x")));
	assert_non_null(mc_muster_find_key(&muster, short_key("s@y")));
	assert_true(muster.list[0].mark ==
		    mc_muster_mark((struct mc_span){ 0 }, 51));
	assert_true(muster.list[0].likely ==
		    mc_muster_mark((struct mc_span){ 0 }, 49));
	mc_muster_dispose(&muster);
}

/* UIDs that nothing is under are doubted: looked for by key, and still known by
 * their placement. */
static void test_doubt(void **state)
{
	struct mc_muster muster = { 0 };
	struct mc_expected *e;

	(void)state;
	for (int i = 1; i <= 5; i++)
		expect(&muster, i, (uint32_t)i * 10, i == 5 ? "e@x" : "a@x");
	mc_muster_sort(&muster, true);
	for (uint32_t uid = 10; uid <= 30; uid += 10)
		mc_muster_compare(
			mc_muster_find_uid(&muster, uid), uid, 50, true);
	assert_null(mc_muster_find_doubted(&muster, 4));
	assert_true(mc_muster_doubt_uids(&muster));
	assert_null(mc_muster_find_uid(&muster, 40));
	assert_null(mc_muster_find_doubted(&muster, 1));
	e = mc_muster_find_doubted(&muster, 4);
	assert_non_null(e);
	assert_int_equal(e->placement, 4);
	mc_muster_compare(e, 40, 50, true);
	assert_null(mc_muster_find_key(&muster, short_key("a@x")));
	e = mc_muster_find_key(&muster, short_key("e@x"));
	assert_non_null(e);
	mc_muster_compare(e, 77, 50, true);
	assert_false(mc_muster_doubt_uids(&muster));
	mc_muster_sort_found(&muster);
	assert_int_equal(mc_muster_find_uid(&muster, 77)->placement, 5);
	assert_int_equal(mc_muster_find_uid(&muster, 40)->placement, 4);
	assert_null(mc_muster_find_uid(&muster, 50));
	mc_muster_dispose(&muster);
}

/* What a server rewrote is known by its mark, once, with how it looks. */
static void test_settle(void **state)
{
	const uint64_t mark = mc_muster_mark(mc_span_str("a@other"), 50);
	const struct mc_stray strays[] = { { mark, 7, 70 }, { mark, 8, 80 } };
	struct mc_muster muster = { 0 };
	struct mc_error err;

	(void)state;
	expect(&muster, 1, 0, "a@x");
	mc_muster_sort(&muster, true);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			mc_muster_stray(&muster, &strays[i], &err), MC_OK);
	mc_muster_settle(&muster);
	assert_int_equal(muster.list[0].finding, MC_CHANGED);
	assert_int_equal(muster.list[0].sight, muster.list[0].found * 10);
	mc_muster_dispose(&muster);
}

/* Of some that leave the same mark, as those of one size do, each answers for
 * one. */
static void test_alike(void **state)
{
	enum { N = 5, THERE = 3 };
	struct mc_muster muster = { 0 };
	struct mc_error err;
	uint32_t found = 0;

	(void)state;
	for (int n = 0; n < N; n++)
		expect(&muster, n, 0, "a@x");
	mc_muster_sort(&muster, true);
	for (uint32_t n = 0; n < N; n++) {
		const struct mc_stray stray = {
			n < THERE ? muster.list[0].mark : n, n + 1, n
		};

		assert_int_equal(mc_muster_stray(&muster, &stray, &err), MC_OK);
	}
	mc_muster_settle(&muster);
	for (size_t n = 0; n < N; n++)
		if (muster.list[n].finding == MC_CHANGED)
			found |= 1u << muster.list[n].found;
	assert_int_equal(found, 1u << 1 | 1u << 2 | 1u << 3);
	mc_muster_dispose(&muster);
}

/* Of two, of which one is likely to be as large there as the other one is, each is
 * found, whether the server made them smaller or not. */
static void test_twins(void **state)
{
	(void)state;
	for (int n = 0; n < 4; n++) {
		const int64_t less = n & 1;
		struct mc_muster muster = { 0 };
		struct mc_error err;

		for (int64_t i = 0; i < 2; i++) {
			struct mc_digest key = key_of(i == n / 2 ? "a" : "b");
			const struct mc_placement_line line = { .octets =
									50 - i,
				.likely_octets = 49 - i,
				.key = &key,
				.sha256 = &key };
			const struct mc_stray stray = {
				mc_muster_mark(
					(struct mc_span){ 0 }, 50 - i - less),
				(uint32_t)i + 1, 1
			};

			assert_int_equal(
				mc_muster_expect(&muster, NULL, &line, &err),
				MC_OK);
			assert_int_equal(
				mc_muster_stray(&muster, &stray, &err), MC_OK);
		}
		mc_muster_sort(&muster, true);
		mc_muster_settle(&muster);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(muster.list[i].found,
				51 - muster.list[i].octets);
		mc_muster_dispose(&muster);
	}
}

/* The size is the one in which it was sent. */
static void test_cut(void **state)
{
	struct mc_digest key = key_of("a@x");
	struct mc_muster muster = { 0 };
	struct mc_error err;
	const struct mc_placement_line line = { .octets = 50,
		.shape = MC_SHAPE_NO_FINAL_CRLF,
		.key = &key,
		.sha256 = &key };

	(void)state;
	assert_int_equal(mc_muster_expect(&muster, NULL, &line, &err), MC_OK);
	assert_true(muster.list[0].mark ==
		    mc_muster_mark((struct mc_span){ 0 }, 52));
	mc_muster_dispose(&muster);
}

static void test_sight(void **state)
{
	static const struct {
		const char *proves;
		const char *id;
		const char *from;
		int64_t octets;
		bool same;
	} rows[] = {
		{ "itself", "a@x", "A", 50, true },
		{ "another size", "a@x", "A", 51, false },
		{ "another id", "b@x", "A", 50, false },
		{ "of one with an id the key says it all", "a@x", "B", 50,
			true },
		{ "no id is no such id", "", "A", 50, false },
	};
	const struct mc_facts facts = { .message_id = mc_span_str("a@x"),
		.from = mc_span_str("A") };
	struct mc_digest key = key_of("a@x");
	uint32_t sight = mc_muster_sight(&facts, &key, 50);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_facts other = { .message_id = mc_span_str(rows[i].id),
			.from = mc_span_str(rows[i].from) };
		struct mc_digest its = key_of(rows[i].id);
		bool same =
			mc_muster_sight(&other, &its, rows[i].octets) == sight;

		if (same != rows[i].same)
			fail_msg("%s", rows[i].proves);
	}
}

/* Without an id the key is of the body, which a look at the header has not. */
static void test_sight_without_id(void **state)
{
	const struct mc_facts facts = { .from = mc_span_str("A"),
		.date = mc_span_str("today") };
	const struct mc_facts later = { .from = mc_span_str("A"),
		.date = mc_span_str("later") };
	struct mc_digest whole = key_of("header and body");
	struct mc_digest header = key_of("header");

	(void)state;
	assert_int_equal(mc_muster_sight(&facts, &whole, 50),
		mc_muster_sight(&facts, &header, 50));
	assert_int_not_equal(mc_muster_sight(&facts, &header, 50),
		mc_muster_sight(&later, &header, 50));
	assert_int_not_equal(mc_muster_sight(&facts, &header, 50), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_sight),
		cmocka_unit_test(test_sight_without_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
