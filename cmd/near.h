/* SPDX-License-Identifier: MIT
 * near: which known word a mistyped one was meant to be. */
#ifndef MC_CMD_NEAR_H
#define MC_CMD_NEAR_H

#include "base/span.h"

struct mc_near {
	struct mc_span word; /* as typed */
	const char *best;    /* borrowed from an offer; NULL: nothing near */
	int distance;        /* of best */
};

/* Takes known as the best if it is nearer than what was offered before, and
 * near enough to be meant: a third of its letters may differ. */
void mc_near_offer(struct mc_near *near, const char *known);

#endif
