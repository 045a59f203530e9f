/* SPDX-License-Identifier: MIT
 * outfile: a file that is there whole, or as it was before. */
#ifndef MC_CMD_OUTFILE_H
#define MC_CMD_OUTFILE_H

#include <stdio.h>

#include "base/error.h"

struct mc_outfile {
	const char *path; /* set by the caller */
	FILE *file;       /* to write to; a temporary file beside path */
	char *temporary;
};

/* Fails: ECREATE, scope RUN. */
MC_RC mc_outfile_open(struct mc_outfile *out, struct mc_error *err);
/* To disk, then into its place.  Fails: EIO, ECREATE. */
MC_RC mc_outfile_commit(struct mc_outfile *out, struct mc_error *err);
/* Undoes what was not committed; may be called at any time. */
void mc_outfile_close(struct mc_outfile *out);

#endif
