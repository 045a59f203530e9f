/* SPDX-License-Identifier: MIT
 * retry: how long to wait before a lost session is taken up again. */
#ifndef MC_JOB_RETRY_H
#define MC_JOB_RETRY_H

#include "base/event.h"

struct mc_retry {
	bool met;     /* a session was opened in this run */
	int failures; /* in a row without progress */
};

/* A server that was never reached in this run is told at once: the name or
 * the port is wrong more often than it will be right a minute later.
 *
 * After a session broke with err: waits and returns MC_OK if it should be
 * tried again, else fails with err as it is.  progress: something was done
 * since the last failure, so that hope is fresh.  A refused login or a failed
 * check of TLS is never tried again: accounts get locked.  What a server asks
 * for is waited for, but not for hours: then err tells how long. */
MC_RC mc_retry_wait(struct mc_retry *retry, bool progress,
	const struct mc_monitor *mon, struct mc_error *err);

/* The ms before the next try after `failures` others; asked: what the server
 * asks for, 0: nothing; chance: any number, so that many who were turned away
 * at once do not come back at once.  Never less than asked. */
int64_t mc_retry_ms(
	int failures, bool later, int64_t asked, unsigned long chance);

/* The same, and each second is told as MC_EVENT_WAIT: "words in 12 s". */
bool mc_retry_rest(int64_t ms, const char *words, const struct mc_monitor *mon);
/* False: the user wants no more. */
bool mc_retry_pause(int64_t ms, struct mc_cancel *cancel);

#endif
