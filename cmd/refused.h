/* SPDX-License-Identifier: MIT
 * refused: messages that did not arrive, or not as they were, and the server's
 * words. */
#ifndef MC_CMD_REFUSED_H
#define MC_CMD_REFUSED_H

#include "cmd/run.h"

/* Prints a list of what was refused and one of what was changed to be accepted,
 * of `most` messages each at most (0: all), and why others wait; with --json
 * every refusal and change as an object.  Nothing if there is
 * nothing.  totals may be NULL. */
MC_RC mc_refused_print(
	struct mc_run *run, int64_t most, struct mc_status *totals);

/* So many are shown where they are not asked for. */
enum { MC_REFUSED_SHOWN = 10 };

#endif
