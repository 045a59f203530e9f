/* SPDX-License-Identifier: MIT
 * opt: what is accepted, what each mistake says. */
#include "base/text.h"
#include "cmd/settings.h"
#include "cmocka_all.h"

static const struct mc_opt own[] = {
	{ MC_OPT_NUMBER, 0, "sighting", offsetof(struct mc_settings, sighting),
		"N", "a number" },
	{ MC_OPT_TEXT, 'o', "output", offsetof(struct mc_settings, output),
		"FILE", "a file" },
};
static const struct mc_opt_group own_group = { "Own", own, 2 };
static const struct mc_opt_group *const groups[] = { &own_group,
	&mc_opts_source, &mc_opts_target_login, &mc_opts_folders,
	&mc_opts_common, NULL };
static const struct mc_opt_spec spec = { .verb = "try",
	.operands = "A [B]",
	.operands_min = 1,
	.operands_max = 2,
	.about = "tries",
	.groups = groups };

enum { ARGS_MAX = 8 };

static size_t count(char *const *args)
{
	size_t n = 0;

	while (n < ARGS_MAX && args[n])
		n++;
	return n;
}

static enum mc_rc parse(
	char *const *args, struct mc_settings *set, struct mc_error *err)
{
	mc_settings_init(set);
	*err = (struct mc_error){ .rc = MC_OK };
	return mc_opt_parse(&spec, args, count(args), set, &set->operands, err);
}

struct good {
	const char *proves;
	char *args[ARGS_MAX];
	const char *archive;
	const char *output;
	int verbose;
	bool json;
	int quote;
	int64_t sighting;
	size_t includes;
	const char *operands[3];
};

static const struct good goods[] = {
	{ .proves = "an operand alone",
		.args = { "x" },
		.archive = "mailcart.db",
		.operands = { "x" } },
	{ .proves = "a long option with a blank, behind the operand",
		.args = { "x", "--archive", "f" },
		.archive = "f",
		.operands = { "x" } },
	{ .proves = "a long option with '=', and '=' in its value",
		.args = { "--archive=a=b", "x" },
		.archive = "a=b",
		.operands = { "x" } },
	{ .proves = "letters grouped, the last one with its value behind",
		.args = { "-vvaf", "x" },
		.archive = "f",
		.verbose = 2,
		.operands = { "x" } },
	{ .proves = "letters grouped, the value in the next word",
		.args = { "-va", "f", "x" },
		.archive = "f",
		.verbose = 1,
		.operands = { "x" } },
	{ .proves = "-- ends options",
		.args = { "--json", "--", "--json", "-v" },
		.archive = "mailcart.db",
		.json = true,
		.operands = { "--json", "-v" } },
	{ .proves = "a dash alone is an operand",
		.args = { "-" },
		.archive = "mailcart.db",
		.operands = { "-" } },
	{ .proves = "a value may look like an option",
		.args = { "-o", "--json", "x" },
		.archive = "mailcart.db",
		.output = "--json",
		.operands = { "x" } },
	{ .proves = "the last of two counts; lists collect; words count",
		.args = { "--archive=a", "--archive=b", "--include=1",
			"--include=2", "--mbox-quote=none", "x" },
		.archive = "b",
		.quote = 2,
		.includes = 2,
		.operands = { "x" } },
	{ .proves = "the largest number",
		.args = { "--sighting", "9223372036854775807", "x" },
		.archive = "mailcart.db",
		.sighting = INT64_MAX,
		.operands = { "x" } },
	{ .proves = "help asks for no operands and reads no further",
		.args = { "-h", "--nonsense" },
		.archive = "mailcart.db" },
};

static void check_good(const struct good *row)
{
	struct mc_settings set;
	struct mc_error err;

	print_message("%s\n", row->proves);
	assert_int_equal(parse(row->args, &set, &err), MC_OK);
	assert_string_equal(set.archive, row->archive);
	if (row->output)
		assert_string_equal(set.output, row->output);
	assert_int_equal(set.verbose, row->verbose);
	assert_int_equal(set.json, row->json);
	assert_int_equal(set.quote, row->quote);
	assert_true(set.sighting == row->sighting);
	assert_int_equal(set.include.n, row->includes);
	for (size_t i = 0; i < set.operands.n; i++)
		assert_string_equal(set.operands.item[i], row->operands[i]);
	assert_null(row->operands[set.operands.n]);
	mc_settings_dispose(&set);
}

static void accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++)
		check_good(&goods[i]);
}

static const struct {
	const char *proves;
	char *args[ARGS_MAX];
	const char *text;
} bads[] = {
	{ "a letter wrong", { "--achive", "x" },
		"unknown option '--achive'; did you mean '--archive'?" },
	{ "the beginning of a word", { "--no-prog", "x" },
		"unknown option '--no-prog'; did you mean '--no-progress'?" },
	{ "the source's option where there is a target only",
		{ "--password-file=x", "x" },
		"unknown option '--password-file'; did you mean "
		"'--target-password-file'?" },
	{ "nothing near", { "--frobnicate", "x" },
		"unknown option '--frobnicate'; 'mailcart try -h' lists them" },
	{ "control octets do not reach the terminal", { "--\x1b[2J", "x" },
		"unknown option '--\\x1b[2J'; 'mailcart try -h' lists them" },
	{ "a letter that is none", { "-vZ", "x" },
		"unknown option '-Z'; 'mailcart try -h' lists them" },
	{ "no value at the end", { "x", "--output" },
		"--output needs a value: --output FILE" },
	{ "no value behind a letter", { "x", "-o" },
		"--output needs a value: --output FILE" },
	{ "an empty value", { "x", "--output=" },
		"'' does not fit --output: write --output FILE" },
	{ "a value for a flag", { "x", "--json=1" },
		"--json takes no value: write --json alone" },
	{ "a word that is not offered", { "x", "--mbox-quote", "r" },
		"'r' does not fit --mbox-quote: write --mbox-quote "
		"rd|o|none" },
	{ "two words", { "x", "--mbox-quote", "rd|o" },
		"'rd|o' does not fit --mbox-quote: write --mbox-quote "
		"rd|o|none" },
	{ "no number", { "x", "--sighting", "1a" },
		"'1a' does not fit --sighting: write --sighting N" },
	{ "a number below 1", { "x", "--sighting", "0" },
		"'0' does not fit --sighting: write --sighting N" },
	{ "a number too large", { "x", "--sighting", "9223372036854775808" },
		"'9223372036854775808' does not fit --sighting: write "
		"--sighting N" },
	{ "too few operands", { NULL },
		"an operand is missing: write mailcart try A [B]" },
	{ "too many operands", { "x", "y", "z" },
		"'z' is one word too many: write mailcart try A [B]" },
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct mc_settings set;
		struct mc_error err;

		print_message("%s\n", bads[i].proves);
		assert_int_equal(parse(bads[i].args, &set, &err), MC_EUSAGE);
		assert_string_equal(err.text, bads[i].text);
		mc_settings_dispose(&set);
	}
}

static void finds_the_verb(void **state)
{
	static const struct mc_opt_spec *const specs[] = { &spec };
	static const struct {
		char *args[ARGS_MAX];
		size_t at;
	} rows[] = {
		{ { "pull" }, 0 },
		{ { "-v", "pull" }, 1 },
		{ { "-a", "pull", "push" }, 2 },
		{ { "-apull", "push" }, 1 },
		{ { "-va", "pull", "push" }, 2 },
		{ { "--archive", "pull", "push" }, 2 },
		{ { "--archive=pull", "push" }, 1 },
		{ { "--unknown", "pull" }, 1 },
		{ { "--", "pull" }, 1 },
		{ { "-h" }, 1 },
		{ { "-a" }, 1 },
		{ { NULL }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = count(rows[i].args);
		size_t at = mc_opt_first_operand(specs, 1, rows[i].args, n);

		assert_int_equal(at < n ? at : n, rows[i].at);
	}
}

/* Help names every option of every group, in lines of a terminal. */
static void helps(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	mc_opt_help(&spec, out);
	assert_int_equal(fclose(out), 0);
	for (const struct mc_opt_group *const *g = groups; *g; g++) {
		for (size_t i = 0; i < (*g)->n; i++) {
			char name[64];

			mc_text_format(
				name, sizeof(name), "--%s", (*g)->opts[i].name);
			assert_non_null(strstr(text, name));
		}
	}
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\n") < 80);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(finds_the_verb),
		cmocka_unit_test(helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
