/* SPDX-License-Identifier: MIT
 * push: an open archive to a target. */
#ifndef MC_JOB_PUSH_H
#define MC_JOB_PUSH_H

#include "archive/archive.h"
#include "job/job.h"

/* Plans, places and delivers, reconnecting where that helps.  met: the server
 * was reached in this run already, so that one which refuses a connection now
 * is worth waiting for. */
MC_RC mc_push(struct mc_archive *ar, const struct mc_request *req, bool met,
	struct mc_push_report *report, struct mc_error *err);

/* The archive's row of req->target; 0 if nothing was ever pushed to it. */
MC_RC mc_push_target(struct mc_archive *ar, const struct mc_request *req,
	int64_t *target, struct mc_error *err);

#endif
