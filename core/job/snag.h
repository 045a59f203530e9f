/* SPDX-License-Identifier: MIT
 * snag: the message at which sessions break off.
 *
 * A server that cannot read a message may close the connection in the middle of
 * it, each time: after some times it is left out, or it would keep back all
 * that is behind it. */
#ifndef MC_JOB_SNAG_H
#define MC_JOB_SNAG_H

#include "base/hash.h"

struct mc_snag {
	struct mc_digest in_hand; /* folder and key of what is being read */
	bool holds;               /* it is */
	struct mc_digest last;    /* that the last session broke off at */
	int times;                /* as many sessions in a row did */
};

void mc_snag_begin(struct mc_snag *snag, int64_t folder, const char *key);
void mc_snag_end(struct mc_snag *snag);
/* The session was lost. */
void mc_snag_lost(struct mc_snag *snag);
/* Is this the message that must be left out? */
bool mc_snag_is(const struct mc_snag *snag, int64_t folder, const char *key);

#endif
