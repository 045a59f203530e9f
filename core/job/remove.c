/* SPDX-License-Identifier: MIT
 * remove: sessions that remove mail, and what is noted of each message. */
#include "job/remove.h"

#include <assert.h>
#include <stdlib.h>

#include "archive/sighting.h"
#include "base/clock.h"
#include "job/canary.h"
#include "job/gate.h"
#include "job/pacer.h"
#include "job/retry.h"
#include "job/show.h"
#include "job/source_name.h"
#include "job/target_name.h"
#include "plan/plan.h"

/* Messages of one source that something was wrong with.  More, and the rest is
 * left alone: each of them was fetched for nothing. */
enum { TROUBLES_MAX = 1000 };

struct trouble {
	int64_t sighting;
	enum mc_kept why;
};

/* One source on its way. */
struct removing {
	struct mc_remover rm;
	struct mc_archive *ar; /* notes; gate.file is what is read */
	struct mc_gate gate;
	const struct mc_request *req;
	const struct mc_source_ops *ops;
	struct mc_remove_report counts; /* of this source */
	char *account;                  /* its name in the archive */
	int64_t source;
	int64_t run; /* 0: nothing was noted yet */
	bool warned;

	/* The first one that goes goes alone: is it on the target still? */
	struct mc_canary canary;
	bool alone;
	bool let_go; /* in this session: it */

	struct trouble troubles[TROUBLES_MAX]; /* of all sessions */
	size_t troubles_n;

	/* Of the session: sightings that were noted as asked for. */
	int64_t *leaving;
	size_t leaving_n;
	size_t leaving_cap;

	/* The message that is being fetched. */
	struct mc_tenant now;
	struct mc_hash_sink octets;
};

static struct removing *removing_of(struct mc_remover *rm)
{
	return (struct removing *)(void *)rm;
}

static void progress(const struct removing *r)
{
	const struct mc_remove_report *c = &r->counts;

	mc_emit(&r->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "delete",
			.done = c->removed + c->kept + (int64_t)r->leaving_n,
			.total = c->listed });
}

/* --- notes ------------------------------------------------------------ */

static MC_RC open_batch(struct removing *r, struct mc_error *err)
{
	return mc_archive_in_batch(r->ar) ? MC_OK
					  : mc_archive_begin(r->ar, err);
}

static MC_RC close_batch(struct removing *r, struct mc_error *err)
{
	return mc_archive_in_batch(r->ar) ? mc_archive_commit(r->ar, err)
					  : MC_OK;
}

/* A run that removes nothing is noted nowhere. */
static MC_RC note(struct removing *r, int64_t sighting, enum mc_departure state,
	struct mc_error *err)
{
	enum mc_rc rc = open_batch(r, err);

	if (rc == MC_OK && r->run == 0)
		rc = mc_run_begin(r->ar, r->req->command, &r->run, err);
	if (rc == MC_OK)
		rc = mc_departure_put(r->ar, sighting, r->run, state, err);
	return rc;
}

/* --- what stays ------------------------------------------------------- */

static void keep(struct removing *r, enum mc_kept why)
{
	r->counts.kept++;
	r->counts.kept_by[why]++;
	progress(r);
}

static const struct trouble *trouble_of(
	const struct removing *r, int64_t sighting)
{
	for (size_t i = 0; i < r->troubles_n; i++) {
		if (r->troubles[i].sighting == sighting)
			return &r->troubles[i];
	}
	return NULL;
}

/* What is wrong with one message; it is not asked for again in this run. */
static void trouble(struct removing *r, int64_t sighting, const char *key,
	enum mc_kept why, const char *text)
{
	mc_emit(&r->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "delete",
					  .mailbox = key,
					  .text = text });
	if (r->troubles_n == TROUBLES_MAX)
		return;
	r->troubles[r->troubles_n++] =
		(struct trouble){ .sighting = sighting, .why = why };
	if (r->troubles_n == TROUBLES_MAX)
		mc_note(&r->req->monitor,
			"%d messages cannot be deleted at the source; the "
			"others are not tried",
			TROUBLES_MAX);
}

/* --- what an earlier session asked for -------------------------------- */

static bool is_listed(const struct mc_roll *roll, const char *key)
{
	return roll->has(roll, key);
}

/* It was asked for, and nobody saw an answer: is it listed? */
static MC_RC settle_one(struct removing *r, const struct mc_roll *roll,
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
	if (!ours)
		return note(r, asked->sighting, MC_DEPARTURE_NONE, err);
	trouble(r, asked->sighting, asked->key, MC_KEPT_REFUSED,
		"the server was asked to remove it, and has it still");
	return note(r, asked->sighting, MC_DEPARTURE_STAYED, err);
}

static MC_RC settle(
	struct removing *r, const struct mc_roll *roll, struct mc_error *err)
{
	struct mc_asked asked = { 0 };
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK) {
		rc = mc_departure_next(
			r->ar, r->gate.folder, asked.sighting, &asked, err);
		if (rc == MC_OK)
			rc = settle_one(r, roll, &asked, err);
	}
	return rc < 0 ? rc : close_batch(r, err);
}

/* --- a session -------------------------------------------------------- */

static MC_RC find_folder(
	struct removing *r, const char *path, struct mc_error *err)
{
	const char *rule = NULL;
	struct mc_folder_row row = { 0 };
	enum mc_rc rc = open_batch(r, err);

	if (rc == MC_OK)
		rc = mc_folder_put(r->ar, r->source, path, 0, &row, err);
	r->gate.folder = row.id;
	r->gate.folder_skipped = !mc_rules_pass(&r->req->rules, path, &rule);
	if (r->req->dry_run) {
		mc_archive_rollback(r->ar);
		return rc;
	}
	return rc == MC_OK ? close_batch(r, err) : rc;
}

static MC_RC on_begin(
	struct mc_remover *rm, const struct mc_roll *roll, struct mc_error *err)
{
	struct removing *r = removing_of(rm);
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
	c->listed = roll->total + c->removed;
	return rc;
}

/* MC_DONE: it stays, and is counted. */
static MC_RC reread(struct removing *r, const struct mc_item *item,
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
 * has put it there again. */
static MC_RC look_again(struct removing *r, const struct mc_item *item,
	const struct mc_tenant *tenant, struct mc_error *err)
{
	if (tenant->state != MC_DEPARTURE_GONE || r->req->dry_run)
		return MC_OK;
	if (tenant->run == r->run)
		trouble(r, tenant->sighting, item->key, MC_KEPT_REFUSED,
			"the server said that it removed it, and has it "
			"still");
	return note(r, tenant->sighting, MC_DEPARTURE_STAYED, err);
}

static MC_RC on_want(
	struct mc_remover *rm, const struct mc_item *item, struct mc_error *err)
{
	struct removing *r = removing_of(rm);
	const struct trouble *known = NULL;
	struct mc_tenant tenant;
	enum mc_kept why;
	enum mc_rc rc = mc_gate_ask(&r->gate, item, &tenant, &why, err);

	if (rc >= 0 && look_again(r, item, &tenant, err) < 0)
		return err->rc;
	if (rc == MC_OK)
		known = trouble_of(r, tenant.sighting);
	if (rc == MC_OK && (known || r->troubles_n == TROUBLES_MAX)) {
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
	struct removing *r = removing_of(rm);

	mc_hash_sink_init(&r->octets);
	return mc_tenant_get(
		r->gate.file, r->gate.folder, item->key, &r->now, err);
}

static MC_RC on_bytes(
	struct mc_remover *rm, struct mc_span bytes, struct mc_error *err)
{
	struct removing *r = removing_of(rm);

	mc_pacer_octets(mc_pace_in(r->req), (int64_t)bytes.n, &r->req->monitor);
	return r->octets.sink.put(&r->octets.sink, bytes, err);
}

/* MC_DONE: it stays, since the source does not have it as the archive does, or
 * keeps it.  Which one it is: r->now. */
static MC_RC stay(struct removing *r, const struct mc_item *item,
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
	struct removing *r, const struct mc_item *item, struct mc_error *err)
{
	enum mc_rc rc = stay(r, item, MC_KEPT_CHANGED,
		"the server gives other octets than it gave for the archive; "
		"the next run fetches them",
		err);

	if (rc < 0 || open_batch(r, err) < 0)
		return err->rc;
	rc = mc_tenant_doubt(r->ar, r->now.sighting, err);
	return rc == MC_OK ? MC_DONE : rc;
}

static MC_RC on_judge(struct mc_remover *rm, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct removing *r = removing_of(rm);
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
	struct removing *r, int64_t sighting, struct mc_error *err)
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
	struct removing *r = removing_of(rm);
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

static void warn(struct removing *r)
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
	struct removing *r = removing_of(rm);

	warn(r);
	progress(r);
	return close_batch(r, err);
}

static MC_RC on_stays(struct mc_remover *rm, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct removing *r = removing_of(rm);
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
	struct removing *r = removing_of(rm);
	enum mc_departure state =
		how == MC_REMOVAL_DONE ? MC_DEPARTURE_GONE : MC_DEPARTURE_NONE;
	enum mc_rc rc = MC_OK;

	if (r->req->dry_run)
		return MC_OK;
	if (how == MC_REMOVAL_UNKNOWN)
		r->counts.unknown = (int64_t)r->leaving_n;
	if (how == MC_REMOVAL_DONE)
		r->counts.removed += (int64_t)r->leaving_n;
	for (size_t i = 0; rc == MC_OK && i < r->leaving_n; i++) {
		if (how != MC_REMOVAL_UNKNOWN)
			rc = note(r, r->leaving[i], state, err);
	}
	r->leaving_n = 0;
	return rc == MC_OK ? close_batch(r, err) : rc;
}

/* --- a source --------------------------------------------------------- */

static MC_RC session(struct removing *r, const struct mc_source_conf *conf,
	struct mc_retry *retry, struct mc_error *err)
{
	struct mc_source *src = NULL;
	enum mc_rc rc = r->ops->open(&src, conf, err);

	if (rc == MC_OK) {
		retry->met = true;
		rc = r->ops->remove(src, &r->rm, err);
	}
	if (src)
		r->ops->close(src);
	return rc;
}

/* What is fetched once more counts as what is fetched at first. */
static MC_RC wait_for_pace(struct removing *r, struct mc_error *err)
{
	const struct mc_monitor *mon = &r->req->monitor;
	const struct mc_pacer_line line = {
		.ar = r->ar, .account = r->account, .left = -1, .mon = mon
	};
	enum mc_rc rc;

	if (r->req->dry_run || !mc_pacer_is_due(mc_pace_in(r->req)))
		return MC_OK;
	rc = mc_pacer_settle(mc_pace_in(r->req), &line, err);
	if (rc == MC_OK && mc_cancel_is(mon->cancel, MC_CANCEL_SOON))
		rc = mc_fail_cancelled(err);
	return rc;
}

/* Behind a session that ended with rc: is the target another place?  *more: the
 * session looked at all that is listed, and let only one of them go. */
static MC_RC look_at_target(
	struct removing *r, enum mc_rc rc, bool *more, struct mc_error *err)
{
	struct mc_error seen;

	*more = r->alone && r->let_go;
	if (r->alone && mc_canary_look(&r->canary, &seen) < 0) {
		*err = seen;
		return seen.rc;
	}
	r->alone &= r->counts.removed == 0;
	return rc;
}

/* As many as it takes: one that removed nothing is the last one. */
static MC_RC sessions(struct removing *r, const struct mc_source_conf *conf,
	struct mc_error *err)
{
	struct mc_retry retry = { 0 };
	bool more;

	for (;;) {
		int64_t had = r->counts.removed;
		enum mc_rc rc = wait_for_pace(r, err);

		if (rc == MC_OK)
			rc = session(r, conf, &retry, err);

		mc_archive_rollback(r->ar);
		rc = look_at_target(r, rc, &more, err);
		if (!more && (rc == MC_DONE ||
				     (rc == MC_OK && r->counts.removed == had)))
			return MC_OK;
		if (rc < 0 && mc_retry_wait(&retry, r->counts.removed > had,
				      &r->req->monitor, err) < 0)
			return err->rc;
	}
}

static MC_RC end_run(struct removing *r, int status, struct mc_error *err)
{
	struct mc_counts counts = { .listed = r->counts.listed };
	enum mc_rc rc;

	if (r->run == 0)
		return MC_OK;
	rc = open_batch(r, err);
	if (rc == MC_OK)
		rc = mc_run_end(r->ar, r->run, &counts, status, err);
	if (rc == MC_OK)
		rc = close_batch(r, err);
	return rc == MC_OK ? mc_pacer_note(
				     mc_pace_in(r->req), r->ar, r->account, err)
			   : rc;
}

/* The row of the source, which the pull has made; a dry run makes none. */
static MC_RC find_source(
	struct removing *r, const struct mc_endpoint *at, struct mc_error *err)
{
	enum mc_rc rc = mc_source_find(&r->ops, at, err);

	if (rc == MC_OK)
		rc = mc_source_name(&r->account, at, r->ops, err);
	if (rc == MC_OK)
		rc = open_batch(r, err);
	if (rc == MC_OK)
		rc = mc_source_put(
			r->ar, r->ops->kind, r->account, &r->source, err);
	if (rc == MC_OK && !r->req->dry_run)
		rc = close_batch(r, err);
	mc_archive_rollback(r->ar);
	return rc;
}

static void add_up(
	struct mc_remove_report *sum, const struct mc_remove_report *one)
{
	sum->listed += one->listed;
	sum->removed += one->removed;
	sum->kept += one->kept;
	for (int why = 0; why < MC_KEPT_REASONS; why++)
		sum->kept_by[why] += one->kept_by[why];
	sum->unknown += one->unknown;
	sum->settled += one->settled;
}

static const struct mc_remover remover = { .begin = on_begin,
	.want = on_want,
	.fetch = on_fetch,
	.bytes = on_bytes,
	.judge = on_judge,
	.leave = on_leave,
	.flush = on_flush,
	.stays = on_stays,
	.end = on_end };

static MC_RC remove_source(struct mc_archive *ar, const struct mc_gate *gate,
	const struct mc_endpoint *at, struct mc_remove_report *report,
	struct mc_error *err)
{
	const struct mc_request *req = gate->req;
	struct mc_source_conf conf = {
		.at = at, .quote = req->quote, .monitor = &req->monitor
	};
	struct removing *r = calloc(1, sizeof(*r));
	struct mc_error later;
	enum mc_rc rc;

	if (!r)
		return mc_fail_memory(err);
	r->rm = remover;
	r->ar = ar;
	r->gate = *gate;
	r->req = req;
	r->alone = req->target && !req->dry_run;
	r->canary = (struct mc_canary){
		.ar = ar, .req = req, .ledger = gate->target
	};
	rc = find_source(r, at, err);
	if (rc == MC_OK)
		rc = sessions(r, &conf, err);
	if (end_run(r, rc < 0 ? 1 : 0, &later) < 0 && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	add_up(report, &r->counts);
	mc_canary_dispose(&r->canary);
	free(r->leaving);
	free(r->account);
	free(r);
	if (rc < 0) {
		char typed[1024];

		mc_endpoint_format(at, typed, sizeof(typed));
		mc_while(err, "%s", typed);
	}
	return rc;
}

/* --- all of them ------------------------------------------------------ */

MC_RC mc_remove_check(const struct mc_request *req, struct mc_error *err)
{
	for (size_t i = 0; i < req->sources_n; i++) {
		const struct mc_source_ops *ops = NULL;
		char typed[1024];

		if (mc_source_find(&ops, &req->sources[i], err) < 0)
			return err->rc;
		if (ops->remove)
			continue;
		mc_endpoint_format(&req->sources[i], typed, sizeof(typed));
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"--delete-source deletes in POP3 accounts alone, and "
			"'%s' is none; pull it by a command of its own, "
			"without that option",
			typed);
	}
	return MC_OK;
}

static MC_RC remove_each(struct mc_archive *ar, const struct mc_gate *gate,
	struct mc_remove_report *report, struct mc_error *err)
{
	const struct mc_request *req = gate->req;
	struct mc_error first = { .rc = MC_OK };

	for (size_t i = 0; i < req->sources_n; i++) {
		if (remove_source(ar, gate, &req->sources[i], report, err) >= 0)
			continue;
		if (first.rc == MC_OK)
			first = *err;
		else
			mc_note(&req->monitor, "%s", err->text);
		if (err->rc == MC_ECANCEL || err->rc == MC_EDB)
			break;
	}
	*err = first;
	return first.rc;
}

MC_RC mc_remove_sources(struct mc_archive *ar, const struct mc_request *req,
	struct mc_proof *proof, struct mc_remove_report *report,
	struct mc_error *err)
{
	struct mc_gate gate = {
		.req = req, .proof = proof, .now = mc_clock_now()
	};
	enum mc_rc rc = MC_OK;

	assert(req->dry_run || proof || !req->target);
	if (!ar)
		return MC_OK;
	if (proof)
		mc_proof_sort(proof);
	if (req->target)
		rc = mc_target_known(ar, req, &gate.target, err);
	if (rc == MC_OK && !req->dry_run)
		rc = mc_archive_settle(ar, err);
	/* A handle of its own: the other one may remember what it wrote. */
	if (rc == MC_OK)
		rc = mc_archive_open(&gate.file, req->archive, MC_ARCHIVE_READ,
			&req->monitor, err);
	if (rc == MC_OK)
		rc = remove_each(ar, &gate, report, err);
	mc_archive_close(gate.file);
	return rc;
}
