/* SPDX-License-Identifier: MIT
 * cancel: how a Ctrl-C reaches every wait.  Safe to raise from a signal
 * handler or another thread. */
#ifndef MC_BASE_CANCEL_H
#define MC_BASE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

enum mc_cancel_level {
	MC_CANCEL_NONE = 0,
	MC_CANCEL_SOON = 1, /* finish the message in hand, commit, sum up */
	MC_CANCEL_NOW = 2,  /* stop every wait at once */
};

struct mc_cancel {
	atomic_int level;
	int pipe[2]; /* [0] turns readable, for ever, at MC_CANCEL_NOW */
};

/* Fails: EIO. */
MC_RC mc_cancel_init(struct mc_cancel *cancel, struct mc_error *err);
void mc_cancel_dispose(struct mc_cancel *cancel);

/* One level up; at the second every wait ends.  Async-signal-safe. */
void mc_cancel_raise(struct mc_cancel *cancel);

/* True from that level on; cancel may be NULL. */
bool mc_cancel_is(struct mc_cancel *cancel, enum mc_cancel_level level);

/* To poll() for POLLIN beside a socket; -1 if cancel is NULL. */
int mc_cancel_fd(const struct mc_cancel *cancel);

/* ECANCEL, scope RUN, "interrupted". */
enum mc_rc mc_fail_cancelled(struct mc_error *err);

#endif
