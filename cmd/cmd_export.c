/* SPDX-License-Identifier: MIT
 * cmd_export: the archive written out for other programs. */
#include <assert.h>

#include "cmd/cmd.h"

#define AT(member) offsetof(struct mc_settings, member)

/* So that the words of --format are their places. */
static_assert(MC_JOB_MBOXRD == 0 && MC_JOB_MBOXO == 1 && MC_JOB_MAILDIR == 2 &&
		      MC_JOB_EML == 3,
	"--format mboxrd|mboxo|maildir|eml");

static const struct mc_opt own[] = {
	{ MC_OPT_WORD, 0, "format", AT(format), "mboxrd|mboxo|maildir|eml",
		"mbox files that quote so (mboxrd, if not given), Maildir++, "
		"or a tree of .eml files" },
	{ MC_OPT_FLAG, 0, "original", AT(original), NULL,
		"every octet as the sources had it, each time a message was "
		"seen; an mbox comes out as the file that it was" },
	{ MC_OPT_FLAG, 0, "all-variants", AT(all_variants), NULL,
		"write every variant of a message, not one of them" },
	{ MC_OPT_FLAG, 0, "keep-deleted", AT(keep_deleted), NULL,
		"write messages, too, that a mail program had removed from "
		"their folder and only not yet compacted away" },
};
static const struct mc_opt_group own_group = { "How to write", own,
	sizeof(own) / sizeof(own[0]) };

static const struct mc_opt which[] = {
	{ MC_OPT_LIST, 0, "folder", AT(folders), "PATH",
		"only this folder, as 'mailcart list' names it; may be "
		"repeated" },
};
static const struct mc_opt_group which_group = { "Which folders", which,
	sizeof(which) / sizeof(which[0]) };

static const struct mc_opt_group *const groups[] = { &own_group, &which_group,
	&mc_opts_dates, &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_export = {
	.verb = "export",
	.operands = "DIR",
	.operands_min = 1,
	.operands_max = 1,
	.about = "Writes the archive out into DIR, which must be new or empty: "
		 "each message once in each folder that it is in, with flags "
		 "and dates as the format can hold them. What it cannot hold "
		 "is told. A file is there whole or not at all.",
	.groups = groups,
};

static MC_RC take_wish(struct mc_run *run)
{
	const struct mc_settings *set = run->set;

	run->wish.req.export =
		(struct mc_export_wish){ .dir = set->operands.item[0],
			.format = (enum mc_job_format)set->format,
			.original = set->original,
			.folders = set->folders.item,
			.folders_n = set->folders.n };
	if (set->original && set->all_variants)
		return mc_fail(&run->err, MC_EUSAGE, MC_RUN, 0,
			"--original writes every variant anyway; leave out "
			"--all-variants");
	return MC_OK;
}

int cmd_export(struct mc_run *run)
{
	enum mc_rc rc = mc_run_wish(run, MC_OPERANDS_NONE, MC_RUN_FINISHES);

	mc_signals_ignore_outgrown(); /* it is told which file */
	if (rc == MC_OK)
		rc = take_wish(run);
	if (rc == MC_OK)
		rc = mc_job_export(&run->wish.req, &run->report, &run->err);
	return mc_run_report(run, rc);
}
