/* SPDX-License-Identifier: MIT
 * What LIST, UIDL and CAPA may say, and what is believed of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/pop3_list.h"
#include "net/pop3_wire.h"

static void stat_is(struct mc_pop3_list *list, const char *text)
{
	struct mc_error err;

	mc_pop3_list_init(list);
	assert_int_equal(
		mc_pop3_list_expect(list, mc_span_str(text), &err), MC_OK);
}

static void size_is(struct mc_pop3_list *list, const char *line)
{
	struct mc_error err;

	assert_int_equal(
		mc_pop3_list_size(list, mc_span_str(line), &err), MC_OK);
}

static void name_is(struct mc_pop3_list *list, const char *line)
{
	struct mc_error err;

	assert_int_equal(
		mc_pop3_list_name(list, mc_span_str(line), &err), MC_OK);
}

static void settle(struct mc_pop3_list *list)
{
	struct mc_error err;

	assert_int_equal(mc_pop3_list_settle(list, &err), MC_OK);
}

static void test_stat(void **state)
{
	static const struct {
		const char *text;
		uint32_t count;
		int64_t octets;
	} rows[] = {
		{ "3 1000", 3, 1000 },
		{ "3 1000 messages", 3, 1000 },
		{ " 3\t1000", 3, 1000 },
		{ "3", 3, -1 },
		{ "3 x", 3, -1 },
		{ "", 0, -1 },
		{ "x 3", 0, -1 },
		{ "-3 3", 0, -1 },
		{ "0 0", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_pop3_list list;

		stat_is(&list, rows[i].text);
		assert_int_equal(list.count, rows[i].count);
		assert_int_equal(list.octets, rows[i].octets);
		mc_pop3_list_dispose(&list);
	}
}

static void test_too_many(void **state)
{
	static const char *const texts[] = { "4000001 1", "4294967297 1",
		"9223372036854775806 1" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mc_pop3_list list;
		struct mc_error err;

		mc_pop3_list_init(&list);
		assert_int_equal(
			mc_pop3_list_expect(&list, mc_span_str(texts[i]), &err),
			MC_ELIMIT);
		assert_int_equal(list.count, 0);
		mc_pop3_list_dispose(&list);
	}
}

static void test_sizes(void **state)
{
	struct mc_pop3_list list;

	(void)state;
	stat_is(&list, "2 300");
	size_is(&list, "1 100");
	size_is(&list, "2 5000000000");
	size_is(&list, "0 1");
	size_is(&list, "9 1");
	size_is(&list, "2000000000 1");
	size_is(&list, "18446744073709551617 1");
	size_is(&list, "");
	size_is(&list, "-1 1");
	assert_int_equal(list.count, 2);
	assert_int_equal(list.ignored, 6);
	assert_int_equal(mc_pop3_list_octets(&list, 1), 100);
	assert_int_equal(mc_pop3_list_octets(&list, 2), 5000000000);
	size_is(&list, "3 x"); /* STAT counted too few: in sequence */
	size_is(&list, "4 7"); /* 3 was not understood: not in sequence */
	assert_int_equal(list.count, 3);
	assert_int_equal(mc_pop3_list_octets(&list, 3), -1);
	mc_pop3_list_dispose(&list);
}

static void test_sequence_without_stat(void **state)
{
	struct mc_pop3_list list;
	char line[32];

	(void)state;
	stat_is(&list, "");
	for (int i = 1; i <= 1000; i++) {
		mc_text_format(line, sizeof(line), "%d %d", i, i * 2);
		size_is(&list, line);
	}
	assert_int_equal(list.count, 1000);
	assert_int_equal(mc_pop3_list_octets(&list, 1000), 2000);
	mc_pop3_list_dispose(&list);
}

static void test_names(void **state)
{
	static const struct {
		const char *proves;
		const char *lines[4];
		const char *names[3]; /* of 1, 2, 3 */
		uint32_t repeated;
		uint32_t ignored;
	} rows[] = {
		{ "all well", { "1 a", "2 b", "3 c" }, { "a", "b", "c" }, 0,
			0 },
		{ "shared by two", { "1 a", "2 b", "3 a" }, { "", "b", "" }, 2,
			0 },
		{ "shared by all", { "1 a", "2 a", "3 a" }, { "", "", "" }, 3,
			0 },
		{ "a prefix is another", { "1 a", "2 aa", "3 A" },
			{ "a", "aa", "A" }, 0, 0 },
		{ "two for one", { "1 a", "1 b", "2 c" }, { "", "c", "" }, 0,
			0 },
		{ "the same twice is in doubt", { "1 a", "1 a" },
			{ "", "", "" }, 0, 0 },
		{ "out of range", { "0 a", "4 b", "4294967297 c", "1 d" },
			{ "d", "", "" }, 0, 3 },
		{ "empty or no number", { "1", "1 ", "x y", "2 b" },
			{ "", "b", "" }, 0, 1 },
		{ "blanks and controls", { "1 a b", "2 a\tb", "3 \x7f" },
			{ "", "", "" }, 0, 0 },
		{ "8-bit", { "1 \xc3\xa4", "2 \x80", "3 ~!" }, { "", "", "~!" },
			0, 0 },
		{ "none at all", { NULL }, { "", "", "" }, 0, 0 },
		{ "numbers name nothing", { "1 1", "2 2", "3 3" },
			{ "", "", "" }, 0, 0 },
		{ "from 0 on neither", { "1 0", "2 1", "3 2" }, { "", "", "" },
			0, 0 },
		{ "nor written at length", { "1 0001", "2 0002", "3 0003" },
			{ "", "", "" }, 0, 0 },
		{ "nor where some are not told", { "2 2", "3 3" },
			{ "", "", "" }, 0, 0 },
		{ "a counter that went on is one", { "1 2", "2 3", "3 4" },
			{ "2", "3", "4" }, 0, 0 },
		{ "so is one with gaps", { "1 1", "2 2", "3 4" },
			{ "1", "2", "4" }, 0, 0 },
		{ "and what is more than a number", { "1 1", "2 2", "3 3a" },
			{ "1", "2", "3a" }, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_pop3_list list;
		uint32_t unnamed = 0;

		stat_is(&list, "3 3");
		for (int k = 0; k < 4 && rows[i].lines[k]; k++)
			name_is(&list, rows[i].lines[k]);
		settle(&list);
		for (uint32_t n = 1; n <= 3; n++) {
			const char *name = rows[i].names[n - 1];

			assert_string_equal(mc_pop3_list_uidl(&list, n), name);
			unnamed += !*name;
			if (*name)
				assert_int_equal(
					mc_pop3_list_find(&list, name), n);
		}
		assert_int_equal(mc_pop3_list_find(&list, "nowhere"), 0);
		assert_int_equal(list.unnamed, unnamed);
		assert_int_equal(list.repeated, rows[i].repeated);
		assert_int_equal(list.ignored, rows[i].ignored);
		mc_pop3_list_dispose(&list);
	}
}

static void test_long_names(void **state)
{
	struct mc_pop3_list list;
	char line[128];

	(void)state;
	stat_is(&list, "2 2");
	mc_text_format(line, sizeof(line), "1 %0*d", MC_UIDL_MAX, 7);
	name_is(&list, line);
	mc_text_format(line, sizeof(line), "2 %0*d", MC_UIDL_MAX + 1, 7);
	name_is(&list, line);
	settle(&list);
	assert_int_equal(strlen(mc_pop3_list_uidl(&list, 1)), MC_UIDL_MAX);
	assert_string_equal(mc_pop3_list_uidl(&list, 2), "");
	mc_pop3_list_dispose(&list);
}

static void test_find_among_many(void **state)
{
	enum { MANY = 5000 };
	struct mc_pop3_list list;
	char line[64];

	(void)state;
	stat_is(&list, "5000 1");
	for (int i = 1; i <= MANY; i++) {
		mc_text_format(
			line, sizeof(line), "%d u%d", i, (i * 7919) % MANY);
		name_is(&list, line);
	}
	settle(&list);
	assert_int_equal(list.unnamed, 0);
	for (int i = 1; i <= MANY; i++) {
		mc_text_format(line, sizeof(line), "u%d", (i * 7919) % MANY);
		assert_int_equal(mc_pop3_list_find(&list, line), i);
	}
	mc_pop3_list_dispose(&list);
}

static void test_capabilities(void **state)
{
	struct mc_pop3_caps caps = { .known = false };
	static const char *const lines[] = { "stls", "UIDL ", " TOP",
		"SASL PLAIN cram-md5 X-VERY-LONG-MECHANISM-NAME-OF-NOBODY",
		"EXPIRE 60 USER", "LOGIN-DELAY\t900", "IMPLEMENTATION a\x1b[b",
		"", "PIPELININGS" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		mc_pop3_capa_line(&caps, mc_span_str(lines[i]));
	assert_true(caps.stls && caps.uidl && caps.top);
	assert_false(caps.pipelining);
	assert_string_equal(caps.sasl, "PLAIN CRAM-MD5");
	assert_string_equal(caps.expire, "60 USER");
	assert_string_equal(caps.login_delay, "900");
	assert_string_equal(caps.implementation, "a\\x1b[b");
	for (int i = 0; i < 1000; i++)
		mc_pop3_capa_line(&caps, MC_SPAN("SASL AAAAAAAAAAAAAAAA"));
	assert_true(strlen(caps.sasl) < sizeof(caps.sasl));
	assert_true(strlen(caps.words) < sizeof(caps.words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sequence_without_stat),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_find_among_many),
		cmocka_unit_test(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
