/* SPDX-License-Identifier: MIT
 * Dress as it lies in archives: its octets, and what is damaged is said. */
#include "help.h"

struct varint_row {
	uint64_t value;
	struct mc_span octets;
};

static const struct varint_row varint_rows[] = {
	{ 0, { "\x00", 1 } },
	{ 127, { "\x7F", 1 } },
	{ 128, { "\x80\x01", 2 } },
	{ 300, { "\xAC\x02", 2 } },
	{ UINT64_MAX, { "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10 } },
};

static void varints(void **state)
{
	struct mc_error err = { 0 };
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 100);
	for (size_t i = 0; i < COUNT(varint_rows); i++) {
		struct mc_span s;
		uint64_t got = 1;

		mc_buf_clear(&buf);
		must(mc_varint_put(&buf, varint_rows[i].value, &err), &err);
		assert_span(mc_buf_span(&buf), varint_rows[i].octets);
		for (size_t n = 0; n < buf.len; n++) {
			s = mc_span_head(mc_buf_span(&buf), n);
			assert_false(mc_varint_get(&s, &got));
		}
		must(mc_buf_putc(&buf, 'x', &err), &err);
		s = mc_buf_span(&buf);
		assert_true(mc_varint_get(&s, &got));
		assert_true(got == varint_rows[i].value);
		assert_span(s, MC_SPAN("x"));
	}
	mc_buf_dispose(&buf);
}

/* More than 64 bits. */
static void varint_too_large(void **state)
{
	struct mc_span s = MC_SPAN("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02");
	uint64_t got;

	(void)state;
	assert_false(mc_varint_get(&s, &got));
	s = MC_SPAN("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
	assert_false(mc_varint_get(&s, &got));
}

struct octets_row {
	const char *why;
	struct mc_span raw;
	struct mc_span dress;
};

/* Dresses lie in archives: these octets must not change. */
static const struct octets_row octets_rows[] = {
	{ "CRLF: none", MC_SPAN("A: b\r\n\r\n"), MC_SPAN("") },
	{ "LF", MC_SPAN("A: b\n\nx\n"), MC_SPAN("L\x01\x01") },
	{ "CR", MC_SPAN("A: b\r\rx\r"), MC_SPAN("L\x01\x02") },
	{ "CRLF twice, then LF", MC_SPAN("A: b\r\nC: d\r\n\n\n"),
		MC_SPAN("L\x02\x08\x01") },
	{ "LF once, then CRLF", MC_SPAN("A: b\n\r\nx\r\n"),
		MC_SPAN("L\x02\x05\x00") },
	{ "a removed line", MC_SPAN("A: b\r\nX-UID: 1\r\n\r\n"),
		MC_SPAN("I\x0B\x06X-UID: 1\r\n") },
	{ "two that stand together, and one apart",
		MC_SPAN("X-UID: 1\nStatus: R\nA: b\nX-UID: 2\n\n"),
		MC_SPAN("L\x01\x01I\x14\x00X-UID: 1\nStatus: R\n"
			"I\x0A\x06X-UID: 2\n") },
};

static void octets(void **state)
{
	struct mc_error err = { 0 };
	struct mc_scan *scan;
	struct mc_facts facts;
	struct keep_sink keep;

	(void)state;
	must(mc_scan_new(&scan, &err), &err);
	keep_init(&keep);
	for (size_t i = 0; i < COUNT(octets_rows); i++) {
		scan_in(scan, MC_STORE_MBOX, octets_rows[i].raw, 3, &keep,
			&facts);
		if (!mc_span_eq(facts.dress, octets_rows[i].dress))
			fail_msg("%s", octets_rows[i].why);
	}
	mc_buf_dispose(&keep.buf);
	mc_scan_free(scan);
}

/* What mbox adds rebuilds no octet of raw. */
static void mbox_records(void **state)
{
	struct keep_sink keep;

	(void)state;
	keep_init(&keep);
	undress_in(MC_SPAN("A: b\r\n\r\n"),
		MC_SPAN("F\x07"
			"From x\nL\x01\x01Q\x01rS\x01\nI\x04\x06X:\n"),
		2, &keep);
	assert_span(mc_buf_span(&keep.buf), MC_SPAN("A: b\nX:\n\n"));
	mc_buf_dispose(&keep.buf);
}

struct damaged_row {
	const char *why;
	struct mc_span dress;
	struct mc_span canonical;
};

static const struct damaged_row damaged_rows[] = {
	{ "a kind alone", MC_SPAN("L"), MC_SPAN("") },
	{ "payload cut", MC_SPAN("L\x05\x01"), MC_SPAN("") },
	{ "huge length", MC_SPAN("I\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01x"),
		MC_SPAN("") },
	{ "unknown kind", MC_SPAN("Z\x01x"), MC_SPAN("") },
	{ "NUL for a kind", MC_SPAN("\0\x01x"), MC_SPAN("") },
	{ "no such line end", MC_SPAN("L\x01\x03"), MC_SPAN("") },
	{ "run cut", MC_SPAN("L\x02\x05\x80"), MC_SPAN("a\r\nb\r\n") },
	{ "no offset", MC_SPAN("I\x00"), MC_SPAN("") },
	{ "offset behind the end", MC_SPAN("I\x02\x05x"), MC_SPAN("abcd") },
	{ "offsets go back", MC_SPAN("I\x02\x03xI\x02\x02x"), MC_SPAN("abcd") },
	{ "canonical that is none", MC_SPAN("L\x01\x01"), MC_SPAN("a\nb") },
};

static MC_RC undress(struct mc_span dress, struct mc_span canonical,
	struct mc_sink *sink, struct mc_error *err)
{
	struct mc_undress *undress = NULL;
	enum mc_rc rc = mc_undress_new(&undress, dress, sink, err);

	if (rc == MC_OK)
		rc = mc_undress_bytes(undress, canonical, err);
	if (rc == MC_OK)
		rc = mc_undress_end(undress, err);
	mc_undress_free(undress);
	return rc;
}

static void damaged(void **state)
{
	struct keep_sink keep;

	(void)state;
	keep_init(&keep);
	for (size_t i = 0; i < COUNT(damaged_rows); i++) {
		const struct damaged_row *row = &damaged_rows[i];
		struct mc_error err = { 0 };

		if (undress(row->dress, row->canonical, &keep.sink, &err) !=
			MC_EDB)
			fail_msg("%s: not noticed", row->why);
	}
	mc_buf_dispose(&keep.buf);
}

/* Any octets for a dress: no crash, no endless loop. */
static void random_dresses(void **state)
{
	static const char octets_of[] = "LIFQS\0\x01\x02\x03\x04\x80\xFF\r\nx";
	uint32_t seed = 1;
	struct keep_sink keep;
	char dress[24];

	(void)state;
	keep_init(&keep);
	for (int i = 0; i < 200000; i++) {
		struct mc_error err = { 0 };
		size_t n;

		seed = seed * 1664525u + 1013904223u;
		n = (seed >> 8) % sizeof(dress);
		for (size_t k = 0; k < n; k++) {
			seed = seed * 1664525u + 1013904223u;
			dress[k] = octets_of[(seed >> 8) % sizeof(octets_of)];
		}
		mc_buf_clear(&keep.buf);
		if (undress((struct mc_span){ dress, n },
			    MC_SPAN("a\r\nb\r\n\r\nc"), &keep.sink, &err) < 0)
			assert_int_equal(err.rc, MC_EDB);
	}
	mc_buf_dispose(&keep.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints),
		cmocka_unit_test(varint_too_large),
		cmocka_unit_test(octets),
		cmocka_unit_test(mbox_records),
		cmocka_unit_test(damaged),
		cmocka_unit_test(random_dresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
