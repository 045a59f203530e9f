/* SPDX-License-Identifier: MIT
 * migrate: pull, push, verify: the whole move. */
#include "job/idle.h"
#include "job/overlap.h"
#include "job/pull.h"
#include "job/push.h"
#include "job/remove.h"
#include "job/report.h"
#include "job/retry.h"
#include "job/verify.h"
#include "target/target.h"

/* A wrong password for the new server is told before the old one is read. */
static MC_RC try_target(const struct mc_request *req, struct mc_error *err)
{
	struct mc_target *target = NULL;
	struct mc_retry retry = { 0 };
	enum mc_rc rc;

	do
		rc = mc_target_open(&target, req->target, &req->monitor, err);
	while (rc < 0 && mc_retry_wait(&retry, false, &req->monitor, err) >= 0);
	mc_target_close(target);
	if (rc < 0) {
		char name[1024];

		mc_endpoint_format(req->target, name, sizeof(name));
		mc_while(err, "%s", name);
	}
	return rc;
}

/* What is to be removed at its source must be proved to be on the target: every
 * octet is fetched back. */
static MC_RC verify(struct mc_archive *ar, const struct mc_request *req,
	struct mc_report *report, struct mc_proof *proof, struct mc_error *err)
{
	struct mc_request deep = *req;
	enum mc_rc rc;

	deep.deep |= req->delete_source;
	report->verified = true;
	rc = mc_verify_archive(ar, req, &report->verify, err);
	if (rc == MC_OK)
		rc = mc_verify_target(ar, &deep, &report->verify, proof, err);
	return rc;
}

/* An archive that is damaged anywhere is no ground to remove anything on. */
static MC_RC remove_safe(struct mc_archive *ar, const struct mc_request *req,
	struct mc_report *report, struct mc_proof *proof, struct mc_error *err)
{
	if (!req->delete_source)
		return MC_OK;
	report->removed = true;
	report->remove.closed = report->verify.damaged > 0;
	if (report->remove.closed)
		return MC_OK;
	return mc_remove_sources(ar, req, proof, &report->remove, err);
}

/* Sources [from, to).  What ends the run is in *first, if anything was before
 * it is noted. */
static void pull_some(struct mc_archive *ar, const struct mc_request *req,
	size_t from, size_t to, struct mc_pull_report *report,
	struct mc_error *first)
{
	struct mc_request some = *req;
	struct mc_error err;

	some.sources += from;
	some.sources_n = to - from;
	if (first->rc == MC_ECANCEL || first->rc == MC_EDB ||
		mc_pull_sources(ar, &some, report, &err) >= 0)
		return;
	if (first->rc == MC_OK || err.rc == MC_ECANCEL || err.rc == MC_EDB)
		*first = err;
	else
		mc_note(&req->monitor, "%s", err.text);
}

/* Nothing that could be pushed has come, or the run is over. */
static bool is_hopeless(const struct mc_request *req,
	const struct mc_report *report, const struct mc_error *pulled)
{
	return pulled->rc < 0 &&
	       (pulled->rc == MC_ECANCEL || pulled->rc == MC_EDB ||
		       report->pull.sources_failed == (int64_t)req->sources_n);
}

/* One source of several that fails keeps no mail of the others back.  MC_OK:
 * all is pushed that could be pulled, and *pulled is what failed of that. */
static MC_RC pull_and_push(struct mc_archive *ar, const struct mc_request *req,
	struct mc_report *report, struct mc_error *pulled, struct mc_error *err)
{
	size_t from = mc_overlap_from(req);
	struct mc_overlap *overlap = NULL;
	enum mc_rc rc = MC_OK;
	bool over;

	pull_some(ar, req, 0, from, &report->pull, pulled);
	if (from < req->sources_n && !is_hopeless(req, report, pulled)) {
		rc = mc_overlap_begin(&overlap, ar, req, &report->push, err);
		if (rc < 0)
			return rc;
		pull_some(ar, req, from, req->sources_n, &report->pull, pulled);
	}
	over = is_hopeless(req, report, pulled);
	if (overlap) {
		rc = mc_overlap_end(overlap, !over, err);
		report->pushed = !over || report->push.placements > 0;
	} else if (!over) {
		report->pushed = true;
		/* It was reached before the pull, which may have taken hours. */
		rc = mc_push(ar, req, true, &report->push, err);
	}
	if (!over)
		return rc;
	*err = *pulled;
	return err->rc;
}

MC_RC mc_job_migrate(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_error pulled = { .rc = MC_OK };
	struct mc_proof proof = { 0 };
	struct mc_archive *ar = NULL;
	struct mc_request own;
	enum mc_rc rc;

	rc = mc_pull_check(req, err);
	if (rc == MC_OK && req->delete_source)
		rc = mc_remove_check(req, err);
	if (rc == MC_OK)
		rc = try_target(req, err);
	if (rc == MC_OK)
		rc = mc_archive_open(&ar, req->archive, MC_ARCHIVE_CREATE,
			&req->monitor, err);
	if (rc < 0)
		return rc;
	report->pulled = true;
	rc = mc_idle_begin(&own, req, err);
	if (rc == MC_OK) {
		rc = pull_and_push(ar, &own, report, &pulled, err);
		mc_idle_end(&own, rc == MC_OK && pulled.rc == MC_OK, report);
	}
	if (rc == MC_OK)
		rc = verify(ar, req, report, &proof, err);
	if (rc == MC_OK && pulled.rc < 0) {
		*err = pulled;
		rc = pulled.rc;
	}
	if (rc == MC_OK)
		rc = remove_safe(ar, req, report, &proof, err);
	if (rc == MC_OK)
		rc = mc_report_archive(ar, report, err);
	mc_archive_close(ar);
	mc_proof_dispose(&proof);
	return rc;
}
