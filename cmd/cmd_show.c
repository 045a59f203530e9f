/* SPDX-License-Identifier: MIT
 * cmd_show: the octets of one message. */
#include <inttypes.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/cmd.h"

static const struct mc_opt own[] = {
	{ MC_OPT_FLAG, 0, "headers", offsetof(struct mc_settings, headers),
		NULL, "the header only" },
	{ MC_OPT_FLAG, 0, "raw", offsetof(struct mc_settings, raw), NULL,
		"every octet as the source had it, with the lines that its "
		"store had added and its line ends" },
	{ MC_OPT_NUMBER, 0, "sighting", offsetof(struct mc_settings, sighting),
		"N", "as seen there; 'list --json' tells the numbers" },
};
static const struct mc_opt_group own_group = { "What to show", own, 3 };

static const struct mc_opt_group *const groups[] = { &own_group,
	&mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_show = {
	.verb = "show",
	.operands = "ID",
	.operands_min = 1,
	.operands_max = 1,
	.about = "Writes one message to standard output, as it travelled: "
		 "octet by octet, with CRLF line ends. On a terminal control "
		 "characters are shown as \\xNN, except with --raw. ID is the "
		 "number that list shows first.",
	.groups = groups,
};

struct writer {
	struct mc_out *out;
	bool escape;
};

/* Mail must not command the terminal. */
static void put_escaped(FILE *out, struct mc_span octets)
{
	for (size_t i = 0; i < octets.n; i++) {
		unsigned char c = (unsigned char)octets.p[i];

		if (c == '\r')
			continue;
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}

static MC_RC on_octets(void *arg, struct mc_span octets, struct mc_error *err)
{
	struct writer *writer = arg;

	if (writer->escape)
		put_escaped(writer->out->file, octets);
	else
		fwrite(octets.p, 1, octets.n, writer->out->file);
	return mc_out_check(writer->out, err);
}

static MC_RC check(struct mc_run *run, int64_t *id)
{
	const struct mc_settings *set = run->set;
	const char *word = set->operands.item[0];

	if (set->json)
		return mc_fail(&run->err, MC_EUSAGE, MC_RUN, 0,
			"show writes the message itself; facts about it come "
			"from 'mailcart list --json'");
	if (set->headers && set->raw)
		return mc_fail(&run->err, MC_EUSAGE, MC_RUN, 0,
			"--headers and --raw exclude each other; choose one");
	if (!mc_text_decimal(mc_span_str(word), INT64_MAX, id) || *id == 0)
		return mc_fail(&run->err, MC_EUSAGE, MC_RUN, 0,
			"'%.80s' is no number of a message; 'mailcart list "
			"FOLDER' shows them",
			word);
	return MC_OK;
}

int cmd_show(struct mc_run *run)
{
	const struct mc_settings *set = run->set;
	enum mc_show what = set->raw       ? MC_SHOW_RAW
			    : set->headers ? MC_SHOW_HEADERS
					   : MC_SHOW_CANONICAL;
	struct writer writer = { .out = run->out,
		.escape = !set->raw && isatty(STDOUT_FILENO) };
	int64_t id = 0;
	enum mc_rc rc = check(run, &id);

	if (rc == MC_OK)
		rc = mc_run_wish(run, MC_OPERANDS_NONE, MC_RUN_DIES);
	if (rc == MC_OK)
		rc = mc_job_show(&run->wish.req,
			&(struct mc_show_wish){ id, set->sighting, what },
			on_octets, &writer, &run->err);
	return mc_run_status(run, rc);
}
