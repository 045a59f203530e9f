/* SPDX-License-Identifier: MIT
 * The columns of a row as they stand in a page, which may say anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "archive/record.h"

#define OCTETS(text)                                                           \
	{                                                                      \
		(text), sizeof(text) - 1                                       \
	}

static const struct {
	const char *what;
	struct mc_span record;
} torn[] = {
	{ "nothing", OCTETS("") },
	{ "a length that goes on behind the end", OCTETS("\x81") },
	{ "a length with no end in nine octets' room",
		OCTETS("\xff\xff\xff\xff\xff\xff\xff\xff") },
	{ "a header longer than all", OCTETS("\x05\x01\x01") },
	{ "a header shorter than its own length", OCTETS("\x00\x01\x01") },
	{ "a header of any length",
		OCTETS("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },
	{ "a fraction", OCTETS("\x02\x07"
			       "12345678") },
	{ "a type that there is not", OCTETS("\x02\x0a") },
	{ "a number that is cut", OCTETS("\x02\x04\x01\x02") },
	{ "a text that is cut", OCTETS("\x02\x13"
				       "ab") },
	{ "octets of any size",
		OCTETS("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xfe"
		       "ab") },
	{ "a type that is cut", OCTETS("\x02\x81\x01") },
	{ "more than its columns", OCTETS("\x02\x01\x01\x02") },
	{ "more columns than ours ever have",
		OCTETS("\x1a\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
		       "\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08"
		       "\x08") },
};

static void test_torn(void **state)
{
	struct mc_record out;

	(void)state;
	for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		print_message("%s\n", torn[i].what);
		assert_false(mc_record_read(&out, torn[i].record));
	}
}

static void test_values(void **state)
{
	static const struct mc_span record =
		OCTETS("\x0b\x00\x01\x02\x06\x08\x09\x0e\x11\x0d\x05"
		       "\xff"
		       "\xff\x7f"
		       "\x80\x00\x00\x00\x00\x00\x00\x00"
		       "o"
		       "no"
		       "\x00\x00\x00\x00\x00\x07");
	static const int64_t numbers[] = { 0, -1, -129, INT64_MIN, 0, 1 };
	struct mc_record out;

	(void)state;
	assert_true(mc_record_read(&out, record));
	assert_int_equal(out.n, 10);
	assert_int_equal(out.value[0].type, MC_VALUE_NULL);
	for (size_t i = 1; i < 6; i++) {
		assert_int_equal(out.value[i].type, MC_VALUE_INT);
		assert_int_equal(out.value[i].number, numbers[i]);
	}
	assert_int_equal(out.value[6].type, MC_VALUE_BLOB);
	assert_true(mc_span_eq(out.value[6].octets, MC_SPAN("o")));
	assert_int_equal(out.value[7].type, MC_VALUE_TEXT);
	assert_true(mc_span_eq(out.value[7].octets, MC_SPAN("no")));
	assert_int_equal(out.value[8].type, MC_VALUE_TEXT);
	assert_int_equal(out.value[8].octets.n, 0);
	assert_int_equal(out.value[9].number, 7);
}

static void test_fits(void **state)
{
	/* NULL, 1, "a" */
	static const struct mc_span record = OCTETS("\x04\x00\x09\x0f"
						    "a");
	static const struct {
		const char *columns;
		int optional;
		bool more;
		bool fits;
	} table[] = {
		{ "nit", 0, false, true },
		{ "Bit", 0, false, true },
		{ "nIT", 0, false, true },
		{ "iit", 0, false, false }, /* may not be NULL */
		{ "nib", 0, false, false },
		{ "ntt", 0, false, false },
		{ "nnt", 0, false, false },
		{ "ni", 0, false, false }, /* one more */
		{ "ni", 0, true, true },
		{ "niti", 0, true, false }, /* one less */
		{ "niti", 1, false, true },
		{ "nitii", 1, false, false },
	};
	struct mc_record out;

	(void)state;
	assert_true(mc_record_read(&out, record));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		print_message("%s\n", table[i].columns);
		assert_int_equal(mc_record_fits(&out, table[i].columns,
					 table[i].optional, table[i].more),
			table[i].fits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
