/* SPDX-License-Identifier: MIT
 * signals: Ctrl-C, SIGTERM and SIGHUP become a cancel.  One thread waits for
 * them and they are blocked in all others, so no system call of the work is
 * ever cut short by one.  SIGXFSZ is for the thread that wrote too much. */
#ifndef MC_CMD_SIGNALS_H
#define MC_CMD_SIGNALS_H

#include <pthread.h>
#include <signal.h>

#include "base/cancel.h"
#include "cmd/progress.h"

struct mc_signals {
	struct mc_cancel *cancel;
	struct mc_progress *progress; /* says what happens next */
	bool at_once; /* nothing to finish: the first one stops every wait */
	pthread_t thread;
	sigset_t set;
	atomic_bool stop;
	bool started;
};

/* A file that the system lets grow no larger (ulimit -f) ends the process as a
 * kill would, which the archive stands at any instant, but with a line and the
 * status of a write that failed.  Left to write() alone, SQLite would pass over a
 * checkpoint that fails so, as it does over one that is only late, and a run
 * could end well with its mail in the WAL.  Whoever started us is not asked. */
void mc_signals_end_outgrown(void);

/* The same for a command that writes no archive: its write() fails. */
void mc_signals_ignore_outgrown(void);

/* cancel, progress and at_once are set by the caller.  Before any other thread.
 * The third signal ends the process at once.  Fails: EIO. */
MC_RC mc_signals_start(struct mc_signals *signals, struct mc_error *err);
void mc_signals_stop(struct mc_signals *signals);

#endif
