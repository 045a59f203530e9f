/* SPDX-License-Identifier: MIT
 * event: the one way in which core speaks upward while it works.
 *
 * Events of one run come from several threads (those of job/), also at once:
 * who takes them locks.  Within one thread they come in the order in which
 * things happen.  Whoever works waits until the event is taken. */
#ifndef MC_BASE_EVENT_H
#define MC_BASE_EVENT_H

#include <stdint.h>

#include "base/attr.h"
#include "base/cancel.h"

enum mc_event_kind {
	MC_EVENT_PROGRESS, /* phase, done, total, octets */
	MC_EVENT_NOTE,     /* text: a sentence that people must read once */
	MC_EVENT_TRACE,    /* text: a protocol line, secrets masked */
	MC_EVENT_REFUSAL,  /* id, mailbox, code, text */
	MC_EVENT_FAILURE, /* mailbox: what failed, a key or a name; folder: where
			    * it is, if it is a message of one; text: why */
	MC_EVENT_WAIT,    /* text: for what; done: seconds left, 0: it is over;
			    * told each second, for a line that is redrawn */
	MC_EVENT_STEP,    /* phase names the point where a kill may strike */
};

struct mc_event {
	enum mc_event_kind kind;
	const char *phase;   /* "pull", "push", "verify"; or NULL */
	const char *text;    /* UTF-8, one line, control octets escaped */
	const char *mailbox; /* or NULL */
	const char *folder;  /* or NULL */
	const char *code;    /* response code, or NULL */
	int64_t id;          /* logical message, or 0 */
	int64_t done;        /* messages */
	int64_t total;       /* messages; -1 if not known yet */
	int64_t octets;      /* so far in this phase */
};

/* Strings are borrowed for the call.  Called in any thread of the run. */
typedef void mc_event_fn(void *arg, const struct mc_event *event);

/* Who watches a run: handed down to whatever works or waits. */
struct mc_monitor {
	mc_event_fn *event; /* may be NULL */
	void *arg;
	struct mc_cancel *cancel; /* may be NULL */
	bool trace;               /* MC_EVENT_TRACE is wanted */
};

/* mon may be NULL in each of these. */
void mc_emit(const struct mc_monitor *mon, const struct mc_event *event);
/* Control octets in the text are escaped; cut at 1023. */
void mc_note(const struct mc_monitor *mon, const char *fmt, ...)
	MC_PRINTF(2, 3);
/* name: of a point in the work, for tests that stop the program there. */
void mc_step(const struct mc_monitor *mon, const char *name);

#endif
