/* SPDX-License-Identifier: MIT
 * Another program is run within bounds, and is told nothing that it need not
 * know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "source/child.h"

enum { SECONDS = 100, SOON_MS = 60 * 1000 };

static enum mc_rc run(const char *const *argv, int64_t seconds,
	struct mc_cancel *cancel, struct mc_error *err)
{
	const struct mc_monitor monitor = { .cancel = cancel };
	const struct mc_child child = { .argv = (char *const *)(uintptr_t)argv,
		.seconds = seconds,
		.memory = INT64_C(1) << 40,
		.file = 1 << 20,
		.monitor = &monitor };

	return mc_child_run(&child, err);
}

static const struct {
	const char *what;
	const char *argv[5];
	enum mc_rc rc;
	const char *text; /* of the error */
} table[] = {
	{ "it ends well", { "true" }, MC_OK, "" },
	{ "it is not there", { "no-such-program" }, MC_ENOENT,
		"no-such-program" },
	{ "its last line is told",
		{ "sh", "-c", "echo one; echo two >&2; exit 3" }, MC_EINPUT,
		"sh failed: two" },
	{ "a line without an end, too",
		{ "sh", "-c", "printf 'a\\nb'; exit 1" }, MC_EINPUT,
		"sh failed: b" },
	{ "nothing is said", { "false" }, MC_EINPUT, "false failed" },
	{ "what it says cannot command a terminal",
		{ "sh", "-c", "printf '\\033[2J'; exit 1" }, MC_EINPUT,
		"sh failed: \\x1b[2J" },
	{ "its limits are set before it begins",
		{ "sh", "-c",
			"echo $(ulimit -f) $(ulimit -c) $(ulimit -n); exit 1" },
		MC_EINPUT, "sh failed: 2048 0 256" },
	{ "it does not write more than it may",
		{ "sh", "-c",
			"exec dd if=/dev/zero of=child.tmp bs=1M count=4" },
		MC_ELIMIT, "sh was ended by signal" },
	{ "it closes its output and goes on",
		{ "sh", "-c", "exec >&- 2>&-; sleep 0.5" }, MC_OK, "" },
	{ "one that it leaves behind is not waited for",
		{ "sh", "-c", "sleep 100 & exit 0" }, MC_OK, "" },
	{ "it has nothing to read", { "cat" }, MC_OK, "" },
	{ "it is not told our passwords",
		{ "sh", "-c", "test -z \"$MAILCART_PASSWORD$HOME\"" }, MC_OK,
		"" },
	{ "it is not given a file that was handed to us",
		{ "sh", "-c", "test ! -e /proc/$$/fd/99" }, MC_OK, "" },
};

static void test_ends(void **state)
{
	(void)state;
	assert_int_equal(setenv("MAILCART_PASSWORD", "ge:heim", 1), 0);
	assert_int_equal(setenv("HOME", "/", 1), 0);
	assert_int_equal(dup2(0, 99), 99);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *argv[6] = { 0 };
		struct mc_error err = { 0 };

		print_message("%s\n", table[i].what);
		memcpy(argv, table[i].argv, sizeof(table[i].argv));
		assert_int_equal(run(argv, SECONDS, NULL, &err), table[i].rc);
		if (table[i].rc < 0)
			assert_non_null(strstr(err.text, table[i].text));
	}
	(void)remove("child.tmp");
}

static void test_takes_too_long(void **state)
{
	static const char *const argv[] = { "sh", "-c", "sleep 100", NULL };
	int64_t began = mc_clock_ms();
	struct mc_error err;

	(void)state;
	assert_int_equal(run(argv, 1, NULL, &err), MC_ELIMIT);
	assert_string_equal(err.text, "sh took longer than 1 s");
	assert_true(mc_clock_ms() - began < SOON_MS);
}

static void test_is_stopped(void **state)
{
	static const char *const argv[] = { "sleep", "100", NULL };
	int64_t began = mc_clock_ms();
	struct mc_cancel cancel;
	struct mc_error err;

	(void)state;
	assert_int_equal(mc_cancel_init(&cancel, &err), MC_OK);
	mc_cancel_raise(&cancel);
	assert_int_equal(run(argv, SECONDS, &cancel, &err), MC_ECANCEL);
	assert_true(mc_clock_ms() - began < SOON_MS);
	mc_cancel_dispose(&cancel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_takes_too_long),
		cmocka_unit_test(test_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
