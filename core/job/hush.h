/* SPDX-License-Identifier: MIT
 * hush: a monitor for what goes on beside something else.  One line can tell one
 * progress: not that of this.  Private to core/job. */
#ifndef MC_JOB_HUSH_H
#define MC_JOB_HUSH_H

#include "base/event.h"

struct mc_hush {
	struct mc_monitor above;
};

/* *mon becomes one that tells what it was told, but for progress.  hush stays as
 * long as it is used. */
void mc_hush_begin(struct mc_hush *hush, struct mc_monitor *mon);

#endif
