/* SPDX-License-Identifier: MIT
 * Which messages are one: what copies differ in is left out, what different
 * mails under one id differ in is not. */
#include "help.h"

#include "base/limits.h"
#include "msg/identity.h"

struct row {
	const char *why;
	const char *value;
	const char *want;
};

static const struct row address_rows[] = {
	{ "bare", "a@b", "a@b" },
	{ "domain in lower case", "Joe.X@Host.EXAMPLE", "Joe.X@host.example" },
	{ "name and angle", "Joe Doe <joe@b>", "joe@b" },
	{ "quoted name with an address", "\"x@y, z\" <joe@b>", "joe@b" },
	{ "comment", "joe@b (Joe <x@y>)", "joe@b" },
	{ "comment before", "(Joe) joe@b", "joe@b" },
	{ "the first of two", "a@b, c@d", "a@b" },
	{ "a comma that should be quoted", "Doe, Joe <joe@b>", "joe@b" },
	{ "group", "Friends: a@b, c@d;", "a@b" },
	{ "empty group, then one", "None:; , a@b", "a@b" },
	{ "route", "<@x,@y:a@b>", "a@b" },
	{ "blanks", "< a @ b >", "a@b" },
	{ "folded", "Joe\r\n <a@b>", "a@b" },
	{ "no bracket at the end", "Joe <a@b", "a@b" },
	{ "IPv6", "a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]" },
	{ "quoted local part", "\"a b\"@C", "\"a b\"@c" },
	{ "encoded name", "=?utf-8?Q?=C3=BC?= <a@b>", "a@b" },
	{ "local name alone", "<root>", "root" },
	{ "none: all of it", " Joe \t  Doe ", "Joe Doe" },
	{ "none: empty brackets", "Joe <>", "Joe <>" },
	{ "nothing", "", "" },
	{ "a lone quote", "\"Joe <a@b>", "a@b" },
	{ "a lone parenthesis", "Joe ( <a@b>", "a@b" },
};

static const struct row subject_rows[] = {
	{ "plain", "Hello", "Hello" },
	{ "blanks", "  a \t b\r\n c ", "abc" },
	{ "list tag", "[list] Hello", "Hello" },
	{ "tag before the mark", "[list] Re: Hello", "Re:Hello" },
	{ "tag behind the mark", "Re: [list] Hello", "Re:Hello" },
	{ "two tags", "[a] AW: [b] Hello", "AW:Hello" },
	{ "a tag later is text", "Hello [list]", "Hello[list]" },
	{ "marks stay", "Re: Re: Hello", "Re:Re:Hello" },
	{ "marks in other scripts", "回复:[list] x", "回复:x" },
	{ "no tag: not closed", "[list Hello", "[listHello" },
	{ "only a tag", "[list]", "" },
	{ "nothing", "", "" },
	{ "a time is no mark", "10:30 [x]", "10:30[x]" },
};

typedef enum mc_rc fold_fn(
	struct mc_buf *out, struct mc_span value, struct mc_error *err);

static void run(const struct row *rows, size_t n, fold_fn *fold)
{
	struct mc_error err = { 0 };
	struct mc_buf out;

	mc_buf_init(&out, MC_FIELD_MAX);
	for (size_t i = 0; i < n; i++) {
		must(fold(&out, mc_span_str(rows[i].value), &err), &err);
		if (!mc_span_eq(mc_buf_span(&out), mc_span_str(rows[i].want)))
			fail_msg("%s: got '%s'", rows[i].why, mc_buf_str(&out));
	}
	mc_buf_dispose(&out);
}

static void addresses(void **state)
{
	(void)state;
	run(address_rows, COUNT(address_rows), mc_identity_address);
}

static void subjects(void **state)
{
	(void)state;
	run(subject_rows, COUNT(subject_rows), mc_identity_subject);
}

/* NUL ends nothing, and nothing loops on it. */
static void nul(void **state)
{
	struct mc_error err = { 0 };
	struct mc_buf out;

	(void)state;
	mc_buf_init(&out, MC_FIELD_MAX);
	must(mc_identity_subject(&out, MC_SPAN("a\0 b"), &err), &err);
	assert_span(mc_buf_span(&out), MC_SPAN("a\0b"));
	must(mc_identity_subject(&out, MC_SPAN("\0"), &err), &err);
	assert_span(mc_buf_span(&out), MC_SPAN("\0"));
	must(mc_identity_address(&out, MC_SPAN("\0 <a\0@b>"), &err), &err);
	assert_span(mc_buf_span(&out), MC_SPAN("a@b"));
	mc_buf_dispose(&out);
}

struct copy {
	struct mc_span id;
	struct mc_span from;
	struct mc_span date_text;
	int64_t date;
	struct mc_span subject;
	char variant;
};

struct key_row {
	const char *why;
	bool same;
	struct copy copy;
};

static const struct copy first = { { "i@h", 3 }, { "Joe <a@b>", 9 }, { "x", 1 },
	1000, { "Hello", 5 }, 1 };

static const struct key_row key_rows[] = {
	{ "another body, trace, zone of the date", true,
		{ { "i@h", 3 }, { "Joe <a@b>", 9 }, { "y", 1 }, 1000,
			{ "Hello", 5 }, 2 } },
	{ "name written otherwise", true,
		{ { "i@h", 3 }, { "a@B (Joe)", 9 }, { "x", 1 }, 1000,
			{ "Hello", 5 }, 1 } },
	{ "list tag", true,
		{ { "i@h", 3 }, { "Joe <a@b>", 9 }, { "x", 1 }, 1000,
			{ "[l] Hel lo", 10 }, 1 } },
	{ "another id", false,
		{ { "i@g", 3 }, { "Joe <a@b>", 9 }, { "x", 1 }, 1000,
			{ "Hello", 5 }, 1 } },
	{ "reused id: sender", false,
		{ { "i@h", 3 }, { "Joe <c@b>", 9 }, { "x", 1 }, 1000,
			{ "Hello", 5 }, 1 } },
	{ "reused id: date", false,
		{ { "i@h", 3 }, { "Joe <a@b>", 9 }, { "x", 1 }, 1001,
			{ "Hello", 5 }, 1 } },
	{ "reused id: subject", false,
		{ { "i@h", 3 }, { "Joe <a@b>", 9 }, { "x", 1 }, 1000,
			{ "Hallo", 5 }, 1 } },
	{ "a date that cannot be read", false,
		{ { "i@h", 3 }, { "Joe <a@b>", 9 }, { "1000", 4 }, MC_NO_TIME,
			{ "Hello", 5 }, 1 } },
};

static struct mc_digest key(const struct copy *copy)
{
	struct mc_facts facts = { .message_id = copy->id,
		.from = copy->from,
		.date = copy->date_text,
		.variant = { .octet = { (unsigned char)copy->variant } } };
	struct mc_error err = { 0 };
	struct mc_digest out;

	must(mc_identity_key(&out, &facts, copy->date, copy->subject, &err),
		&err);
	return out;
}

static void keys(void **state)
{
	struct mc_digest want = key(&first);

	(void)state;
	for (size_t i = 0; i < COUNT(key_rows); i++) {
		struct mc_digest got = key(&key_rows[i].copy);

		if (mc_digest_eq(&got, &want) != key_rows[i].same)
			fail_msg("%s", key_rows[i].why);
	}
}

static void keys_by_date_text(void **state)
{
	struct copy a = first;
	struct copy b = first;
	struct mc_digest ka;
	struct mc_digest kb;

	(void)state;
	a.date = MC_NO_TIME;
	b.date = MC_NO_TIME;
	a.date_text = MC_SPAN("some\r\n day");
	b.date_text = MC_SPAN(" some day");
	ka = key(&a);
	kb = key(&b);
	assert_true(mc_digest_eq(&ka, &kb));
	b.date_text = MC_SPAN("other day");
	kb = key(&b);
	assert_false(mc_digest_eq(&ka, &kb));
}

static void without_id(void **state)
{
	struct copy a = first;
	struct mc_digest k;

	(void)state;
	a.id = MC_SPAN("");
	k = key(&a); /* the variant */
	assert_memory_equal(k.octet, "\x01\x00\x00\x00\x00", 5);
}

/* Keys of one Message-ID begin alike, and those of others otherwise. */
static void first_octets(void **state)
{
	struct copy a = first;
	struct mc_digest k = key(&first);
	struct mc_digest same;
	struct mc_digest other;

	(void)state;
	a.date++;
	same = key(&a);
	assert_memory_equal(same.octet, k.octet, 4);
	assert_memory_not_equal(same.octet, k.octet, MC_SHA256);
	a.id = MC_SPAN("j@h");
	other = key(&a);
	assert_memory_not_equal(other.octet, k.octet, 4);
}

/* Keys lie in archives: this one must never change. */
static void stable(void **state)
{
	char hex[MC_SHA256_HEX];
	struct mc_digest k = key(&first);

	(void)state;
	assert_string_equal(mc_digest_hex(hex, &k),
		"7c62d1baa2518f6c9361ea4d2ae9084268dfb351e423ebbabcd349c9fa83bc73");
}

/* Likewise the variant. */
static void stable_variant(void **state)
{
	struct mc_error err = { 0 };
	struct mc_scan *scan;
	struct mc_facts facts;
	struct keep_sink keep;
	char hex[MC_SHA256_HEX];

	(void)state;
	must(mc_scan_new(&scan, &err), &err);
	keep_init(&keep);
	scan_in(scan, MC_STORE_WIRE,
		MC_SPAN("From: a@b\nSubject: c\n d\nTo: e\n\nf \n\ng\n\n"), 99,
		&keep, &facts);
	assert_string_equal(mc_digest_hex(hex, &facts.variant),
		"8fab6881df275725e2523cce9aee03ae64b11599aec70e6bd9f9a6d6b1c12769");
	mc_buf_dispose(&keep.buf);
	mc_scan_free(scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(subjects),
		cmocka_unit_test(nul),
		cmocka_unit_test(keys),
		cmocka_unit_test(keys_by_date_text),
		cmocka_unit_test(without_id),
		cmocka_unit_test(first_octets),
		cmocka_unit_test(stable),
		cmocka_unit_test(stable_variant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
