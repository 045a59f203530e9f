/* SPDX-License-Identifier: MIT
 * out: standard output that notices when it cannot be written. */
#ifndef MC_CMD_OUT_H
#define MC_CMD_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

struct mc_out {
	FILE *file;
	int error; /* errno of the first failure, or 0 */
	bool told; /* that failure has been printed */
};

/* After writing to out->file.  Fails: EIO, scope RUN. */
MC_RC mc_out_check(struct mc_out *out, struct mc_error *err);
MC_RC mc_out_flush(struct mc_out *out, struct mc_error *err);

/* Whether nobody reads any more: said quietly, by exit status alone. */
bool mc_out_is_closed(const struct mc_out *out);

#endif
