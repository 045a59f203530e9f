/* SPDX-License-Identifier: MIT
 * A server's mailboxes are found by name. */
#include "help.h"

#include "msg/mailbox.h"

static void put(struct mc_mailboxes *boxes, const char *name, bool selectable)
{
	const struct mc_mailbox_info box = { .name = (char *)name,
		.selectable = selectable };
	struct mc_error err;

	must(mc_mailboxes_put(boxes, &box, &err), &err);
}

static void finds(void **state)
{
	static const struct {
		const char *name;
		size_t at;
	} rows[] = {
		{ "INBOX", 1 },
		{ "inBox", 1 },
		{ "Work", 0 },
		{ "work", 4 }, /* none */
		{ "INBOX/a", 2 },
		{ "inbox/a", 4 },
		{ "twice", 3 },
		{ "", 4 },
	};
	struct mc_mailboxes boxes = { 0 };

	(void)state;
	assert_int_equal(mc_mailboxes_find(&boxes, "INBOX"), 0);
	put(&boxes, "Work", true);
	put(&boxes, "Inbox", true);
	put(&boxes, "INBOX/a", true);
	put(&boxes, "twice", true);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			mc_mailboxes_find(&boxes, rows[i].name), rows[i].at);
	put(&boxes, "twice", false);
	assert_int_equal(mc_mailboxes_find(&boxes, "twice"), 3);
	assert_int_equal(boxes.n, 5);
	mc_mailboxes_dispose(&boxes);
	assert_int_equal(mc_mailboxes_find(&boxes, "Work"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
