/* SPDX-License-Identifier: MIT
 * Whatever comes in: undress(scan(raw)) is raw, however it was cut; canonical
 * has no line end but CRLF; digests are those of the octets. */
#include "help.h"

/* Pieces that random messages are made of. */
static const struct mc_span pieces[] = {
	{ "\r", 1 },
	{ "\n", 1 },
	{ "\r\n", 2 },
	{ "\r\r\n", 3 },
	{ "\n\n", 2 },
	{ "\r\n\r\n", 4 },
	{ "\0", 1 },
	{ " ", 1 },
	{ "\t ", 2 },
	{ "a", 1 },
	{ "\xFF", 1 },
	{ ":", 1 },
	{ "text", 4 },
	{ "From a@b Sat Jan  3 01:05:34 1996", 33 },
	{ ">From x", 7 },
	{ "Subject: hello", 14 },
	{ "Status: RO", 10 },
	{ "X-Status : F", 12 },
	{ "x-uid:7", 7 },
	{ "X-Keywords: a b", 15 },
	{ "\n folded", 8 },
	{ "Message-ID: <a@b>", 17 },
	{ "X-Mozilla-Status: 0001", 22 },
	{ "Content-Length: 12", 18 },
	{ "A-name-that-is-longer-than-what-is-looked-at-before-deciding-xx",
		64 },
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* eol: piece that ends most lines, or COUNT(pieces): none does. */
static void random_message(struct mc_buf *out, uint32_t seed)
{
	struct mc_error err = { 0 };
	uint32_t state = seed;
	size_t eol = next_random(&state) % 5;
	size_t n = next_random(&state) % 40;

	mc_buf_clear(out);
	for (size_t i = 0; i < n; i++) {
		size_t k = next_random(&state) % COUNT(pieces);

		must(mc_buf_put(out, pieces[k], &err), &err);
		if (k > 8 && eol < 3)
			must(mc_buf_put(out, pieces[eol], &err), &err);
	}
}

static void no_bare_lf(struct mc_span canonical)
{
	for (size_t i = 0; i < canonical.n; i++) {
		if (canonical.p[i] == '\n')
			assert_true(i > 0 && canonical.p[i - 1] == '\r');
	}
}

static void same_facts(const struct mc_facts *a, const struct mc_facts *b)
{
	assert_int_equal(a->octets, b->octets);
	assert_int_equal(a->raw_octets, b->raw_octets);
	assert_int_equal(a->shape, b->shape);
	assert_int_equal(a->longest_line, b->longest_line);
	assert_int_equal(a->flags, b->flags);
	assert_true(mc_digest_eq(&a->variant, &b->variant));
	assert_true(mc_digest_eq(&a->sha256, &b->sha256));
	assert_true(mc_digest_eq(&a->raw_sha256, &b->raw_sha256));
	assert_span(a->message_id, b->message_id);
	assert_span(a->subject, b->subject);
}

struct bench {
	struct mc_scan *whole;
	struct mc_scan *cut;
	struct keep_sink canonical;
	struct keep_sink again;
	struct keep_sink raw;
};

static void setup(struct bench *b)
{
	struct mc_error err = { 0 };

	must(mc_scan_new(&b->whole, &err), &err);
	must(mc_scan_new(&b->cut, &err), &err);
	keep_init(&b->canonical);
	keep_init(&b->again);
	keep_init(&b->raw);
}

static void teardown(struct bench *b)
{
	mc_scan_free(b->whole);
	mc_scan_free(b->cut);
	mc_buf_dispose(&b->canonical.buf);
	mc_buf_dispose(&b->again.buf);
	mc_buf_dispose(&b->raw.buf);
}

static void check(
	struct bench *b, enum mc_store store, struct mc_span raw, size_t most)
{
	struct mc_facts facts;
	struct mc_facts cut;
	struct mc_span canonical;
	struct mc_digest digest;

	scan_in(b->whole, store, raw, raw.n + 1, &b->canonical, &facts);
	canonical = mc_buf_span(&b->canonical.buf);
	no_bare_lf(canonical);
	assert_int_equal(facts.octets, canonical.n);
	assert_int_equal(facts.raw_octets, raw.n);
	digest = mc_digest_of(canonical);
	assert_true(mc_digest_eq(&digest, &facts.sha256));
	digest = mc_digest_of(raw);
	assert_true(mc_digest_eq(&digest, &facts.raw_sha256));
	assert_int_equal(facts.dress.n == 0, mc_span_eq(raw, canonical));
	for (size_t chunk = 1; chunk <= most; chunk++) {
		scan_in(b->cut, store, raw, chunk, &b->again, &cut);
		assert_span(mc_buf_span(&b->again.buf), canonical);
		assert_span(cut.dress, facts.dress);
		same_facts(&cut, &facts);
		undress_in(canonical, facts.dress, chunk, &b->raw);
		assert_span(mc_buf_span(&b->raw.buf), raw);
	}
}

static void random_messages(void **state)
{
	struct bench b;
	struct mc_buf raw;

	(void)state;
	setup(&b);
	mc_buf_init(&raw, 65536);
	for (uint32_t seed = 1; seed <= 6000; seed++) {
		random_message(&raw, seed * 2654435761u);
		check(&b, (enum mc_store)(seed % 3), mc_buf_span(&raw), 9);
	}
	mc_buf_dispose(&raw);
	teardown(&b);
}

/* Every message of up to five of these octets. */
static void small_messages(void **state)
{
	static const char octets[] = "\r\n a:";
	struct bench b;
	char raw[5];

	(void)state;
	setup(&b);
	for (size_t n = 0; n <= sizeof(raw); n++) {
		size_t all = 1;

		for (size_t i = 0; i < n; i++)
			all *= 5;
		for (size_t k = 0; k < all; k++) {
			size_t rest = k;

			for (size_t i = 0; i < n; i++, rest /= 5)
				raw[i] = octets[rest % 5];
			check(&b, MC_STORE_MBOX, (struct mc_span){ raw, n },
				n + 1);
		}
	}
	teardown(&b);
}

/* The first line end, or none, right around what is looked at. */
static void long_first_lines(void **state)
{
	static const char *const ends[] = { "", "\r", "\n", "\r\n", "\r\r\n",
		"\rx\r", "\rx\n", "\r\n\n", "\r\r" };
	enum { LOOK = 64 * 1024 };
	struct mc_error err = { 0 };
	struct mc_buf raw;
	struct bench b;

	(void)state;
	setup(&b);
	mc_buf_init(&raw, 2 * (size_t)LOOK);
	for (size_t i = 0; i < COUNT(ends) * 8; i++) {
		mc_buf_clear(&raw);
		while (raw.len < LOOK - 5 + i / COUNT(ends))
			must(mc_buf_putc(&raw, 'x', &err), &err);
		must(mc_buf_put(&raw, mc_span_str(ends[i % COUNT(ends)]), &err),
			&err);
		must(mc_buf_put(&raw, MC_SPAN("y\ry\nz\r"), &err), &err);
		check(&b, MC_STORE_WIRE, mc_buf_span(&raw), 2);
	}
	mc_buf_dispose(&raw);
	teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_messages),
		cmocka_unit_test(random_messages),
		cmocka_unit_test(long_first_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
