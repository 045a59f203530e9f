/* SPDX-License-Identifier: MIT
 * eml: which names are those of messages. */
#ifndef MC_SOURCE_EML_H
#define MC_SOURCE_EML_H

#include <stdbool.h>

/* "x.eml", "x.EML", "x.eml.gz" ... */
bool mc_eml_is(const char *name);

#endif
