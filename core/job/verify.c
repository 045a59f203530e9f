/* SPDX-License-Identifier: MIT */
#include "job/verify.h"

#include <inttypes.h>

#include "archive/body.h"
#include "archive/query.h"
#include "base/text.h"
#include "job/report.h"
#include "job/show.h"
#include "target/target.h"

struct verify {
	struct mc_archive *ar;
	const struct mc_request *req;
	struct mc_verify_report *report;
	int64_t total;
};

static void tell_damaged(
	struct verify *v, const char *what, int64_t id, const char *why)
{
	char text[640];

	v->report->damaged++;
	mc_text_format(text, sizeof(text), "%s %" PRId64 ": %s", what, id, why);
	mc_emit(&v->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "verify",
					  .text = text });
}

static MC_RC progress(struct verify *v, struct mc_error *err)
{
	mc_emit(&v->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "verify",
			.done = v->report->bodies + v->report->sightings,
			.total = v->total,
			.octets = v->report->octets });
	if (mc_cancel_is(v->req->monitor.cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	return MC_OK;
}

/* Damage of one message is told and counted; the rest goes on. */
static MC_RC judge(struct verify *v, const char *what, int64_t id,
	enum mc_rc rc, bool same, struct mc_error *err)
{
	if (rc < 0 && err->scope != MC_MESSAGE)
		return rc;
	if (rc < 0)
		tell_damaged(v, what, id, err->text);
	else if (!same)
		tell_damaged(v, what, id,
			"what is stored has another SHA-256 than it came with");
	return progress(v, err);
}

static MC_RC check_body(
	void *arg, const struct mc_body *body, struct mc_error *err)
{
	struct verify *v = arg;
	struct mc_hash_sink hs;
	struct mc_digest digest;
	enum mc_rc rc;

	mc_hash_sink_init(&hs);
	rc = mc_show_body(v->ar, body->id, &hs.sink, err);
	digest = mc_hash_end(&hs.hash);
	v->report->bodies++;
	v->report->octets += hs.octets;
	return judge(v, "body", body->id, rc,
		mc_digest_eq(&digest, &body->sha256) &&
			hs.octets == body->octets,
		err);
}

static MC_RC check_sighting(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err)
{
	struct verify *v = arg;
	struct mc_hash_sink hs;
	struct mc_digest digest;
	enum mc_rc rc;

	/* Raw is canonical: check_body() has looked. */
	if (mc_digest_eq(&line->raw_sha256, &line->sha256)) {
		v->report->sightings++;
		return MC_OK;
	}
	mc_hash_sink_init(&hs);
	rc = mc_show_raw(v->ar, line->sighting, line->body, &hs.sink, err);
	digest = mc_hash_end(&hs.hash);
	v->report->sightings++;
	v->report->octets += hs.octets;
	return judge(v, "sighting", line->sighting, rc,
		mc_digest_eq(&digest, &line->raw_sha256) &&
			hs.octets == line->octets,
		err);
}

static void found_damage(void *arg, const char *text)
{
	struct verify *v = arg;

	v->report->damaged++;
	mc_emit(&v->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "verify",
					  .text = text });
}

MC_RC mc_verify_archive(struct mc_archive *ar, const struct mc_request *req,
	struct mc_verify_report *report, struct mc_error *err)
{
	struct verify v = { .ar = ar, .req = req, .report = report };
	struct mc_sighting_filter all = { 0 };
	struct mc_totals totals;
	enum mc_rc rc = mc_totals_get(ar, &totals, err);

	if (rc < 0)
		return rc;
	v.total = totals.bodies + totals.sightings;
	rc = mc_archive_check(ar, found_damage, &v, err);
	if (rc == MC_OK)
		rc = mc_body_each(ar, check_body, &v, err);
	if (rc == MC_OK)
		rc = mc_sighting_each(ar, &all, check_sighting, &v, err);
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
