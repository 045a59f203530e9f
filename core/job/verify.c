/* SPDX-License-Identifier: MIT */
#include "job/verify.h"

#include "job/recheck.h"
#include "job/report.h"

static void found_damage(void *arg, const char *text, bool more)
{
	mc_recheck_tell(arg, text, more);
}

MC_RC mc_verify_archive(struct mc_archive *ar, const struct mc_request *req,
	struct mc_verify_report *report, struct mc_error *err)
{
	struct mc_recheck_wish wish = {
		.req = req, .bodies = true, .sightings = true
	};
	struct mc_recheck *recheck = NULL;
	struct mc_totals totals;
	enum mc_rc rc = mc_sound_new(&wish.sound, 0, err);

	if (rc < 0)
		return rc;
	/* They may be what is damaged. */
	wish.total = mc_totals_get(ar, &totals, err) < 0
			     ? -1
			     : totals.bodies + totals.sightings;
	rc = mc_recheck_begin(&recheck, &wish, report, err);
	if (rc == MC_OK)
		rc = mc_archive_check(ar, found_damage, recheck, err);
	if (recheck)
		rc = mc_recheck_end(recheck, rc, err);
	mc_recheck_free(recheck);
	mc_sound_free(wish.sound);
	return rc;
}

MC_RC mc_job_verify(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_archive *ar = NULL;
	enum mc_rc rc;

	report->verified = true;
	rc = mc_archive_open(
		&ar, req->archive, MC_ARCHIVE_READ, &req->monitor, err);
	if (rc == MC_OK)
		rc = mc_verify_archive(ar, req, &report->verify, err);
	if (rc == MC_OK && req->target)
		rc = mc_verify_target(ar, req, &report->verify, err);
	if (rc == MC_OK)
		rc = mc_report_archive(ar, report, err);
	mc_archive_close(ar);
	return rc;
}
