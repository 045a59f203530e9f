/* SPDX-License-Identifier: MIT
 * again: what was sent and is not there any more is sent again, if that is asked
 * for. */
#ifndef MC_JOB_AGAIN_H
#define MC_JOB_AGAIN_H

#include "archive/archive.h"
#include "job/route.h"
#include "target/target.h"

struct mc_again {
	struct mc_archive *ar; /* outside a batch */
	struct mc_target *target;
	int64_t ledger; /* row of the target */
};

/* Compares the UIDs that the ledger has with those that the mailboxes of routes
 * have.  What is gone, and what has no UID there, is as if its fate were not
 * known: the look before the next delivery finds it under another UID, or it is
 * sent.  *n: how many.  Fails: scope SESSION, RUN. */
MC_RC mc_again_doubt(const struct mc_again *again,
	const struct mc_routes *routes, int64_t *n, struct mc_error *err);

#endif
