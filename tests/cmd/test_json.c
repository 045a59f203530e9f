/* SPDX-License-Identifier: MIT
 * json: whatever comes in, valid JSON goes out. */
#include "base/clock.h"
#include "base/text.h"
#include "cmd/json.h"
#include "cmocka_all.h"

static char *text;
static size_t length;

static struct mc_json begin(void)
{
	struct mc_json json;

	mc_json_begin(&json, open_memstream(&text, &length), "t");
	return json;
}

static void expect(struct mc_json *json, const char *members)
{
	char whole[512];

	mc_json_end(json);
	assert_int_equal(fclose(json->out), 0);
	mc_text_format(
		whole, sizeof(whole), "{\"v\":1,\"type\":\"t\"%s}\n", members);
	assert_string_equal(text, whole);
	free(text);
}

static void strings(void **state)
{
	static const struct {
		const char *proves;
		const char *in;
		const char *out;
	} rows[] = {
		{ "no string", NULL, "null" },
		{ "an empty one", "", "\"\"" },
		{ "what JSON needs escaped", "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "control octets, line ends too", "\x01\n\r\t\x1f\x7f",
			"\"\\u0001\\u000a\\u000d\\u0009\\u001f\\u007f\"" },
		{ "UTF-8 of each length",
			"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x93\xA7",
			"\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x93\xA7\"" },
		{ "octets that are no UTF-8", "a\xFF\xC3z",
			"\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"" },
		{ "half of a surrogate pair", "\xED\xA0\x80",
			"\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
		{ "an over-long slash", "\xC0\xAF",
			"\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
	};
	char members[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_json json = begin();

		print_message("%s\n", rows[i].proves);
		mc_json_str(&json, "k", rows[i].in);
		mc_text_format(
			members, sizeof(members), ",\"k\":%s", rows[i].out);
		expect(&json, members);
	}
}

/* Each octet alone, and each pair of octets, gives valid UTF-8 without
 * control octets, so that no row is missing above. */
static void every_pair_of_octets(void **state)
{
	(void)state;
	for (int a = 1; a < 256; a++) {
		for (int b = 1; b < 256; b++) {
			char in[3] = { (char)a, (char)b, '\0' };
			struct mc_json json = begin();

			mc_json_str(&json, "k", in);
			mc_json_end(&json);
			assert_int_equal(fclose(json.out), 0);
			assert_true(mc_utf8_valid(mc_span_str(text)));
			for (size_t i = 0; i + 1 < length; i++)
				assert_true((unsigned char)text[i] >= 0x20);
			free(text);
		}
	}
}

static void numbers_and_times(void **state)
{
	struct mc_json json = begin();

	(void)state;
	mc_json_int(&json, "a", INT64_MIN);
	mc_json_int(&json, "b", INT64_MAX);
	mc_json_bool(&json, "c", true);
	mc_json_time(&json, "d", 0);
	mc_json_time(&json, "e", MC_NO_TIME);
	expect(&json, ",\"a\":-9223372036854775808,\"b\":9223372036854775807,"
		      "\"c\":true,\"d\":\"1970-01-01T00:00:00Z\",\"e\":null");
}

static void lists_and_objects(void **state)
{
	struct mc_json json = begin();

	(void)state;
	mc_json_split(&json, "a", "\\Seen  x ");
	mc_json_split(&json, "b", "");
	mc_json_split(&json, "c", NULL);
	mc_json_words(&json, "d", "a b\0c\0");
	mc_json_words(&json, "e", "\0");
	mc_json_open(&json, "f");
	mc_json_int(&json, "g", 1);
	mc_json_close(&json);
	mc_json_int(&json, "h", 2);
	expect(&json, ",\"a\":[\"\\\\Seen\",\"x\"],\"b\":[],\"c\":[],"
		      "\"d\":[\"a b\",\"c\"],\"e\":[],\"f\":{\"g\":1},"
		      "\"h\":2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(every_pair_of_octets),
		cmocka_unit_test(numbers_and_times),
		cmocka_unit_test(lists_and_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
