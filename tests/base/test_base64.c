/* SPDX-License-Identifier: MIT
 * Base64 there and back: every digit at every place, every other octet refused
 * at every place, nothing written beyond its end. */
#include "help.h"

#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
			       "uvwxyz0123456789+/";

/* RFC 4648 10, and a group that is all ones. */
static void test_known(void **state)
{
	static const struct {
		const char *octets;
		const char *digits;
	} rows[] = {
		{ "", "" },
		{ "foo", "Zm9v" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xff\xff", "////" },
		{ "\xfb\xef\xbe", "++++" },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t groups = strlen(rows[i].digits) / 4;

		assert_true(mc_base64_decode(rows[i].digits, groups, out));
		assert_memory_equal(out, rows[i].octets, 3 * groups);
		mc_base64_encode(rows[i].octets, groups, out);
		assert_memory_equal(out, rows[i].digits, 4 * groups);
	}
}

/* Any octet at any place of so many groups: digits come back as themselves, the
 * rest is refused, and nothing is touched behind the end. */
static void try_every_octet(size_t groups)
{
	for (size_t at = 0; at < 4 * groups; at++)
		for (int c = 0; c < 256; c++) {
			char *digits = malloc(4 * groups);
			char *octets = malloc(3 * groups);
			char *again = malloc(4 * groups);
			bool good = c != 0 && strchr(alphabet, c);

			assert_true(digits && octets && again);
			memset(digits, 'Q', 4 * groups);
			digits[at] = (char)c;
			assert_int_equal(
				mc_base64_decode(digits, groups, octets), good);
			if (good) {
				mc_base64_encode(octets, groups, again);
				assert_memory_equal(again, digits, 4 * groups);
			}
			free(digits);
			free(octets);
			free(again);
		}
}

/* Few, and as many as processors take at once, and more. */
static void test_every_octet(void **state)
{
	(void)state;
	for (size_t groups = 1; groups <= 19; groups++)
		try_every_octet(groups);
}

/* Against the definition, bit by bit: all values at all places. */
static void test_every_value(void **state)
{
	enum { GROUPS = 64 };
	char octets[3 * GROUPS] = { 0 };
	char digits[4 * GROUPS];
	char again[3 * GROUPS];

	(void)state;
	for (int turn = 0; turn < 64; turn++) {
		char expected[4 * GROUPS];

		memset(octets, 0, sizeof(octets));
		for (int i = 0; i < 4 * GROUPS; i++) {
			unsigned v = (unsigned)(i * 5 + turn) % 64;

			expected[i] = alphabet[v];
			for (int bit = 0; bit < 6; bit++)
				if (v & (32U >> bit))
					octets[(6 * i + bit) / 8] |=
						(char)(0x80U >>
							(6 * i + bit) % 8);
		}
		mc_base64_encode(octets, GROUPS, digits);
		assert_memory_equal(digits, expected, sizeof(expected));
		assert_true(mc_base64_decode(digits, GROUPS, again));
		assert_memory_equal(again, octets, sizeof(octets));
	}
}

/* Two that are no digits do not make up for one another. */
static void test_several(void **state)
{
	char digits[8] = "QQQQQQQQ";
	char octets[6];

	(void)state;
	for (int n = 1; n <= 8; n++) {
		digits[n - 1] = '=';
		assert_false(mc_base64_decode(digits, 2, octets));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_every_octet),
		cmocka_unit_test(test_every_value),
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
