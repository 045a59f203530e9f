/* SPDX-License-Identifier: MIT
 * cmd_verify: the archive against itself and against the server. */
#include "cmd/cmd.h"

static const struct mc_opt own[] = {
	{ MC_OPT_FLAG, 0, "deep", offsetof(struct mc_settings, deep), NULL,
		"fetch every message from the server and compare its octets" },
};
static const struct mc_opt_group own_group = { "How closely", own, 1 };

static const struct mc_opt_group *const groups[] = { &own_group,
	&mc_opts_target_login, &mc_opts_pace, &mc_opts_tls, &mc_opts_target_tls,
	&mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_verify = {
	.verb = "verify",
	.operands = "[TARGET]",
	.operands_min = 0,
	.operands_max = 1,
	.about = "Reads every octet of the archive again and compares digests; "
		 "rebuilds each message as it arrived. With TARGET it looks "
		 "for every message on the server, too, and names what is "
		 "there twice. Changes nothing.",
	.forms = { MC_FORMS_OF_TARGET },
	.groups = groups,
};

int cmd_verify(struct mc_run *run)
{
	if (run->set->deep && run->set->operands.n == 0)
		return mc_run_status(run,
			mc_fail(&run->err, MC_EUSAGE, MC_RUN, 0,
				"--deep compares with a server: write mailcart "
				"verify --deep TARGET"));
	return mc_run_job(run, MC_OPERANDS_SOURCES_TARGET, mc_job_verify);
}
