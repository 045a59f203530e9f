/* SPDX-License-Identifier: MIT
 * X-Gmail-Labels as Takeout writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/limits.h"
#include "job/labels.h"

static const struct {
	const char *value;
	const char *words; /* split by '|' */
} table[] = {
	{ "", "" },
	{ "Inbox", "Inbox|" },
	{ "Inbox,Opened", "Inbox|Opened|" },
	{ " Inbox , Opened ", "Inbox|Opened|" },
	{ "a,,b", "a|b|" },
	{ "\"one, two\",three", "one, two|three|" },
	{ "=?UTF-8?Q?B=C3=BCcher=2CInbox?=", "B\xc3\xbc"
					     "cher|Inbox|" },
};

static void splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mc_error err;
		struct mc_buf words;

		mc_buf_init(&words, MC_HEADER_MAX);
		assert_int_equal(
			MC_OK, mc_labels_split(&words,
				       mc_span_str(table[i].value), &err));
		for (size_t k = 0; k < words.len; k++)
			words.data[k] = words.data[k] ? words.data[k] : '|';
		assert_string_equal(table[i].words, mc_buf_str(&words));
		mc_buf_dispose(&words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
