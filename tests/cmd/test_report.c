/* SPDX-License-Identifier: MIT
 * report: the sentence is true of every way a run can end. */
#include <locale.h>

#include "cmd/report.h"
#include "cmocka_all.h"

static const struct mc_error fine = { .rc = MC_OK };
static const struct mc_error interrupted = { .rc = MC_ECANCEL };
static const struct mc_error broken = { .rc = MC_ENET, .hope = MC_NEVER };

static const struct row {
	const char *proves;
	const char *verb;
	const struct mc_error *err;
	int exit;
	struct mc_report report;
	const char *sentence;
	const char *also; /* must occur, too; NULL: nothing */
} rows[] = {
	{ "the whole move", "migrate", &fine, 0,
		{ .pulled = true,
			.pull = { .listed = 1745, .stored = 1745 },
			.pushed = true,
			.push = { .placements = 1745,
				.sent = 1742,
				.present = 3,
				.sent_now = 1742,
				.found_now = 3 },
			.verified = true,
			.verify = { .with_target = true,
				.bodies = 1745,
				.checked = 1745,
				.identical = 1745 } },
		"All 1,745 messages are on imap.example.net; 3 were there "
		"before.\n",
		"Next: look at it with your mail program; mailcart.db holds "
		"all of it, too. To\ncompare every octet:\n"
		"      mailcart verify --deep --tls-ca 'my ca.pem' "
		"--target-password-command 'echo '\\''x'\\''' \\\n"
		"          imaps://u@imap.example.net\n" },
	{ "nothing left to do", "push", &fine, 0,
		{ .pushed = true, .push = { .placements = 2, .sent = 2 } },
		"All 2 messages are on imap.example.net; nothing was left to "
		"do.\n",
		NULL },
	{ "one message", "push", &fine, 0,
		{ .pushed = true,
			.push = { .placements = 1, .sent = 1, .sent_now = 1 } },
		"The only message is on imap.example.net.\n", NULL },
	{ "nothing to send", "push", &fine, 0, { .pushed = true },
		"No message was to go to imap.example.net.\n", NULL },
	{ "refused ones are never among all", "push", &fine, 1,
		{ .pushed = true,
			.push = { .placements = 10,
				.sent = 7,
				.refused = 1,
				.skipped = 2,
				.sent_now = 7 } },
		"7 of 8 messages are on imap.example.net; 2 were left out by a "
		"rule; 1 was refused.\n",
		"mailcart show ID" },
	{ "waiting ones", "push", &fine, 75,
		{ .pushed = true,
			.push = { .placements = 2, .sent = 1, .waiting = 1 } },
		"1 of 2 messages is on imap.example.net; 1 is waiting.\n",
		"Next: mend what is said above, if you can" },
	{ "waiting ones beside refused ones", "push", &fine, 1,
		{ .pushed = true,
			.push = { .placements = 4,
				.sent = 1,
				.refused = 1,
				.waiting = 2 } },
		"1 of 4 messages is on imap.example.net; 1 was refused; 2 are "
		"waiting.\n",
		"is waiting.\n\nNext: the archive keeps what was refused." },
	{ "all there, but not all could be read", "migrate", &fine, 1,
		{ .pulled = true,
			.pull = { .listed = 3, .stored = 2, .failed = 1 },
			.pushed = true,
			.push = { .placements = 2, .sent = 2, .sent_now = 2 },
			.verified = true,
			.verify = { .with_target = true,
				.checked = 2,
				.identical = 2 } },
		"All 2 messages are on imap.example.net; 1 could not be "
		"read.\n",
		"tries once more" },
	{ "gone, of what was looked at again", "migrate", &fine, 1,
		{ .pulled = true,
			.pull = { .listed = 9, .known = 9 },
			.pushed = true,
			.push = { .placements = 9, .sent = 9 },
			.verified = true,
			.verify = { .with_target = true,
				.checked = 1,
				.missing = 1 } },
		"Of 1 message looked at in this run 0 are on "
		"imap.example.net; 1 is MISSING.\n",
		"push --again-missing" },
	{ "sent and gone", "migrate", &fine, 1,
		{ .pulled = true,
			.pull = { .listed = 2, .stored = 2 },
			.pushed = true,
			.push = { .placements = 2, .sent = 2, .sent_now = 2 },
			.verified = true,
			.verify = { .with_target = true,
				.bodies = 2,
				.checked = 2,
				.identical = 1,
				.missing = 1 } },
		"2 stored messages are intact in mailcart.db; 1 of 2 messages "
		"is on imap.example.net; 1 is MISSING.\n",
		"push --again-missing" },
	{ "what was refused is not there", "verify", &fine, 1,
		{ .verified = true,
			.verify = { .with_target = true,
				.bodies = 9,
				.checked = 7,
				.identical = 7,
				.unsent = 2 } },
		"9 stored messages are intact in mailcart.db; all 7 messages "
		"are on imap.example.net; 2 were refused or wait.\n",
		"mailcart status\n" },
	{ "a part of a sentence begins small", "verify", &fine, 0,
		{ .verified = true,
			.verify = { .with_target = true,
				.bodies = 9,
				.checked = 9,
				.identical = 9 } },
		"9 stored messages are intact in mailcart.db; all 9 messages "
		"are on imap.example.net.\n",
		NULL },
	{ "a damaged archive", "verify", &fine, 1,
		{ .verified = true, .verify = { .bodies = 9, .damaged = 1 } },
		"1 place is DAMAGED in mailcart.db", "restore the archive" },
	{ "a pull", "pull", &fine, 0,
		{ .pulled = true,
			.pull = { .listed = 5,
				.stored = 3,
				.known = 2,
				.octets = 7 } },
		"All 5 messages are in mailcart.db; 2 were there already.\n",
		"mailcart push imaps://USER@HOST" },
	{ "a source without mail", "pull", &fine, 0, { .pulled = true },
		"No message was found to copy.\n", NULL },
	{ "a source left out by its folders", "pull", &fine, 0,
		{ .pulled = true,
			.pull = { .listed = 9,
				.skipped = 9,
				.skipped_by = { [MC_SKIP_FOLDER] = 9 } } },
		"0 of 9 messages are in mailcart.db; 9 were left out by "
		"--include or --exclude.\n",
		NULL },
	{ "a pull again", "pull", &fine, 0,
		{ .pulled = true, .pull = { .listed = 5, .known = 5 } },
		"All 5 messages are in mailcart.db; nothing was new.\n", NULL },
	{ "one rule is named", "pull", &fine, 0,
		{ .pulled = true,
			.pull = { .listed = 5,
				.stored = 3,
				.skipped = 2,
				.skipped_by = { [MC_SKIP_SINCE] = 2 } } },
		"3 of 5 messages are in mailcart.db; 2 were left out by "
		"--since 2019-01-01.\n",
		"2  left out by --since 2019-01-01\n" },
	{ "several rules are told one by one", "pull", &fine, 0,
		{ .pulled = true,
			.pull = { .listed = 5,
				.stored = 3,
				.skipped = 2,
				.skipped_by = { [MC_SKIP_FOLDER] = 1,
					[MC_SKIP_MAX_SIZE] = 1 } } },
		"3 of 5 messages are in mailcart.db; 2 were left out by "
		"rules.\n",
		"of these     1  left out by --max-size 25M\n" },
	{ "a folder that was cut short", "pull", &fine, 1,
		{ .pulled = true,
			.pull = { .listed = 5,
				.stored = 5,
				.folders_failed = 1 } },
		"All 5 messages are in mailcart.db; 1 folder was not read to "
		"its end.\n",
		"folders failed" },
	{ "sums that do not add up are shown", "pull", &fine, 70,
		{ .pulled = true, .pull = { .listed = 5, .stored = 4 } },
		"4 of 5 messages are in mailcart.db.\n", "NOT ACCOUNTED FOR" },
	{ "interrupted", "migrate", &interrupted, 130,
		{ .pulled = true,
			.pull = { .listed = 9, .stored = 4 },
			.pushed = true,
			.push = { .placements = 4, .waiting = 4 } },
		"Interrupted: 4 of the messages listed are safe in "
		"mailcart.db; 0 are on imap.example.net so far.\n",
		"Next: run the same command again; it goes on" },
	{ "broken off", "push", &broken, 69,
		{ .pushed = true, .push = { .placements = 9, .sent = 4 } },
		"Not finished: 4 of 9 messages are on imap.example.net so "
		"far.\n",
		"not reached" },
};

/* Words may stand in the next line. */
static void check_sentence(const char *text, const char *sentence)
{
	size_t n = strlen(sentence);

	for (size_t i = 0; i < n; i++) {
		bool fold = text[i] == '\n' && sentence[i] == ' ';

		if (text[i] != sentence[i] && !fold)
			fail_msg("'%.*s'", (int)n, text);
	}
}

/* Lines that fit, but for commands to be copied; blank ones stand alone, and
 * none is the last. */
static void check_lines(const char *text)
{
	const char *end;

	assert_null(strstr(text, "\n\n\n"));
	for (; (end = strchr(text, '\n')); text = end + 1) {
		if (strncmp(text, "      ", 6) != 0)
			assert_true(end - text < 80);
		assert_true(end[1] != '\0' || *text != '\n');
	}
}

static void check(const struct row *row)
{
	const struct mc_settings set = { .source = { .tls_ca = "my ca.pem" },
		.target = { .password_command = "echo 'x'" } };
	bool target = !row->report.pulled || row->report.pushed;
	struct mc_outcome o = { .verb = row->verb,
		.archive = "mailcart.db",
		.host = target ? "imap.example.net" : NULL,
		.target = target ? "imaps://u@imap.example.net" : NULL,
		.set = &set,
		.exit = row->exit,
		.select = { .since = 1546300800, .max_octets = 25 << 20 },
		.report = &row->report,
		.err = row->err };
	struct mc_error err;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	print_message("%s\n", row->proves);
	assert_int_equal(mc_report_print(&o, out, &err), MC_OK);
	mc_report_next(&o, out);
	assert_int_equal(fclose(out), 0);
	check_sentence(text, row->sentence);
	check_lines(text);
	if (row->also)
		assert_non_null(strstr(text, row->also));
	if (row->exit != 70)
		assert_null(strstr(text, "NOT ACCOUNTED FOR"));
	assert_true(mc_report_is_due(&o));
	free(text);
}

static void sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i]);
}

/* A login that failed has nothing to report but its one line. */
static void nothing_to_report(void **state)
{
	struct mc_report report = { .pulled = true, .pushed = true };
	struct mc_outcome o = { .report = &report, .err = &broken };

	(void)state;
	assert_false(mc_report_is_due(&o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
		cmocka_unit_test(nothing_to_report),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
