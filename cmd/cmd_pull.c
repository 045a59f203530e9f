/* SPDX-License-Identifier: MIT
 * cmd_pull: sources into the archive. */
#include "cmd/cmd.h"

static const struct mc_opt_group *const groups[] = { &mc_opts_source,
	&mc_opts_login, &mc_opts_folders, &mc_opts_select, &mc_opts_delete,
	&mc_opts_link, &mc_opts_pace, &mc_opts_tls, &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_pull = {
	.verb = "pull",
	.operands = "SOURCE...",
	.operands_min = 1,
	.operands_max = SIZE_MAX,
	.about = "Copies mail into the archive. The sources are only read, "
		 "unless --delete-source is said: then what was archived and "
		 "read again whole is deleted in the account, and the archive "
		 "is its only copy. What the archive knows already is not "
		 "fetched again. With -n it logs in and counts what it would "
		 "fetch and delete, no more.",
	.forms = { "A SOURCE " MC_FORMS_OF_SOURCE },
	.groups = groups,
};

int cmd_pull(struct mc_run *run)
{
	return mc_run_job(run, MC_OPERANDS_SOURCES, mc_job_pull);
}
