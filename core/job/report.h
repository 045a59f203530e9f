/* SPDX-License-Identifier: MIT
 * report: what of the archive belongs into every report. */
#ifndef MC_JOB_REPORT_H
#define MC_JOB_REPORT_H

#include "archive/archive.h"
#include "job/job.h"

/* Reused and missing Message-IDs, variants that no target was sent. */
MC_RC mc_report_archive(
	struct mc_archive *ar, struct mc_report *report, struct mc_error *err);

#endif
