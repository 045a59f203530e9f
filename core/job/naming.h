/* SPDX-License-Identifier: MIT
 * naming: mailboxes are made; one whose name the server refuses gets another. */
#ifndef MC_JOB_NAMING_H
#define MC_JOB_NAMING_H

#include "job/route.h"
#include "target/target.h"

struct mc_naming {
	struct mc_archive *ar;
	struct mc_target *target;
	const struct mc_request *req;
	int64_t ledger; /* row of the target */
	struct mc_routes *routes;
};

/* Makes and subscribes mailboxes of the routes, as far as the server lets it:
 * what it refuses for another reason than its name is told by whoever needs it.
 * Another name is one that no other folder has; it is in the ledger before this
 * goes on, and then in the routes, and told.  boxes: names are borrowed of the
 * routes, also behind it.  *renamed: how many.  Fails: scope SESSION, RUN. */
MC_RC mc_naming_make(const struct mc_naming *naming, struct mc_new_box *boxes,
	size_t n, int64_t *renamed, struct mc_error *err);

#endif
