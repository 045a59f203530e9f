/* SPDX-License-Identifier: MIT
 * cmd_status: what is in the archive, and what became of it. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/table.h"
#include "cmd/width.h"

static const struct mc_opt_group *const groups[] = { &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_status = {
	.verb = "status",
	.operands = "",
	.operands_min = 0,
	.operands_max = 0,
	.about = "Tells what the archive holds and what became of every "
		 "message on the way to its mailbox; lists what a server "
		 "refused, with its words.",
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
	mc_json_end(&j);
}

struct row {
	const char *name;
	int64_t number;
	const char *meaning;
};

static MC_RC print_rows(struct mc_run *run, const struct row *rows, size_t n)
{
	struct mc_table table;
	enum mc_rc rc;

	mc_table_init(&table, "lrl");
	for (size_t i = 0; i < n; i++) {
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
	char amount[MC_AMOUNT_TEXT];

	fprintf(out, "%s holds %s message%s, %s", run->set->archive,
		mc_text_number(number, s->logical), s->logical == 1 ? "" : "s",
		mc_amount(amount, s->octets_raw));
	fprintf(out, " in %s on disk", mc_amount(amount, s->octets_file));
	if (s->placements == 0)
		fputs("; nothing was sent anywhere yet", out);
	fputs(".\n\n", out);
}

static MC_RC print_text(struct mc_run *run, const struct mc_status *s)
{
	const struct row rows[] = {
		{ "messages", s->logical, "told apart by Message-ID and more" },
		{ "variants", s->variants,
			"with their copies that differ in little" },
		{ "bodies", s->bodies, "different octets, each stored once" },
		{ "sightings", s->sightings, "times a source had one" },
		{ "octets", s->octets_raw, "as they arrived" },
		{ "octets stored", s->octets_stored, "compressed" },
		{ "reused ids", s->reused_ids,
			"Message-IDs that different messages share" },
		{ "missing ids", s->without_id, "messages without one" },
		{ "placements", s->placements,
			"= sent + present + refused + skipped + waiting" },
		{ "sent", s->sent, "by mailcart" },
		{ "present", s->present, "were there before" },
		{ "refused", s->refused, "by the server" },
		{ "skipped", s->skipped, "left out by a rule" },
		{ "waiting", s->waiting, "for another run" },
	};

	sentence(run, s);
	return print_rows(run, rows, sizeof(rows) / sizeof(rows[0]));
}

int cmd_status(struct mc_run *run)
{
	struct mc_status status = { 0 };
	enum mc_rc rc = mc_run_wish(run, MC_OPERANDS_NONE, MC_RUN_DIES);

	/* Twice in text, since the numbers stand before the list. */
	if (rc == MC_OK && run->set->json) {
		rc = mc_run_refused(run, &status);
		if (rc == MC_OK)
			print_json(run, &status);
		return mc_run_status(run, rc);
	}
	if (rc == MC_OK)
		rc = mc_job_status(
			&run->wish.req, &status, NULL, NULL, &run->err);
	if (rc == MC_OK)
		rc = print_text(run, &status);
	if (rc == MC_OK && status.refused > 0)
		rc = mc_run_refused(run, NULL);
	return mc_run_status(run, rc);
}
