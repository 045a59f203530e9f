/* SPDX-License-Identifier: MIT
 * fates: what became of letters, gathered until the next commit.
 *
 * They come one by one from the network; each would cost a wait for the disk,
 * and a batch of the archive's that is open meanwhile would hold up whoever
 * else writes. */
#ifndef MC_JOB_FATES_H
#define MC_JOB_FATES_H

#include "archive/ledger.h"

struct mc_fate_noted;

struct mc_fates {
	struct mc_fate_noted *list;
	size_t n;
	size_t cap;
};

/* All is copied.  Fails: ELIMIT (memory); nothing is noted of it then. */
MC_RC mc_fates_sent(struct mc_fates *fates, int64_t placement,
	const struct mc_landing *landing, struct mc_error *err);
/* None yet: it is about to leave, changed. */
MC_RC mc_fates_altered(struct mc_fates *fates, int64_t placement,
	const struct mc_altered *as, struct mc_error *err);
/* None yet: it was refused as that, and goes on to be changed, or was. */
MC_RC mc_fates_tried(struct mc_fates *fates, int64_t placement,
	const struct mc_try *as, struct mc_error *err);
/* waits: it may be sent another time. */
MC_RC mc_fates_not_sent(struct mc_fates *fates, int64_t placement, bool waits,
	const struct mc_error *why, struct mc_error *err);

/* Into the ledger, inside a batch; then none is left. */
MC_RC mc_fates_write(
	struct mc_fates *fates, struct mc_archive *ar, struct mc_error *err);
void mc_fates_dispose(struct mc_fates *fates);

#endif
