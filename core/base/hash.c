/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include <assert.h>
#include <nettle/sha2.h>

#include "base/text.h"

static_assert(sizeof(struct sha256_ctx) <= sizeof(struct mc_hash),
	"Nettle's state must fit");

static struct sha256_ctx *context(struct mc_hash *hash)
{
	return (struct sha256_ctx *)(void *)hash->state;
}

void mc_hash_init(struct mc_hash *hash)
{
	sha256_init(context(hash));
}

void mc_hash_put(struct mc_hash *hash, struct mc_span s)
{
	if (s.n > 0)
		sha256_update(context(hash), s.n, (const uint8_t *)s.p);
}

void mc_hash_field(struct mc_hash *hash, struct mc_span s)
{
	char head[32];
	size_t n = mc_text_format(head, sizeof(head), "%zu:", s.n);

	mc_hash_put(hash, (struct mc_span){ head, n });
	mc_hash_put(hash, s);
}

struct mc_digest mc_hash_end(struct mc_hash *hash)
{
	struct mc_digest d;

	sha256_digest(context(hash), sizeof(d.octet), d.octet);
	return d;
}

struct mc_digest mc_digest_of(struct mc_span s)
{
	struct mc_hash hash;

	mc_hash_init(&hash);
	mc_hash_put(&hash, s);
	return mc_hash_end(&hash);
}

bool mc_digest_eq(const struct mc_digest *a, const struct mc_digest *b)
{
	return memcmp(a->octet, b->octet, sizeof(a->octet)) == 0;
}

const char *mc_digest_hex(char out[MC_SHA256_HEX], const struct mc_digest *d)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < MC_SHA256; i++) {
		out[2 * i] = digits[d->octet[i] >> 4];
		out[2 * i + 1] = digits[d->octet[i] & 15];
	}
	out[MC_SHA256_HEX - 1] = '\0';
	return out;
}
