/* SPDX-License-Identifier: MIT
 * migrate: pull, push, verify: the whole move. */
#include "job/fresh.h"
#include "job/idle.h"
#include "job/overlap.h"
#include "job/pull.h"
#include "job/remove.h"
#include "job/report.h"
#include "job/verify.h"
#include "target/target.h"

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
	struct mc_overlap *overlap; /* NULL: not begun */
	struct mc_fresh *fresh;     /* what came is read again; NULL: not so */
	struct mc_report *report;
	struct mc_error pulled; /* what failed of the pull */
	struct mc_proof proof;  /* --delete-source: what may be removed */
};

/* Sources that pushing does not go on beside, which may take hours.  A wrong
 * password for the new server is told before. */
static MC_RC pull_earlier(struct migration *m, const struct mc_request *req,
	size_t n, struct mc_error *err)
{
	struct mc_target *target = NULL;
	enum mc_rc rc = n > 0 ? mc_overlap_reach(&target, req, err) : MC_OK;

	mc_target_close(target);
	m->report->pulled = rc == MC_OK;
	if (rc == MC_OK && n > 0)
		pull_some(m->ar, req, 0, n, &m->report->pull, &m->pulled);
	return rc;
}

/* What came is read again while it is sent; not, if all of it will be. */
static MC_RC begin_overlap(struct migration *m, const struct mc_request *req,
	bool reached, struct mc_error *err)
{
	struct mc_overlap_wish wish = {
		.ar = m->ar, .req = req, .reached = reached, .report = m->report
	};
	enum mc_rc rc = MC_OK;

	if (!req->delete_source) {
		rc = mc_fresh_new(&m->fresh, m->ar, req, err);
		if (rc < 0)
			return rc;
		wish.sound = mc_fresh_sound(m->fresh);
	}
	return mc_overlap_begin(&m->overlap, &wish, err);
}

/* True: nothing more is to be pushed. */
static bool pull_beside(
	struct migration *m, const struct mc_request *req, size_t from)
{
	struct mc_request own = *req;
	struct mc_error err;

	own.leave = mc_overlap_leave(m->overlap);
	pull_some(m->ar, &own, from, req->sources_n, &m->report->pull,
		&m->pulled);
	if (is_hopeless(req, m->report, &m->pulled))
		return true;
	if (!m->fresh || mc_fresh_begin(m->fresh, &err) >= 0)
		return false;
	m->pulled = err;
	return true;
}

/* One source of several that fails keeps no mail of the others back.  MC_OK:
 * all is pushed that could be pulled. */
static MC_RC pull_and_push(
	struct migration *m, const struct mc_request *req, struct mc_error *err)
{
	struct mc_report *report = m->report;
	size_t from = mc_overlap_from(req);
	enum mc_rc rc = pull_earlier(m, req, from, err);
	bool over;

	if (rc < 0)
		return rc;
	over = is_hopeless(req, report, &m->pulled);
	if (!over) {
		rc = begin_overlap(m, req, from > 0, err);
		if (rc < 0)
			return rc;
		over = pull_beside(m, req, from);
		rc = mc_overlap_end(m->overlap, !over, err);
		report->pulled = !mc_overlap_is_lost(m->overlap);
		report->pushed = !over || report->push.placements > 0;
		if (!over || !report->pulled)
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

	return rc == MC_OK ? mc_fresh_end(m->fresh, report, err) : rc;
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
		rc = mc_archive_open(&m.ar, req->archive, MC_ARCHIVE_CREATE,
			&req->monitor, err);
	if (rc == MC_OK)
		rc = move(&m, req, err);
	mc_overlap_free(m.overlap);
	mc_fresh_free(m.fresh);
	mc_archive_close(m.ar);
	mc_proof_dispose(&m.proof);
	return rc;
}
