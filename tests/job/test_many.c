/* SPDX-License-Identifier: MIT
 * As many folders as there may be: what is done for each of them is not done for
 * each pair.  Comparing all pairs would take minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "job/planfile.h"

enum { MANY = MC_MAILBOXES_MAX, SECONDS_MAX = 40 };

static double slower(void)
{
	const char *given = getenv("MAILCART_SLOWER");

	return given && *given ? strtod(given, NULL) : 1;
}

static void must_be_soon(clock_t since, const char *what)
{
	double took = (double)(clock() - since) / CLOCKS_PER_SEC;

	print_message("%s: %.2f s\n", what, took);
	if (took > SECONDS_MAX * slower())
		fail_msg("%s took %.1f s", what, took);
}

static const char *name_of(size_t i)
{
	static char name[64];

	(void)snprintf(
		name, sizeof(name), "Group %03zu/Folder %06zu", i / 500, i);
	return name;
}

static void add_all(struct mc_routes *routes)
{
	struct mc_folder_facts folder = { .source = "s", .sightings = 1 };
	struct mc_error err;

	for (size_t i = 0; i < MANY; i++) {
		folder.path = name_of(i);
		assert_int_equal(mc_routes_add(routes, &folder, &err), MC_OK);
	}
	assert_int_equal(routes->n, MANY);
}

static void list_all(struct mc_mailboxes *server)
{
	struct mc_error err;

	server->separator = '/';
	for (size_t i = 0; i < MANY; i++) {
		const struct mc_mailbox_info box = { .name = (char *)name_of(i),
			.separator = '/',
			.selectable = true,
			.inferiors = true };

		assert_int_equal(mc_mailboxes_put(server, &box, &err), MC_OK);
	}
}

static void check(const struct mc_routes *routes)
{
	for (size_t i = 0; i < MANY; i++) {
		const struct mc_plan_row *row = &routes->list[i].row;

		assert_string_equal(row->mailbox, name_of(i));
		assert_true(row->exists);
	}
}

static void write_plan(FILE *file)
{
	for (size_t i = 0; i < MANY; i++) {
		const char *name = name_of(i);

		assert_true(fprintf(file,
				    "{\"type\":\"plan\",\"source\":\"s\","
				    "\"folder\":\"%s\",\"mailbox\":\"%s\"}\n",
				    name, name) > 0);
	}
	assert_int_equal(fclose(file), 0);
}

/* A source tells what the archive knows already; all is there, too. */
static void test_many(void **state)
{
	char path[] = "/tmp/mailcart-many-XXXXXX";
	int fd = mkstemp(path);
	const struct mc_endpoint at = { 0 };
	struct mc_request req = { .target = &at };
	struct mc_mailboxes server = { 0 };
	struct mc_routes routes = { 0 };
	struct mc_error err;
	clock_t since = clock();

	(void)state;
	assert_true(fd >= 0);
	write_plan(fdopen(fd, "w"));
	add_all(&routes);
	add_all(&routes);
	must_be_soon(since, "folders told twice");
	since = clock();
	list_all(&server);
	assert_int_equal(mc_routes_make(&routes, &req, &server, &err), MC_OK);
	check(&routes);
	must_be_soon(since, "planned");
	since = clock();
	assert_int_equal(
		mc_planfile_apply(path, &routes, &server, &err), MC_OK);
	check(&routes);
	must_be_soon(since, "planned by a file");
	mc_routes_dispose(&routes);
	mc_mailboxes_dispose(&server);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
