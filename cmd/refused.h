/* SPDX-License-Identifier: MIT
 * refused: messages that did not arrive, and the server's words. */
#ifndef MC_CMD_REFUSED_H
#define MC_CMD_REFUSED_H

#include "cmd/run.h"

/* Prints a list of what was refused, of `most` messages at most (0: all), and
 * why others wait; with --json every refusal as an object.  Nothing if there is
 * nothing.  totals may be NULL. */
MC_RC mc_refused_print(
	struct mc_run *run, int64_t most, struct mc_status *totals);

/* So many are shown where they are not asked for. */
enum { MC_REFUSED_SHOWN = 10 };

#endif
