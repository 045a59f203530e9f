/* SPDX-License-Identifier: MIT
 * A Message-ID is the same in every copy of a mail, however it was written. */
#include "help.h"

#include "base/limits.h"
#include "msg/msgid.h"

struct row {
	const char *why;
	const char *value;
	const char *want; /* NULL: not usable */
};

static const struct row rows[] = {
	{ "plain", "<a.b-1@host.example>", "a.b-1@host.example" },
	{ "folded: alone on its line", "\r\n <a@b>", "a@b" },
	{ "folded inside", "<a\r\n b@c\t>", "ab@c" },
	{ "blanks inside", "< a @ b >", "a@b" },
	{ "no brackets", "a@b", "a@b" },
	{ "no brackets, blanks around", "  a@b \t", "a@b" },
	{ "no left bracket", "a@b>", "a@b" },
	{ "no right bracket", "<a@b", "a@b" },
	{ "brackets twice", "<<a@b>>", "a@b" },
	{ "comment before", "(on <vacation>) <a@b>", "a@b" },
	{ "comment behind", "<a@b> (added by <x@y>)", "a@b" },
	{ "nested comment", "((x) (y \\) z)) <a@b>", "a@b" },
	{ "comment, no brackets", "a@b (added)", "a@b" },
	{ "a lone parenthesis", "( <a@b>", "a@b" },
	{ "text before", "id: <a@b>", "a@b" },
	{ "quoted text before", "\"<x@y>\" <a@b>", "a@b" },
	{ "a lone quote", "\" <a@b>", "a@b" },
	{ "two ids: the first", "<a@b> <c@d>", "a@b" },
	{ "'>' in quotes", "<\"a>b\"@c>", "\"a>b\"@c" },
	{ "a quote that is not closed", "<a\"b@c>", "a\"b@c" },
	{ "quoted atoms", "<\"a.b\"@c>", "a.b@c" },
	{ "quoted, needs its quotes", "<\"a@b\"@c>", "\"a@b\"@c" },
	{ "quoted and folded", "<\"a\r\n b\"@c>", "ab@c" },
	{ "quoted, dots in a row", "<\"a..b\"@c>", "\"a..b\"@c" },
	{ "quoted, dot first", "<\".a\"@c>", "\".a\"@c" },
	{ "quoted, dot last", "<\"a.\"@c>", "\"a.\"@c" },
	{ "quoted nothing", "<\"\"@c>", "\"\"@c" },
	{ "case stays", "<AbC@Host.EXAMPLE>", "AbC@Host.EXAMPLE" },
	{ "8-bit stays", "<\xE6\x97\xA5@\xFC>", "\xE6\x97\xA5@\xFC" },
	{ "8-bit alone is an id", "\xE6\x97\xA5", "\xE6\x97\xA5" },
	{ "one letter", "   m ", "m" },
	{ "odd, and real", "<!&!AAAA+8mkk==@example.com>",
		"!&!AAAA+8mkk==@example.com" },
	{ "'$' inside", "<abcd$efgh@example.com>", "abcd$efgh@example.com" },
	{ "'$' first, with digits", "<$1a2b@host>", "$1a2b@host" },
	{ "domain literal", "<a@[127.0.0.1]>", "a@[127.0.0.1]" },
	{ "empty", "", NULL },
	{ "blank", " \r\n ", NULL },
	{ "empty brackets", "<>", NULL },
	{ "no letter or digit", "<@>", NULL },
	{ "dots only", "<...@->", NULL },
	{ "comment only", "(a@b)", NULL },
	{ "template", "<$MESSAGE_ID>", NULL },
	{ "template and host", "<%{msgid}@host.example>", NULL },
	{ "template in braces", "{{message-id}}", NULL },
	{ "template in percents", "%MSGID%", NULL },
	{ "template in brackets", "<[GUID]@x>", NULL },
};

static void values(void **state)
{
	struct mc_error err = { 0 };
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_MSGID_MAX);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		enum mc_rc rc =
			mc_msgid_normalise(&out, mc_span_str(row->value), &err);

		must(rc, &err);
		if (rc == MC_DONE && row->want)
			fail_msg("%s: not usable", row->why);
		if (rc == MC_DONE)
			continue;
		if (!row->want ||
			!mc_span_eq(mc_buf_span(&out), mc_span_str(row->want)))
			fail_msg("%s: got '%s'", row->why, mc_buf_str(&out));
	}
	mc_buf_dispose(&out);
}

static void nul_is_noise(void **state)
{
	struct mc_error err = { 0 };
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_MSGID_MAX);
	must(mc_msgid_normalise(&out, MC_SPAN("<a\0b@c>"), &err), &err);
	assert_span(mc_buf_span(&out), MC_SPAN("ab@c"));
	mc_buf_dispose(&out);
}

static void length(void **state)
{
	char value[MC_MSGID_MAX + 3];
	struct mc_error err = { 0 };
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_MSGID_MAX);
	memset(value, 'x', sizeof(value));
	value[0] = '<';
	value[MC_MSGID_MAX + 1] = '>';
	assert_int_equal(
		mc_msgid_normalise(
			&out, (struct mc_span){ value, sizeof(value) }, &err),
		MC_OK);
	assert_int_equal(out.len, MC_MSGID_MAX);
	value[MC_MSGID_MAX + 1] = 'x';
	assert_int_equal(
		mc_msgid_normalise(
			&out, (struct mc_span){ value, sizeof(value) }, &err),
		MC_DONE);
	mc_buf_dispose(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(nul_is_noise),
		cmocka_unit_test(length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
