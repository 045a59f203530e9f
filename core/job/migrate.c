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
static MC_RC open_target(struct mc_target **target,
	const struct mc_request *req, struct mc_error *err)
{
	struct mc_retry retry = { 0 };
	enum mc_rc rc;

	do
		rc = mc_target_open(target, req->target, &req->monitor, err);
	while (rc < 0 && mc_retry_wait(&retry, false, &req->monitor, err) >= 0);
	if (rc < 0) {
		char name[1024];

		mc_endpoint_format(req->target, name, sizeof(name));
		mc_while(err, "%s", name);
	}
	return rc;
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

struct migration {
	struct mc_archive *ar;
	struct mc_target *target;   /* open, until it is handed on */
	struct mc_overlap *overlap; /* NULL: not begun */
	struct mc_fresh *fresh;     /* what came is read again; NULL: not so */
	struct mc_report *report;
	struct mc_error pulled; /* what failed of the pull */
	struct mc_proof proof;  /* --delete-source: what may be removed */
};

/* What came is read again while it is sent; not, if all of it will be. */
static MC_RC begin_verify(struct migration *m, const struct mc_request *req)
{
	struct mc_error err;

	if (req->delete_source ||
		mc_verify_fresh_begin(&m->fresh, m->ar, req, &err) >= 0)
		return MC_OK;
	m->pulled = err;
	return err.rc;
}

/* One source of several that fails keeps no mail of the others back.  MC_OK:
 * all is pushed that could be pulled. */
static MC_RC pull_and_push(
	struct migration *m, const struct mc_request *req, struct mc_error *err)
{
	struct mc_report *report = m->report;
	size_t from = mc_overlap_from(req);
	enum mc_rc rc;
	bool over;

	if (from > 0) { /* which may take hours */
		mc_target_close(m->target);
		m->target = NULL;
	}
	pull_some(m->ar, req, 0, from, &report->pull, &m->pulled);
	over = is_hopeless(req, report, &m->pulled);
	if (!over) {
		rc = mc_overlap_begin(
			&m->overlap, m->ar, req, m->target, report, err);
		m->target = NULL;
		if (rc < 0)
			return rc;
		pull_some(m->ar, req, from, req->sources_n, &report->pull,
			&m->pulled);
		over = is_hopeless(req, report, &m->pulled) ||
		       begin_verify(m, req) < 0;
		rc = mc_overlap_end(m->overlap, !over, err);
		report->pushed = !over || report->push.placements > 0;
		if (!over)
			return rc;
	}
	*err = m->pulled;
	return err->rc;
}

/* What is to be removed at its source must be proved to be in the archive and on
 * the target: every octet of it is fetched back. */
static MC_RC verify_all(
	struct migration *m, const struct mc_request *req, struct mc_error *err)
{
	struct mc_verify_report *report = &m->report->verify;
	struct mc_request deep = *req;
	enum mc_rc rc = mc_verify_archive(m->ar, req, report, err);

	deep.deep = true;
	if (rc == MC_OK)
		rc = mc_verify_target_fresh(m->ar, &deep,
			mc_overlap_yield(m->overlap), report, &m->proof, err);
	return rc;
}

/* What is there already was verified by the run that brought it. */
static MC_RC verify_fresh(
	struct migration *m, const struct mc_request *req, struct mc_error *err)
{
	struct mc_verify_report *report = &m->report->verify;
	enum mc_rc rc = mc_verify_target_fresh(
		m->ar, req, mc_overlap_yield(m->overlap), report, NULL, err);

	return rc == MC_OK ? mc_verify_fresh_end(m->fresh, report, err) : rc;
}

/* An archive that is damaged anywhere is no ground to remove anything on. */
static MC_RC remove_safe(
	struct migration *m, const struct mc_request *req, struct mc_error *err)
{
	struct mc_report *report = m->report;

	if (!req->delete_source)
		return MC_OK;
	report->removed = true;
	report->remove.closed = report->verify.damaged > 0;
	if (report->remove.closed)
		return MC_OK;
	return mc_remove_sources(m->ar, req, &m->proof, &report->remove, err);
}

static MC_RC move(
	struct migration *m, const struct mc_request *req, struct mc_error *err)
{
	struct mc_request own;
	enum mc_rc rc = mc_idle_begin(&own, req, err);

	if (rc < 0)
		return rc;
	m->report->pulled = true;
	rc = pull_and_push(m, &own, err);
	mc_idle_end(&own, rc == MC_OK && m->pulled.rc == MC_OK, m->report);
	m->report->verified = rc == MC_OK;
	if (rc == MC_OK)
		rc = req->delete_source ? verify_all(m, req, err)
					: verify_fresh(m, req, err);
	if (rc == MC_OK && m->pulled.rc < 0) {
		*err = m->pulled;
		rc = m->pulled.rc;
	}
	if (rc == MC_OK)
		rc = remove_safe(m, req, err);
	return rc == MC_OK ? mc_report_archive(m->ar, m->report, err) : rc;
}

MC_RC mc_job_migrate(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct migration m = { .report = report };
	enum mc_rc rc;

	rc = mc_pull_check(req, err);
	if (rc == MC_OK && req->delete_source)
		rc = mc_remove_check(req, err);
	if (rc == MC_OK)
		rc = open_target(&m.target, req, err);
	if (rc == MC_OK)
		rc = mc_archive_open(&m.ar, req->archive, MC_ARCHIVE_CREATE,
			&req->monitor, err);
	if (rc == MC_OK)
		rc = move(&m, req, err);
	mc_target_close(m.target);
	mc_overlap_free(m.overlap);
	mc_verify_fresh_free(m.fresh);
	mc_archive_close(m.ar);
	mc_proof_dispose(&m.proof);
	return rc;
}
