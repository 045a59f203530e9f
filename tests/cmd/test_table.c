/* SPDX-License-Identifier: MIT
 * table: columns stand below each other, whatever is in them. */
#include <locale.h>

#include "cmd/table.h"
#include "cmocka_all.h"

static void expect(struct mc_table *table, const char *wanted)
{
	struct mc_error err;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(mc_table_print(table, out, &err), MC_OK);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, wanted);
	free(text);
	mc_table_dispose(table);
}

static void aligns(void **state)
{
	struct mc_table table;

	(void)state;
	mc_table_init(&table, "lrl");
	mc_table_text(&table, "M\xC3\xBCll");
	mc_table_number(&table, 5);
	mc_table_text(&table, "x");
	mc_table_row(&table);
	mc_table_text(&table, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E");
	mc_table_number(&table, 1234567);
	mc_table_row(&table);
	expect(&table, "  M\xC3\xBCll            5  x\n"
		       "  \xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E  1,234,567\n");
}

static void escapes(void **state)
{
	struct mc_table table;

	(void)state;
	mc_table_init(&table, "ll");
	mc_table_text(&table, "a\x1b[2J\nb");
	mc_table_text(&table, "\xFF");
	mc_table_row(&table);
	expect(&table, "  a\\x1b[2J\\x0ab  \\xff\n");
}

static void grows(void **state)
{
	struct mc_table table;
	struct mc_error err;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	mc_table_init(&table, "r");
	for (int i = 0; i < 1000; i++) {
		mc_table_number(&table, i);
		mc_table_row(&table);
	}
	assert_int_equal(mc_table_print(&table, out, &err), MC_OK);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(n, 1000 * 6);
	free(text);
	mc_table_dispose(&table);
	mc_table_init(&table, "r");
	expect(&table, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aligns),
		cmocka_unit_test(escapes),
		cmocka_unit_test(grows),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
