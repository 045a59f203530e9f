/* SPDX-License-Identifier: MIT
 * cmd_push: the archive onto an IMAP server. */
#include "cmd/cmd.h"

static const struct mc_opt own[] = {
	{ MC_OPT_TEXT, 0, "plan", offsetof(struct mc_settings, plan), "FILE",
		"do what this file says, which 'mailcart plan -o' wrote" },
};
static const struct mc_opt_group own_group = { "Doing a plan", own, 1 };

static const struct mc_opt refused[] = {
	{ MC_OPT_FLAG, 0, "retry-refused",
		offsetof(struct mc_settings, retry_refused), NULL,
		"try again what the server refused in earlier runs" },
	{ MC_OPT_LIST, 0, "retry-refused-in",
		offsetof(struct mc_settings, retry_in), "MAILBOX",
		"the same, of this mailbox alone; may be repeated" },
	{ MC_OPT_FLAG, 0, "wrap-refused",
		offsetof(struct mc_settings, wrap_refused), NULL,
		"put what stays refused into a mailbox 'Refused', each as an "
		"attachment to a message that says so" },
};
static const struct mc_opt_group refused_group = { "What was refused", refused,
	3 };

static const struct mc_opt missing[] = {
	{ MC_OPT_FLAG, 0, "again-missing",
		offsetof(struct mc_settings, again_missing), NULL,
		"send again what is not on the server any more, whoever "
		"removed it there" },
};
static const struct mc_opt_group missing_group = { "What is missing", missing,
	1 };

static const struct mc_opt_group *const groups[] = { &own_group, &refused_group,
	&missing_group, &mc_opts_target_login, &mc_opts_folders,
	&mc_opts_target, &mc_opts_speed, &mc_opts_pace, &mc_opts_tls,
	&mc_opts_target_tls, &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_push = {
	.verb = "push",
	.operands = "TARGET",
	.operands_min = 1,
	.operands_max = 1,
	.about = "Recreates folders and messages of the archive on an IMAP "
		 "server. Each mailbox gets each message once; what is there "
		 "already is recognised. With -n it tells what it would do, "
		 "as plan does.",
	.forms = { MC_FORMS_OF_TARGET },
	.groups = groups,
};

int cmd_push(struct mc_run *run)
{
	if (run->set->dry_run)
		return mc_run_plan(run);
	return mc_run_job(run, MC_OPERANDS_SOURCES_TARGET, mc_job_push);
}
