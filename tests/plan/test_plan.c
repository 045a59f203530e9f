/* SPDX-License-Identifier: MIT
 * Where folders go: tables of folders, server and expected mailboxes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan/plan.h"

enum { ROWS = 6, BOXES = 6, MAPS = 3 };

struct scene {
	const char *proves;
	struct mc_mailboxes server;
	struct mc_mailbox_info boxes[BOXES];
	struct mc_map maps[MAPS];
	const char *into;
	struct {
		const char *path;
		enum mc_special special;
		const char *mailbox; /* NULL: skipped */
		enum mc_special use;
		bool exists;
		const char *note; /* part of it; NULL: none */
	} rows[ROWS];
};

#define SENT MC_SPECIAL_SENT
#define BOX(n)                                                                 \
	{                                                                      \
		.name = (n), .selectable = true, .inferiors = true             \
	}
#define USE(n, s)                                                              \
	{                                                                      \
		.name = (n), .selectable = true, .inferiors = true,            \
		.special = (s)                                                 \
	}
#define SLASH                                                                  \
	{                                                                      \
		.separator = '/', .prefix = (char *)""                         \
	}
#define DOT_INBOX                                                              \
	{                                                                      \
		.separator = '.', .prefix = (char *)"INBOX."                   \
	}

static const struct scene scenes[] = {
	{ "special use by attribute, whatever its name", SLASH,
		{ BOX("INBOX"), USE("Gesendet", SENT) },
		.rows = { { "Sent", 0, "Gesendet", SENT, true,
			"the server's \\Sent" } } },
	{ "special use told by the source", SLASH, { USE("Sent", SENT) },
		.rows = { { "Post raus", SENT, "Sent", SENT, true,
			"\\Sent" } } },
	{ "no attribute: the server's mailbox by its known name", SLASH,
		{ BOX("Sent Items"), BOX("Sentimental") },
		.rows = { { "Gesendete Objekte", 0, "Sent Items", SENT, true,
			"\\Sent" } } },
	{ "an attribute goes before a name", SLASH,
		{ BOX("Sent"), USE("Out", SENT) },
		.rows = { { "Sent", 0, "Out", SENT, true, "\\Sent" } } },
	{ "none there: its own name, to be created with that use", SLASH,
		{ BOX("INBOX") },
		.rows = { { "Sent", 0, "Sent", SENT, false, NULL } } },
	{ "only at the top", SLASH, { USE("Sent", SENT), BOX("Work/Drafts") },
		.rows = { { "Work/Sent", 0, "Work/Sent", 0, false, NULL },
			{ "Drafts", 0, "Drafts", MC_SPECIAL_DRAFTS, false,
				NULL } } },
	{ "or below the prefix, which is not doubled", DOT_INBOX,
		{ USE("INBOX.Sent", SENT) },
		.rows = { { "INBOX/Sent", 0, "INBOX.Sent", SENT, true, NULL },
			{ "inbox/Work", 0, "INBOX.Work", 0, false, NULL },
			{ "Home", 0, "INBOX.Home", 0, false, NULL },
			{ "INBOX", 0, "INBOX", 0, false, NULL } } },
	{ "an inbox within INBOX is no INBOX", DOT_INBOX, { BOX("INBOX") },
		.rows = { { "INBOX", 0, "INBOX", 0, true, NULL },
			{ "INBOX/inbox", 0, "INBOX.inbox_", 0, false,
				"changed" },
			{ "inbox/INBOX", 0, "INBOX.INBOX_ (2)", 0, false,
				"another folder's" },
			{ "INBOX/inbox/a", 0, "INBOX.inbox_.a", 0, false,
				"changed" },
			{ "INBOX/a", 0, "INBOX.a", 0, false, NULL },
			{ "INBOX/inbox_", 0, "INBOX.inbox_ (3)", 0, false,
				"another folder's" } } },
	{ "nor where there is no prefix", SLASH, { BOX("INBOX") },
		.rows = { { "INBOX/inbox", 0, "INBOX/inbox", 0, false, NULL },
			{ "inbox", 0, "INBOX", 0, true, NULL },
			{ "INBOX/INBOX/a", 0, "INBOX/INBOX/a", 0, false,
				NULL } } },
	{ "two that look like Sent are two, and it is said", SLASH,
		{ USE("Sent", SENT) },
		.rows = { { "Gesendet", 0, "Gesendet", 0, false,
				  "Sent is taken for \\Sent" },
			{ "Sent", 0, "Sent", SENT, true, NULL } } },
	{ "what the source tells goes before what a name suggests", SLASH,
		{ USE("Sent", SENT) },
		.rows = { { "Sent", 0, "Sent (2)", 0, false,
				  "another folder's" },
			{ "Post raus", SENT, "Sent", SENT, true, "\\Sent" } } },
	{ "INBOX in any case is one, from several sources", SLASH,
		{ BOX("INBOX") },
		.rows = { { "INBOX", MC_SPECIAL_INBOX, "INBOX", 0, true, NULL },
			{ "Inbox", 0, "INBOX", 0, true, NULL },
			{ "inbox/a", 0, "INBOX/a", 0, false, NULL },
			{ "a/inbox", 0, "a/inbox", 0, false, NULL } } },
	{ "the same path from two sources is one mailbox", SLASH,
		{ BOX("INBOX") },
		.rows = { { "Work", 0, "Work", 0, false, NULL },
			{ "Work", 0, "Work", 0, false, NULL } } },
	{ "the separator inside a level; then a collision",
		{ .separator = '.', .prefix = (char *)"" }, { BOX("INBOX") },
		.rows = { { "a/b.c", 0, "a.b_c", 0, false, "changed" },
			{ "a/b_c", 0, "a.b_c (2)", 0, false,
				"another folder's" },
			{ "a/b.c", 0, "a.b_c", 0, false, "changed" } } },
	{ "names that differ in case only", SLASH, { BOX("INBOX") },
		.rows = { { "Work", 0, "Work", 0, false, NULL },
			{ "work", 0, "work (2)", 0, false, "another folder's" },
			{ "WORK", 0, "WORK (3)", 0, false,
				"another folder's" } } },
	{ "what no server takes is mended", SLASH, { BOX("INBOX") },
		.rows = { { " a  b /c", 0, "a b/c", 0, false, "changed" },
			{ "x\001y\x7F", 0, "x_y_", 0, false, "changed" },
			{ "a*%", 0, "a__", 0, false, "changed" },
			{ "//d//e/", 0, "d/e", 0, false, "changed" },
			{ "../f", 0, "__/f", 0, false, "changed" },
			{ "  ", 0, "_", 0, false, "changed" } } },
	{ "no UTF-8, and C1 control characters", SLASH, { BOX("INBOX") },
		.rows = { { "a\xFF", 0, "a_", 0, false, "changed" },
			{ "b\xC2\x85", 0, "b_", 0, false, "changed" },
			{ "Entw\xC3\xBCrfe 2", 0, "Entw\xC3\xBCrfe 2", 0, false,
				NULL } } },
	{ "a flat server", { .separator = '\0', .prefix = (char *)"" },
		{ BOX("INBOX") },
		.rows = { { "a/b", 0, "a_b", 0, false, "changed" } } },
	{ "never a view", SLASH,
		{ USE("All Mail", MC_SPECIAL_ALL),
			USE("Starred", MC_SPECIAL_FLAGGED),
			USE("Important", MC_SPECIAL_IMPORTANT) },
		.rows = { { "All Mail", 0, "All Mail (2)", 0, false, "view" },
			{ "Starred", MC_SPECIAL_FLAGGED, "Starred (2)", 0,
				false, "view" },
			{ "Important", 0, "Important (2)", 0, false,
				"view" } } },
	{ "a mailbox that only holds others is to be created", SLASH,
		{ { .name = (char *)"Work", .inferiors = true } },
		.rows = { { "Work", 0, "Work", 0, false, "holds no mail" },
			{ "Work/a", 0, "Work/a", 0, false, NULL } } },
	{ "a parent without inferiors", SLASH,
		{ { .name = (char *)"INBOX", .selectable = true } },
		.rows = { { "INBOX/a", 0, "INBOX_a", 0, false, "changed" } } },
	{ "a Noselect \\Sent is none", SLASH,
		{ { .name = (char *)"Sent",
			.special = SENT,
			.inferiors = true } },
		.rows = { { "Gesendet", 0, "Gesendet", SENT, false, NULL } } },
	{ "--map: the longest, with all below, not what only begins so", SLASH,
		{ BOX("INBOX") },
		.maps = { { "lists", "Lists/old" }, { "lists/c", "C" },
			{ "drop", "" } },
		.rows = { { "lists", 0, "Lists/old", 0, false, NULL },
			{ "lists/perl", 0, "Lists/old/perl", 0, false, NULL },
			{ "lists/c/gcc", 0, "C/gcc", 0, false, NULL },
			{ "lists2", 0, "lists2", 0, false, NULL },
			{ "drop/a", 0, "a", 0, false, NULL } } },
	{ "--map joins what it names alike", SLASH, { USE("Sent", SENT) },
		.maps = { { "Gesendet", "Sent" }, { "a", "X" }, { "b", "X" } },
		.rows = { { "Gesendet", 0, "Sent", 0, true, NULL },
			{ "Sent", 0, "Sent", SENT, true, NULL },
			{ "a", 0, "X", 0, false, NULL },
			{ "b", 0, "X", 0, false, NULL } } },
	{ "--map of INBOX, in any case", SLASH, { BOX("INBOX") },
		.maps = { { "INBOX", "Old/Inbox" } },
		.rows = { { "Inbox", 0, "Old/Inbox", 0, false, NULL } } },
	{ "--into: everything, INBOX and Sent too", SLASH,
		{ USE("Sent", SENT) }, .into = "Old/2020/",
		.rows = { { "INBOX", 0, "Old/2020/INBOX", 0, false, NULL },
			{ "Sent", SENT, "Old/2020/Sent", 0, false, NULL } } },
	{ "--into in the server's own words", DOT_INBOX, { BOX("INBOX") },
		.into = "INBOX.Old",
		.rows = { { "a", 0, "INBOX.Old.a", 0, false, NULL } } },
};

static size_t rows_of(const struct scene *scene, struct mc_plan_row *rows)
{
	size_t n = 0;

	for (; n < ROWS && scene->rows[n].path; n++)
		rows[n] = (struct mc_plan_row){ .folder = (int64_t)n,
			.path = scene->rows[n].path,
			.special = scene->rows[n].special };
	return n;
}

static void check_row(
	const struct scene *scene, size_t i, const struct mc_plan_row *row)
{
	const char *note = scene->rows[i].note;

	if (!row->mailbox ||
		strcmp(row->mailbox, scene->rows[i].mailbox) != 0 ||
		row->use != scene->rows[i].use ||
		row->exists != scene->rows[i].exists ||
		(note ? !strstr(row->note, note) : row->note[0] != '\0'))
		fail_msg("%s: '%s' went to '%s', use %d, exists %d, note '%s'",
			scene->proves, row->path,
			row->mailbox ? row->mailbox : "(none)", (int)row->use,
			row->exists, row->note);
}

static void put(struct mc_mailboxes *server, struct mc_mailbox_info box)
{
	struct mc_error err;

	box.separator = server->separator;
	assert_int_equal(mc_mailboxes_put(server, &box, &err), MC_OK);
}

static void put_boxes(struct scene *scene)
{
	for (size_t i = 0; i < BOXES && scene->boxes[i].name; i++)
		put(&scene->server, scene->boxes[i]);
}

/* The prefix is the scene's. */
static void drop_boxes(struct mc_mailboxes *server)
{
	server->prefix = NULL;
	mc_mailboxes_dispose(server);
}

static void test_scenes(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof(scenes) / sizeof(scenes[0]); s++) {
		struct scene scene = scenes[s];
		struct mc_plan_row rows[ROWS];
		struct mc_rules rules = { .maps = scene.maps,
			.into = scene.into };
		struct mc_error err;
		size_t n = rows_of(&scene, rows);

		while (rules.maps_n < MAPS && scene.maps[rules.maps_n].from)
			rules.maps_n++;
		put_boxes(&scene);
		if (mc_plan_make(rows, n, &rules, &scene.server, &err) != MC_OK)
			fail_msg("%s: %s", scene.proves, err.text);
		for (size_t i = 0; i < n; i++)
			check_row(&scene, i, &rows[i]);
		mc_plan_dispose(rows, n);
		drop_boxes(&scene.server);
	}
}

/* What a run created, the next run finds: nothing moves. */
static void test_again(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof(scenes) / sizeof(scenes[0]); s++) {
		struct scene scene = scenes[s];
		struct mc_plan_row once[ROWS];
		struct mc_plan_row twice[ROWS];
		struct mc_rules rules = { .maps = scene.maps,
			.into = scene.into };
		struct mc_error err;
		size_t n = rows_of(&scene, once);

		rows_of(&scene, twice);
		while (rules.maps_n < MAPS && scene.maps[rules.maps_n].from)
			rules.maps_n++;
		put_boxes(&scene);
		assert_int_equal(
			mc_plan_make(once, n, &rules, &scene.server, &err),
			MC_OK);
		for (size_t i = 0; i < n; i++)
			put(&scene.server, (struct mc_mailbox_info){
						   .name = once[i].mailbox,
						   .special = once[i].use,
						   .selectable = true,
						   .inferiors = true });
		assert_int_equal(
			mc_plan_make(twice, n, &rules, &scene.server, &err),
			MC_OK);
		for (size_t i = 0; i < n; i++) {
			if (strcmp(once[i].mailbox, twice[i].mailbox) != 0)
				fail_msg("%s: '%s' went to '%s', then '%s'",
					scene.proves, once[i].path,
					once[i].mailbox, twice[i].mailbox);
		}
		mc_plan_dispose(once, n);
		mc_plan_dispose(twice, n);
		drop_boxes(&scene.server);
	}
}

/* A folder that gave way to another, of which nothing is known now. */
static void test_number_kept(void **state)
{
	struct mc_mailboxes server = SLASH;
	const struct mc_rules rules = { 0 };
	struct mc_plan_row rows[] = {
		{ .path = "WORK", .before = "WORK (2)", .empty = true },
		{ .path = "Work" },
	};
	struct mc_error err;

	(void)state;
	put(&server, (struct mc_mailbox_info)BOX("WORK (2)"));
	assert_int_equal(mc_plan_make(rows, 2, &rules, &server, &err), MC_OK);
	assert_string_equal(rows[0].mailbox, "WORK (2)");
	assert_true(rows[0].exists);
	assert_string_equal(rows[1].mailbox, "Work");
	mc_plan_dispose(rows, 2);
	drop_boxes(&server);
}

static void test_left_out(void **state)
{
	static const char *const exclude[] = { "Spam*" };
	struct mc_mailboxes server = SLASH;
	struct mc_rules rules = { .exclude = exclude, .exclude_n = 1 };
	struct mc_plan_row rows[] = { { .path = "Spam 2" }, { .path = "a" } };
	struct mc_error err;

	(void)state;
	assert_int_equal(mc_plan_make(rows, 2, &rules, &server, &err), MC_OK);
	assert_null(rows[0].mailbox);
	assert_string_equal(rows[0].note, "left out by Spam*");
	assert_string_equal(rows[1].mailbox, "a");
	mc_plan_dispose(rows, 2);
}

static void test_impossible(void **state)
{
	static const struct {
		struct mc_map map;
		const char *into;
	} rows[] = {
		{ { "a", "" }, NULL },      /* leaves no name */
		{ { "", "b" }, NULL },      /* of no folder */
		{ { "a", "b\n" }, NULL },   /* a control character */
		{ { "a", "\xFF" }, NULL },  /* no UTF-8 */
		{ { "a", "  " }, NULL },    /* only blanks */
		{ { "a", "b" }, "x\001y" }, /* --into likewise */
	};
	struct mc_mailboxes server = SLASH;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_rules rules = {
			.maps = &rows[i].map, .maps_n = 1, .into = rows[i].into
		};
		struct mc_plan_row row = { .path = "a" };
		struct mc_error err;

		assert_int_equal(mc_plan_make(&row, 1, &rules, &server, &err),
			MC_EUSAGE);
		assert_int_equal(err.scope, MC_RUN);
		mc_plan_dispose(&row, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_number_kept),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
