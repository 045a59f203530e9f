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
	struct mc_span wire;
	struct mc_span message;
	size_t rest; /* octets of wire behind the end */
	bool bare_lf;
	bool over;
};

#define S(literal) MC_SPAN(literal)

static const struct row rows[] = {
	{ "an empty message", S(".\r\n"), S(""), 0, false, true },
	{ "a plain one", S("a\r\nb\r\n.\r\n"), S("a\r\nb\r\n"), 0, false,
		true },
	{ "the next reply stays", S("a\r\n.\r\n+OK\r\n"), S("a\r\n"), 5, false,
		true },
	{ "exactly one dot goes", S("..\r\n...\r\n..x\r\n.\r\n"),
		S(".\r\n..\r\n.x\r\n"), 0, false, true },
	{ "a dot not doubled goes too", S(".x\r\n.\r\n"), S("x\r\n"), 0, false,
		true },
	{ "dots inside a line stay", S("a.\r\nb..c\r\n.\r\n"),
		S("a.\r\nb..c\r\n"), 0, false, true },
	{ "NUL is an octet", S("\0.\0\r\n.\0\r\n.\r\n"), S("\0.\0\r\n\0\r\n"),
		0, false, true },
	{ "bare LF starts no line", S("a\n.\nb\n..\n.\r\nc\r\n.\r\n"),
		S("a\n.\nb\n..\n.\r\nc\r\n"), 0, false, true },
	{ "bare CR starts no line", S("a\r.\r\r.\r\r\n.\r\n"),
		S("a\r.\r\r.\r\r\n"), 0, false, true },
	{ "CR CR LF ends a line", S("a\r\r\n.\r\n"), S("a\r\r\n"), 0, false,
		true },
	{ "LF CR LF ends a line", S("\n\r\n.\r\n"), S("\n\r\n"), 0, false,
		true },
	{ "dot CR is content unless LF follows", S("..\r\r\n.\rx\r\n.\r\n"),
		S(".\r\r\n\rx\r\n"), 0, false, true },
	{ "dot CR dot", S("..\r.\r\n.\r\n"), S(".\r.\r\n"), 0, false, true },
	{ "dot CR CR LF dot CR LF", S(".\r\r\n.\r\n"), S("\r\r\n"), 0, false,
		true },
	{ "dot LF is no end after CRLF", S("a\r\n.\nb\r\n.\r\n"),
		S("a\r\n\nb\r\n"), 0, false, true },
	{ "blank lines", S("\r\n\r\n.\r\n"), S("\r\n\r\n"), 0, false, true },
	{ "not over without LF", S("a\r\n.\r"), S("a\r\n"), 0, false, false },
	{ "not over behind text", S("a.\r\n"), S("a.\r\n"), 0, false, false },
	{ "bare LF server: end", S("a\n.\n+OK\n"), S("a\n"), 4, true, true },
	{ "bare LF server: dots", S("..\na\n..b\n.\n"), S(".\na\n.b\n"), 0,
		true, true },
	{ "bare LF server: CRLF too", S("a\r\n..\r\n.\r\n"), S("a\r\n.\r\n"), 0,
		true, true },
	{ "bare LF server: mixed end", S("a\n.\r\n"), S("a\n"), 0, true, true },
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
