/* SPDX-License-Identifier: MIT
 * A plan that a person has edited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job/planfile.h"

/* Where folder "A" of source "s" goes by the plan; "-": skipped. */
static const struct {
	const char *proves;
	const char *plan;
	enum mc_rc rc;
	const char *mailbox;
} table[] = {
	{ "a folder that is not named is skipped", "", MC_OK, "-" },
	{ "named",
		"{\"v\":1,\"type\":\"plan\",\"source\":\"s\",\"folder\":\"A\","
		"\"mailbox\":\"X/Y\"}\n",
		MC_OK, "X/Y" },
	{ "null skips", "{\"type\":\"plan\",\"folder\":\"A\",\"mailbox\":null}",
		MC_OK, "-" },
	{ "another source's folder",
		"{\"type\":\"plan\",\"source\":\"t\",\"folder\":\"A\","
		"\"mailbox\":\"X\"}",
		MC_OK, "-" },
	{ "escapes, blanks, unknown members",
		" { \"type\" : \"plan\" , \"n\" : 12.5 , \"folder\":\"A\","
		"\"mailbox\":\"\\u00fc\\ud83d\\ude00\\\"\\\\\\/\" } \n\n",
		MC_OK, "\xc3\xbc\xf0\x9f\x98\x80\"\\/" },
	{ "other types of line are passed over",
		"{\"type\":\"summary\",\"exit\":0}\n", MC_OK, "-" },
	{ "half a line", "{\"type\":\"plan\",\"folder\":\"A", MC_EINPUT, "" },
	{ "no JSON", "A -> B\n", MC_EINPUT, "" },
	{ "no folder", "{\"type\":\"plan\",\"mailbox\":\"X\"}", MC_EINPUT, "" },
	{ "half a pair of surrogates",
		"{\"type\":\"plan\",\"folder\":\"A\",\"mailbox\":\"\\ud800\"}",
		MC_EINPUT, "" },
	{ "no UTF-8",
		"{\"type\":\"plan\",\"folder\":\"A\",\"mailbox\":\"\xfc\"}",
		MC_EINPUT, "" },
	{ "NUL in a name",
		"{\"type\":\"plan\",\"folder\":\"A\",\"mailbox\":\"\\u0000\"}",
		MC_EINPUT, "" },
};

static void run_row(size_t i)
{
	char path[] = "/tmp/mailcart-plan-XXXXXX";
	int fd = mkstemp(path);
	struct mc_mailboxes server = { .separator = '/' };
	const struct mc_folder_facts folder = { .id = 1,
		.source = "s",
		.path = "A",
		.special = MC_SPECIAL_NONE,
		.sightings = 3 };
	struct mc_routes routes = { 0 };
	struct mc_error err;
	enum mc_rc rc;

	assert_true(fd >= 0);
	assert_int_equal(strlen(table[i].plan),
		write(fd, table[i].plan, strlen(table[i].plan)));
	close(fd);
	assert_int_equal(MC_OK, mc_routes_add(&routes, &folder, &err));
	rc = mc_planfile_apply(path, &routes, &server, &err);
	if (rc != table[i].rc)
		fail_msg("%s: %d", table[i].proves, rc);
	if (rc == MC_OK) {
		const char *got = routes.list[0].row.mailbox;

		assert_string_equal(table[i].mailbox, got ? got : "-");
	}
	mc_routes_dispose(&routes);
	unlink(path);
}

static void applies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		run_row(i);
}

static void a_missing_file_is_told(void **state)
{
	struct mc_mailboxes server = { 0 };
	struct mc_routes routes = { 0 };
	struct mc_error err;

	(void)state;
	assert_int_equal(MC_ENOENT,
		mc_planfile_apply("/nonexistent/plan", &routes, &server, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applies),
		cmocka_unit_test(a_missing_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
