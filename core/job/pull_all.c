/* SPDX-License-Identifier: MIT
 * pull_all: the sources of a request, one after another. */
#include "job/idle.h"
#include "job/pull.h"
#include "job/remove.h"
#include "job/report.h"
#include "source/source.h"

MC_RC mc_pull_check(const struct mc_request *req, struct mc_error *err)
{
	const struct mc_source_ops *ops;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < req->sources_n; i++)
		rc = mc_source_find(&ops, &req->sources[i], err);
	return rc;
}

MC_RC mc_pull_sources(struct mc_archive *ar, const struct mc_request *req,
	struct mc_pull_report *report, struct mc_error *err)
{
	struct mc_error first = { .rc = MC_OK };

	for (size_t i = 0; i < req->sources_n; i++) {
		if (mc_pull_source(ar, req, &req->sources[i], report, err) >= 0)
			continue;
		report->sources_failed++;
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

/* A dry run makes no archive, and changes nothing in one that is there. */
static MC_RC open_archive(struct mc_archive **ar, const struct mc_request *req,
	struct mc_error *err)
{
	enum mc_rc rc;

	if (!req->dry_run)
		return mc_archive_open(ar, req->archive, MC_ARCHIVE_CREATE,
			&req->monitor, err);
	rc = mc_archive_open(
		ar, req->archive, MC_ARCHIVE_WRITE, &req->monitor, err);
	return rc == MC_ENOENT ? MC_OK : rc;
}

MC_RC mc_job_pull(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_archive *ar = NULL;
	struct mc_request own;
	enum mc_rc rc;

	rc = mc_pull_check(req, err);
	if (rc == MC_OK && req->delete_source)
		rc = mc_remove_check(req, err);
	if (rc < 0)
		return rc;
	report->pulled = true;
	rc = open_archive(&ar, req, err);
	if (rc == MC_OK)
		rc = mc_idle_begin(&own, req, err);
	if (rc == MC_OK) {
		rc = mc_pull_sources(ar, &own, &report->pull, err);
		mc_idle_end(&own, rc == MC_OK, report);
	}
	if (rc == MC_OK && req->delete_source) {
		report->removed = true;
		rc = mc_remove_sources(ar, req, NULL, &report->remove, err);
	}
	if (rc == MC_OK && ar)
		rc = mc_report_archive(ar, report, err);
	mc_archive_close(ar);
	return rc;
}
