/* SPDX-License-Identifier: MIT
 * source_name: by which name the archive knows a source. */
#ifndef MC_JOB_SOURCE_NAME_H
#define MC_JOB_SOURCE_NAME_H

#include "source/source.h"

/* Of a server as it is typed, without password.  Of a local store its kind and
 * its real path, so that it is the same source however it is written, and two
 * stores of one name in two directories are two.  Yours to free().
 * Fails: ELIMIT (memory), ENOENT, scope RUN. */
MC_RC mc_source_name(char **out, const struct mc_endpoint *at,
	const struct mc_source_ops *ops, struct mc_error *err);

#endif
