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

/* Any octet at any place: digits come back as themselves, the rest is refused,
 * whether the group is the last one or not. */
static void test_every_octet(void **state)
{
	(void)state;
	for (int at = 0; at < 12; at++)
		for (int c = 0; c < 256; c++) {
			char digits[12];
			char octets[10];
			char again[12];
			bool good = c != 0 && strchr(alphabet, c);

			memset(digits, 'Q', sizeof(digits));
			digits[at] = (char)c;
			octets[9] = 77;
			assert_int_equal(
				mc_base64_decode(digits, 3, octets), good);
			assert_int_equal(octets[9], 77);
			if (!good)
				continue;
			mc_base64_encode(octets, 3, again);
			assert_memory_equal(again, digits, 12);
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
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
