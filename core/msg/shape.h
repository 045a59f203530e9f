/* SPDX-License-Identifier: MIT
 * shape: what must be added to canonical octets so that any server takes
 * them: an end to the header, and a CRLF at the very end. */
#ifndef MC_MSG_SHAPE_H
#define MC_MSG_SHAPE_H

#include <stdint.h>

#include "base/span.h"

/* Octets to send behind the canonical ones; static.  shape: enum mc_shape of
 * msg/scan.h. */
struct mc_span mc_shape_tail(uint32_t shape, int64_t octets);

#endif
