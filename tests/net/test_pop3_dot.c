/* SPDX-License-Identifier: MIT
 * The reader of multi-line replies: each case whole, and cut at every octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/pop3_dot.h"

struct row {
	const char *proves;
	bool bare_lf;
	struct mc_span wire;
	struct mc_span message;
	bool over;
	size_t rest; /* octets of wire behind the end */
};

#define S(literal) MC_SPAN(literal)

static const struct row rows[] = {
	{ "an empty message", false, S(".\r\n"), S(""), true, 0 },
	{ "a plain one", false, S("a\r\nb\r\n.\r\n"), S("a\r\nb\r\n"), true,
		0 },
	{ "the next reply stays", false, S("a\r\n.\r\n+OK\r\n"), S("a\r\n"),
		true, 5 },
	{ "exactly one dot goes", false, S("..\r\n...\r\n..x\r\n.\r\n"),
		S(".\r\n..\r\n.x\r\n"), true, 0 },
	{ "a dot not doubled goes too", false, S(".x\r\n.\r\n"), S("x\r\n"),
		true, 0 },
	{ "dots inside a line stay", false, S("a.\r\nb..c\r\n.\r\n"),
		S("a.\r\nb..c\r\n"), true, 0 },
	{ "NUL is an octet", false, S("\0.\0\r\n.\0\r\n.\r\n"),
		S("\0.\0\r\n\0\r\n"), true, 0 },
	{ "bare LF starts no line", false, S("a\n.\nb\n..\n.\r\nc\r\n.\r\n"),
		S("a\n.\nb\n..\n.\r\nc\r\n"), true, 0 },
	{ "bare CR starts no line", false, S("a\r.\r\r.\r\r\n.\r\n"),
		S("a\r.\r\r.\r\r\n"), true, 0 },
	{ "CR CR LF ends a line", false, S("a\r\r\n.\r\n"), S("a\r\r\n"), true,
		0 },
	{ "LF CR LF ends a line", false, S("\n\r\n.\r\n"), S("\n\r\n"), true,
		0 },
	{ "dot CR is content unless LF follows", false,
		S("..\r\r\n.\rx\r\n.\r\n"), S(".\r\r\n\rx\r\n"), true, 0 },
	{ "dot CR dot", false, S("..\r.\r\n.\r\n"), S(".\r.\r\n"), true, 0 },
	{ "dot CR CR LF dot CR LF", false, S(".\r\r\n.\r\n"), S("\r\r\n"), true,
		0 },
	{ "dot LF is no end after CRLF", false, S("a\r\n.\nb\r\n.\r\n"),
		S("a\r\n\nb\r\n"), true, 0 },
	{ "blank lines", false, S("\r\n\r\n.\r\n"), S("\r\n\r\n"), true, 0 },
	{ "not over without LF", false, S("a\r\n.\r"), S("a\r\n"), false, 0 },
	{ "not over behind text", false, S("a.\r\n"), S("a.\r\n"), false, 0 },
	{ "bare LF server: end", true, S("a\n.\n+OK\n"), S("a\n"), true, 4 },
	{ "bare LF server: dots", true, S("..\na\n..b\n.\n"), S(".\na\n.b\n"),
		true, 0 },
	{ "bare LF server: CRLF too", true, S("a\r\n..\r\n.\r\n"),
		S("a\r\n.\r\n"), true, 0 },
	{ "bare LF server: mixed end", true, S("a\n.\r\n"), S("a\n"), true, 0 },
};

/* Feeds in until all is taken or the message is over. */
static size_t feed(struct mc_dot *dot, struct mc_span in, struct mc_buf *out)
{
	struct mc_error err;
	size_t done = 0;

	while (done < in.n && dot->state != MC_DOT_OVER) {
		struct mc_span piece;
		size_t n = mc_dot_feed(dot, mc_span_from(in, done), &piece);

		assert_true(n > 0 || piece.n > 0);
		assert_int_equal(mc_buf_put(out, piece, &err), MC_OK);
		done += n;
	}
	return done;
}

/* Fed in pieces of `step` octets, the first one of `first`. */
static void check(const struct row *row, size_t first, size_t step)
{
	struct mc_dot dot;
	struct mc_buf out;
	size_t at = 0;
	size_t next = first;

	mc_dot_begin(&dot, row->bare_lf);
	mc_buf_init(&out, 4096);
	while (at < row->wire.n && dot.state != MC_DOT_OVER) {
		struct mc_span in = mc_span_from(row->wire, at);

		at += feed(&dot, mc_span_head(in, next), &out);
		next = step;
	}
	if (!mc_span_eq(mc_buf_span(&out), row->message) ||
		(dot.state == MC_DOT_OVER) != row->over ||
		row->wire.n - at != row->rest ||
		dot.octets != (int64_t)row->message.n)
		fail_msg("%s, cut at %zu, then every %zu: %zu octets, state "
			 "%d, rest %zu",
			row->proves, first, step, out.len, dot.state,
			row->wire.n - at);
	mc_buf_dispose(&out);
}

static void test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t n = 1; n <= rows[i].wire.n; n++) {
			check(&rows[i], n, rows[i].wire.n);
			check(&rows[i], n, n);
		}
	}
}

static void test_tail(void **state)
{
	struct mc_span in = S("abcdefgh\r\n..x");
	struct mc_buf out;
	struct mc_dot dot;

	(void)state;
	mc_buf_init(&out, 64);
	mc_dot_begin(&dot, false);
	feed(&dot, mc_span_head(in, 2), &out);
	assert_memory_equal(dot.tail, "\0ab", 3);
	feed(&dot, mc_span_from(in, 2), &out);
	assert_memory_equal(dot.tail, "\n.x", 3);
	mc_buf_dispose(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
