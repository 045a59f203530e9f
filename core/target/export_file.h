/* SPDX-License-Identifier: MIT
 * export_file: a file that comes to its name whole, or not at all. */
#ifndef MC_TARGET_EXPORT_FILE_H
#define MC_TARGET_EXPORT_FILE_H

#include <stdint.h>

#include "base/error.h"
#include "msg/scan.h"

struct mc_export_file {
	struct mc_sink sink; /* puts */
	int fd;              /* -1: none is open */
	int dir;             /* of the temporary name; borrowed */
	char temporary[64];
	char *block; /* not written yet */
	size_t n;
	int64_t octets; /* put so far */
	char last;      /* of them; 0 if there is none */
};

MC_RC mc_export_file_init(struct mc_export_file *file, struct mc_error *err);
void mc_export_file_dispose(struct mc_export_file *file); /* undoes */

/* A new file of that name in dir.  Fails: ECREATE, scope RUN. */
MC_RC mc_export_file_open(struct mc_export_file *file, int dir,
	const char *temporary, struct mc_error *err);
/* Fails: EIO, scope RUN, as those below. */
MC_RC mc_export_file_put(struct mc_export_file *file, struct mc_span octets,
	struct mc_error *err);
/* Forgets what was put behind the first so many octets. */
MC_RC mc_export_file_cut(
	struct mc_export_file *file, int64_t octets, struct mc_error *err);
/* To disk, then to its name in `dir`, which must be free.  time: of its last
 * change, s UTC; MC_NO_TIME: now.  Fails: also ECREATE. */
MC_RC mc_export_file_commit(struct mc_export_file *file, int dir,
	const char *name, int64_t time, struct mc_error *err);
/* The two halves, for many files at a time: its octets to the system, not yet
 * to disk; and a file that is on disk to its name. */
MC_RC mc_export_file_close(
	struct mc_export_file *file, int64_t time, struct mc_error *err);
MC_RC mc_export_file_place(int from, const char *temporary, int to,
	const char *name, struct mc_error *err);
/* Nothing of it stays. */
void mc_export_file_undo(struct mc_export_file *file);

/* Opens directory `path` below dir, made if it is not there with all above it.
 * Fails: ECREATE, scope RUN. */
MC_RC mc_export_dir(int *fd, int dir, const char *path, struct mc_error *err);

#endif
