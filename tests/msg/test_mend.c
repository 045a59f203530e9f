/* SPDX-License-Identifier: MIT
 * The least change: what is taken out, encoded, broken, and what stays. */
#include "help.h"

#include "msg/mend.h"

#define X16 "0123456789abcdef"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
#define X992                                                                   \
	X256 X256 X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16

static const struct {
	const char *proves;
	unsigned what;
	struct mc_span in;
	struct mc_span out;
} rows[] = {
	{ "nothing asked: nothing done", 0,
		MC_SPAN("A: \xe4\0\r\r\n\r\nb\0\r\xff\n\r"),
		MC_SPAN("A: \xe4\0\r\r\n\r\nb\0\r\xff\n\r") },
	{ "NUL is left out everywhere", MC_MEND_NUL,
		MC_SPAN("\0A\0: b\r\n\r\n\0c\0d\r\0\n"),
		MC_SPAN("A: b\r\n\r\ncd\r\n") },
	{ "a CR that stands alone", MC_MEND_CR,
		MC_SPAN("A: b\rc\r\n\r\nd\r\r\ne\r"),
		MC_SPAN("A: bc\r\n\r\nd\r\ne") },
	{ "NUL between CR and LF is no reason to take the CR",
		MC_MEND_NUL | MC_MEND_CR, MC_SPAN("A: b\r\n\r\nd\r\0\n"),
		MC_SPAN("A: b\r\n\r\nd\r\n") },
	{ "8-bit in the body is not the header's", MC_MEND_HEADER,
		MC_SPAN("A: b\r\n\r\n\xc3\xa4\xff\r\n"),
		MC_SPAN("A: b\r\n\r\n\xc3\xa4\xff\r\n") },
	{ "a word in UTF-8", MC_MEND_HEADER,
		MC_SPAN("Subject: a na\xc3\xafve b\r\n\r\nx"),
		MC_SPAN("Subject: a =?utf-8?Q?na=C3=AFve?= b\r\n\r\nx") },
	{ "the blank between two is one of theirs", MC_MEND_HEADER,
		MC_SPAN("S: \xc3\xa4 \xc3\xb6 o \xc3\xbc\r\n\r\n"),
		MC_SPAN("S: =?utf-8?Q?=C3=A4?= =?utf-8?Q?_=C3=B6?= o "
			"=?utf-8?Q?=C3=BC?=\r\n\r\n") },
	{ "another charset", MC_MEND_HEADER,
		MC_SPAN("From: M\xfcller <m@x>\r\n\r\n"),
		MC_SPAN("From: =?unknown-8bit?Q?M=FCller?= <m@x>\r\n\r\n") },
	{ "right behind the colon", MC_MEND_HEADER,
		MC_SPAN("S:\xc3\xa4\r\n\r\n"),
		MC_SPAN("S:=?utf-8?Q?=C3=A4?=\r\n\r\n") },
	{ "folded lines stay folded", MC_MEND_HEADER,
		MC_SPAN("S: \xc3\xa4\r\n\t\xc3\xb6\r\nT: \xc3\xa4\r\n\r\n"),
		MC_SPAN("S: =?utf-8?Q?=C3=A4?=\r\n\t=?utf-8?Q?_=C3=B6?=\r\nT: "
			"=?utf-8?Q?=C3=A4?=\r\n\r\n") },
	{ "a name", MC_MEND_HEADER, MC_SPAN("S\xc3\xa4: b\r\n\r\n"),
		MC_SPAN("S??: b\r\n\r\n") },
	{ "a long word in parts, no character cut", MC_MEND_HEADER,
		MC_SPAN("S: 0123456789abcdefg\xc3\xa4\r\n\r\n"),
		MC_SPAN("S: =?utf-8?Q?0123456789abcdefg?=\r\n "
			"=?utf-8?Q?=C3=A4?=\r\n\r\n") },
	{ "no end of the header", MC_MEND_HEADER, MC_SPAN("S: \xc3\xa4"),
		MC_SPAN("S: =?utf-8?Q?=C3=A4?=") },
	{ "998 are allowed", MC_MEND_LINES,
		MC_SPAN("A: b\r\n\r\n" X992 "123456\r\n"),
		MC_SPAN("A: b\r\n\r\n" X992 "123456\r\n") },
	{ "999 are not", MC_MEND_LINES,
		MC_SPAN("A: b\r\n\r\n" X992 "1234567\r\n"),
		MC_SPAN("A: b\r\n\r\n" X992 "123456\r\n7\r\n") },
	{ "no character is cut", MC_MEND_LINES,
		MC_SPAN("A: b\r\n\r\n" X992 "12345\xc3\xa4\r\n"),
		MC_SPAN("A: b\r\n\r\n" X992 "12345\r\n\xc3\xa4\r\n") },
	{ "a header line is folded at its last blank", MC_MEND_LINES,
		MC_SPAN("A: x " X992 "123456\r\n\r\nb"),
		MC_SPAN("A: x\r\n " X992 "12345\r\n 6\r\n\r\nb") },
	{ "a header line without any blank", MC_MEND_LINES,
		MC_SPAN("A:" X992 "123456\r\n\r\nb"),
		MC_SPAN("A:" X992 "1234\r\n 56\r\n\r\nb") },
	{ "nothing at all", MC_MEND_ALL, MC_SPAN(""), MC_SPAN("") },
	{ "the end of nothing", MC_MEND_ALL, MC_SPAN("\r"), MC_SPAN("") },
};

struct gather {
	struct mc_sink sink;
	struct mc_buf buf;
};

static MC_RC on_bytes(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	return mc_buf_put(&((struct gather *)(void *)sink)->buf, bytes, err);
}

/* In pieces of n octets. */
static void mend(struct mc_span in, unsigned what, size_t n, struct mc_buf *out)
{
	struct gather gather = { { on_bytes }, *out };
	struct mc_error err;
	struct mc_mend m;

	mc_mend_init(&m, what, &gather.sink);
	while (in.n > 0) {
		assert_int_equal(
			m.sink.put(&m.sink, mc_span_head(in, n), &err), MC_OK);
		in = mc_span_from(in, n);
	}
	assert_int_equal(mc_mend_end(&m, &err), MC_OK);
	mc_mend_dispose(&m);
	*out = gather.buf;
}

static void each_row(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 997, 1u << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			struct mc_buf out;

			mc_buf_init(&out, 1u << 20);
			mend(rows[i].in, rows[i].what, sizes[j], &out);
			if (!mc_span_eq(mc_buf_span(&out), rows[i].out))
				print_message("%s:\n%.*s\n", rows[i].proves,
					(int)out.len, mc_buf_str(&out));
			assert_true(mc_span_eq(mc_buf_span(&out), rows[i].out));
			mc_buf_dispose(&out);
		}
	}
}

/* Whatever comes: what is asked for is so behind it, and octets of the body
 * are all there. */
static void of_noise_too(void **state)
{
	static const char letters[] = "\r\n\r\n  :\tab\xc3\xa4\xff\0Q?=";
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 200; round++) {
		char in[6000];
		struct mc_buf out;
		size_t line = 0;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 1103515245 + 12345;
			in[i] = letters[(seed >> 16) %
					(round % 2 ? sizeof(letters) - 1 : 2)];
			if (round % 4 == 3 && (in[i] == '\n' || in[i] == '\r'))
				in[i] = '\xc3';
			if (round % 2 == 0 && i % 4000 > 4)
				in[i] = "a\xc3\xa4 "[seed >> 30];
		}
		mc_buf_init(&out, 1u << 20);
		mend((struct mc_span){ in, sizeof(in) }, MC_MEND_ALL, 777,
			&out);
		for (size_t i = 0; i < out.len; i++) {
			assert_true(out.data[i] != '\0');
			if (out.data[i] == '\r')
				assert_true(i + 1 < out.len &&
					    out.data[i + 1] == '\n');
			line = out.data[i] == '\n' || out.data[i] == '\r'
				       ? 0
				       : line + 1;
			assert_true(line <= MC_MEND_LINE_MAX);
		}
		mc_buf_dispose(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row),
		cmocka_unit_test(of_noise_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
