/* SPDX-License-Identifier: MIT
 * foreign: files that hold mail, or seem to, in a form that nobody here reads,
 * and what whoever names them may do instead.  Private to core/source. */
#ifndef MC_SOURCE_FOREIGN_H
#define MC_SOURCE_FOREIGN_H

#include <stdbool.h>

/* What the file is, by its first octets, as in "'x' is ..."; NULL: that is not
 * known. */
const char *mc_foreign(const char *path);

/* Is it named like one, or like a file that is only read by its own name? */
bool mc_foreign_name(const char *path);

#endif
