/* SPDX-License-Identifier: MIT
 * What a scan makes of messages: canonical octets and facts. */
#include "help.h"

#include "base/limits.h"

struct canonical_row {
	const char *why;
	enum mc_store store;
	struct mc_span raw;
	struct mc_span canonical;
};

#define SAME(text) MC_SPAN(text), MC_SPAN(text)

static const struct canonical_row canonical_rows[] = {
	{ "CRLF is canonical", MC_STORE_MBOX, SAME("A: b\r\n\r\nx\r\n") },
	{ "nothing", MC_STORE_MBOX, SAME("") },
	{ "LF becomes CRLF", MC_STORE_WIRE, MC_SPAN("A: b\n\nx\n"),
		MC_SPAN("A: b\r\n\r\nx\r\n") },
	{ "CR-only becomes CRLF", MC_STORE_WIRE, MC_SPAN("A: b\r\rx\r"),
		MC_SPAN("A: b\r\n\r\nx\r\n") },
	{ "bare CR is content", MC_STORE_WIRE,
		SAME("A: b\rc\r\n\r\nx\r\r\ny\r") },
	{ "bare CR before LF lines", MC_STORE_WIRE, MC_SPAN("A: b\rc\n\nx\n"),
		MC_SPAN("A: b\rc\r\n\r\nx\r\n") },
	{ "mixed", MC_STORE_WIRE, MC_SPAN("A: b\r\nB: c\n\r\nx\ny\r\n"),
		MC_SPAN("A: b\r\nB: c\r\n\r\nx\r\ny\r\n") },
	{ "no last line end is kept so", MC_STORE_MBOX, SAME("A: b\r\n\r\nx") },
	{ "NUL is ordinary", MC_STORE_MBOX, SAME("A: \0b\r\n\r\n\0\r\n") },
	{ "From_ line", MC_STORE_WIRE,
		MC_SPAN("From a@b Sat Jan  3 01:05:34 1996\r\nA: b\r\n\r\n"),
		MC_SPAN("A: b\r\n\r\n") },
	{ ">From_ line", MC_STORE_WIRE, MC_SPAN(">From a@b x\r\nA: b\r\n\r\n"),
		MC_SPAN("A: b\r\n\r\n") },
	{ "two of them", MC_STORE_WIRE,
		MC_SPAN("From a x\r\n>From b y\r\nA: b\r\n\r\n"),
		MC_SPAN("A: b\r\n\r\n") },
	{ "From_ line and nothing else", MC_STORE_WIRE, MC_SPAN("From a@b Sat"),
		MC_SPAN("") },
	{ "a From field with a blank", MC_STORE_WIRE,
		SAME("From : a@b\r\n\r\n") },
	{ "From_ behind a field is not the store's", MC_STORE_WIRE,
		SAME("A: b\r\n>From a x\r\n\r\n") },
	{ "From_ in the body", MC_STORE_WIRE,
		SAME("A: b\r\n\r\nFrom a x\r\n") },
	{ "a blank after From_ folds nothing", MC_STORE_WIRE,
		MC_SPAN("From a x\r\n y\r\nA: b\r\n\r\n"),
		MC_SPAN(" y\r\nA: b\r\n\r\n") },
	{ "store lines of mbox", MC_STORE_MBOX,
		MC_SPAN("Status: RO\nA: b\nX-Status: A\nX-Keywords: k\nX-UID: 1"
			"\nX-IMAP: 1 2\nX-IMAPbase: 1 2\nC: d\n"
			"X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n"
			"X-Mozilla-Keys: k\nX-Gmail-Labels: l\nX-GM-THRID: 1\n"
			"X-Evolution: 00000001-0010\n"
			"Content-Length: 3\nE: f\n\nStatus: x\n"),
		MC_SPAN("A: b\r\nC: d\r\nE: f\r\n\r\nStatus: x\r\n") },
	{ "on the wire they are the mail's", MC_STORE_WIRE,
		SAME("Status: RO\r\nX-Mozilla-Status: 0001\r\n"
		     "Content-Length: 3\r\n\r\n") },
	{ "in Maildir only Thunderbird's", MC_STORE_MAILDIR,
		MC_SPAN("Status: RO\r\nX-Mozilla-Status: 0001\r\n"
			"x-mozilla-keys: a\r\n\r\n"),
		MC_SPAN("Status: RO\r\n\r\n") },
	{ "with their folded lines", MC_STORE_MBOX,
		MC_SPAN("X-Keywords: a\r\n b\r\n\tc\r\nA: b\r\n d\r\n\r\n"),
		MC_SPAN("A: b\r\n d\r\n\r\n") },
	{ "any case, blanks before the colon", MC_STORE_MBOX,
		MC_SPAN("STATUS \t: RO\r\nx-uID: 3\r\n\r\n"), MC_SPAN("\r\n") },
	{ "names that only start alike", MC_STORE_MBOX,
		SAME("Status-Code: 1\r\nX-UIDL: 3\r\nStatus\r\n\r\n") },
	{ "cut in the middle", MC_STORE_MBOX, MC_SPAN("A: b\nStatus: R"),
		MC_SPAN("A: b\r\n") },
	{ "junk in the header is kept", MC_STORE_MBOX,
		SAME("A: b\r\njunk\r\n more\r\nC: d\r\n\r\n") },
	{ "only the first header block", MC_STORE_MBOX,
		SAME("A: b\r\n\r\nX-UID: 1\r\n\r\nX-UID: 1\r\n") },
};

static void canonical(void **state)
{
	struct mc_error err = { 0 };
	struct mc_scan *scan;
	struct mc_facts facts;
	struct keep_sink keep;

	(void)state;
	must(mc_scan_new(&scan, &err), &err);
	keep_init(&keep);
	for (size_t i = 0; i < COUNT(canonical_rows); i++) {
		const struct canonical_row *row = &canonical_rows[i];

		for (size_t chunk = 1; chunk <= row->raw.n + 1; chunk++) {
			scan_in(scan, row->store, row->raw, chunk, &keep,
				&facts);
			if (!mc_span_eq(mc_buf_span(&keep.buf), row->canonical))
				fail_msg("%s, chunks of %zu: '%.*s'", row->why,
					chunk, (int)keep.buf.len,
					keep.buf.data);
		}
	}
	mc_buf_dispose(&keep.buf);
	mc_scan_free(scan);
}

struct bench {
	struct mc_scan *scan;
	struct keep_sink keep;
	struct mc_facts facts;
};

static void bench_init(struct bench *b)
{
	struct mc_error err = { 0 };

	must(mc_scan_new(&b->scan, &err), &err);
	keep_init(&b->keep);
}

static void bench_dispose(struct bench *b)
{
	mc_scan_free(b->scan);
	mc_buf_dispose(&b->keep.buf);
}

static const struct mc_facts *facts_of(
	struct bench *b, enum mc_store store, struct mc_span raw)
{
	scan_in(b->scan, store, raw, 5, &b->keep, &b->facts);
	return &b->facts;
}

static void header_facts(void **state)
{
	const struct mc_facts *f;
	struct bench b;

	(void)state;
	bench_init(&b);
	f = facts_of(&b, MC_STORE_WIRE,
		MC_SPAN("Received: from a by b; Mon, 1 Jan 2001 00:00:01 +0000"
			" (x; y)\n"
			"Received: from c by d; Mon, 1 Jan 2001 00:00:00 +0000\n"
			"Subject:  a\n\tfolded  one \n"
			"FROM : A <a@b>\n"
			"junk\n"
			"From: second\n"
			"date:Mon, 1 Jan 2001 00:00:00 +0000\n"
			"Message-ID:\n <one@host>\n"
			"Subject: second\n"
			"\n"
			"Subject: body\n"));
	assert_span(f->subject, MC_SPAN("a\tfolded  one"));
	assert_span(f->from, MC_SPAN("A <a@b>"));
	assert_span(f->date, MC_SPAN("Mon, 1 Jan 2001 00:00:00 +0000"));
	assert_span(f->message_id, MC_SPAN("one@host"));
	assert_span(
		f->received, MC_SPAN("Mon, 1 Jan 2001 00:00:01 +0000 (x; y)"));
	assert_int_equal(f->aliases.n, 0);
	f = facts_of(&b, MC_STORE_WIRE, MC_SPAN("nothing known: here\n"));
	assert_int_equal(f->subject.n + f->from.n + f->date.n +
				 f->message_id.n + f->received.n,
		0);
	f = facts_of(&b, MC_STORE_WIRE,
		MC_SPAN("Received: no date here\nReceived: x; 1 Jan 2001\n"
			"Subject: no end"));
	assert_span(f->received, MC_SPAN("1 Jan 2001"));
	assert_span(f->subject, MC_SPAN("no end"));
	bench_dispose(&b);
}

static void message_ids(void **state)
{
	const struct mc_facts *f;
	struct bench b;
	size_t at = 0;

	(void)state;
	bench_init(&b);
	f = facts_of(&b, MC_STORE_WIRE,
		MC_SPAN("Message-ID: <>\nMessage-Id: <$MSGID>\n"
			"MESSAGE-ID: <a@b>\nMessage-ID: c@d (x)\n"
			"Message-ID: <a@b>\nMessage-ID: <c@d>\n"
			"Message-ID: <e@f>\n\n"));
	assert_span(f->message_id, MC_SPAN("a@b"));
	assert_string_equal(mc_words_next(f->aliases, &at), "c@d");
	assert_string_equal(mc_words_next(f->aliases, &at), "e@f");
	assert_null(mc_words_next(f->aliases, &at));
	bench_dispose(&b);
}

static void store_facts(void **state)
{
	static const char raw[] =
		"Status: RO\nX-Status: AF\nX-Keywords: one two  one $three\n"
		"X-Mozilla-Status: 1008\nX-Mozilla-Keys:       two\xFF four  "
		"  \nX-Gmail-Labels: Inbox,\n =?UTF-8?Q?=C3=BC?=\n\n";
	static const char *const words[] = { "one", "two", "$three", "four" };
	const struct mc_facts *f;
	struct bench b;
	size_t at = 0;

	(void)state;
	bench_init(&b);
	f = facts_of(&b, MC_STORE_MBOX, MC_SPAN(raw));
	assert_int_equal(f->flags, MC_SEEN | MC_ANSWERED | MC_FLAGGED |
					   MC_FORWARDED | MC_EXPUNGED);
	for (size_t i = 0; i < COUNT(words); i++)
		assert_string_equal(mc_words_next(f->keywords, &at), words[i]);
	assert_null(mc_words_next(f->keywords, &at));
	assert_span(f->labels, MC_SPAN("Inbox, =?UTF-8?Q?=C3=BC?="));
	f = facts_of(&b, MC_STORE_WIRE, MC_SPAN(raw));
	assert_int_equal(f->flags, 0);
	assert_int_equal(f->keywords.n + f->labels.n, 0);
	bench_dispose(&b);
}

struct shape_row {
	const char *why;
	struct mc_span raw;
	uint32_t shape;
	int32_t longest;
};

static const struct shape_row shape_rows[] = {
	{ "nothing to mend", MC_SPAN("A: b\n\nxyzzy\n"), 0, 5 },
	{ "nothing at all", MC_SPAN(""),
		MC_SHAPE_NO_FINAL_CRLF | MC_SHAPE_NO_HEADER_END, 0 },
	{ "no last line end", MC_SPAN("A: b\n\nxyzzy"), MC_SHAPE_NO_FINAL_CRLF,
		5 },
	{ "no blank line", MC_SPAN("A: b\n"), MC_SHAPE_NO_HEADER_END, 4 },
	{ "NUL", MC_SPAN("A: b\n\n\0\n"), MC_SHAPE_NUL, 4 },
	{ "8-bit body", MC_SPAN("A: b\n\n\xFC\n"), MC_SHAPE_8BIT, 4 },
	{ "8-bit header", MC_SPAN("A: \xFC\n\n\n"),
		MC_SHAPE_8BIT | MC_SHAPE_8BIT_HEADER, 4 },
	{ "bare CR", MC_SPAN("A: b\n\n\rabc\r\n"), MC_SHAPE_BARE_CR, 4 },
	{ "bare CR at the end", MC_SPAN("A: b\n\n\r"),
		MC_SHAPE_BARE_CR | MC_SHAPE_NO_FINAL_CRLF, 4 },
	{ "a bare CR splits no line", MC_SPAN("A: b\n\nxx\rxx\n"),
		MC_SHAPE_BARE_CR, 5 },
};

static void shapes(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	for (size_t i = 0; i < COUNT(shape_rows); i++) {
		const struct shape_row *row = &shape_rows[i];
		const struct mc_facts *f =
			facts_of(&b, MC_STORE_WIRE, row->raw);

		if (f->shape != row->shape || f->longest_line != row->longest)
			fail_msg("%s: shape %x, longest %d", row->why, f->shape,
				f->longest_line);
	}
	/* Removed lines shape nothing. */
	assert_int_equal(facts_of(&b, MC_STORE_MBOX,
				 MC_SPAN("Status: \xFC\0xxxxxxx\nA: b\n\n"))
				 ->shape,
		0);
	bench_dispose(&b);
}

struct variant_row {
	const char *why;
	bool same;
	struct mc_span a;
	struct mc_span b;
};

#define HEAD "From: a@b\nDate: d\nSubject: s\nTo: t\nMessage-ID: <i>\n"

static const struct variant_row variant_rows[] = {
	{ "trace and list headers", true, MC_SPAN(HEAD "\nx\n"),
		MC_SPAN("Received: y\nX-A: b\nList-Id: c\n" HEAD "\nx\n") },
	{ "line ends", true, MC_SPAN(HEAD "\nx\ny\n"),
		MC_SPAN("Date: d\r\nFrom: a@b\r\nSubject: s\r\nTo: t\r\n"
			"Message-ID: <i>\r\n\r\nx\r\ny\r\n") },
	{ "folding", true, MC_SPAN("Subject: a b\n\n"),
		MC_SPAN("Subject:\n  a\n\t b \n\n") },
	{ "blanks at line ends", true, MC_SPAN(HEAD "\nx\ny\n"),
		MC_SPAN(HEAD "\nx \ny\t \t\n") },
	{ "blank lines at the end", true, MC_SPAN(HEAD "\nx"),
		MC_SPAN(HEAD "\nx\n \n\n\t") },
	{ "blank lines inside", false, MC_SPAN(HEAD "\nx\n\ny"),
		MC_SPAN(HEAD "\nx\ny") },
	{ "blanks inside of lines", false, MC_SPAN(HEAD "\nx y\n"),
		MC_SPAN(HEAD "\nx  y\n") },
	{ "blanks that begin a line", false, MC_SPAN(HEAD "\n x\n"),
		MC_SPAN(HEAD "\nx\n") },
	{ "body", false, MC_SPAN(HEAD "\nx\n"), MC_SPAN(HEAD "\nX\n") },
	{ "another subject", false, MC_SPAN("Subject: a\n\n"),
		MC_SPAN("Subject: b\n\n") },
	{ "absent is not empty", false, MC_SPAN("Subject:\n\n"),
		MC_SPAN("X: y\n\n") },
	{ "fields do not shift", false, MC_SPAN("To: ab\nCc: c\n\n"),
		MC_SPAN("To: a\nCc: bc\n\n") },
	{ "second fields do not count", true, MC_SPAN("To: a\n\n"),
		MC_SPAN("To: a\nTo: b\n\n") },
	{ "Cc counts", false, MC_SPAN("Cc: a\n\n"), MC_SPAN("Cc: b\n\n") },
	{ "Bcc does not", true, MC_SPAN(HEAD "Bcc: a\n\n"),
		MC_SPAN(HEAD "Bcc: b\n\n") },
	{ "nor do lines without a name", true, MC_SPAN(HEAD "a b\n\n"),
		MC_SPAN(HEAD "b a\n\n") },
	{ "text without a header", false, MC_SPAN("Dear Ann\nat nine\n"),
		MC_SPAN("Dear Bob\nat nine\n") },
	{ "the last line of such text", false, MC_SPAN("Dear Ann\nat nine"),
		MC_SPAN("Dear Ann\nat ten") },
	{ "text with a colon", false, MC_SPAN("Note: at nine\n\nAnn\n"),
		MC_SPAN("Note: at ten\n\nAnn\n") },
	{ "more text on the next line", false, MC_SPAN("Dear Ann\n at nine\n"),
		MC_SPAN("Dear Ann\n at ten\n") },
	{ "its line ends, and the blank line", true, MC_SPAN("Dear Ann\nat 9"),
		MC_SPAN("Dear Ann\r\nat 9\r\n\r\n") },
	{ "trace above it", true, MC_SPAN("Dear Ann\n"),
		MC_SPAN("Received: y\nX-A: b\nList-Id: c\nDear Ann\n") },
	{ "text and nothing", false, MC_SPAN("Dear Ann\n"), MC_SPAN("") },
};

static void variants(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	for (size_t i = 0; i < COUNT(variant_rows); i++) {
		const struct variant_row *row = &variant_rows[i];
		struct mc_digest a =
			facts_of(&b, MC_STORE_WIRE, row->a)->variant;
		struct mc_digest c =
			facts_of(&b, MC_STORE_WIRE, row->b)->variant;

		if (mc_digest_eq(&a, &c) != row->same)
			fail_msg("%s: %s", row->why,
				row->same ? "differ" : "are the same");
	}
	bench_dispose(&b);
}

/* Blanks at a line's end are dropped up to 998; more are content. */
static void long_blanks(void **state)
{
	struct mc_error err = { 0 };
	struct mc_digest none;
	struct bench b;
	struct mc_buf raw;

	(void)state;
	bench_init(&b);
	mc_buf_init(&raw, 4096);
	none = facts_of(&b, MC_STORE_WIRE, MC_SPAN("A: b\n\nx\n"))->variant;
	for (size_t n = 997; n <= 1000; n++) {
		struct mc_digest got;

		mc_buf_clear(&raw);
		must(mc_buf_printf(&raw, &err, "A: b\n\nx%*s\n", (int)n, ""),
			&err);
		got = facts_of(&b, MC_STORE_WIRE, mc_buf_span(&raw))->variant;
		assert_int_equal(mc_digest_eq(&got, &none), n <= 998);
	}
	mc_buf_dispose(&raw);
	bench_dispose(&b);
}

/* Feeds `n` times `part`. */
static void feed(struct mc_scan *scan, struct mc_span part, size_t n)
{
	struct mc_error err = { 0 };

	for (size_t i = 0; i < n; i++)
		must(mc_scan_bytes(scan, part, &err), &err);
}

static MC_RC drop(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	(void)sink;
	(void)bytes;
	(void)err;
	return MC_OK;
}

/* What is endless streams, and what is kept of it has an end. */
static void endless(void **state)
{
	static const struct mc_span starts[] = {
		{ "Subject: ", 9 },
		{ "Subject: x\n\n", 12 },
		{ "X-Junk: x\n ", 11 },
		{ "To: ", 4 },
		{ "", 0 },
	};
	static char part[64 * 1024];
	struct mc_sink sink = { drop };
	struct mc_error err = { 0 };
	struct mc_facts facts;
	struct mc_scan *scan;

	(void)state;
	memset(part, 'x', sizeof(part));
	must(mc_scan_new(&scan, &err), &err);
	for (size_t i = 0; i < COUNT(starts); i++) {
		must(mc_scan_begin(scan, MC_STORE_MBOX, &sink, &err), &err);
		must(mc_scan_bytes(scan, starts[i], &err), &err);
		feed(scan, (struct mc_span){ part, sizeof(part) }, 400);
		must(mc_scan_end(scan, &facts, &err), &err);
		assert_true(facts.octets >= 400 * (int64_t)sizeof(part));
		assert_true(facts.longest_line >= 400 * (int)sizeof(part));
		assert_true(facts.subject.n <= MC_FIELD_MAX);
		assert_int_equal((facts.shape & MC_SHAPE_HEADER_CUT) != 0,
			i == 0 || i == 3);
	}
	mc_scan_free(scan);
}

/* Many fields: kept up to the limit, in time that does not grow faster. */
static void endless_fields(void **state)
{
	static const struct mc_span lines[] = {
		{ "X-Keywords: a b c d e f g h i j k l m n o p q r s\n", 50 },
		{ "Message-ID: ((((((((((((((((((((((((((((((((a@b)\n", 49 },
	};
	struct mc_sink sink = { drop };
	struct mc_error err = { 0 };
	struct mc_facts facts;
	struct mc_scan *scan;

	(void)state;
	must(mc_scan_new(&scan, &err), &err);
	for (size_t i = 0; i < COUNT(lines); i++) {
		must(mc_scan_begin(scan, MC_STORE_MBOX, &sink, &err), &err);
		feed(scan, lines[i], 50000);
		must(mc_scan_end(scan, &facts, &err), &err);
		assert_true(facts.shape & MC_SHAPE_HEADER_CUT);
	}
	mc_scan_free(scan);
}

/* A dress over its limit fails this message, and the next one is fine. */
static void dress_too_large(void **state)
{
	struct mc_sink sink = { drop };
	struct mc_error err = { 0 };
	enum mc_rc rc = MC_OK;
	struct mc_facts facts;
	struct mc_scan *scan;

	(void)state;
	must(mc_scan_new(&scan, &err), &err);
	must(mc_scan_begin(scan, MC_STORE_WIRE, &sink, &err), &err);
	feed(scan, MC_SPAN("A: b\n\n"), 1);
	for (int i = 0; rc == MC_OK && i < MC_DRESS_MAX; i++)
		rc = mc_scan_bytes(scan, MC_SPAN("\n\r\n"), &err);
	assert_int_equal(rc, MC_ELIMIT);
	assert_int_equal(err.scope, MC_MESSAGE);
	must(mc_scan_begin(scan, MC_STORE_WIRE, &sink, &err), &err);
	feed(scan, MC_SPAN("A: b\r\n\r\n"), 1);
	must(mc_scan_end(scan, &facts, &err), &err);
	assert_int_equal(facts.octets, 8);
	assert_int_equal(facts.dress.n, 0);
	mc_scan_free(scan);
}

static MC_RC refuse(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	(void)sink;
	(void)bytes;
	return mc_fail(err, MC_EIO, MC_RUN, 0, "disk full");
}

/* What the sink fails with comes out. */
static void sink_fails(void **state)
{
	struct mc_sink sink = { refuse };
	struct mc_error err = { 0 };
	struct mc_facts facts;
	struct mc_scan *scan;

	(void)state;
	must(mc_scan_new(&scan, &err), &err);
	must(mc_scan_begin(scan, MC_STORE_WIRE, &sink, &err), &err);
	must(mc_scan_bytes(scan, MC_SPAN("A: b\r\n"), &err), &err);
	assert_int_equal(mc_scan_end(scan, &facts, &err), MC_EIO);
	assert_string_equal(err.text, "disk full");
	mc_scan_free(scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical),
		cmocka_unit_test(header_facts),
		cmocka_unit_test(message_ids),
		cmocka_unit_test(store_facts),
		cmocka_unit_test(shapes),
		cmocka_unit_test(variants),
		cmocka_unit_test(long_blanks),
		cmocka_unit_test(endless),
		cmocka_unit_test(endless_fields),
		cmocka_unit_test(dress_too_large),
		cmocka_unit_test(sink_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
