/* SPDX-License-Identifier: MIT
 * Buffers keep to their maximum, and errors tell what they should. */
#include "help.h"

#include <errno.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

static void grows_to_its_maximum(void **state)
{
	struct mc_error err = { 0 };
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 100);
	assert_string_equal(mc_buf_str(&buf), "");
	for (int i = 0; i < 100; i++)
		assert_int_equal(mc_buf_putc(&buf, 'x', &err), MC_OK);
	assert_int_equal(buf.len, 100);
	assert_int_equal(strlen(mc_buf_str(&buf)), 100);
	assert_int_equal(mc_buf_putc(&buf, 'x', &err), MC_ELIMIT);
	assert_int_equal(err.scope, MC_MESSAGE);
	assert_int_equal(buf.len, 100);
	mc_buf_clear(&buf);
	assert_int_equal(mc_buf_put(&buf, MC_SPAN("a\0b"), &err), MC_OK);
	assert_true(mc_span_eq(mc_buf_span(&buf), MC_SPAN("a\0b")));
	assert_int_equal(mc_buf_reserve(&buf, SIZE_MAX, &err), MC_ELIMIT);
	assert_int_equal(mc_buf_reserve(&buf, 98, &err), MC_ELIMIT);
	assert_int_equal(mc_buf_reserve(&buf, 97, &err), MC_OK);
	mc_buf_dispose(&buf);
	assert_int_equal(buf.max, 100);
	assert_null(buf.data);
}

static void prints(void **state)
{
	struct mc_error err = { 0 };
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 10);
	assert_int_equal(mc_buf_printf(&buf, &err, "%d-%s", 12, "ab"), MC_OK);
	assert_string_equal(mc_buf_str(&buf), "12-ab");
	assert_int_equal(mc_buf_printf(&buf, &err, "%s", "123456"), MC_ELIMIT);
	assert_string_equal(mc_buf_str(&buf), "12-ab");
	mc_buf_wipe(&buf);
	assert_int_equal(buf.len, 0);
}

static void copies(void **state)
{
	struct mc_error err = { 0 };
	char *copy = NULL;

	(void)state;
	assert_int_equal(mc_strdup(&copy, MC_SPAN("ab"), &err), MC_OK);
	assert_string_equal(copy, "ab");
	free(copy);
	assert_int_equal(
		mc_strdup(&copy, (struct mc_span){ NULL, 0 }, &err), MC_OK);
	assert_string_equal(copy, "");
	free(copy);
}

static void fails(void **state)
{
	struct mc_error err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(mc_fail(&err, MC_EPROTO, MC_SESSION, 7,
				 "server said '%s'", "\x1B[2J\r\n"),
		MC_EPROTO);
	assert_int_equal(err.rc, MC_EPROTO);
	assert_int_equal(err.scope, MC_SESSION);
	assert_int_equal(err.hope, MC_NEVER);
	assert_int_equal(err.sys, 7);
	assert_string_equal(err.code, "");
	assert_string_equal(err.text, "server said '\\x1b[2J\\x0d\\x0a'");
	mc_while(&err, "mailbox '%s'", "a");
	assert_string_equal(
		err.text, "mailbox 'a': server said '\\x1b[2J\\x0d\\x0a'");
	assert_int_equal(err.rc, MC_EPROTO);
}

static void fails_with_errno(void **state)
{
	struct mc_error err;

	(void)state;
	errno = ENOSPC;
	assert_int_equal(mc_fail_errno(&err, MC_EIO, MC_RUN, "x"), MC_EIO);
	assert_int_equal(err.sys, ENOSPC);
	assert_int_equal(err.hope, MC_NEVER);
	errno = EACCES;
	(void)mc_fail_errno(&err, MC_ENOENT, MC_RUN, "cannot open '%s'", "y");
	assert_string_equal(err.text, "cannot open 'y': permission denied");
	errno = EAGAIN;
	(void)mc_fail_errno(&err, MC_EIO, MC_RUN, "cannot watch for signals");
	assert_non_null(strstr(err.text, "unavailable; too many programs run"));
	errno = EMFILE;
	(void)mc_fail_errno(&err, MC_EIO, MC_RUN, "cannot make a pipe");
	assert_non_null(strstr(err.text, "too many open files; allow more"));
	/* It says nothing of 'y'. */
	errno = ENOMEM;
	assert_int_equal(
		mc_fail_errno(&err, MC_ENOENT, MC_RUN, "cannot open '%s'", "y"),
		MC_ELIMIT);
	assert_int_equal(err.rc, MC_ELIMIT);
}

/* A text too long is cut, ended and still UTF-8. */
static void long_errors(void **state)
{
	char text[2000];
	struct mc_error err;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xBC", 2);
	text[sizeof(text) - 2] = '\0';
	(void)mc_fail(&err, MC_EIO, MC_RUN, 0, "%s", text);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_true(mc_utf8_valid(mc_span_str(err.text)));
	for (int i = 0; i < 20; i++)
		mc_while(&err, "floor %d", i);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_true(mc_utf8_valid(mc_span_str(err.text)));
	assert_memory_equal(err.text, "floor 19: ", 10);
}

static void out_of_memory(void **state)
{
	struct mc_error err;

	(void)state;
	assert_int_equal(mc_fail_memory(&err), MC_ELIMIT);
	assert_int_equal(err.scope, MC_RUN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_to_its_maximum),
		cmocka_unit_test(prints),
		cmocka_unit_test(copies),
		cmocka_unit_test(fails),
		cmocka_unit_test(fails_with_errno),
		cmocka_unit_test(long_errors),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
