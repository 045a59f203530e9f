/* SPDX-License-Identifier: MIT
 * pull: a source is read into the archive, in as many sessions as it takes. */
#include "job/pull.h"

#include <stdlib.h>

#include "job/pacer.h"
#include "job/pulling.h"
#include "job/retry.h"
#include "job/source_name.h"

/* All but the message in hand. */
static MC_RC keep_whole(struct mc_pulling *p, struct mc_error *err)
{
	if (p->intake && mc_intake_drop(p->intake, err) < 0)
		return err->rc;
	return mc_pulling_commit(p, err);
}

/* One session: open, read, close.  Counts of what a session lists start anew;
 * what earlier sessions of this run brought stays counted. */
static MC_RC session(struct mc_pulling *p, const struct mc_source_conf *conf,
	struct mc_retry *retry, struct mc_error *err)
{
	const struct mc_source_ops *ops = p->ops;
	struct mc_leave *leave = p->req->leave;
	struct mc_source *src = NULL;
	enum mc_rc rc = ops->open(&src, conf, err);

	if (rc == MC_OK && leave)
		rc = leave->wait(leave, err);
	if (rc == MC_OK) {
		retry->met = true;
		rc = ops->read(src, &p->rx, err);
	}
	if (rc < 0) {
		struct mc_error later;

		/* What has come stays, whatever ended the session.  A failing
		 * commit says the same again at the next begin. */
		p->reading = (struct mc_reading){ 0 };
		mc_snag_lost(&p->snag);
		if (err->rc != MC_EDB && keep_whole(p, &later) < 0)
			*err = later;
	}
	if (src)
		ops->close(src);
	return rc < 0 ? err->rc : rc;
}

/* Before another session lists everything again. */
static void recount(struct mc_pulling *p, const struct mc_pull_report *before)
{
	p->report->listed = before->listed;
	p->report->known = before->known + p->landed.copies;
	p->report->skipped = before->skipped;
	memcpy(p->report->skipped_by, before->skipped_by,
		sizeof(before->skipped_by));
	p->report->failed = before->failed;
	p->report->folders_failed = before->folders_failed;
	p->report->misnamed = before->misnamed;
	p->earlier = p->landed.brought;
	p->land.resumed = p->earlier > 0;
	p->again = 0;
}

static MC_RC end_run(struct mc_pulling *p, const struct mc_pull_report *before,
	int status, struct mc_error *err)
{
	struct mc_counts counts;
	enum mc_rc rc = mc_pulling_settle(p, err);

	if (rc < 0 || p->run == 0)
		return rc;
	counts = (struct mc_counts){
		.listed = p->report->listed - before->listed,
		.stored = p->report->stored - before->stored,
		.known = p->report->known - before->known,
		.skipped = p->report->skipped - before->skipped,
		.failed = p->report->failed - before->failed,
		.octets = p->report->octets - before->octets,
	};
	rc = mc_pulling_batch(p, err);
	if (rc == MC_OK)
		rc = mc_run_end(p->ar, p->run, &counts, status, err);
	if (rc == MC_OK)
		rc = mc_pulling_commit(p, err);
	if (rc == MC_OK && p->remote && p->account)
		rc = mc_pacer_note(mc_pace_in(p->req), p->ar, p->account, err);
	return rc;
}

/* Earlier runs may have used up what is allowed. */
static MC_RC wait_for_pace(struct mc_pulling *p, struct mc_error *err)
{
	const struct mc_pacer_line line = { .ar = p->ar,
		.account = p->account,
		.left = -1,
		.mon = &p->req->monitor };
	enum mc_rc rc;

	if (!p->remote || !p->account || p->req->dry_run ||
		!mc_pacer_is_due(mc_pace_in(p->req)))
		return MC_OK;
	rc = mc_pacer_settle(mc_pace_in(p->req), &line, err);
	if (rc == MC_OK && mc_cancel_is(line.mon->cancel, MC_CANCEL_SOON))
		rc = mc_fail_cancelled(err);
	return rc;
}

static MC_RC sessions(struct mc_pulling *p, const struct mc_source_conf *conf,
	struct mc_error *err)
{
	const struct mc_pull_report before = *p->report;
	struct mc_retry retry = { 0 };
	struct mc_error later;
	enum mc_rc rc;

	for (;;) {
		int64_t had = p->landed.brought;

		rc = wait_for_pace(p, err);
		if (rc == MC_OK)
			rc = session(p, conf, &retry, err);
		if (rc >= 0 || mc_retry_wait(&retry, p->landed.brought > had,
				       &p->req->monitor, err) < 0)
			break;
		recount(p, &before);
	}
	/* What earlier sessions listed and brought, and this one did not. */
	p->report->listed += p->earlier - p->again;
	if (end_run(p, &before, rc < 0 ? 1 : 0, &later) < 0 && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	return rc < 0 ? err->rc : MC_OK;
}

MC_RC mc_pull_source(struct mc_archive *ar, const struct mc_request *req,
	const struct mc_endpoint *at, struct mc_pull_report *report,
	struct mc_error *err)
{
	struct mc_pulling p = { .rx = mc_pulling_receiver,
		.ar = ar,
		.req = req,
		.report = report,
		.remote = mc_endpoint_is_remote(at) };
	struct mc_source_conf conf = {
		.at = at, .quote = req->quote, .monitor = &req->monitor
	};
	char *name = NULL;
	enum mc_rc rc = mc_source_find(&p.ops, at, err);

	mc_land_init(&p.land, ar);
	p.place.rules = &req->rules;
	p.place.select = &req->select;
	if (rc == MC_OK && ar)
		rc = mc_source_name(&name, at, p.ops, err);
	if (rc == MC_OK && ar)
		rc = mc_pulling_batch(&p, err);
	if (rc == MC_OK && ar)
		rc = mc_source_put(ar, p.ops->kind, name, &p.source, err);
	if (rc == MC_OK && ar)
		rc = mc_pulling_leave(&p, err);
	p.place.source = p.source;
	p.account = name;
	p.land.place = p.place;
	if (rc == MC_OK)
		rc = sessions(&p, &conf, err);
	mc_intake_free(p.intake);
	mc_archive_close(p.look);
	if (ar)
		mc_archive_rollback(ar);
	mc_land_dispose(&p.land);
	free(p.path);
	free(name);
	if (rc < 0) {
		char typed[1024];

		mc_endpoint_format(at, typed, sizeof(typed));
		mc_while(err, "%s", typed);
	}
	return rc;
}
