/* SPDX-License-Identifier: MIT
 * target_name: what the archive calls the server of a request. */
#ifndef MC_JOB_TARGET_NAME_H
#define MC_JOB_TARGET_NAME_H

#include "archive/archive.h"
#include "job/job.h"

/* One server, one ledger: the mailbox of the URL is a rule. */
void mc_target_name(const struct mc_request *req, char *name, size_t size);

/* The archive's row of req->target; 0 if nothing was ever pushed to it. */
MC_RC mc_target_known(struct mc_archive *ar, const struct mc_request *req,
	int64_t *target, struct mc_error *err);

#endif
