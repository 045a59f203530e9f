/* SPDX-License-Identifier: MIT
 * lane: connections to a target side by side, each with a mailbox of its own.
 *
 * The first is the caller's.  Those that the server does not give are done
 * without; what one had in hand when it was lost for good, another takes up,
 * which has waited for that.  Only the last one's loss is the end. */
#ifndef MC_JOB_LANE_H
#define MC_JOB_LANE_H

#include "job/deliver.h"
#include "job/retry.h"

/* A mailbox that mail waits for. */
struct mc_chore {
	const char *name; /* borrowed */
	enum mc_special use;
	int64_t waiting;
	enum { MC_CHORE_WAITS, MC_CHORE_TAKEN, MC_CHORE_DONE } state;
};

/* While more is to come (ahead), flags and what was broken off wait for the last
 * pass. */
bool mc_chore_is_due(const struct mc_dues *dues, const struct mc_ahead *ahead);

/* What all lanes work on. */
struct mc_lanes {
	struct mc_archive *ar; /* the caller's */
	const struct mc_request *req;
	struct mc_push_tally *tally;
	int64_t ledger;               /* row of the target */
	const struct mc_ahead *ahead; /* as a delivery has it */
	struct mc_chore *chores;
	size_t n;
};

/* Delivers all chores over up to `most` connections.  *target: open; another one
 * or NULL behind.  retry: the caller's.  Fails: what cannot be mended by
 * connecting again. */
MC_RC mc_lanes_run(const struct mc_lanes *lanes, struct mc_target **target,
	struct mc_retry *retry, size_t most, struct mc_error *err);

#endif
