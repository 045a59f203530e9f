/* SPDX-License-Identifier: MIT
 * report_delete: what --delete-source did, and why it left the rest. */
#include "cmd/report_delete.h"

#include "base/text.h"

/* Behind "kept", "of these". */
static const struct {
	const char *name; /* in JSON */
	const char *words;
} reasons[MC_KEPT_REASONS] = {
	[MC_KEPT_UNNAMED] = { "unnamed", "no UIDL and size of their own" },
	[MC_KEPT_NEW] = { "new", "not archived under their UIDL, or new" },
	[MC_KEPT_RULE] = { "rule", "left out by a rule" },
	[MC_KEPT_UNDATED] = { "undated", "tell no date for --delete-after" },
	[MC_KEPT_YOUNG] = { "young", "younger than --delete-after" },
	[MC_KEPT_CLOCK] = { "clock", "old only by a clock that may be ahead" },
	[MC_KEPT_UNPROVED] = { "unproved",
		"not on the target octet for octet" },
	[MC_KEPT_DAMAGED] = { "damaged", "DAMAGED in the archive" },
	[MC_KEPT_CHANGED] = { "changed",
		"the server gives other octets than before" },
	[MC_KEPT_REFUSED] = { "refused", "the server did not delete them" },
};

static void row(struct mc_table *t, const char *phase, const char *name,
	int64_t number, const char *meaning)
{
	mc_table_text(t, phase);
	mc_table_text(t, name);
	mc_table_number(t, number);
	mc_table_text(t, meaning);
	mc_table_row(t);
}

void mc_report_delete_rows(struct mc_table *t, const struct mc_outcome *o)
{
	const struct mc_remove_report *r = &o->report->remove;
	int64_t rest = r->listed - r->removed - r->kept - r->unknown;

	row(t, "delete", "listed", r->listed, "= deleted+kept+unknown");
	row(t, "", "deleted", r->removed,
		o->dry_run ? "would be" : "at the source, in this run");
	row(t, "", "kept", r->kept, "at the source");
	for (int why = 0; why < MC_KEPT_REASONS; why++) {
		if (r->kept_by[why] > 0)
			row(t, "", "of these", r->kept_by[why],
				reasons[why].words);
	}
	row(t, "", "unknown", r->unknown, "no answer came; the next run looks");
	if (r->settled > 0)
		row(t, "", "deleted before", r->settled,
			"asked for by an earlier run, and gone");
	if (rest != 0)
		row(t, "", o->err->rc < 0 ? "not reached" : "NOT ACCOUNTED FOR",
			rest,
			o->err->rc < 0 ? "by this run"
				       : "a fault of mailcart: please report "
					 "it");
}

static const char *were(int64_t n)
{
	return n == 1 ? " was" : "s were";
}

void mc_report_delete_say(FILE *out, const struct mc_outcome *o)
{
	const struct mc_remove_report *r = &o->report->remove;
	char number[MC_NUMBER_TEXT];

	if (r->closed) {
		fputs("Nothing was deleted at the source, for the archive is "
		      "damaged.",
			out);
		return;
	}
	mc_text_number(number, r->removed);
	if (o->dry_run)
		fprintf(out, "%s message%s would be deleted at the source",
			number, r->removed == 1 ? "" : "s");
	else if (r->removed == 0)
		fputs("Nothing was deleted at the source", out);
	else
		fprintf(out, "%s message%s deleted at the source", number,
			were(r->removed));
	if (r->kept > 0)
		fprintf(out, "; %s kept there",
			mc_text_number(number, r->kept));
	if (r->unknown > 0)
		fprintf(out,
			"; of %s it is not known, for the server did not "
			"answer",
			mc_text_number(number, r->unknown));
	fputc('.', out);
}

void mc_report_delete_json(struct mc_json *j, const struct mc_remove_report *r)
{
	mc_json_open(j, "delete");
	mc_json_int(j, "listed", r->listed);
	mc_json_int(j, "deleted", r->removed);
	mc_json_int(j, "kept", r->kept);
	mc_json_open(j, "kept_by");
	for (int why = 0; why < MC_KEPT_REASONS; why++)
		mc_json_int(j, reasons[why].name, r->kept_by[why]);
	mc_json_close(j);
	mc_json_int(j, "unknown", r->unknown);
	mc_json_int(j, "deleted_before", r->settled);
	mc_json_bool(j, "archive_damaged", r->closed);
	mc_json_close(j);
}
