/* SPDX-License-Identifier: MIT
 * program: the drivers of mail programs, and which one a path belongs to.
 * Private to core/source. */
#ifndef MC_SOURCE_PROGRAM_H
#define MC_SOURCE_PROGRAM_H

#include "source/site.h"

extern const struct mc_source_ops mc_source_thunderbird;

/* The driver of the program whose own files lie at path, a file or a
 * directory.  MC_DONE: none of them does.  Fails: ELIMIT (memory). */
MC_RC mc_program_of(const struct mc_source_ops **out, const char *path,
	struct mc_error *err);

#endif
