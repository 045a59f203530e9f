/* SPDX-License-Identifier: MIT
 * value: dates and sizes as people type them. */
#ifndef MC_CMD_VALUE_H
#define MC_CMD_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* "2019-01-31", midnight UTC that begins that day, or RFC 3339:
 * "2019-01-31T18:30:00Z", "2019-01-31 18:30:00.5+01:00".  A fraction of a
 * second is dropped.  False: no such date, or not after 1970-01-01. */
bool mc_value_date(struct mc_span text, int64_t *out);

/* Octets: "25000000", or "25M": times 1024 once, twice or three times for K,
 * M and G, in any case.  False: no size, 0, or more than can be counted. */
bool mc_value_size(struct mc_span text, int64_t *out);

#endif
