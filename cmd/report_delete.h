/* SPDX-License-Identifier: MIT
 * report_delete: the part of a report that is about --delete-source. */
#ifndef MC_CMD_REPORT_DELETE_H
#define MC_CMD_REPORT_DELETE_H

#include "cmd/report.h"

/* A sentence behind the first one. */
void mc_report_delete_say(FILE *out, const struct mc_outcome *outcome);
void mc_report_delete_rows(
	struct mc_table *table, const struct mc_outcome *outcome);
/* The member `delete`. */
void mc_report_delete_json(
	struct mc_json *json, const struct mc_remove_report *report);

#endif
