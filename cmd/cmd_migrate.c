/* SPDX-License-Identifier: MIT
 * cmd_migrate: the whole move. */
#include "cmd/cmd.h"

static const struct mc_opt_group *const groups[] = { &mc_opts_source,
	&mc_opts_login, &mc_opts_target_login, &mc_opts_folders,
	&mc_opts_select, &mc_opts_delete, &mc_opts_target, &mc_opts_speed,
	&mc_opts_pace, &mc_opts_tls, &mc_opts_target_tls, &mc_opts_common,
	NULL };

const struct mc_opt_spec mc_spec_migrate = {
	.verb = "migrate",
	.operands = "SOURCE... TARGET",
	.operands_min = 2,
	.operands_max = SIZE_MAX,
	.about =
		"Copies the mail of all sources into the archive, recreates "
		"it on the target, verifies both and reports. The sources "
		"are only read, unless --delete-source is said. Running the same command again goes on "
		"where the last run stopped; with nothing left to do it "
		"changes nothing.",
	.forms = { "A SOURCE " MC_FORMS_OF_SOURCE, MC_FORMS_OF_TARGET },
	.groups = groups,
};

int cmd_migrate(struct mc_run *run)
{
	if (run->set->dry_run)
		return mc_run_plan(run);
	return mc_run_job(run, MC_OPERANDS_SOURCES_TARGET, mc_job_migrate);
}
