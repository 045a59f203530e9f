/* SPDX-License-Identifier: MIT
 * cmd_probe: facts about an endpoint. */
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/table.h"

static const struct mc_opt_group *const groups[] = { &mc_opts_source,
	&mc_opts_login, &mc_opts_tls, &mc_opts_common, NULL };

const struct mc_opt_spec mc_spec_probe = {
	.verb = "probe",
	.operands = "ENDPOINT",
	.operands_min = 1,
	.operands_max = 1,
	.about = "Logs in to a server, or looks at a local store, and tells "
		 "what it can do, its limits and risks. Changes nothing.",
	.forms = { "ENDPOINT " MC_FORMS_OF_SOURCE },
	.groups = groups,
};

struct printer {
	struct mc_run *run;
	struct mc_table table;
	const char *place;
};

static void on_fact(void *arg, const char *name, const char *text)
{
	struct printer *p = arg;
	struct mc_json json;

	if (p->run->set->json) {
		mc_json_begin(&json, p->run->out->file, "fact");
		mc_json_str(&json, "endpoint", p->place);
		mc_json_str(&json, "name", name);
		mc_json_str(&json, "text", text);
		mc_json_end(&json);
		return;
	}
	mc_table_text(&p->table, name);
	mc_table_text(&p->table, text ? text : "");
	mc_table_row(&p->table);
}

static MC_RC probe(struct mc_run *run, const struct mc_endpoint *at)
{
	struct printer p = { .run = run };
	FILE *out = run->out->file;
	char place[1024];
	enum mc_rc rc;

	mc_endpoint_format(at, place, sizeof(place));
	p.place = place;
	mc_table_init(&p.table, "ll");
	rc = mc_job_probe(&run->wish.req, at, on_fact, &p, &run->err);
	mc_progress_finish(&run->progress);
	if (rc == MC_OK && !run->set->json) {
		fprintf(out, "%s %s; nothing was changed.\n\n", place,
			at->host ? "answers" : "can be read");
		rc = mc_table_print(&p.table, out, &run->err);
	}
	mc_table_dispose(&p.table);
	return rc < 0 ? rc : mc_out_check(run->out, &run->err);
}

int cmd_probe(struct mc_run *run)
{
	enum mc_rc rc = mc_run_wish(run, MC_OPERANDS_SOURCES, MC_RUN_STOPS);

	if (rc == MC_OK)
		rc = probe(run, &run->wish.places[0]);
	return mc_run_status(run, rc);
}
