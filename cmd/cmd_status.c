/* SPDX-License-Identifier: MIT
 * cmd_status: what is in the archive, and what became of it. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/refused.h"
#include "cmd/table.h"

static const struct mc_opt own[] = {
	{ MC_OPT_FLAG, 0, "refused", offsetof(struct mc_settings, refused),
		NULL,
		"list every message that a server refused, or that was changed "
		"so that it took it, and no more; with -v what was tried on "
		"the way" },
};
static const struct mc_opt_group own_group = { "What to tell", own, 1 };

static const struct mc_opt_group *const groups[] = { &own_group,
	&mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_status = {
	.verb = "status",
	.operands = "",
	.operands_min = 0,
	.operands_max = 0,
	.about = "Tells what the archive holds and what became of every "
		 "message on the way to its mailbox; lists what a server "
		 "refused, with its words, and why others wait.",
	.groups = groups,
};

static void print_json(struct mc_run *run, const struct mc_status *s)
{
	struct mc_json j;

	mc_json_begin(&j, run->out->file, "status");
	mc_json_int(&j, "logical", s->logical);
	mc_json_int(&j, "variants", s->variants);
	mc_json_int(&j, "bodies", s->bodies);
	mc_json_int(&j, "sightings", s->sightings);
	mc_json_int(&j, "octets_raw", s->octets_raw);
	mc_json_int(&j, "octets_stored", s->octets_stored);
	mc_json_int(&j, "octets_file", s->octets_file);
	mc_json_int(&j, "reused_ids", s->reused_ids);
	mc_json_int(&j, "without_id", s->without_id);
	mc_json_int(&j, "placements", s->placements);
	mc_json_int(&j, "sent", s->sent);
	mc_json_int(&j, "present", s->present);
	mc_json_int(&j, "refused", s->refused);
	mc_json_int(&j, "skipped", s->skipped);
	mc_json_int(&j, "waiting", s->waiting);
	mc_json_int(&j, "unplaced", s->unplaced);
	mc_json_int(&j, "mended", s->mended);
	mc_json_int(&j, "deleted", s->removed);
	mc_json_int(&j, "deleting", s->removing);
	mc_json_int(&j, "renamed", s->renamed);
	mc_json_end(&j);
}

struct row {
	const char *part;
	const char *name;
	int64_t number;
	const char *meaning;
};

static MC_RC print_rows(struct mc_run *run, const struct row *rows, size_t n)
{
	struct mc_table table;
	enum mc_rc rc;

	mc_table_init(&table, "llrl");
	for (size_t i = 0; i < n; i++) {
		mc_table_text(&table, rows[i].part);
		mc_table_text(&table, rows[i].name);
		mc_table_number(&table, rows[i].number);
		mc_table_text(&table, rows[i].meaning);
		mc_table_row(&table);
	}
	rc = mc_table_print(&table, run->out->file, &run->err);
	mc_table_dispose(&table);
	return rc;
}

static void sentence(struct mc_run *run, const struct mc_status *s)
{
	FILE *out = run->out->file;
	char number[MC_NUMBER_TEXT];
	char due[MC_NUMBER_TEXT];
	char amount[MC_AMOUNT_TEXT];

	fprintf(out, "%s holds %s message%s, %s as they arrived; ",
		run->set->archive, mc_text_number(number, s->logical),
		s->logical == 1 ? "" : "s", mc_amount(amount, s->octets_raw));
	fprintf(out, "the file takes %s.\n", mc_amount(amount, s->octets_file));
	if (s->placements == 0)
		fputs("Nothing was sent anywhere yet.\n", out);
	else
		fprintf(out, "%s of %s to be sent are where they belong.\n",
			mc_text_number(number, s->sent + s->present),
			mc_text_number(due, s->placements - s->skipped));
	if (s->unplaced > 0)
		fprintf(out,
			"Read since, and for the next push or migrate to look "
			"at: %s.\n",
			mc_text_number(number, s->unplaced));
	fputc('\n', out);
}

static MC_RC print_text(struct mc_run *run, const struct mc_status *s)
{
	const struct row rows[] = {
		{ "archive", "messages", s->logical,
			"told apart by Message-ID and more" },
		{ "", "variants", s->variants,
			"with their copies that differ in little" },
		{ "", "bodies", s->bodies,
			"different octets, each stored once" },
		{ "", "sightings", s->sightings, "times a source had one" },
		{ "", "octets", s->octets_raw, "as they arrived" },
		{ "", "octets stored", s->octets_stored, "compressed" },
		{ "", "reused ids", s->reused_ids,
			"Message-IDs that different messages share" },
		{ "", "missing ids", s->without_id, "messages without one" },
		{ "push", "placements", s->placements,
			"= sent+present+refused+skipped+waiting" },
		{ "", "sent", s->sent, "by mailcart, in all runs" },
		{ "", "present", s->present, "were there before" },
		{ "", "refused", s->refused, "by the server" },
		{ "", "skipped", s->skipped, "left out by a rule" },
		{ "", "waiting", s->waiting, "for another run" },
		{ "", "mended", s->mended,
			"of those sent: changed to be accepted" },
		{ "delete", "deleted", s->removed,
			"at their sources, by mailcart" },
		{ "", "unknown", s->removing,
			"no answer came; the next run looks" },
	};
	size_t n = sizeof(rows) / sizeof(rows[0]);

	sentence(run, s);
	return print_rows(run, rows, s->removed + s->removing > 0 ? n : n - 2);
}

static MC_RC print_refused(struct mc_run *run, const struct mc_status *s)
{
	char number[MC_NUMBER_TEXT];

	if (s->refused == 0)
		fputs("No message was refused.\n", run->out->file);
	else
		fprintf(run->out->file, "%s message%s refused.\n",
			mc_text_number(number, s->refused),
			s->refused == 1 ? " was" : "s were");
	return mc_refused_print(run, 0, NULL);
}

int cmd_status(struct mc_run *run)
{
	struct mc_status status = { 0 };
	enum mc_rc rc = mc_run_wish(run, MC_OPERANDS_NONE, MC_RUN_DIES);

	/* Twice in text, since the numbers stand before the list. */
	if (rc == MC_OK && run->set->json) {
		rc = mc_refused_print(run, 0, &status);
		if (rc == MC_OK)
			print_json(run, &status);
		return mc_run_status(run, rc);
	}
	if (rc == MC_OK)
		rc = mc_job_status(
			&run->wish.req, &status, NULL, NULL, &run->err);
	if (rc == MC_OK && run->set->refused)
		return mc_run_status(run, print_refused(run, &status));
	if (rc == MC_OK)
		rc = print_text(run, &status);
	if (rc == MC_OK && status.refused + status.waiting + status.mended +
					   status.renamed >
				   0)
		rc = mc_refused_print(run, MC_REFUSED_SHOWN, NULL);
	return mc_run_status(run, rc);
}
