/* SPDX-License-Identifier: MIT
 * when: a day as people write it. */
#ifndef MC_CMD_WHEN_H
#define MC_CMD_WHEN_H

#include <stdint.h>

#include "base/error.h"

/* "2019-12-31" is its first second in UTC, s since 1970; never 0, which means
 * any time.  option: for the error.  NULL text: 0.  Fails: EUSAGE. */
MC_RC mc_when_parse(int64_t *out, const char *option, const char *text,
	struct mc_error *err);

#endif
