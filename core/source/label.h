/* SPDX-License-Identifier: MIT
 * label: names of files and directories as text for people and the archive. */
#ifndef MC_SOURCE_LABEL_H
#define MC_SOURCE_LABEL_H

#include "base/error.h"
#include "base/span.h"

/* name if it is UTF-8, else with '%' and what is no UTF-8 as %XX, so that two
 * names never give the same.  Yours to free().  Fails: ELIMIT. */
MC_RC mc_label(char **out, struct mc_span name, struct mc_error *err);

/* Does label, or a part of it, stand for a name in path that is no UTF-8? */
bool mc_label_is_odd(const char *label, const char *path);

/* label, or if it is in the set already label with " (2)", " (3)", ...; puts
 * it there.  out is borrowed from the set.  Fails: ELIMIT. */
MC_RC mc_label_unique(
	const char **out, void **set, const char *label, struct mc_error *err);
void mc_label_set_free(void *set); /* NULL is fine */

/* Without ".gz", ".bz2", ".xz", ".zst", ".zstd". */
struct mc_span mc_label_unpacked(struct mc_span name);

#endif
