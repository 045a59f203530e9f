/* SPDX-License-Identifier: MIT
 * confine: gives up what a command does not need, before the first octet of
 * mail, of a server or of an archive is read.  What may be wrong in the code
 * that reads those can then do less. */
#ifndef MC_CMD_CONFINE_H
#define MC_CMD_CONFINE_H

#include "job/job.h"

/* No core file, which would hold passwords and mail, and no look into our memory
 * by others of this user.  For good. */
void mc_confine_cores(void);

/* For good, for this process and its children: no new privileges; no call of
 * the system that reaches into other processes, the machine's settings or the
 * kernel's code; no connection taken in.  Without an account among the
 * endpoints of req: no socket.  Without a local store, which may be one that a
 * child reads: no program is started.
 *
 * Where the kernel has no seccomp all stays as it was. */
void mc_confine(const struct mc_request *req);

#endif
