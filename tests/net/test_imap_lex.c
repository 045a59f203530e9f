/* SPDX-License-Identifier: MIT
 * What servers send, and should not: responses taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants those above
#include <cmocka.h>

#include "base/limits.h"
#include "net/imap_lex.h"

/* A whole response, lines and literals, into t.  `held`: literals up to that
 * are held, longer ones skipped. */
static enum mc_rc feed(struct mc_imap_tokens *t, struct mc_span in,
	int64_t held, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	int64_t literal = 0;

	mc_imap_tokens_clear(t);
	while (rc == MC_OK && literal >= 0) {
		size_t n = mc_span_index(in, '\n');
		struct mc_span line = mc_span_head(in, n);

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		in = mc_span_from(in, n + 1);
		rc = mc_imap_lex(t, line, &literal, err);
		if (rc < 0 || literal < 0)
			break;
		if (literal > held)
			rc = mc_imap_lex_skipped(t, err);
		else
			rc = mc_imap_lex_literal(
				t, mc_span_head(in, (size_t)literal), err);
		in = mc_span_from(in, (size_t)literal);
	}
	return rc;
}

/* As text: ( ) a'atom' s'string' _ for a skipped literal. */
static void dump(const struct mc_imap_tokens *t, struct mc_buf *out)
{
	static const char *const marks[] = { "?", "(", ")", "a'", "s'", "_" };
	struct mc_error err;

	mc_buf_clear(out);
	for (size_t i = 0; i < t->n; i++) {
		enum mc_imap_type type = mc_imap_type(t, i);

		assert_int_equal(
			mc_buf_put(out, mc_span_str(marks[type]), &err), 0);
		if (type != MC_IMAP_ATOM && type != MC_IMAP_STRING)
			continue;
		assert_int_equal(mc_buf_put(out, mc_imap_span(t, i), &err), 0);
		assert_int_equal(mc_buf_putc(out, '\'', &err), 0);
	}
	assert_int_equal(mc_buf_putc(out, '\0', &err), 0);
}

static const struct {
	const char *proves;
	const char *in;
	const char *out;
} rows[] = {
	{ "a plain FETCH", "7 FETCH (UID 9 FLAGS (\\Seen $x))",
		"a'7'a'FETCH'(a'UID'a'9'a'FLAGS'(a'\\Seen'a'$x'))" },
	{ "nothing", "", "" },
	{ "blanks only, and tabs", "  \t ", "" },
	{ "blanks and tabs between", "a \t b", "a'a'a'b'" },
	{ "escapes in quoted strings", "\"a\\\"b\\\\c\" \"\"",
		"s'a\"b\\c's''" },
	{ "8-bit in quoted strings and atoms", "\"\xfc\" \xc3\xbc",
		"s'\xfc'a'\xc3\xbc'" },
	{ "an unclosed quote ends with its line", "a \"b c", "a'a's'b c'" },
	{ "a backslash at the very end", "\"a\\", "s'a\\'" },
	{ "NIL is an atom, \"NIL\" a string", "NIL \"NIL\"", "a'NIL's'NIL'" },
	{ "a section is one atom",
		"BODY[HEADER.FIELDS (DATE \"x]y\")]<0> {3}\r\nabc)",
		"a'BODY[HEADER.FIELDS (DATE \"x]y\")]<0>'s'abc'" },
	{ "sections in sections", "BODY[A[b] c] d", "a'BODY[A[b] c]'a'd'" },
	{ "a mailbox name in brackets", "[Gmail]/All (x)",
		"a'[Gmail]/All'(a'x')" },
	{ "a bracket that nothing closes", "[a (b) [c d",
		"a'[a'(a'b')a'[c'a'd'" },
	{ "a closed bracket before an unclosed one", "A[b c]d[e f",
		"a'A[b c]d[e'a'f'" },
	{ "stray closing brackets are passed over", ") a )) b", "a'a'a'b'" },
	{ "lists without blanks", "(a)(b)((c)d)", "(a'a')(a'b')((a'c')a'd')" },
	{ "a literal in a list", "(a {4}\r\n\r\n\"( b)",
		"(a'a's'\r\n\"('a'b')" },
	{ "literal8", "BODY[] ~{2}\r\n\r\n)", "a'BODY[]'s'\r\n'" },
	{ "an empty literal", "a {0}\r\n b", "a'a's''a'b'" },
	{ "a literal at the end", "a {1}\r\nb\r\n", "a'a's'b'" },
	{ "a literal glued to its atom", "BODY[]{2}\r\nab c",
		"a'BODY[]'s'ab'a'c'" },
	{ "a literal with '+', which no server may send", "a {1+}\r\nb",
		"a'a's'b'" },
	{ "no literal: something behind it", "{3} x", "a'{3}'a'x'" },
	{ "no literal: no digits", "a {} {x}", "a'a'a'{}'a'{x}'" },
	{ "no literal: in a quoted string", "\"a {3}", "s'a {3}'" },
	{ "a long literal goes elsewhere", "a {9}\r\n123456789 b",
		"a'a'_a'b'" },
	{ "a response of LIST with extended data",
		"LIST (\\Sent) \"/\" Sent (\"CHILDINFO\" (\"SUBSCRIBED\"))",
		"a'LIST'(a'\\Sent')s'/'a'Sent'(s'CHILDINFO'(s'SUBSCRIBED'))" },
	{ "a flag that is a percent sign", "PERMANENTFLAGS (%)",
		"a'PERMANENTFLAGS'(a'%')" },
	{ "flags with a star", "(\\Answered \\*)", "(a'\\Answered'a'\\*')" },
	{ "FETCH items that nobody knows", "(X-FOO ((a) b) EMAILID (M1))",
		"(a'X-FOO'((a'a')a'b')a'EMAILID'(a'M1'))" },
	{ "a separator that is a backslash", "\"\\\\\" x", "s'\\'a'x'" },
	{ "unclosed lists", "((a", "((a'a'" },
};

static void test_rows(void **state)
{
	struct mc_imap_tokens t;
	struct mc_buf got;
	struct mc_error err;

	(void)state;
	mc_imap_tokens_init(&t);
	mc_buf_init(&got, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mc_span in = mc_span_str(rows[i].in);

		print_message("%s\n", rows[i].proves);
		assert_int_equal(feed(&t, in, 8, &err), MC_OK);
		dump(&t, &got);
		assert_string_equal(got.data, rows[i].out);
		/* Cut short anywhere it may mean less, never more. */
		for (size_t n = 0; n < in.n; n++) {
			(void)feed(&t, mc_span_head(in, n), 8, &err);
			assert_true(t.text.len <= n);
		}
	}
	mc_buf_dispose(&got);
	mc_imap_tokens_dispose(&t);
}

static void test_nul(void **state)
{
	struct mc_imap_tokens t;
	struct mc_error err;
	int64_t literal;

	(void)state;
	mc_imap_tokens_init(&t);
	assert_int_equal(
		mc_imap_lex(&t, MC_SPAN("a\0b \"c\0d\""), &literal, &err), 0);
	assert_int_equal(t.n, 2);
	assert_true(mc_span_eq(mc_imap_span(&t, 0), MC_SPAN("a\0b")));
	assert_true(mc_span_eq(mc_imap_span(&t, 1), MC_SPAN("c\0d")));
	assert_false(mc_imap_is(&t, 0, "a"));
	mc_imap_tokens_dispose(&t);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *in;
		int64_t max;
		int64_t out; /* -1: none */
	} numbers[] = {
		{ "5000000000", INT64_MAX, 5000000000 },
		{ "4294967295", UINT32_MAX, 4294967295 },
		{ "4294967296", UINT32_MAX, -1 },
		{ "9223372036854775807", INT64_MAX, INT64_MAX },
		{ "9223372036854775808", INT64_MAX, -1 },
		{ "18446744073709551617", INT64_MAX, -1 },
		{ "-1", INT64_MAX, -1 },
		{ "0x10", INT64_MAX, -1 },
		{ "NIL", INT64_MAX, -1 },
		{ "\"12\"", INT64_MAX, -1 },
		{ "(12)", INT64_MAX, -1 },
		{ "", INT64_MAX, -1 },
	};
	struct mc_imap_tokens t;
	struct mc_error err;

	(void)state;
	mc_imap_tokens_init(&t);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t out = -1;

		assert_int_equal(
			feed(&t, mc_span_str(numbers[i].in), 8, &err), 0);
		assert_int_equal(mc_imap_number(&t, 0, numbers[i].max, &out),
			numbers[i].out >= 0);
		assert_int_equal(out, numbers[i].out);
	}
	mc_imap_tokens_dispose(&t);
}

/* Sizes of literals: 64 bits are fine, more is not taken for less. */
static void test_literal_sizes(void **state)
{
	static const struct {
		const char *in;
		int64_t octets;
		enum mc_rc rc;
	} sizes[] = {
		{ "{4294967296}", 4294967296, MC_OK },
		{ "{9223372036854775807}", INT64_MAX, MC_OK },
		{ "{9223372036854775808}", -1, MC_ELIMIT },
		{ "{99999999999999999999999999}", -1, MC_ELIMIT },
		{ "{00000000000000000000000007}", 7, MC_OK },
	};
	struct mc_imap_tokens t;
	struct mc_error err;
	int64_t literal;

	(void)state;
	mc_imap_tokens_init(&t);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		literal = -1;
		assert_int_equal(mc_imap_lex(&t, mc_span_str(sizes[i].in),
					 &literal, &err),
			sizes[i].rc);
		assert_int_equal(literal, sizes[i].octets);
	}
	mc_imap_tokens_dispose(&t);
}

static enum mc_rc lex_many(
	const char *piece, size_t times, size_t lines, struct mc_error *err)
{
	struct mc_imap_tokens t;
	struct mc_buf line;
	int64_t literal;
	enum mc_rc rc = MC_OK;

	mc_imap_tokens_init(&t);
	mc_buf_init(&line, 4000000);
	for (size_t i = 0; i < times; i++)
		assert_int_equal(
			mc_buf_put(&line, mc_span_str(piece), err), MC_OK);
	for (size_t i = 0; i < lines && rc == MC_OK; i++)
		rc = mc_imap_lex(&t, mc_buf_span(&line), &literal, err);
	mc_buf_dispose(&line);
	mc_imap_tokens_dispose(&t);
	return rc;
}

static void test_bounds(void **state)
{
	struct mc_error err = { 0 };

	(void)state;
	assert_int_equal(lex_many("(", MC_DEPTH_MAX, 1, &err), MC_OK);
	assert_int_equal(lex_many("(", MC_DEPTH_MAX + 1, 1, &err), MC_ELIMIT);
	assert_int_equal(err.scope, MC_SESSION);
	assert_int_equal(lex_many("()", 1000000, 1, &err), MC_ELIMIT);
	assert_int_equal(lex_many("a", MC_RESPONSE_MAX, 1, &err), MC_OK);
	assert_int_equal(
		lex_many("a", MC_RESPONSE_MAX / 2, 3, &err), MC_ELIMIT);
	assert_int_equal(err.scope, MC_SESSION);
	/* Linear, or this takes minutes. */
	assert_int_equal(lex_many("[ ", 32000, 1, &err), MC_OK);
}

static void test_behind(void **state)
{
	struct mc_imap_tokens t;
	struct mc_error err;

	(void)state;
	mc_imap_tokens_init(&t);
	assert_int_equal(feed(&t, MC_SPAN("a (b (c) d) e ("), 8, &err), 0);
	assert_int_equal(mc_imap_behind(&t, 0), 1);
	assert_int_equal(mc_imap_behind(&t, 1), 8);
	assert_int_equal(mc_imap_behind(&t, 8), 9);
	assert_int_equal(mc_imap_behind(&t, 9), t.n);
	assert_int_equal(mc_imap_behind(&t, 100), 100);
	assert_int_equal(mc_imap_type(&t, 100), MC_IMAP_NONE);
	assert_int_equal(mc_imap_span(&t, 100).n, 0);
	mc_imap_tokens_dispose(&t);
}

/* Whatever comes: no token lies outside the text, depth and list agree. */
static void test_noise(void **state)
{
	static const char alphabet[] = "()\"\\{}[]~+ 019aN\r\xff%*";
	struct mc_imap_tokens t;
	struct mc_error err;
	uint32_t seed = 1;

	(void)state;
	mc_imap_tokens_init(&t);
	for (int round = 0; round < 200000; round++) {
		char line[40];
		int64_t literal;
		size_t n;

		for (n = 0; n < sizeof(line); n++) {
			seed = seed * 1103515245 + 12345;
			line[n] = alphabet[(seed >> 16) % sizeof(alphabet)];
		}
		n = (seed >> 8) % sizeof(line);
		mc_imap_tokens_clear(&t);
		if (mc_imap_lex(&t, (struct mc_span){ line, n }, &literal,
			    &err) < 0)
			assert_int_equal(err.rc, MC_ELIMIT);
		for (size_t i = 0; i < t.n; i++)
			assert_true(t.token[i].at + t.token[i].n <= t.text.len);
		for (size_t i = 0; i <= t.n; i++)
			assert_true(mc_imap_behind(&t, i) <= t.n || i == t.n);
	}
	mc_imap_tokens_dispose(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_literal_sizes),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
