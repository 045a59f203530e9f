/* SPDX-License-Identifier: MIT
 * select: which messages the rules about single ones leave out. */
#ifndef MC_JOB_SELECT_H
#define MC_JOB_SELECT_H

#include "job/job.h"
#include "source/source.h"

/* Does a rule skip what is known of a message so far?  octets -1 and
 * MC_NO_TIME: not known. */
bool mc_select_skips(const struct mc_selection *select, int64_t octets,
	int64_t time, enum mc_skip_rule *rule);

/* The date of an item before it is read: what the place says of it is believed
 * before its header, other dates behind it; those are MC_NO_TIME. */
int64_t mc_item_time(const struct mc_item *item);

#endif
