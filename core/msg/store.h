/* SPDX-License-Identifier: MIT
 * store: which header lines are a local store's own, and no part of the mail.
 */
#ifndef MC_MSG_STORE_H
#define MC_MSG_STORE_H

#include "msg/scan.h"

/* So many octets of a line tell what line it is. */
enum { MC_STORE_LOOK = 64 };

/* Is the line that starts so, up to its colon at least, one of those which
 * mc_scan_begin() removes for that store?  Lines that continue another are
 * what that is. */
bool mc_store_owns(enum mc_store store, struct mc_span start);

#endif
