/* SPDX-License-Identifier: MIT
 * hash_two: two SHA-256 side by side.  A round of SHA-256 waits for the one
 * before it, and a processor with instructions for it could begin another one
 * meanwhile: that of another digest.  All else is Nettle's. */
#include "base/hash.h"

static void put_in_turn(struct mc_hash *a, struct mc_span x, struct mc_hash *b,
	struct mc_span y)
{
	mc_hash_put(a, x);
	mc_hash_put(b, y);
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <nettle/sha2.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))
#define PART_OF_IT WITH_SHA __attribute__((always_inline)) static inline

/* FIPS 180-4 4.2.2 */
static const uint32_t constants[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf,
	0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
	0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
	0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
	0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
	0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
	0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

/* The eight words of a digest as the instructions want them, and the last
 * sixteen of its schedule. */
struct lane {
	__m128i abef;
	__m128i cdgh;
	__m128i w0;
	__m128i w1;
	__m128i w2;
	__m128i w3;
};

PART_OF_IT __m128i load(const void *p)
{
	return _mm_loadu_si128(p);
}

PART_OF_IT void load_state(struct lane *l, const uint32_t *state)
{
	__m128i badc = _mm_shuffle_epi32(load(state), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(load(state + 4), 0x1b);

	l->abef = _mm_alignr_epi8(badc, efgh, 8);
	l->cdgh = _mm_blend_epi16(efgh, badc, 0xf0);
}

PART_OF_IT void save_state(const struct lane *l, uint32_t *state)
{
	__m128i feba = _mm_shuffle_epi32(l->abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(l->cdgh, 0xb1);

	_mm_storeu_si128((void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Words of a block are big-endian. */
PART_OF_IT void load_block(struct lane *l, const char *p)
{
	const __m128i order = _mm_set_epi64x(
		INT64_C(0x0c0d0e0f08090a0b), INT64_C(0x0405060700010203));

	l->w0 = _mm_shuffle_epi8(load(p), order);
	l->w1 = _mm_shuffle_epi8(load(p + 16), order);
	l->w2 = _mm_shuffle_epi8(load(p + 32), order);
	l->w3 = _mm_shuffle_epi8(load(p + 48), order);
}

PART_OF_IT void four_rounds(struct lane *l, __m128i w, __m128i k)
{
	__m128i x = _mm_add_epi32(w, k);

	l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, x);
	x = _mm_shuffle_epi32(x, 0x0e);
	l->abef = _mm_sha256rnds2_epu32(l->abef, l->cdgh, x);
}

/* The four words of the schedule that follow sixteen. */
PART_OF_IT __m128i four_words(__m128i a, __m128i b, __m128i c, __m128i d)
{
	__m128i x = _mm_sha256msg1_epu32(a, b);

	x = _mm_add_epi32(x, _mm_alignr_epi8(d, c, 4));
	return _mm_sha256msg2_epu32(x, d);
}

/* Sixteen rounds, and the schedule for the next sixteen. */
PART_OF_IT void sixteen_rounds(
	struct lane *a, struct lane *b, const uint32_t *k)
{
	four_rounds(a, a->w0, load(k));
	four_rounds(b, b->w0, load(k));
	a->w0 = four_words(a->w0, a->w1, a->w2, a->w3);
	b->w0 = four_words(b->w0, b->w1, b->w2, b->w3);
	four_rounds(a, a->w1, load(k + 4));
	four_rounds(b, b->w1, load(k + 4));
	a->w1 = four_words(a->w1, a->w2, a->w3, a->w0);
	b->w1 = four_words(b->w1, b->w2, b->w3, b->w0);
	four_rounds(a, a->w2, load(k + 8));
	four_rounds(b, b->w2, load(k + 8));
	a->w2 = four_words(a->w2, a->w3, a->w0, a->w1);
	b->w2 = four_words(b->w2, b->w3, b->w0, b->w1);
	four_rounds(a, a->w3, load(k + 12));
	four_rounds(b, b->w3, load(k + 12));
	a->w3 = four_words(a->w3, a->w0, a->w1, a->w2);
	b->w3 = four_words(b->w3, b->w0, b->w1, b->w2);
}

PART_OF_IT void last_rounds(struct lane *a, struct lane *b, const uint32_t *k)
{
	four_rounds(a, a->w0, load(k));
	four_rounds(b, b->w0, load(k));
	four_rounds(a, a->w1, load(k + 4));
	four_rounds(b, b->w1, load(k + 4));
	four_rounds(a, a->w2, load(k + 8));
	four_rounds(b, b->w2, load(k + 8));
	four_rounds(a, a->w3, load(k + 12));
	four_rounds(b, b->w3, load(k + 12));
}

PART_OF_IT void add_state(struct lane *l, const struct lane *before)
{
	l->abef = _mm_add_epi32(l->abef, before->abef);
	l->cdgh = _mm_add_epi32(l->cdgh, before->cdgh);
}

WITH_SHA static void compress(uint32_t *sa, const char *pa, uint32_t *sb,
	const char *pb, size_t blocks)
{
	struct lane a;
	struct lane b;

	load_state(&a, sa);
	load_state(&b, sb);
	for (; blocks > 0; blocks--, pa += 64, pb += 64) {
		const struct lane before_a = a;
		const struct lane before_b = b;

		load_block(&a, pa);
		load_block(&b, pb);
		for (int i = 0; i < 48; i += 16)
			sixteen_rounds(&a, &b, constants + i);
		last_rounds(&a, &b, constants + 48);
		add_state(&a, &before_a);
		add_state(&b, &before_b);
	}
	save_state(&a, sa);
	save_state(&b, sb);
}

/* Up to the end of a block that has begun. */
static struct mc_span fill_block(struct mc_hash *hash, struct mc_span s)
{
	const struct sha256_ctx *context = (const void *)hash->state;
	size_t n = (SHA256_BLOCK_SIZE - context->index) % SHA256_BLOCK_SIZE;

	mc_hash_put(hash, mc_span_head(s, n));
	return mc_span_from(s, mc_span_head(s, n).n);
}

static void put_two(struct mc_hash *a, struct mc_span x, struct mc_hash *b,
	struct mc_span y)
{
	struct sha256_ctx *of_a = (void *)a->state;
	struct sha256_ctx *of_b = (void *)b->state;
	size_t blocks;

	x = fill_block(a, x);
	y = fill_block(b, y);
	blocks = (x.n < y.n ? x.n : y.n) / SHA256_BLOCK_SIZE;
	if (blocks > 0)
		compress(of_a->state, x.p, of_b->state, y.p, blocks);
	of_a->count += blocks;
	of_b->count += blocks;
	put_in_turn(a, mc_span_from(x, blocks * SHA256_BLOCK_SIZE), b,
		mc_span_from(y, blocks * SHA256_BLOCK_SIZE));
}

static bool has_instructions(void)
{
	unsigned a;
	unsigned b;
	unsigned c;
	unsigned d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

mc_hash_two_fn *mc_hash_two(void)
{
	return has_instructions() ? put_two : put_in_turn;
}

#else

mc_hash_two_fn *mc_hash_two(void)
{
	return put_in_turn;
}

#endif
