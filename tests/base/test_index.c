/* SPDX-License-Identifier: MIT
 * Names are found where they stand. */
#include "help.h"

#include "base/index.h"

enum { NONE = 99 };

static void finds(void **state)
{
	struct mc_index index = { 0 };
	struct mc_error err;
	char name[] = "a";

	(void)state;
	assert_int_equal(mc_index_find(&index, "a", NONE), NONE);
	assert_int_equal(mc_index_put(&index, name, 7, &err), MC_OK);
	name[0] = 'b'; /* it was copied */
	assert_int_equal(mc_index_put(&index, name, 8, &err), MC_OK);
	assert_int_equal(mc_index_put(&index, "a", 9, &err), MC_DONE);
	assert_int_equal(mc_index_find(&index, "a", NONE), 7);
	assert_int_equal(mc_index_find(&index, "b", NONE), 8);
	assert_int_equal(mc_index_find(&index, "A", NONE), NONE);
	assert_int_equal(mc_index_find(&index, "", NONE), NONE);
	mc_index_dispose(&index);
	assert_int_equal(mc_index_find(&index, "a", NONE), NONE);
	mc_index_dispose(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
