/* SPDX-License-Identifier: MIT
 * What is packed comes out as it was, however the wire cuts it; each write can
 * be read at once; what is no DEFLATE is told, and never ends in a spin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/deflate.h"

enum { MOST = 400 * 1024 };

/* Gives z what is on the wire in pieces of `cut` octets, as it asks for them,
 * and gathers what comes out in pieces of `max`. */
static enum mc_rc unpack_all(struct mc_deflate *z, struct mc_span wire,
	size_t cut, size_t max, struct mc_buf *out, struct mc_error *err)
{
	char to[64];

	for (;;) {
		size_t size;
		size_t n;
		enum mc_rc rc = mc_deflate_unpack(z, to, max, &n, err);

		if (rc == MC_OK)
			rc = mc_buf_put(out, (struct mc_span){ to, n }, err);
		if (rc < 0)
			return rc;
		if (n > 0)
			continue;
		if (wire.n == 0)
			return MC_OK;

		char *room = mc_deflate_room(z, &size);
		struct mc_span piece = mc_span_head(wire, cut);

		assert_true(size >= piece.n);
		memcpy(room, piece.p, piece.n);
		mc_deflate_came(z, piece.n);
		wire = mc_span_from(wire, piece.n);
	}
}

static void pack_all(
	struct mc_deflate *z, struct mc_span bytes, struct mc_buf *wire)
{
	struct mc_error err;

	while (bytes.n > 0) {
		struct mc_span out;
		size_t taken;

		mc_deflate_pack(z, bytes, &taken, &out);
		assert_true(taken > 0 && taken <= bytes.n);
		assert_int_equal(mc_buf_put(wire, out, &err), MC_OK);
		bytes = mc_span_from(bytes, taken);
	}
}

static struct mc_deflate *begin(struct mc_span early)
{
	struct mc_deflate *z;
	struct mc_error err;

	assert_int_equal(mc_deflate_new(&z, early, &err), MC_OK);
	return z;
}

/* Words, then octets that do not compress: more than one portion of both. */
static void make_mail(struct mc_buf *mail)
{
	struct mc_error err;
	uint32_t x = 1;

	for (int i = 0; i < 5000; i++)
		assert_int_equal(
			mc_buf_printf(mail, &err, "line %d of a text\r\n", i),
			MC_OK);
	for (int i = 0; i < 200 * 1024; i++) {
		x = x * 1664525 + 1013904223;
		assert_int_equal(
			mc_buf_putc(mail, (char)(x >> 24), &err), MC_OK);
	}
}

static void test_there_and_back(void **state)
{
	static const struct {
		size_t cut;
		size_t max;
	} ways[] = { { 65536, 64 }, { 1, 64 }, { 7, 1 }, { 1000, 63 } };
	struct mc_buf mail;
	struct mc_buf wire;
	struct mc_error err;

	(void)state;
	mc_buf_init(&mail, MOST);
	make_mail(&mail);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct mc_deflate *z = begin(MC_SPAN(""));
		struct mc_buf out;

		mc_buf_init(&wire, MOST);
		mc_buf_init(&out, MOST);
		pack_all(z, mc_buf_span(&mail), &wire);
		assert_true(wire.len < mail.len * 9 / 10);
		assert_int_equal(unpack_all(z, mc_buf_span(&wire), ways[i].cut,
					 ways[i].max, &out, &err),
			MC_OK);
		assert_true(mc_span_eq(mc_buf_span(&out), mc_buf_span(&mail)));
		mc_deflate_free(z);
		mc_buf_dispose(&out);
		mc_buf_dispose(&wire);
	}
	mc_buf_dispose(&mail);
}

/* A command is not kept back until more follows. */
static void test_at_once(void **state)
{
	struct mc_deflate *z = begin(MC_SPAN(""));
	struct mc_error err;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct mc_buf wire;
		struct mc_buf out;

		mc_buf_init(&wire, MOST);
		mc_buf_init(&out, MOST);
		pack_all(z, MC_SPAN("a NOOP\r\n"), &wire);
		assert_int_equal(
			unpack_all(z, mc_buf_span(&wire), 3, 5, &out, &err),
			MC_OK);
		assert_true(
			mc_span_eq(mc_buf_span(&out), MC_SPAN("a NOOP\r\n")));
		mc_buf_dispose(&out);
		mc_buf_dispose(&wire);
	}
	mc_deflate_free(z);
}

/* What came in one piece with the OK is the first of it. */
static void test_early(void **state)
{
	struct mc_deflate *other = begin(MC_SPAN(""));
	struct mc_deflate *z;
	struct mc_buf wire;
	struct mc_buf out;
	struct mc_error err;

	(void)state;
	mc_buf_init(&wire, MOST);
	mc_buf_init(&out, MOST);
	pack_all(other, MC_SPAN("* 3 EXISTS\r\n"), &wire);
	z = begin(mc_span_head(mc_buf_span(&wire), 6));
	assert_int_equal(unpack_all(z, mc_span_from(mc_buf_span(&wire), 6), 2,
				 64, &out, &err),
		MC_OK);
	assert_true(mc_span_eq(mc_buf_span(&out), MC_SPAN("* 3 EXISTS\r\n")));
	mc_deflate_free(other);
	mc_deflate_free(z);
	mc_buf_dispose(&out);
	mc_buf_dispose(&wire);
}

static void test_nonsense(void **state)
{
	static const struct mc_span wires[] = {
		MC_SPAN("* OK still in clear text\r\n"),
		MC_SPAN("\xff\xff\xff\xff\xff\xff"),
		MC_SPAN("\x03\x00\x03\x00"), /* it ends, and goes on */
	};
	struct mc_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		struct mc_deflate *z = begin(MC_SPAN(""));
		struct mc_buf out;

		mc_buf_init(&out, MOST);
		assert_int_equal(
			unpack_all(z, wires[i], 4, 64, &out, &err), MC_EPROTO);
		assert_int_equal(err.scope, MC_SESSION);
		mc_deflate_free(z);
		mc_buf_dispose(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
