/* SPDX-License-Identifier: MIT
 * pace: so much in so long, and no more: a bucket of tokens.  Has no clock of its
 * own. */
#ifndef MC_BASE_PACE_H
#define MC_BASE_PACE_H

#include <stdint.h>

struct mc_pace_rate {
	int64_t amount; /* up to MC_PACE_MAX; 0: no limit */
	int64_t per_ms; /* up to a day */
};

/* Products with the ms of a day stay below 2^63. */
#define MC_PACE_MAX ((int64_t)10 * 1000 * 1000 * 1000)

struct mc_pace {
	struct mc_pace_rate rate;
	int64_t credit; /* tokens, times per_ms; below 0: owed */
	int64_t at_ms;  /* when that was so */
};

/* Full: what a second allows, one at least, may go at once. */
void mc_pace_init(
	struct mc_pace *pace, struct mc_pace_rate rate, int64_t now_ms);

/* n more have gone: the ms before any further one may; 0: at once. */
int64_t mc_pace_take(struct mc_pace *pace, int64_t n, int64_t now_ms);

#endif
