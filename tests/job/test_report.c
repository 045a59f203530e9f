/* SPDX-License-Identifier: MIT
 * The exit status: every cause has its own, and sums that differ are never 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "job/job.h"

static const struct {
	const char *proves;
	struct mc_report report;
	enum mc_rc failed;
	int status;
} table[] = {
	{ "nothing to do is success", { .pulled = false }, MC_OK, 0 },
	{ "all stored", { .pull = { .listed = 3, .stored = 2, .known = 1 } },
		MC_OK, 0 },
	{ "one failed", { .pull = { .listed = 2, .stored = 1, .failed = 1 } },
		MC_OK, 1 },
	{ "a message that is in no count is a bug",
		{ .pull = { .listed = 3, .stored = 2 } }, MC_OK, 70 },
	{ "a placement that is in no count is a bug",
		{ .push = { .placements = 3, .sent = 2 } }, MC_OK, 70 },
	{ "a checked one that is in no count is a bug",
		{ .verify = { .checked = 2, .identical = 1 } }, MC_OK, 70 },
	{ "refused", { .push = { .placements = 1, .refused = 1 } }, MC_OK, 1 },
	{ "waiting: run again", { .push = { .placements = 1, .waiting = 1 } },
		MC_OK, 75 },
	{ "damaged", { .verify = { .damaged = 1 } }, MC_OK, 1 },
	{ "not sent", { .verify = { .unsent = 1 } }, MC_OK, 1 },
	{ "waiting, in one run with its push",
		{ .pushed = true,
			.push = { .placements = 1, .waiting = 1 },
			.verify = { .unsent = 1 } },
		MC_OK, 75 },
	{ "waiting for what is refused for good: no run will mend it",
		{ .push = { .placements = 1, .waiting = 1, .barred = true } },
		MC_OK, 1 },
	{ "missing", { .verify = { .checked = 1, .missing = 1 } }, MC_OK, 1 },
	{ "changed by the server is in place",
		{ .verify = { .checked = 1, .changed = 1 } }, MC_OK, 0 },
	{ "changed as the archive tells is in place",
		{ .verify = { .checked = 1, .altered = 1 } }, MC_OK, 0 },
	{ "an unreadable folder", { .pull = { .folders_failed = 1 } }, MC_OK,
		1 },
	{ "a name that is no UTF-8",
		{ .pull = { .listed = 1, .stored = 1, .misnamed = 1 } }, MC_OK,
		1 },
	{ "--include that fits no folder", { .idle_includes = 1 }, MC_OK, 1 },
	{ "usage", { .pulled = false }, MC_EUSAGE, 64 },
	{ "no mbox", { .pulled = false }, MC_EINPUT, 65 },
	{ "no such file", { .pulled = false }, MC_ENOENT, 66 },
	{ "unreachable", { .pulled = false }, MC_ENET, 69 },
	{ "TLS", { .pulled = false }, MC_ETLS, 69 },
	{ "cannot create", { .pulled = false }, MC_ECREATE, 73 },
	{ "I/O", { .pulled = false }, MC_EIO, 74 },
	{ "archive", { .pulled = false }, MC_EDB, 74 },
	{ "the peer says no", { .pulled = false }, MC_EREFUSED, 75 },
	{ "held by another", { .pulled = false }, MC_EBUSY, 75 },
	{ "protocol", { .pulled = false }, MC_EPROTO, 76 },
	{ "login", { .pulled = false }, MC_EAUTH, 77 },
	{ "Ctrl-C", { .pulled = false }, MC_ECANCEL, 130 },
};

static void each_cause_has_its_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mc_error err = { .rc = table[i].failed };
		int status = mc_exit_status(
			&table[i].report, table[i].failed < 0 ? &err : NULL);

		if (status != table[i].status)
			fail_msg("%s: %d", table[i].proves, status);
	}
}

/* What a server refuses is for another run, unless it says that it never will
 * do it. */
static void a_refusal_says_whether_to_run_again(void **state)
{
	static const struct {
		const char *code;
		int status;
	} rows[] = {
		{ "", 75 },
		{ "SYS/TEMP", 75 },
		{ "IN-USE", 75 },
		{ "SERVERBUG", 75 },
		{ "SYS/PERM", 77 },
		{ "NOPERM", 77 },
		{ "CANNOT", 77 },
		{ "CONTACTADMIN", 77 },
	};
	const struct mc_report none = { .pulled = false };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_error err = { .rc = MC_EREFUSED };

		mc_text_format(err.code, sizeof(err.code), "%s", rows[i].code);
		if (mc_exit_status(&none, &err) != rows[i].status)
			fail_msg("%s", rows[i].code);
		assert_int_equal(mc_is_forbidden(&err), rows[i].status == 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cause_has_its_status),
		cmocka_unit_test(a_refusal_says_whether_to_run_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
