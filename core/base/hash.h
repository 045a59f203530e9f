/* SPDX-License-Identifier: MIT
 * hash: SHA-256 (FIPS 180-4) by Nettle, which uses what the processor has. */
#ifndef MC_BASE_HASH_H
#define MC_BASE_HASH_H

#include <stdint.h>

#include "base/span.h"

enum { MC_SHA256 = 32, MC_SHA256_HEX = 65 };

struct mc_digest {
	unsigned char octet[MC_SHA256];
};

/* A running digest; may be copied by assignment to fork it. */
struct mc_hash {
	uint64_t state[16]; /* Nettle's struct sha256_ctx */
};

void mc_hash_init(struct mc_hash *hash);
void mc_hash_put(struct mc_hash *hash, struct mc_span s);
/* Puts "<n>:" before s, so that joined fields cannot be shifted. */
void mc_hash_field(struct mc_hash *hash, struct mc_span s);
struct mc_digest mc_hash_end(struct mc_hash *hash);

/* As mc_hash_put(a, x) and mc_hash_put(b, y), where the processor can in little
 * more time than one of them takes. */
typedef void mc_hash_two_fn(struct mc_hash *a, struct mc_span x,
	struct mc_hash *b, struct mc_span y);
/* What this processor does best; to be asked once, not for each message. */
mc_hash_two_fn *mc_hash_two(void);

struct mc_digest mc_digest_of(struct mc_span s);
bool mc_digest_eq(const struct mc_digest *a, const struct mc_digest *b);

/* Lower-case hex into out, which it returns. */
const char *mc_digest_hex(char out[MC_SHA256_HEX], const struct mc_digest *d);

#endif
