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
	char held[4]; /* of a character that is not whole yet */
	size_t held_n;
};

/* C0 but TAB and LF, DEL, and C1, which some terminals obey in UTF-8 too. */
static bool commands(struct mc_span c)
{
	unsigned char first = (unsigned char)c.p[0];

	if (c.n == 1)
		return (first < 0x20 && first != '\n' && first != '\t') ||
		       first == 0x7F;
	return c.n == 2 && first == 0xC2 && (unsigned char)c.p[1] < 0xA0;
}

/* Writes the first n octets held, escaped or as they are. */
static void put_held(struct writer *w, size_t n, bool escape)
{
	for (size_t i = 0; i < n; i++) {
		if (escape)
			fprintf(w->out->file, "\\x%02x",
				(unsigned)(unsigned char)w->held[i]);
		else
			fputc(w->held[i], w->out->file);
	}
	w->held_n -= n;
	memmove(w->held, w->held + n, w->held_n);
}

/* Writes what is held as far as it is known what it is.  last: nothing more
 * comes. */
static void settle(struct writer *w, bool last)
{
	while (w->held_n > 0) {
		struct mc_span all = { w->held, w->held_n };
		unsigned char first = (unsigned char)w->held[0];
		size_t most = first < 0xC2   ? 1
			      : first < 0xE0 ? 2
			      : first < 0xF0 ? 3
					     : 4;
		size_t n = mc_utf8_length(all);

		if (n == 0 && !last && w->held_n < most)
			return;
		if (n == 0)
			put_held(w, 1, true);
		else
			put_held(w, n, commands(mc_span_head(all, n)));
	}
}

/* Mail must not command the terminal. */
static void put_escaped(struct writer *w, struct mc_span octets)
{
	for (size_t i = 0; i < octets.n; i++) {
		if (octets.p[i] == '\r')
			continue;
		w->held[w->held_n++] = octets.p[i];
		settle(w, false);
	}
}

static MC_RC on_octets(void *arg, struct mc_span octets, struct mc_error *err)
{
	struct writer *writer = arg;

	if (writer->escape)
		put_escaped(writer, octets);
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
	settle(&writer, true);
	return mc_run_status(run, rc);
}
