/* SPDX-License-Identifier: MIT
 * export_shelf: small files that are written and wait, so that the disk is
 * waited for once for many of them; then each comes to its name. */
#ifndef MC_TARGET_EXPORT_SHELF_H
#define MC_TARGET_EXPORT_SHELF_H

#include "target/export_file.h"

/* What a cut may undo, and what a wait for the disk is spread over. */
enum { MC_EXPORT_SHELF = 1024, MC_EXPORT_SHELF_OCTETS = 32 * 1024 * 1024 };

struct mc_export_shelf {
	int from; /* directory of the temporary names; borrowed */
	int to;   /* and of the others */
	struct {
		char *temporary;
		char *name;
	} files[MC_EXPORT_SHELF];
	size_t n;
	int64_t octets;
};

/* Takes the open file, which is then closed; places all if it is full.  time:
 * as in mc_export_file_commit().  Fails: EIO, ECREATE, scope RUN. */
MC_RC mc_export_shelf_put(struct mc_export_shelf *shelf,
	struct mc_export_file *file, const char *name, int64_t time,
	struct mc_error *err);
/* To disk, then all to their names.  Fails: EIO, ECREATE, scope RUN. */
MC_RC mc_export_shelf_place(
	struct mc_export_shelf *shelf, struct mc_error *err);
/* Nothing of what still waits stays. */
void mc_export_shelf_undo(struct mc_export_shelf *shelf);

#endif
