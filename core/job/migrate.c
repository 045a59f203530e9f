/* SPDX-License-Identifier: MIT
 * migrate: pull, push, verify: the whole move. */
#include "job/pull.h"
#include "job/push.h"
#include "job/report.h"
#include "job/verify.h"
#include "target/target.h"

/* A wrong password for the new server is told before the old one is read. */
static MC_RC try_target(const struct mc_request *req, struct mc_error *err)
{
	struct mc_target *target = NULL;
	enum mc_rc rc =
		mc_target_open(&target, req->target, &req->monitor, err);

	mc_target_close(target);
	if (rc < 0) {
		char name[1024];

		mc_endpoint_format(req->target, name, sizeof(name));
		mc_while(err, "%s", name);
	}
	return rc;
}

static MC_RC push_and_verify(struct mc_archive *ar,
	const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	enum mc_rc rc;

	report->pushed = true;
	/* It was reached before the pull, which may have taken hours. */
	rc = mc_push(ar, req, true, &report->push, err);
	if (rc < 0)
		return rc;
	report->verified = true;
	rc = mc_verify_archive(ar, req, &report->verify, err);
	if (rc == MC_OK)
		rc = mc_verify_target(ar, req, &report->verify, err);
	return rc;
}

MC_RC mc_job_migrate(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_error pulled = { .rc = MC_OK };
	struct mc_archive *ar = NULL;
	enum mc_rc rc;

	rc = mc_pull_check(req, err);
	if (rc == MC_OK)
		rc = try_target(req, err);
	if (rc == MC_OK)
		rc = mc_archive_open(&ar, req->archive, MC_ARCHIVE_CREATE,
			&req->monitor, err);
	if (rc < 0)
		return rc;
	report->pulled = true;
	/* One source of several that fails keeps no mail of the others back. */
	rc = mc_pull_sources(ar, req, &report->pull, &pulled);
	if (rc < 0 && (pulled.rc == MC_ECANCEL || pulled.rc == MC_EDB ||
			      report->pull.sources_failed ==
				      (int64_t)req->sources_n)) {
		*err = pulled;
	} else {
		rc = push_and_verify(ar, req, report, err);
		if (rc == MC_OK && pulled.rc < 0) {
			*err = pulled;
			rc = pulled.rc;
		}
	}
	if (rc == MC_OK)
		rc = mc_report_archive(ar, report, err);
	mc_archive_close(ar);
	return rc;
}
