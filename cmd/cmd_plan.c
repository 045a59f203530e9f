/* SPDX-License-Identifier: MIT
 * cmd_plan: what push would do, for people, for programs, or as a file that
 * push --plan does. */
#include "base/text.h"
#include "cmd/again.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/outfile.h"
#include "cmd/report_delete.h"
#include "cmd/table.h"

static const struct mc_opt own[] = {
	{ MC_OPT_TEXT, 'o', "output", offsetof(struct mc_settings, output),
		"FILE", "write the plan there, for 'mailcart push --plan'" },
};
static const struct mc_opt_group own_group = { "The plan", own, 1 };

static const struct mc_opt_group *const groups[] = { &own_group,
	&mc_opts_source, &mc_opts_login, &mc_opts_target_login,
	&mc_opts_folders, &mc_opts_select, &mc_opts_target, &mc_opts_tls,
	&mc_opts_target_tls, &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_plan = {
	.verb = "plan",
	.operands = "[SOURCE...] TARGET",
	.operands_min = 1,
	.operands_max = SIZE_MAX,
	.about = "Prints which folder would go to which mailbox, from the "
		 "archive and from sources that are named. Logs in, changes "
		 "nothing. A plan written with -o may be edited; push --plan "
		 "does just what it says then.",
	.forms = { "A SOURCE " MC_FORMS_OF_SOURCE, MC_FORMS_OF_TARGET },
	.groups = groups,
};

enum { PLACE_MAX = 1024 };

struct printer {
	struct mc_run *run;
	FILE *json; /* where lines of JSON go, or NULL */
	struct mc_table table;
	int64_t folders;
};

static MC_RC on_line(
	void *arg, const struct mc_plan_line *line, struct mc_error *err)
{
	struct printer *p = arg;
	struct mc_json json;

	p->folders++;
	if (p->json) {
		mc_json_begin(&json, p->json, "plan");
		mc_json_str(&json, "source", line->source);
		mc_json_str(&json, "folder", line->folder);
		mc_json_str(&json, "mailbox", line->mailbox);
		mc_json_bool(&json, "exists", line->exists);
		mc_json_int(&json, "messages", line->messages);
		mc_json_str(&json, "note", line->note);
		mc_json_end(&json);
		if (p->json == p->run->out->file)
			return mc_out_check(p->run->out, err);
	}
	mc_table_number(&p->table, line->messages);
	mc_table_text(&p->table, line->folder);
	mc_table_text(&p->table, line->mailbox ? line->mailbox : "-");
	mc_table_text(&p->table, !line->mailbox ? "skipped"
				 : line->exists ? "exists"
						: "new");
	mc_table_text(&p->table, line->note ? line->note : "");
	mc_table_row(&p->table);
	return MC_OK;
}

static void print_next(struct mc_run *run, FILE *out)
{
	const struct mc_settings *set = run->set;
	char place[PLACE_MAX];

	if (set->output) {
		fputs("Next: do it as it is written there, or as you edit "
		      "it:\n      ",
			out);
		mc_again_command(out, set->archive, "push --plan ");
		mc_again_word(out, set->output);
		mc_endpoint_format(run->wish.req.target, place, sizeof(place));
		mc_again_target(out, set, place);
	} else if (strcmp(run->verb, "plan") != 0) {
		fputs("Next: the same command without -n does it.\n", out);
	} else {
		fprintf(out,
			"Next: the same command with '%s' instead of "
			"'plan' does it.\n",
			run->wish.req.sources_n > 0 ? "migrate" : "push");
	}
}

static MC_RC print_plan(struct mc_run *run, struct printer *p)
{
	const struct mc_outcome o = { .select = run->wish.req.select,
		.dry_run = true,
		.err = &run->err,
		.report = &run->report };
	FILE *out = run->out->file;
	char number[MC_NUMBER_TEXT];
	enum mc_rc rc;

	if (p->table.failed)
		return mc_fail_memory(&run->err);
	if (run->set->json)
		return mc_out_check(run->out, &run->err);
	fprintf(out, "Nothing was changed. %s message%s would go to %s",
		mc_text_number(number, run->report.planned),
		run->report.planned == 1 ? "" : "s",
		run->wish.req.target->host);
	mc_report_left_out(out, &o, "would be", "would be");
	if (run->report.there > 0)
		fprintf(out, "; %s %s in place already",
			mc_text_number(number, run->report.there),
			run->report.there == 1 ? "is" : "are");
	fputc('.', out);
	if (run->report.removed) {
		fputc('\n', out);
		mc_report_delete_say(out, &o);
	}
	fputs("\nCopies are counted here; each mailbox gets a message "
	      "once.\n\n",
		out);
	rc = mc_table_print(&p->table, out, &run->err);
	fputc('\n', out);
	print_next(run, out);
	return rc < 0 ? rc : mc_out_check(run->out, &run->err);
}

static void print_summary(struct mc_run *run, int status)
{
	struct mc_json json;

	mc_json_begin(&json, run->out->file, "summary");
	mc_json_str(&json, "command", run->verb);
	mc_json_int(&json, "exit", status);
	mc_json_bool(&json, "dry_run", true);
	if (run->report.removed)
		mc_report_delete_json(&json, &run->report.remove);
	mc_json_str(&json, "error", run->err.rc < 0 ? run->err.text : NULL);
	mc_json_int(&json, "planned", run->report.planned);
	mc_json_int(&json, "there", run->report.there);
	mc_json_int(&json, "listed", run->report.pull.listed);
	mc_report_json_skipped(&json, &run->report.pull);
	mc_json_end(&json);
}

int mc_run_plan(struct mc_run *run)
{
	struct printer p = { .run = run };
	struct mc_outfile file = { .path = run->set->output };
	int status;
	enum mc_rc rc =
		mc_run_wish(run, MC_OPERANDS_SOURCES_TARGET, MC_RUN_STOPS);

	mc_table_init(&p.table, "rllll");
	mc_table_text(&p.table, "messages");
	mc_table_text(&p.table, "folder");
	mc_table_text(&p.table, "mailbox");
	mc_table_row(&p.table);
	if (rc == MC_OK && file.path)
		rc = mc_outfile_open(&file, &run->err);
	p.json = file.file ? file.file
			   : (run->set->json ? run->out->file : NULL);
	if (rc == MC_OK)
		rc = mc_job_plan(
			&run->wish.req, on_line, &p, &run->report, &run->err);
	if (rc == MC_OK && file.path)
		rc = mc_outfile_commit(&file, &run->err);
	if (rc == MC_OK)
		rc = print_plan(run, &p);
	mc_outfile_close(&file);
	mc_table_dispose(&p.table);
	status = mc_run_status(run, rc);
	if (run->set->json)
		print_summary(run, status);
	return status;
}

int cmd_plan(struct mc_run *run)
{
	return mc_run_plan(run);
}
