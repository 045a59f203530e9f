/* SPDX-License-Identifier: MIT
 * rate: "64k", "2G/day", "10/min": how much in how long. */
#ifndef MC_CMD_RATE_H
#define MC_CMD_RATE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/pace.h"

/* text: NULL is no limit.  k, M and G stand for 1024, 1024 k, 1024 M where
 * sizes are; /s, /min, /h or /day follow, a second if none does.
 * Fails: EUSAGE. */
MC_RC mc_rate_parse(struct mc_pace_rate *out, const char *option,
	const char *text, bool sizes, struct mc_error *err);

#endif
