/* SPDX-License-Identifier: MIT
 * overlap: pushing goes on while pulling does.
 *
 *   begin ---> pass, pass, ... over what is committed so far
 *   the pull has ended: end ---> one last pass over all of it
 *
 * It may begin once all that is still to be pulled is by POP3.  A message is
 * sent with the flags of all its copies, and a copy from any other source might
 * bring some that the one sent before lacked. */
#ifndef MC_JOB_OVERLAP_H
#define MC_JOB_OVERLAP_H

#include "archive/archive.h"
#include "job/job.h"

struct mc_overlap;

/* The first of req->sources from which on pushing may go on meanwhile;
 * req->sources_n: none. */
size_t mc_overlap_from(const struct mc_request *req);

/* ar: the pull's, outside a batch.  All is borrowed until end; report is not to
 * be looked at until then.  Fails: ELIMIT (memory, threads), EIO, EDB. */
MC_RC mc_overlap_begin(struct mc_overlap **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_push_report *report,
	struct mc_error *err);
/* all: the pull brought what it could; else no pass is made any more.  Waits,
 * frees, and fails as the last pass did.  NULL is fine. */
MC_RC mc_overlap_end(
	struct mc_overlap *overlap, bool all, struct mc_error *err);

#endif
