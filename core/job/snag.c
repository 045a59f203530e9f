/* SPDX-License-Identifier: MIT */
#include "job/snag.h"

/* A bad line may break once or twice at the same large message. */
enum { TIMES_MAX = 3 };

static struct mc_digest digest_of(int64_t folder, const char *key)
{
	struct mc_hash hash;

	mc_hash_init(&hash);
	mc_hash_field(&hash,
		(struct mc_span){ (const char *)&folder, sizeof(folder) });
	mc_hash_field(&hash, mc_span_str(key));
	return mc_hash_end(&hash);
}

void mc_snag_begin(struct mc_snag *snag, int64_t folder, const char *key)
{
	snag->holds = key[0] != '\0';
	if (snag->holds)
		snag->in_hand = digest_of(folder, key);
}

void mc_snag_end(struct mc_snag *snag)
{
	snag->holds = false;
}

void mc_snag_lost(struct mc_snag *snag)
{
	if (!snag->holds)
		return;
	if (!mc_digest_eq(&snag->last, &snag->in_hand))
		snag->times = 0;
	snag->last = snag->in_hand;
	snag->times++;
	snag->holds = false;
}

bool mc_snag_is(const struct mc_snag *snag, int64_t folder, const char *key)
{
	struct mc_digest digest;

	if (snag->times < TIMES_MAX)
		return false;
	digest = digest_of(folder, key);
	return mc_digest_eq(&snag->last, &digest);
}
