/* SPDX-License-Identifier: MIT
 * pull: one source into an open archive. */
#ifndef MC_JOB_PULL_H
#define MC_JOB_PULL_H

#include "archive/archive.h"
#include "job/job.h"

/* Reads at into ar, reconnecting where that helps; adds to report.
 * What came is committed in any case. */
MC_RC mc_pull_source(struct mc_archive *ar, const struct mc_request *req,
	const struct mc_endpoint *at, struct mc_pull_report *report,
	struct mc_error *err);

/* Is every source one that can be read?  A mistyped path is told before
 * anything is done.  Fails: as mc_source_find(). */
MC_RC mc_pull_check(const struct mc_request *req, struct mc_error *err);

/* All sources of req; one that fails does not keep the others back: the first
 * error is returned at the end. */
MC_RC mc_pull_sources(struct mc_archive *ar, const struct mc_request *req,
	struct mc_pull_report *report, struct mc_error *err);

#endif
