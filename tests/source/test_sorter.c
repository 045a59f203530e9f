/* SPDX-License-Identifier: MIT
 * Records come out in order, whether they fit into memory or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "source/sorter.h"

enum { RECORDS = 5000, LONGEST = 300 };

struct record {
	unsigned char octets[LONGEST];
	size_t n;
};

static struct record records[RECORDS];

static int compare(const void *a, const void *b)
{
	const struct record *x = a;
	const struct record *y = b;
	int order = memcmp(x->octets, y->octets, x->n < y->n ? x->n : y->n);

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* Few letters, so that many are alike at their start, and some wholly. */
static void make_records(size_t n)
{
	static const unsigned char octets[] = { 0, 0x61, 0xFF };
	uint32_t dice = 1;

	for (size_t i = 0; i < n; i++) {
		struct record *r = &records[i];

		dice = dice * 1664525 + 1013904223;
		r->n = (dice >> 16) % (i % 7 ? 9 : LONGEST);
		for (size_t k = 0; k < r->n; k++) {
			dice = dice * 1664525 + 1013904223;
			r->octets[k] = octets[(dice >> 20) % 3];
		}
	}
}

static void check_all(struct mc_sorter *s, size_t n)
{
	struct mc_error err;
	struct mc_span span;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(mc_sorter_next(s, &span, &err), MC_OK);
		assert_int_equal(span.n, records[i].n);
		assert_memory_equal(span.p, records[i].octets, span.n);
	}
	assert_int_equal(mc_sorter_next(s, &span, &err), MC_DONE);
	assert_int_equal(mc_sorter_next(s, &span, &err), MC_DONE);
}

static void try_one(size_t n, size_t room)
{
	struct mc_sorter *s = NULL;
	struct mc_error err;

	make_records(n);
	assert_int_equal(mc_sorter_new(&s, room, &err), MC_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			mc_sorter_add(s,
				(struct mc_span){ (char *)records[i].octets,
					records[i].n },
				&err),
			MC_OK);
	assert_int_equal(mc_sorter_sort(s, &err), MC_OK);
	qsort(records, n, sizeof(records[0]), compare);
	check_all(s, n);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(mc_sorter_rewind(s, &err), MC_OK);
		check_all(s, n);
	}
	/* In the middle, too. */
	if (n > 10) {
		struct mc_span span;

		assert_int_equal(mc_sorter_rewind(s, &err), MC_OK);
		for (int i = 0; i < 7; i++)
			assert_int_equal(mc_sorter_next(s, &span, &err), MC_OK);
		assert_int_equal(mc_sorter_rewind(s, &err), MC_OK);
		check_all(s, n);
	}
	mc_sorter_free(s);
}

static void test_order(void **state)
{
	static const struct {
		size_t n;
		size_t room;
	} rows[] = {
		{ 0, 1000 },                     /* nothing */
		{ 1, 1000 },                     /* one */
		{ RECORDS, MC_SORTER_ROOM },     /* all in memory */
		{ RECORDS, (size_t)100 * 1000 }, /* a few runs */
		{ RECORDS, LONGEST + 4 },        /* a run for a few records */
		{ RECORDS, (size_t)2 * (LONGEST + 4) }, /* likewise */
		{ 3, LONGEST + 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		try_one(rows[i].n, rows[i].room);
}

static void test_too_long(void **state)
{
	static const char octets[MC_SORTER_RECORD_MAX + 1];
	struct mc_sorter *s = NULL;
	struct mc_error err;

	(void)state;
	assert_int_equal(mc_sorter_new(&s, MC_SORTER_ROOM, &err), MC_OK);
	assert_int_equal(
		mc_sorter_add(s, (struct mc_span){ octets, sizeof(octets) - 1 },
			&err),
		MC_OK);
	assert_int_equal(
		mc_sorter_add(
			s, (struct mc_span){ octets, sizeof(octets) }, &err),
		MC_ELIMIT);
	mc_sorter_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
