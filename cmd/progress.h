/* SPDX-License-Identifier: MIT
 * progress: what a run says while it works.  Owns standard error and the one
 * line that is redrawn there; events come from any thread. */
#ifndef MC_CMD_PROGRESS_H
#define MC_CMD_PROGRESS_H

#include <pthread.h>

#include "base/event.h"
#include "cmd/meter.h"
#include "cmd/out.h"

enum mc_progress_mode {
	MC_PROGRESS_NONE,
	MC_PROGRESS_LINES,    /* a plain line every few seconds */
	MC_PROGRESS_TERMINAL, /* one line, redrawn */
	MC_PROGRESS_JSON,     /* objects on out */
};

struct mc_progress {
	enum mc_progress_mode mode;
	FILE *err;
	struct mc_out *out; /* for JSON */
	bool json;
	bool quiet;
	int verbose;

	pthread_mutex_t lock; /* all below, err and out */
	struct mc_meter meter;
	int64_t shown_ms; /* when progress was last shown */
	bool pending;     /* meter has what was not shown */
	bool drawn;       /* the line stands on the terminal */
	bool paused;
	char **notes; /* those said already */
	size_t notes_n;
};

/* The caller sets mode, err, out, json, quiet and verbose before. */
void mc_progress_open(struct mc_progress *p);
/* Erases the line; shows what is pending to programs. */
void mc_progress_finish(struct mc_progress *p);
void mc_progress_close(struct mc_progress *p);

/* An mc_event_fn; arg is the progress. */
void mc_progress_event(void *arg, const struct mc_event *event);

/* "mailcart: <text>" on standard error, in every mode. */
void mc_progress_say(struct mc_progress *p, const char *fmt, ...)
	MC_PRINTF(2, 3);

/* What is under way before there is any progress; on a terminal alone. */
void mc_progress_begin(struct mc_progress *p, const char *text);

/* While somebody else (a prompt) has the terminal.  p may be NULL. */
void mc_progress_pause(struct mc_progress *p);
void mc_progress_resume(struct mc_progress *p);
bool mc_progress_is_paused(struct mc_progress *p);

/* Columns of the terminal behind file; 80 if it does not say. */
size_t mc_progress_columns(FILE *file);

#endif
