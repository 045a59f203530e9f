/* SPDX-License-Identifier: MIT
 * report_json: the summary of a run for programs. */
#include "cmd/report_delete.h"

void mc_report_json_skipped(struct mc_json *j, const struct mc_pull_report *p)
{
	mc_json_int(j, "skipped", p->skipped);
	mc_json_open(j, "skipped_by");
	mc_json_int(j, "folder", p->skipped_by[MC_SKIP_FOLDER]);
	mc_json_int(j, "since", p->skipped_by[MC_SKIP_SINCE]);
	mc_json_int(j, "before", p->skipped_by[MC_SKIP_BEFORE]);
	mc_json_int(j, "max_size", p->skipped_by[MC_SKIP_MAX_SIZE]);
	mc_json_close(j);
}

enum { PLACE_MAX = 1024 };

static void pull_members(struct mc_json *j, const struct mc_pull_report *p)
{
	mc_json_int(j, "listed", p->listed);
	mc_json_int(j, "stored", p->stored);
	mc_json_int(j, "known", p->known);
	mc_report_json_skipped(j, p);
	mc_json_int(j, "failed", p->failed);
	mc_json_int(j, "octets", p->octets);
	mc_json_int(j, "gaps", p->gaps);
	mc_json_int(j, "gap_octets", p->gap_octets);
	mc_json_int(j, "misnamed", p->misnamed);
	mc_json_int(j, "folders_failed", p->folders_failed);
	mc_json_int(j, "sources_failed", p->sources_failed);
}

static void push_members(struct mc_json *j, const struct mc_push_report *p)
{
	mc_json_int(j, "placements", p->placements);
	mc_json_int(j, "sent", p->sent);
	mc_json_int(j, "present", p->present);
	mc_json_int(j, "refused", p->refused);
	mc_json_int(j, "skipped", p->skipped);
	mc_json_int(j, "waiting", p->waiting);
	mc_json_int(j, "mended", p->mended);
	mc_json_int(j, "wrapped", p->wrapped);
	mc_json_int(j, "sent_now", p->sent_now);
	mc_json_int(j, "found_now", p->found_now);
	mc_json_int(j, "doubted", p->doubted);
	mc_json_int(j, "octets_now", p->octets_now);
	mc_json_int(j, "connections", p->connections);
	mc_json_int(j, "mailboxes_created", p->mailboxes_created);
	mc_json_int(j, "mailboxes_failed", p->mailboxes_failed);
	mc_json_bool(j, "dates_ignored", p->dates_ignored);
}

static void verify_members(struct mc_json *j, const struct mc_verify_report *v)
{
	mc_json_int(j, "bodies", v->bodies);
	mc_json_int(j, "damaged", v->damaged);
	mc_json_int(j, "sightings", v->sightings);
	mc_json_int(j, "octets", v->octets);
	if (!v->with_target)
		return;
	mc_json_int(j, "checked", v->checked);
	mc_json_int(j, "identical", v->identical);
	mc_json_int(j, "altered", v->altered);
	mc_json_int(j, "changed", v->changed);
	mc_json_int(j, "missing", v->missing);
	mc_json_int(j, "twice", v->twice);
	mc_json_int(j, "not_sent", v->unsent);
}

static void export_members(struct mc_json *j, const struct mc_export_report *e)
{
	mc_json_int(j, "listed", e->listed);
	mc_json_int(j, "written", e->written);
	mc_json_int(j, "skipped", e->skipped);
	mc_json_int(j, "deleted", e->deleted);
	mc_json_int(j, "failed", e->failed);
	mc_json_int(j, "folders", e->folders);
	mc_json_int(j, "incomplete", e->incomplete);
	mc_json_int(j, "octets", e->octets);
}

static void salvage_members(
	struct mc_json *j, const struct mc_salvage_report *s)
{
	mc_json_int(j, "messages", s->messages);
	mc_json_int(j, "lost", s->lost);
	mc_json_int(j, "unknown", s->unknown);
	mc_json_int(j, "bare", s->bare);
	mc_json_int(j, "parts", s->parts);
}

/* migrate has three phases, of which two count what they skipped: an object
 * a phase; and beside them every name that only one phase has. */
static void migrate_members(struct mc_json *j, const struct mc_report *r)
{
	mc_json_open(j, "pull");
	pull_members(j, &r->pull);
	mc_json_close(j);
	mc_json_open(j, "push");
	push_members(j, &r->push);
	mc_json_close(j);
	mc_json_open(j, "verify");
	verify_members(j, &r->verify);
	mc_json_close(j);
	mc_json_int(j, "listed", r->pull.listed);
	mc_json_int(j, "stored", r->pull.stored);
	mc_json_int(j, "known", r->pull.known);
	mc_json_int(j, "failed", r->pull.failed);
	mc_json_int(j, "octets", r->pull.octets);
	mc_json_int(j, "placements", r->push.placements);
	mc_json_int(j, "sent", r->push.sent);
	mc_json_int(j, "present", r->push.present);
	mc_json_int(j, "refused", r->push.refused);
	mc_json_int(j, "waiting", r->push.waiting);
	mc_json_int(j, "sent_now", r->push.sent_now);
	mc_json_int(j, "bodies", r->verify.bodies);
	mc_json_int(j, "damaged", r->verify.damaged);
	mc_json_int(j, "checked", r->verify.checked);
	mc_json_int(j, "identical", r->verify.identical);
	mc_json_int(j, "altered", r->verify.altered);
	mc_json_int(j, "changed", r->verify.changed);
	mc_json_int(j, "missing", r->verify.missing);
}

/* Whose summary it is, among those of other accounts. */
static void place_members(struct mc_json *j, const struct mc_outcome *o)
{
	char place[PLACE_MAX];

	mc_json_str(j, "archive", o->archive);
	mc_json_list(j, "sources");
	for (size_t i = 0; i < o->sources_n; i++) {
		mc_endpoint_format(&o->sources[i], place, sizeof(place));
		mc_json_item(j, place);
	}
	mc_json_list_end(j);
	mc_json_str(j, "target", o->target);
}

void mc_report_json(const struct mc_outcome *o, FILE *out)
{
	const struct mc_report *r = o->report;
	struct mc_json j;

	mc_json_begin(&j, out, "summary");
	mc_json_str(&j, "command", o->verb);
	mc_json_int(&j, "exit", o->exit);
	place_members(&j, o);
	if (o->dry_run)
		mc_json_bool(&j, "dry_run", true);
	if (r->removed)
		mc_report_delete_json(&j, &r->remove);
	mc_json_str(&j, "error", o->err->rc < 0 ? o->err->text : NULL);
	if (strcmp(o->verb, "migrate") == 0)
		migrate_members(&j, r);
	else if (strcmp(o->verb, "pull") == 0)
		pull_members(&j, &r->pull);
	else if (strcmp(o->verb, "push") == 0)
		push_members(&j, &r->push);
	else if (strcmp(o->verb, "verify") == 0)
		verify_members(&j, &r->verify);
	else if (strcmp(o->verb, "export") == 0)
		export_members(&j, &r->export);
	else if (strcmp(o->verb, "salvage") == 0)
		salvage_members(&j, &r->salvage);
	if (o->err->rc >= 0 && !r->exported) {
		mc_json_int(&j, "reused_ids", r->reused_ids);
		mc_json_int(&j, "without_id", r->without_id);
		mc_json_int(&j, "variants_unsent", r->variants_unsent);
	}
	mc_json_end(&j);
}
