/* SPDX-License-Identifier: MIT
 * ahead: the folders that a source will bring, known before it is read.
 *
 * Where a folder goes depends on the others: two may want one name, or be the
 * one for what was sent.  So nothing is pushed before all are known; and of what
 * earlier sources brought only what a copy to come cannot give a better date. */
#ifndef MC_JOB_AHEAD_H
#define MC_JOB_AHEAD_H

#include <stdatomic.h>

#include "job/route.h"

struct mc_ahead {
	struct mc_routes routes; /* row.folder is 0 */
	/* Folders may come that nobody knows yet: labels are such. */
	bool open;
	/* What may go now: messages with a date of that rank or a better one,
	 * and those that were seen later than that sighting, in what is read
	 * now; of placements those behind this one, for the others were looked
	 * at before. */
	int64_t rank;
	int64_t sighting;
	int64_t placement;
	/* Inside a batch: places what has come meanwhile for folders that are
	 * planned already, so that a mailbox need not be left for it.  MC_DONE:
	 * nothing. */
	enum mc_rc (*more)(void *arg, struct mc_error *err);
	void *arg;
	/* All is read: what has not begun is for the last pass, which may use
	 * more connections. */
	const atomic_bool *over;
};

/* Looks at the source without reading mail.  Fails: as the source does. */
MC_RC mc_ahead_look(struct mc_ahead *ahead, const struct mc_request *req,
	const struct mc_endpoint *at, struct mc_error *err);
/* Adds those to routes that are not there yet. */
MC_RC mc_ahead_add(const struct mc_ahead *ahead, struct mc_routes *routes,
	struct mc_error *err);
void mc_ahead_dispose(struct mc_ahead *ahead);

#endif
