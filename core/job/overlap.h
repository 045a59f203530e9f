/* SPDX-License-Identifier: MIT
 * overlap: pushing goes on while pulling does.
 *
 *   begin ---> pass, pass, ... over what is committed so far
 *   the pull has ended: end ---> one last pass over all of it
 *
 * It goes on beside the last source, and beside those by POP3 before it.  What
 * that source brings is sent at once, with the flags and the best date of the
 * copies that have come until then.  Flags of copies that come later are added
 * in the last pass; a date cannot be changed any more.  So what other sources
 * brought waits for the last pass, unless its date is as good as any that may
 * come: of POP3 that is the newest Received line. */
#ifndef MC_JOB_OVERLAP_H
#define MC_JOB_OVERLAP_H

#include "archive/archive.h"
#include "job/job.h"
#include "target/target.h"

struct mc_overlap;

/* The first of req->sources from which on pushing may go on meanwhile. */
size_t mc_overlap_from(const struct mc_request *req);

/* ar: the pull's, outside a batch.  target: open, taken over, or NULL.  All else
 * is borrowed until end; of report push and verify are not to be looked at until
 * then.
 * Fails: ELIMIT (memory, threads), EIO, EDB. */
MC_RC mc_overlap_begin(struct mc_overlap **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_target *target,
	struct mc_report *report, struct mc_error *err);
/* all: the pull brought what it could; else no pass is made any more.  Waits,
 * and fails as the last pass did. */
MC_RC mc_overlap_end(
	struct mc_overlap *overlap, bool all, struct mc_error *err);
/* Behind the end: the connection, yours, or NULL.  Close it before free. */
struct mc_target *mc_overlap_yield(struct mc_overlap *overlap);
void mc_overlap_free(struct mc_overlap *overlap); /* NULL is fine */

#endif
