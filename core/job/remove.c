/* SPDX-License-Identifier: MIT
 * remove: sources, and as many sessions of each as it takes. */
#include "job/remove.h"

#include <assert.h>

#include "archive/sighting.h"
#include "base/clock.h"
#include "job/removing.h"
#include "job/retry.h"
#include "job/source_name.h"
#include "job/target_name.h"

static MC_RC session(struct mc_removing *r, const struct mc_source_conf *conf,
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
static MC_RC wait_for_pace(struct mc_removing *r, struct mc_error *err)
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
	struct mc_removing *r, enum mc_rc rc, bool *more, struct mc_error *err)
{
	bool looks = r->canary.placement != 0;
	struct mc_error seen;

	*more = r->alone && r->let_go;
	if (r->alone && mc_canary_look(&r->canary, &seen) < 0) {
		*err = seen;
		return seen.rc;
	}
	r->alone &= !looks || r->counts.removed == 0;
	return rc;
}

/* As many as it takes: one that removed nothing is the last one. */
static MC_RC sessions(struct mc_removing *r, const struct mc_source_conf *conf,
	struct mc_error *err)
{
	struct mc_retry retry = { 0 };
	bool more;

	for (;;) {
		int64_t had = r->counts.removed;
		enum mc_rc rc = wait_for_pace(r, err);

		if (rc == MC_OK)
			rc = mc_canary_again(&r->canary, err);
		if (rc == MC_OK)
			rc = session(r, conf, &retry, err);
		mc_archive_rollback(r->ar);
		rc = look_at_target(r, rc, &more, err);
		if (!more && (rc == MC_DONE ||
				     (rc == MC_OK && r->counts.removed <= had)))
			rc = mc_canary_again(&r->canary, err);
		else if (rc >= 0)
			continue;
		if (rc == MC_OK)
			return rc;
		if (mc_retry_wait(&retry, r->counts.removed > had,
			    &r->req->monitor, err) < 0)
			return err->rc;
	}
}

static MC_RC end_run(struct mc_removing *r, int status, struct mc_error *err)
{
	struct mc_counts counts = { .listed = r->counts.listed };
	enum mc_rc rc;

	if (r->run == 0)
		return MC_OK;
	rc = mc_removing_batch(r, err);
	if (rc == MC_OK)
		rc = mc_run_end(r->ar, r->run, &counts, status, err);
	if (rc == MC_OK)
		rc = mc_removing_commit(r, err);
	return rc == MC_OK ? mc_pacer_note(
				     mc_pace_in(r->req), r->ar, r->account, err)
			   : rc;
}

/* The row of the source, which the pull has made; a dry run makes none. */
static MC_RC find_source(struct mc_removing *r, const struct mc_endpoint *at,
	struct mc_error *err)
{
	enum mc_rc rc = mc_source_find(&r->ops, at, err);

	if (rc == MC_OK)
		rc = mc_source_name(&r->account, at, r->ops, err);
	if (rc == MC_OK)
		rc = mc_removing_batch(r, err);
	if (rc == MC_OK)
		rc = mc_source_put(
			r->ar, r->ops->kind, r->account, &r->source, err);
	if (rc == MC_OK && !r->req->dry_run)
		rc = mc_removing_commit(r, err);
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

static MC_RC remove_source(struct mc_archive *ar, const struct mc_gate *gate,
	const struct mc_endpoint *at, struct mc_remove_report *report,
	struct mc_error *err)
{
	const struct mc_request *req = gate->req;
	struct mc_source_conf conf = {
		.at = at, .quote = req->quote, .monitor = &req->monitor
	};
	struct mc_removing *r = calloc(1, sizeof(*r));
	struct mc_error later;
	enum mc_rc rc;

	if (!r)
		return mc_fail_memory(err);
	r->rm = mc_removing_remover;
	r->ar = ar;
	r->gate = *gate;
	r->req = req;
	r->alone = req->target && !req->dry_run;
	r->canary = (struct mc_canary){ .ar = ar,
		.req = req,
		.ledger = gate->target,
		.proof = gate->proof };
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

/* "2026-11-21" of "2026-11-21T20:00:00Z". */
enum { DATE_OCTETS = 10 };

static void tell_clock(const struct mc_gate *gate)
{
	int64_t days = gate->req->delete_after;
	char newest[MC_TIME_TEXT];
	char before[MC_TIME_TEXT];
	char now[MC_TIME_TEXT];

	mc_clock_format(newest, gate->newest);
	mc_clock_format(before, gate->now - days * MC_DAY);
	mc_clock_format(now, gate->now);
	mc_note(&gate->req->monitor,
		"nothing is deleted by its age, for this machine's clock says "
		"%.*s, and the newest mail is of %.*s; look at the clock, and "
		"if it is right say --before %.*s instead of --delete-after",
		DATE_OCTETS, now, DATE_OCTETS, newest, DATE_OCTETS, before);
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
		rc = mc_gate_check_clock(&gate, err);
	if (rc == MC_OK)
		rc = remove_each(ar, &gate, report, err);
	if (report->kept_by[MC_KEPT_CLOCK] > 0)
		tell_clock(&gate);
	mc_archive_close(gate.file);
	return rc;
}
