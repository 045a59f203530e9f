/* SPDX-License-Identifier: MIT
 * child: another program run for us, within bounds: no shell, an environment of
 * nothing but a PATH, no file of ours, limits on what it may use, and an end in
 * any case.  Private to core/source. */
#ifndef MC_SOURCE_CHILD_H
#define MC_SOURCE_CHILD_H

#include <stdint.h>

#include "base/event.h"

struct mc_child {
	char *const *argv; /* ended by NULL; [0] is looked for in PATH */
	int64_t seconds;   /* at most */
	int64_t memory;    /* octets of address space */
	int64_t file;      /* octets of any file that it writes */
	const struct mc_monitor *monitor;
};

/* Runs it to its end.  What it says is thrown away but for its last line, which
 * is told if it fails.
 * Fails, scope RUN: ENOENT (it is not installed), EIO, EINPUT (it ended with
 * another status than 0), ELIMIT (it took longer, or ran into a limit),
 * ECANCEL. */
MC_RC mc_child_run(const struct mc_child *child, struct mc_error *err);

#endif
