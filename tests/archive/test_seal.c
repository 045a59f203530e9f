/* SPDX-License-Identifier: MIT
 * Seals: no bit of a page flips unseen, and any one of them is put right. */
#include "help.h"

#include "archive/seal.h"

enum { PAGE = 4096 };

static void fill(unsigned char *page, size_t n, uint32_t seed)
{
	char *octets = noise(n, seed);

	memcpy(page, octets, n);
	free(octets);
}

static void test_every_bit(void **state)
{
	static const size_t sizes[] = { 512, PAGE };
	unsigned char good[PAGE];
	unsigned char page[PAGE];
	size_t at;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = sizes[i / 2];

		fill(good, n, (uint32_t)i);
		if (i % 2)
			memset(good, 0, n);
		mc_seal_put(good, n, 77);
		assert_int_equal(
			mc_seal_check(good, n, 77, &at), MC_SEAL_SOUND);
		for (size_t bit = 0; bit < 8 * n; bit++) {
			memcpy(page, good, n);
			page[bit / 8] ^= (unsigned char)(1 << bit % 8);
			assert_int_equal(mc_seal_check(page, n, 77, &at),
				MC_SEAL_FLIPPED);
			assert_memory_equal(page, good, n);
			if (bit / 8 < n - MC_SEAL_OCTETS)
				assert_int_equal(at, bit / 8);
		}
	}
}

/* More than a bit is seen, and not put right as if it were one. */
static void test_more(void **state)
{
	unsigned char good[PAGE];
	unsigned char page[PAGE];
	size_t at;

	(void)state;
	fill(good, PAGE, 9);
	mc_seal_put(good, PAGE, 5);
	for (size_t bit = 0; bit + 100 < (size_t)8 * PAGE; bit++) {
		memcpy(page, good, PAGE);
		page[bit / 8] ^= (unsigned char)(1 << bit % 8);
		/* Near it: where one step leads to the next. */
		page[bit / 8 + 1 + bit % 11] ^=
			(unsigned char)(1 << bit / 3 % 8);
		assert_int_equal(
			mc_seal_check(page, PAGE, 5, &at), MC_SEAL_BROKEN);
	}
	for (size_t bit = 0; bit + 9 < (size_t)8 * PAGE; bit += 7) {
		memcpy(page, good, PAGE);
		page[bit / 8] ^= (unsigned char)(1 << bit % 8);
		page[PAGE - 1 - bit / 8] ^= 4;
		page[(bit + 9) / 8] ^= 16;
		assert_int_equal(
			mc_seal_check(page, PAGE, 5, &at), MC_SEAL_BROKEN);
	}
	/* In the place of another, and lost as a whole. */
	memcpy(page, good, PAGE);
	assert_int_equal(mc_seal_check(page, PAGE, 6, &at), MC_SEAL_BROKEN);
	memset(page, 0, PAGE);
	assert_int_equal(mc_seal_check(page, PAGE, 5, &at), MC_SEAL_BROKEN);
	memset(page, 0xff, PAGE);
	assert_int_equal(mc_seal_check(page, PAGE, 5, &at), MC_SEAL_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
