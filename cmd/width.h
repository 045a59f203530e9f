/* SPDX-License-Identifier: MIT
 * width: columns that UTF-8 takes on a terminal, and amounts for people. */
#ifndef MC_CMD_WIDTH_H
#define MC_CMD_WIDTH_H

#include <stdint.h>
#include <stdio.h>

#include "base/span.h"
#include "base/text.h"

/* Columns of s; what is no UTF-8 or has no width counts as one.  The caller
 * has set LC_CTYPE to a UTF-8 locale. */
size_t mc_width(struct mc_span s);

/* The beginning of s that takes at most so many columns. */
struct mc_span mc_width_cut(struct mc_span s, size_t columns);

/* s cut to, or filled with blanks up to, so many columns. */
void mc_width_print(FILE *out, struct mc_span s, size_t columns);

/* "0:42", "1:02:03" */
const char *mc_duration(char out[MC_AMOUNT_TEXT], int64_t seconds);

#endif
