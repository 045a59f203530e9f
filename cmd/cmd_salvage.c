/* SPDX-License-Identifier: MIT
 * cmd_salvage: a new archive out of a damaged one. */
#include "cmd/cmd.h"

static const struct mc_opt_group *const groups[] = { &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_salvage = {
	.verb = "salvage",
	.operands = "FILE",
	.operands_min = 1,
	.operands_max = 1,
	.about = "Makes FILE, a new archive, of what can be read of a damaged "
		 "one, in which it changes nothing. What is lost is told, and "
		 "is to the new archive as if it had never been read: a pull "
		 "from where it came brings it again.",
	.groups = groups,
};

int cmd_salvage(struct mc_run *run)
{
	enum mc_rc rc = mc_run_wish(run, MC_OPERANDS_NONE, MC_RUN_FINISHES);

	run->wish.req.salvage_to = run->set->operands.item[0];
	if (rc == MC_OK && run->set->dry_run)
		rc = mc_fail(&run->err, MC_EUSAGE, MC_RUN, 0,
			"salvage only makes a new file; leave out -n");
	if (rc == MC_OK)
		rc = mc_job_salvage(&run->wish.req, &run->report, &run->err);
	return mc_run_report(run, rc);
}
