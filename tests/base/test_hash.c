/* SPDX-License-Identifier: MIT
 * SHA-256 against FIPS 180-4's examples; forks; fields that cannot shift. */
#include "help.h"

#include "base/hash.h"

static void examples(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039"
			"a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[MC_SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mc_digest d = mc_digest_of(mc_span_str(rows[i].text));

		assert_string_equal(mc_digest_hex(hex, &d), rows[i].want);
	}
}

static void forks(void **state)
{
	struct mc_digest want = mc_digest_of(MC_SPAN("abcdef"));
	struct mc_digest got;
	struct mc_hash a;
	struct mc_hash b;

	(void)state;
	mc_hash_init(&a);
	mc_hash_put(&a, MC_SPAN("abc"));
	b = a;
	mc_hash_put(&a, MC_SPAN("xyz"));
	mc_hash_put(&b, MC_SPAN(""));
	mc_hash_put(&b, MC_SPAN("def"));
	got = mc_hash_end(&b);
	assert_true(mc_digest_eq(&got, &want));
	got = mc_hash_end(&a);
	assert_false(mc_digest_eq(&got, &want));
}

static struct mc_digest fields(struct mc_span a, struct mc_span b)
{
	struct mc_hash hash;

	mc_hash_init(&hash);
	mc_hash_field(&hash, a);
	mc_hash_field(&hash, b);
	return mc_hash_end(&hash);
}

static void fields_stay_apart(void **state)
{
	struct mc_digest a = fields(MC_SPAN("ab"), MC_SPAN("c"));
	struct mc_digest b = fields(MC_SPAN("a"), MC_SPAN("bc"));
	struct mc_digest want = mc_digest_of(MC_SPAN("2:ab1:c"));

	(void)state;
	assert_false(mc_digest_eq(&a, &b));
	assert_true(mc_digest_eq(&a, &want));
}

/* Two that go side by side are what each is alone: of all lengths up to some
 * blocks, begun in the middle of a block or at its start. */
static void two_are_two(void **state)
{
	enum { MOST = 300, STEP = 7 };
	static char octets[2 * MOST];
	mc_hash_two_fn *two = mc_hash_two();

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (char)(i * i >> 3);
	for (size_t n = 0; n < MOST * MOST; n += STEP) {
		struct mc_span x = { octets, n % MOST };
		struct mc_span y = { octets + MOST, n / MOST };
		struct mc_span begun = { octets + 9, n % 131 };
		struct mc_hash want[2];
		struct mc_hash got[2];

		mc_hash_init(&want[0]);
		mc_hash_init(&want[1]);
		mc_hash_put(&want[n % 2], begun);
		memcpy(got, want, sizeof(got));
		mc_hash_put(&want[0], x);
		mc_hash_put(&want[1], y);
		two(&got[0], x, &got[1], y);
		for (size_t i = 0; i < 2; i++) {
			struct mc_digest a = mc_hash_end(&want[i]);
			struct mc_digest b = mc_hash_end(&got[i]);

			assert_true(mc_digest_eq(&a, &b));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(forks),
		cmocka_unit_test(fields_stay_apart),
		cmocka_unit_test(two_are_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
