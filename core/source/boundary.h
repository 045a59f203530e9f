/* SPDX-License-Identifier: MIT
 * boundary: of what readpst writes, the numbers in the boundaries that it makes
 * up, "--boundary-LibPST-iamunique-1836801000_-_-", which are others each time:
 * they become 1, 2, ... in each message, so that the same mail has the same
 * octets whenever it is read.  Private to core/source. */
#ifndef MC_SOURCE_BOUNDARY_H
#define MC_SOURCE_BOUNDARY_H

#include "source/filter.h"

/* Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_boundary_filter(
	struct mc_filter **out, struct mc_sink *sink, struct mc_error *err);

#endif
