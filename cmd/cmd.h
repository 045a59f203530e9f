/* SPDX-License-Identifier: MIT
 * cmd: the commands, each in a file of its own with its table of options. */
#ifndef MC_CMD_CMD_H
#define MC_CMD_CMD_H

#include "cmd/run.h"

/* Does the work of a verb; options are read.  Returns the exit status. */
typedef int mc_cmd_fn(struct mc_run *run);

struct mc_command {
	const char *name;
	mc_cmd_fn *fn;
	const struct mc_opt_spec *spec;
	const char *summary;
};

mc_cmd_fn cmd_migrate;
mc_cmd_fn cmd_pull;
mc_cmd_fn cmd_push;
mc_cmd_fn cmd_verify;
mc_cmd_fn cmd_plan;
mc_cmd_fn cmd_status;
mc_cmd_fn cmd_list;
mc_cmd_fn cmd_show;
mc_cmd_fn cmd_export;
mc_cmd_fn cmd_probe;
mc_cmd_fn cmd_salvage;

extern const struct mc_opt_spec mc_spec_migrate;
extern const struct mc_opt_spec mc_spec_pull;
extern const struct mc_opt_spec mc_spec_push;
extern const struct mc_opt_spec mc_spec_verify;
extern const struct mc_opt_spec mc_spec_plan;
extern const struct mc_opt_spec mc_spec_status;
extern const struct mc_opt_spec mc_spec_list;
extern const struct mc_opt_spec mc_spec_show;
extern const struct mc_opt_spec mc_spec_export;
extern const struct mc_opt_spec mc_spec_probe;
extern const struct mc_opt_spec mc_spec_salvage;

#endif
