/* SPDX-License-Identifier: MIT
 * batch: begin, commit and rollback of archive.h, and what this room needs of
 * them.  Private to archive/. */
#ifndef MC_ARCHIVE_BATCH_H
#define MC_ARCHIVE_BATCH_H

#include "archive/db.h"

/* Around several statements that belong together: a batch of their own unless
 * one is open.  mc_batch_leave() commits it if rc is none of failure, or undoes
 * it, and returns what became of it. */
MC_RC mc_batch_enter(struct mc_archive *ar, bool *own, struct mc_error *err);
MC_RC mc_batch_leave(
	struct mc_archive *ar, bool own, enum mc_rc rc, struct mc_error *err);

#endif
