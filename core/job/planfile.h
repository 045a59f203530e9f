/* SPDX-License-Identifier: MIT
 * planfile: a plan that a person may have edited.
 *
 * JSON lines, as `plan -o` writes them: {"v":1,"type":"plan","source":S,
 * "folder":F,"mailbox":M} with M a mailbox as the server writes it, or null:
 * skip.  Other members are passed over; other types of line too.
 */
#ifndef MC_JOB_PLANFILE_H
#define MC_JOB_PLANFILE_H

#include "job/route.h"

/* Sets the mailbox of every folder that the file names; the others are
 * skipped.  Fails: ENOENT, EINPUT (with the line), scope RUN. */
MC_RC mc_planfile_apply(const char *path, struct mc_routes *routes,
	const struct mc_mailboxes *server, struct mc_error *err);

#endif
