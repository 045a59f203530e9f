/* SPDX-License-Identifier: MIT
 * idle: rules that no folder fitted.  A name mistyped would leave mail out, or
 * bring what was not wanted, without a word.  Private to core/job. */
#ifndef MC_JOB_IDLE_H
#define MC_JOB_IDLE_H

#include "job/job.h"

/* *own becomes *req with rules that note what fits them, whoever asks.
 * Fails: ELIMIT (memory). */
MC_RC mc_idle_begin(struct mc_request *own, const struct mc_request *req,
	struct mc_error *err);
/* There are folders that nobody asked about. */
void mc_idle_doubt(const struct mc_rules *rules);
/* tell: all folders were met; those rules are told, and includes counted. */
void mc_idle_end(struct mc_request *own, bool tell, struct mc_report *report);

#endif
