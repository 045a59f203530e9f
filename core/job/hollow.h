/* SPDX-License-Identifier: MIT
 * hollow: folders that hold no mail are folders, too. */
#ifndef MC_JOB_HOLLOW_H
#define MC_JOB_HOLLOW_H

#include "job/route.h"
#include "job/tally.h"
#include "target/target.h"

struct mc_hollow {
	struct mc_archive *ar;
	struct mc_target *target;
	const struct mc_request *req;
	struct mc_push_tally *tally;
	int64_t ledger; /* row of the target */
	struct mc_routes *routes;
};

/* Makes the mailbox of each folder without mail, unless it is there or has been
 * made before: what somebody removed stays so.  What the server refuses is told
 * and counted.  *renamed: as mc_naming_make().  Fails: scope SESSION, RUN. */
MC_RC mc_hollow_make(
	const struct mc_hollow *h, int64_t *renamed, struct mc_error *err);

#endif
