/* SPDX-License-Identifier: MIT
 * report: how a run went, for people: one sentence, a table, what to do next;
 * and the same for programs. */
#ifndef MC_CMD_REPORT_H
#define MC_CMD_REPORT_H

#include "cmd/json.h"
#include "cmd/settings.h"
#include "cmd/table.h"
#include "job/job.h"

struct mc_outcome {
	const char *verb;
	const char *archive;
	const char *host;   /* of the target, for the sentence; or NULL */
	const char *target; /* its address, to type again; or NULL */
	const char *dir;    /* export, salvage: what it makes; or NULL */
	const struct mc_endpoint *sources; /* for programs */
	size_t sources_n;
	const struct mc_settings *set; /* as typed; or NULL */
	int exit;
	bool dry_run; /* pull -n, export -n: told, not done */
	struct mc_selection select;
	const struct mc_report *report;
	const struct mc_error *err; /* rc >= 0: it ran to its end */
};

/* True of failed and interrupted runs as well.  Fails: ELIMIT. */
MC_RC mc_report_print(
	const struct mc_outcome *outcome, FILE *out, struct mc_error *err);

/* What to type next, behind a blank line; nothing where nothing is to do. */
void mc_report_next(const struct mc_outcome *outcome, FILE *out);

/* "; 12 were left out by --since 2019-01-01", with the verb for one and for
 * many; nothing if none was. */
void mc_report_left_out(FILE *out, const struct mc_outcome *outcome,
	const char *one, const char *many);

/* The `summary` object, behaviour of which mailcart(1) tells. */
void mc_report_json(const struct mc_outcome *outcome, FILE *out);

/* `skipped` and how many each rule left out. */
void mc_report_json_skipped(
	struct mc_json *json, const struct mc_pull_report *pull);

/* Whether there is anything to report: some phase had begun. */
bool mc_report_is_due(const struct mc_outcome *outcome);

#endif
