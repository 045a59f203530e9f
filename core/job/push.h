/* SPDX-License-Identifier: MIT
 * push: an open archive to a target, in one pass or in several. */
#ifndef MC_JOB_PUSH_H
#define MC_JOB_PUSH_H

#include "archive/archive.h"
#include "job/job.h"

struct mc_push;

/* met: the server was reached in this run already, so that one which refuses a
 * connection now is worth waiting for.  All is borrowed until free. */
MC_RC mc_push_new(struct mc_push **out, struct mc_archive *ar,
	const struct mc_request *req, bool met, struct mc_push_report *report,
	struct mc_error *err);
/* Plans, places and delivers all that the archive holds now, reconnecting where
 * that helps; adds to the report.  The connection stays for the next pass. */
MC_RC mc_push_pass(struct mc_push *push, struct mc_error *err);
/* Leaves the server until the next pass. */
void mc_push_rest(struct mc_push *push);
void mc_push_free(struct mc_push *push); /* NULL is fine */

/* All of it in one pass. */
MC_RC mc_push(struct mc_archive *ar, const struct mc_request *req, bool met,
	struct mc_push_report *report, struct mc_error *err);

#endif
