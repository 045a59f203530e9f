/* SPDX-License-Identifier: MIT
 * cmd_list: folders, or the messages of one. */
#include "base/clock.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/table.h"
#include "cmd/width.h"

#include <inttypes.h>
#include <unistd.h>

static const struct mc_opt_group *const groups[] = { &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_list = {
	.verb = "list",
	.operands = "[FOLDER]",
	.operands_min = 0,
	.operands_max = 1,
	.about = "Lists the folders of the archive, or the messages of one: "
		 "number (for 'mailcart show'), date, sender, subject. With "
		 "--json it lists messages, of all folders if none is named.",
	.groups = groups,
};

static MC_RC on_folder(
	void *arg, const struct mc_folder_line *line, struct mc_error *err)
{
	struct mc_table *table = arg;

	(void)err;
	mc_table_number(table, line->messages);
	mc_table_text(table, line->folder);
	mc_table_text(table, line->source);
	mc_table_row(table);
	return MC_OK;
}

static MC_RC list_folders(struct mc_run *run)
{
	enum { HEADER = 3 }; /* cells */
	struct mc_table table;
	enum mc_rc rc;

	mc_table_init(&table, "rll");
	mc_table_text(&table, "messages");
	mc_table_text(&table, "folder");
	mc_table_text(&table, "source");
	mc_table_row(&table);
	rc = mc_job_folders(&run->wish.req, on_folder, &table, &run->err);
	if (rc == MC_OK && table.n == HEADER)
		fputs("No folder is in the archive yet.\n", run->out->file);
	else if (rc == MC_OK)
		rc = mc_table_print(&table, run->out->file, &run->err);
	mc_table_dispose(&table);
	return rc;
}

static void print_json(FILE *out, const struct mc_message_line *line)
{
	struct mc_json j;

	mc_json_begin(&j, out, "message");
	mc_json_int(&j, "id", line->id);
	mc_json_int(&j, "sighting", line->sighting);
	mc_json_str(&j, "source", line->source);
	mc_json_str(&j, "folder", line->folder);
	mc_json_str(&j, "key", line->key);
	mc_json_str(&j, "message_id", line->message_id);
	mc_json_str(&j, "sha256", line->sha256);
	mc_json_str(&j, "raw_sha256", line->raw_sha256);
	mc_json_int(&j, "octets", line->octets);
	mc_json_time(&j, "internaldate", line->internaldate);
	mc_json_time(&j, "date", line->date);
	mc_json_str(&j, "from", line->from);
	mc_json_str(&j, "subject", line->subject);
	mc_json_split(&j, "flags", line->flags);
	mc_json_words(&j, "labels", line->labels);
	mc_json_words(&j, "folders", line->folders);
	mc_json_end(&j);
}

enum { NUMBER = 8, DAY = 10, FROM = 26 };

static void print_header(FILE *out)
{
	fprintf(out, "%*s  %-*s  %-*s  %s\n", NUMBER, "number", DAY, "date",
		FROM, "from", "subject");
}

/* Who, of "Ann Example" <ann@example.org>: the name if there is one. */
static void print_from(FILE *out, const char *from)
{
	struct mc_span who = mc_span_str(from);
	size_t address = mc_span_index(who, '<');
	char shown[1024];

	if (address > 0 && address < who.n)
		who = mc_span_trim(mc_span_head(who, address));
	if (who.n > 2 && who.p[0] == '"' && who.p[who.n - 1] == '"')
		who = (struct mc_span){ who.p + 1, who.n - 2 };
	mc_text_escape(shown, sizeof(shown), who);
	mc_width_print(out, mc_span_str(shown), FROM);
}

/* columns: of the terminal; 0: it is none. */
static void print_line(
	FILE *out, size_t columns, const struct mc_message_line *line)
{
	char day[MC_TIME_TEXT] = "";
	char shown[1024];
	struct mc_span subject;
	int64_t time = line->internaldate == MC_NO_TIME ? line->date
							: line->internaldate;

	if (time != MC_NO_TIME)
		mc_clock_format(day, time);
	fprintf(out, "%*" PRId64 "  %-*.*s  ", NUMBER, line->id, DAY, DAY, day);
	print_from(out, line->from);
	mc_text_escape(shown, sizeof(shown), mc_span_str(line->subject));
	subject = mc_span_str(shown);
	if (columns > 0) {
		size_t used = NUMBER + DAY + FROM + 6;

		subject = mc_width_cut(
			subject, columns > used ? columns - used : 0);
	}
	fprintf(out, "  %.*s\n", (int)subject.n, subject.n ? subject.p : "");
}

struct lister {
	struct mc_run *run;
	size_t columns;
	int64_t lines;
};

static MC_RC on_message(
	void *arg, const struct mc_message_line *line, struct mc_error *err)
{
	struct lister *lister = arg;
	struct mc_out *out = lister->run->out;

	if (lister->run->set->json) {
		print_json(out->file, line);
	} else {
		if (lister->lines++ == 0)
			print_header(out->file);
		print_line(out->file, lister->columns, line);
	}
	return mc_out_check(out, err);
}

int cmd_list(struct mc_run *run)
{
	const struct mc_settings *set = run->set;
	const char *folder = set->operands.n ? set->operands.item[0] : NULL;
	struct lister lister = { .run = run };
	enum mc_rc rc = mc_run_wish(run, MC_OPERANDS_NONE, MC_RUN_DIES);

	if (isatty(fileno(run->out->file)))
		lister.columns = mc_progress_columns(run->out->file);
	if (rc == MC_OK && (folder || set->json))
		rc = mc_job_list(
			&run->wish.req, folder, on_message, &lister, &run->err);
	else if (rc == MC_OK)
		rc = list_folders(run);
	return mc_run_status(run, rc);
}
