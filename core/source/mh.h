/* SPDX-License-Identifier: MIT
 * mh: what an MH folder's files of flags say.
 *
 *   .mh_sequences                nmh, mutt, Python: "unseen: 1-3 7" lines
 *   .sylpheed_mark .claws_mark   Sylpheed, Claws: a version, then pairs of a
 *                                number and flags, 32 bits each
 */
#ifndef MC_SOURCE_MH_H
#define MC_SOURCE_MH_H

#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

enum mc_mh_bit {
	MC_MH_UNSEEN = 1u << 0,
	MC_MH_FLAGGED = 1u << 1,
	MC_MH_REPLIED = 1u << 2,
	MC_MH_FORWARDED = 1u << 3,
	MC_MH_DELETED = 1u << 4,
	/* From here on: sequences of the user's own, in their order. */
	MC_MH_OWN = 5,
};

/* Takes the next sequence off *text; false: there is none.  name is without
 * its colon, ranges what stands behind it. */
bool mc_mh_sequence(
	struct mc_span *text, struct mc_span *name, struct mc_span *ranges);

/* Takes the next range off *ranges; false: there is none.  What cannot be read
 * is passed over. */
bool mc_mh_range(struct mc_span *ranges, int64_t *first, int64_t *last);

/* What a sequence stands for: one of the bits above, or 0: it is the user's
 * own.  UINT32_MAX: it says nothing of messages ("cur"). */
uint32_t mc_mh_meaning(struct mc_span name);

/* Takes the next pair off a mark file, of which at first nothing has been
 * taken.  swap is kept between calls.  False: there is none. */
bool mc_mh_mark(struct mc_span *marks, bool *begun, bool *swap,
	uint32_t *number, uint32_t *bits);

/* A message's number by its name: digits, and not 0; else -1. */
int64_t mc_mh_number(struct mc_span name);

#endif
