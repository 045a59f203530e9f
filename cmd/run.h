/* SPDX-License-Identifier: MIT
 * run: what all commands have around their one call of job: endpoints,
 * passwords, progress, signals; the report and the exit status behind it. */
#ifndef MC_CMD_RUN_H
#define MC_CMD_RUN_H

#include "cmd/out.h"
#include "cmd/request.h"
#include "cmd/signals.h"

/* Its life: main fills the first three; mc_run_open; a command calls
 * mc_run_wish, then job, then one of the ends; main calls mc_run_close. */
struct mc_run {
	const char *verb;
	struct mc_settings *set;
	struct mc_out *out;

	struct mc_monitor monitor;
	struct mc_cancel cancel;
	struct mc_progress progress;
	struct mc_shell shell;
	struct mc_secrets secrets;
	struct mc_signals signals;
	struct mc_wish wish;
	struct mc_report report;
	struct mc_error err;
};

/* Fails: EIO (into run->err). */
MC_RC mc_run_open(struct mc_run *run);
void mc_run_close(struct mc_run *run);

/* What a Ctrl-C does. */
enum mc_run_signals {
	MC_RUN_DIES,    /* the process ends: nothing is changed by it */
	MC_RUN_STOPS,   /* every wait ends */
	MC_RUN_FINISHES /* the message in hand is finished first */
};

/* Operands and options become run->wish.req.  Fails: as mc_wish_make. */
MC_RC mc_run_wish(
	struct mc_run *run, enum mc_operands what, enum mc_run_signals signals);

/* Prints an error if rc is one; returns the exit status. */
int mc_run_status(struct mc_run *run, enum mc_rc rc);

/* The same for a run with a report. */
int mc_run_report(struct mc_run *run, enum mc_rc rc);

/* pull, push, verify, migrate are alike but for these. */
typedef enum mc_rc mc_job_fn(const struct mc_request *req,
	struct mc_report *report, struct mc_error *err);
int mc_run_job(struct mc_run *run, enum mc_operands what, mc_job_fn *job);

/* What push would do, by mc_job_plan; the tail of a plan and of each -n. */
int mc_run_plan(struct mc_run *run);

#endif
