/* SPDX-License-Identifier: MIT */
#include "job/removing.h"

#include "archive/sighting.h"
#include "plan/plan.h"

static struct mc_removing *removing_of(struct mc_remover *rm)
{
	return (struct mc_removing *)(void *)rm;
}

static void progress(const struct mc_removing *r)
{
	const struct mc_remove_report *c = &r->counts;

	mc_emit(&r->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "delete",
			.done = c->removed + c->kept + (int64_t)r->leaving_n,
			.total = c->listed });
}

/* --- notes ------------------------------------------------------------ */

MC_RC mc_removing_batch(struct mc_removing *r, struct mc_error *err)
{
	return mc_archive_in_batch(r->ar) ? MC_OK
					  : mc_archive_begin(r->ar, err);
}

MC_RC mc_removing_commit(struct mc_removing *r, struct mc_error *err)
{
	return mc_archive_in_batch(r->ar) ? mc_archive_commit(r->ar, err)
					  : MC_OK;
}

/* A run that removes nothing is noted nowhere. */
static MC_RC note(struct mc_removing *r, int64_t sighting,
	enum mc_departure state, struct mc_error *err)
{
	enum mc_rc rc = mc_removing_batch(r, err);

	if (rc == MC_OK && r->run == 0)
		rc = mc_run_begin(r->ar, r->req->command, &r->run, err);
	if (rc == MC_OK)
		rc = mc_departure_put(r->ar, sighting, r->run, state, err);
	return rc;
}

/* --- what stays ------------------------------------------------------- */

static void keep(struct mc_removing *r, enum mc_kept why)
{
	r->counts.kept++;
	r->counts.kept_by[why]++;
	progress(r);
}

static const struct mc_trouble *trouble_of(
	const struct mc_removing *r, int64_t sighting)
{
	for (size_t i = 0; i < r->troubles_n; i++) {
		if (r->troubles[i].sighting == sighting)
			return &r->troubles[i];
	}
	return NULL;
}

/* What is wrong with one message; it is not asked for again in this run. */
static void trouble(struct mc_removing *r, int64_t sighting, const char *key,
	enum mc_kept why, const char *text)
{
	mc_emit(&r->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "delete",
					  .mailbox = key,
					  .text = text });
	if (r->troubles_n == MC_TROUBLES_MAX)
		return;
	r->troubles[r->troubles_n++] =
		(struct mc_trouble){ .sighting = sighting, .why = why };
	if (r->troubles_n == MC_TROUBLES_MAX)
		mc_note(&r->req->monitor,
			"%d messages cannot be deleted at the source; the "
			"others are not tried",
			MC_TROUBLES_MAX);
}

/* --- what an earlier session asked for -------------------------------- */

static bool is_listed(const struct mc_roll *roll, const char *key)
{
	return roll->has(roll, key);
}

/* It was asked for, and nobody saw an answer: is it listed? */
static MC_RC settle_one(struct mc_removing *r, const struct mc_roll *roll,
	const struct mc_asked *asked, struct mc_error *err)
{
	bool ours = asked->run == r->run;

	if (!is_listed(roll, asked->key)) {
		/* Under no name it may be there still. */
		if (roll->unnamed > 0)
			return MC_OK;
		r->counts.removed += ours;
		r->counts.settled += !ours;
		return note(r, asked->sighting, MC_DEPARTURE_GONE, err);
	}
	if (!ours || r->cut)
		return note(r, asked->sighting, MC_DEPARTURE_NONE, err);
	trouble(r, asked->sighting, asked->key, MC_KEPT_REFUSED,
		"the server was asked to remove it, and has it still");
	return note(r, asked->sighting, MC_DEPARTURE_STAYED, err);
}

static MC_RC settle(
	struct mc_removing *r, const struct mc_roll *roll, struct mc_error *err)
{
	struct mc_asked asked = { 0 };
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK) {
		rc = mc_departure_next(
			r->ar, r->gate.folder, asked.sighting, &asked, err);
		if (rc == MC_OK)
			rc = settle_one(r, roll, &asked, err);
	}
	return rc < 0 ? rc : mc_removing_commit(r, err);
}

/* --- what a session tells and asks ------------------------------------ */

static MC_RC find_folder(
	struct mc_removing *r, const char *path, struct mc_error *err)
{
	const char *rule = NULL;
	struct mc_folder_row row = { 0 };
	enum mc_rc rc = mc_removing_batch(r, err);

	if (rc == MC_OK)
		rc = mc_folder_put(r->ar, r->source, path, 0, &row, err);
	r->gate.folder = row.id;
	r->gate.folder_skipped = !mc_rules_pass(&r->req->rules, path, &rule);
	if (r->req->dry_run) {
		mc_archive_rollback(r->ar);
		return rc;
	}
	return rc == MC_OK ? mc_removing_commit(r, err) : rc;
}

static MC_RC on_begin(
	struct mc_remover *rm, const struct mc_roll *roll, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);
	struct mc_remove_report *c = &r->counts;
	enum mc_rc rc = find_folder(r, roll->folder, err);

	/* What stayed is listed again. */
	c->kept = 0;
	memset(c->kept_by, 0, sizeof(c->kept_by));
	c->unknown = 0;
	r->leaving_n = 0;
	r->let_go = false;
	if (rc == MC_OK && !r->req->dry_run)
		rc = settle(r, roll, err);
	r->cut = false;
	c->listed = roll->total + c->removed;
	return rc;
}

/* MC_DONE: it stays, and is counted. */
static MC_RC reread(struct mc_removing *r, const struct mc_item *item,
	const struct mc_tenant *tenant, struct mc_error *err)
{
	struct mc_error why;
	enum mc_rc rc = mc_gate_reread(&r->gate, tenant, &why, err);

	if (rc == MC_DONE) {
		trouble(r, tenant->sighting, item->key, MC_KEPT_DAMAGED,
			why.text);
		keep(r, MC_KEPT_DAMAGED);
	}
	return rc;
}

/* It was gone, and is listed: the server did not do what it said, or somebody
 * has put it there again.  What this run counted as removed it has kept. */
static MC_RC look_again(struct mc_removing *r, const struct mc_item *item,
	const struct mc_tenant *tenant, struct mc_error *err)
{
	if (tenant->state != MC_DEPARTURE_GONE || r->req->dry_run)
		return MC_OK;
	if (tenant->run == r->run) {
		r->counts.removed--;
		r->counts.listed--;
		trouble(r, tenant->sighting, item->key, MC_KEPT_REFUSED,
			"the server said that it removed it, and has it "
			"still");
	}
	return note(r, tenant->sighting, MC_DEPARTURE_STAYED, err);
}

static MC_RC on_want(
	struct mc_remover *rm, const struct mc_item *item, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);
	const struct mc_trouble *known = NULL;
	struct mc_tenant tenant;
	enum mc_kept why;
	enum mc_rc rc = mc_gate_ask(&r->gate, item, &tenant, &why, err);

	if (rc >= 0 && look_again(r, item, &tenant, err) < 0)
		return err->rc;
	if (rc == MC_OK)
		known = trouble_of(r, tenant.sighting);
	if (rc == MC_OK && (known || r->troubles_n == MC_TROUBLES_MAX)) {
		why = known ? known->why : MC_KEPT_REFUSED;
		rc = MC_DONE;
	}
	if (rc == MC_OK && r->alone && r->let_go) {
		why = MC_KEPT_UNPROVED;
		rc = MC_DONE;
	}
	if (rc == MC_DONE)
		keep(r, why);
	r->let_go |= rc == MC_OK;
	if (rc != MC_OK || !r->req->dry_run)
		return rc;
	rc = reread(r, item, &tenant, err);
	r->counts.removed += rc == MC_OK;
	return rc < 0 ? rc : MC_DONE;
}

static MC_RC on_fetch(
	struct mc_remover *rm, const struct mc_item *item, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);

	mc_hash_sink_init(&r->octets);
	return mc_tenant_get(
		r->gate.file, r->gate.folder, item->key, &r->now, err);
}

static MC_RC on_bytes(
	struct mc_remover *rm, struct mc_span bytes, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);

	mc_pacer_octets(mc_pace_in(r->req), (int64_t)bytes.n, &r->req->monitor);
	return r->octets.sink.put(&r->octets.sink, bytes, err);
}

/* MC_DONE: it stays, since the source does not have it as the archive does, or
 * keeps it.  Which one it is: r->now. */
static MC_RC stay(struct mc_removing *r, const struct mc_item *item,
	enum mc_kept why, const char *text, struct mc_error *err)
{
	enum mc_rc rc = mc_tenant_get(
		r->gate.file, r->gate.folder, item->key, &r->now, err);

	if (rc < 0)
		return rc;
	trouble(r, r->now.sighting, item->key, why, text);
	keep(r, why);
	return MC_DONE;
}

/* The archive does not have what is there: the next pull is not to take it for
 * what is known by that UIDL. */
static MC_RC doubt(
	struct mc_removing *r, const struct mc_item *item, struct mc_error *err)
{
	enum mc_rc rc = stay(r, item, MC_KEPT_CHANGED,
		"the server gives other octets than it gave for the archive; "
		"the next run fetches them",
		err);

	if (rc < 0 || mc_removing_batch(r, err) < 0)
		return err->rc;
	rc = mc_tenant_doubt(r->ar, r->now.sighting, err);
	return rc == MC_OK ? MC_DONE : rc;
}

static MC_RC on_judge(struct mc_remover *rm, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);
	struct mc_digest there;

	mc_pacer_messages(mc_pace_in(r->req), 1, &r->req->monitor);
	if (why)
		return stay(r, item, MC_KEPT_REFUSED, why->text, err);
	there = mc_hash_end(&r->octets.hash);
	if (r->octets.octets != r->now.raw_octets ||
		!mc_digest_eq(&there, &r->now.raw_sha256))
		return doubt(r, item, err);
	return reread(r, item, &r->now, err);
}

static MC_RC remember_leaving(
	struct mc_removing *r, int64_t sighting, struct mc_error *err)
{
	if (r->leaving_n == r->leaving_cap) {
		size_t cap = r->leaving_cap ? 2 * r->leaving_cap : 256;
		int64_t *grown = reallocarray(r->leaving, cap, sizeof(*grown));

		if (!grown)
			return mc_fail_memory(err);
		r->leaving = grown;
		r->leaving_cap = cap;
	}
	r->leaving[r->leaving_n++] = sighting;
	return MC_OK;
}

static MC_RC on_leave(
	struct mc_remover *rm, const struct mc_item *item, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);
	struct mc_tenant tenant;
	enum mc_rc rc = mc_tenant_get(
		r->gate.file, r->gate.folder, item->key, &tenant, err);

	if (rc == MC_OK && r->alone)
		rc = mc_canary_send(&r->canary, tenant.sighting, err);
	if (rc == MC_OK)
		rc = remember_leaving(r, tenant.sighting, err);
	return rc == MC_OK ? note(r, tenant.sighting, MC_DEPARTURE_ASKED, err)
			   : rc;
}

static void warn(struct mc_removing *r)
{
	if (r->warned || r->leaving_n == 0 || r->req->target)
		return;
	r->warned = true;
	mc_note(&r->req->monitor,
		"what is deleted at the source is then in '%s' alone: keep a "
		"copy of that file",
		r->req->archive);
}

static MC_RC on_flush(struct mc_remover *rm, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);

	warn(r);
	progress(r);
	return mc_removing_commit(r, err);
}

static MC_RC on_stays(struct mc_remover *rm, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);
	enum mc_rc rc = stay(r, item,
		why->rc == MC_EREFUSED ? MC_KEPT_REFUSED : MC_KEPT_CHANGED,
		why->text, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r->leaving_n; i++) {
		if (r->leaving[i] != r->now.sighting)
			continue;
		r->leaving[i] = r->leaving[--r->leaving_n];
		return note(r, r->now.sighting, MC_DEPARTURE_STAYED, err);
	}
	return MC_OK;
}

static MC_RC on_end(
	struct mc_remover *rm, enum mc_removal how, struct mc_error *err)
{
	struct mc_removing *r = removing_of(rm);
	enum mc_departure state =
		how == MC_REMOVAL_DONE ? MC_DEPARTURE_GONE : MC_DEPARTURE_NONE;
	enum mc_rc rc = MC_OK;

	if (r->req->dry_run)
		return MC_OK;
	r->cut = how == MC_REMOVAL_CUT;
	if (how == MC_REMOVAL_UNKNOWN || r->cut)
		r->counts.unknown = (int64_t)r->leaving_n;
	if (how == MC_REMOVAL_DONE)
		r->counts.removed += (int64_t)r->leaving_n;
	for (size_t i = 0; rc == MC_OK && i < r->leaving_n; i++) {
		if (how != MC_REMOVAL_UNKNOWN && !r->cut)
			rc = note(r, r->leaving[i], state, err);
	}
	r->leaving_n = 0;
	return rc == MC_OK ? mc_removing_commit(r, err) : rc;
}

const struct mc_remover mc_removing_remover = { .begin = on_begin,
	.want = on_want,
	.fetch = on_fetch,
	.bytes = on_bytes,
	.judge = on_judge,
	.leave = on_leave,
	.flush = on_flush,
	.stays = on_stays,
	.end = on_end };
