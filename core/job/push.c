/* SPDX-License-Identifier: MIT
 * push: routes, placements, then one mailbox after the other. */
#include "job/push.h"

#include "archive/ledger.h"
#include "archive/sighting.h"
#include "job/deliver.h"
#include "job/report.h"
#include "job/retry.h"
#include "job/route.h"

struct push {
	struct mc_archive *ar;
	const struct mc_request *req;
	struct mc_push_report *report;
	struct mc_target *target;
	struct mc_routes routes;
	struct mc_suspect suspect;
	int64_t id; /* of the target */
	bool dates_checked;
};

/* One server, one ledger: the mailbox of the URL is a rule. */
static void name_target(const struct mc_request *req, char *name, size_t size)
{
	struct mc_endpoint server = *req->target;

	server.path = NULL;
	mc_endpoint_format(&server, name, size);
}

MC_RC mc_push_target(struct mc_archive *ar, const struct mc_request *req,
	int64_t *target, struct mc_error *err)
{
	char name[1024];

	name_target(req, name, sizeof(name));
	return mc_target_find(ar, name, target, err);
}

/* Notes in the archive where every folder goes, and makes placements. */
static MC_RC place(struct push *p, struct mc_error *err)
{
	struct mc_place_rules rules = { .all_variants = p->req->all_variants,
		.keep_deleted = p->req->keep_deleted,
		.deleted_flags = MC_DELETED | MC_EXPUNGED };
	struct mc_mailbox_row box;
	char name[1024];
	int64_t placed = 0;
	enum mc_rc rc = mc_archive_begin(p->ar, err);

	name_target(p->req, name, sizeof(name));
	if (rc == MC_OK)
		rc = mc_target_put(p->ar, name, &p->id, err);
	for (size_t i = 0; rc == MC_OK && i < p->routes.n; i++) {
		struct mc_plan_row *row = &p->routes.list[i].row;

		box.id = 0;
		if (row->mailbox)
			rc = mc_mailbox_put(
				p->ar, p->id, row->mailbox, &box, err);
		if (rc == MC_OK)
			rc = mc_route_put(p->ar, p->id, row->folder, box.id,
				row->mailbox ? "" : row->note, err);
	}
	if (rc == MC_OK)
		rc = mc_placements_make(p->ar, p->id, &rules, &placed, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(p->ar, err);
	else
		mc_archive_rollback(p->ar);
	return rc;
}

static MC_RC count(struct push *p, struct mc_error *err)
{
	struct mc_ledger_counts c;
	enum mc_rc rc = mc_ledger_count(p->ar, p->id, 0, &c, err);

	if (rc < 0)
		return rc;
	p->report->placements = c.placements;
	p->report->sent = c.sent;
	p->report->present = c.present;
	p->report->refused = c.refused;
	p->report->skipped = c.skipped;
	p->report->waiting = c.waiting;
	return MC_OK;
}

/* Several folders may share a mailbox: only the first of them delivers. */
static bool is_first(const struct push *p, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		const char *name = p->routes.list[j].row.mailbox;

		if (name && strcmp(name, p->routes.list[i].row.mailbox) == 0)
			return false;
	}
	return true;
}

static MC_RC deliver_one(
	struct push *p, struct mc_plan_row *row, struct mc_error *err)
{
	struct mc_delivery delivery = { .ar = p->ar,
		.target = p->target,
		.req = p->req,
		.report = p->report,
		.suspect = &p->suspect,
		.dates_checked = &p->dates_checked };
	struct mc_ledger_counts c;
	struct mc_mailbox_row box;
	enum mc_rc rc;

	rc = mc_mailbox_put(p->ar, p->id, row->mailbox, &box, err);
	if (rc == MC_OK)
		rc = mc_ledger_count(p->ar, p->id, box.id, &c, err);
	if (rc != MC_OK || c.waiting == 0)
		return rc;
	delivery.on_their_way = c.sending;
	return mc_deliver(&delivery, &box, row->mailbox, row->use, err);
}

static MC_RC deliver_all(struct push *p, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < p->routes.n; i++) {
		struct mc_plan_row *row = &p->routes.list[i].row;

		if (row->mailbox && is_first(p, i))
			rc = deliver_one(p, row, err);
		if (rc == MC_OK)
			rc = count(p, err);
	}
	return rc;
}

static MC_RC session(
	struct push *p, struct mc_retry *retry, struct mc_error *err)
{
	enum mc_rc rc;

	rc = mc_target_open(&p->target, p->req->target, &p->req->monitor, err);
	retry->met = retry->met || rc == MC_OK;
	if (rc == MC_OK)
		rc = mc_routes_load(&p->routes, p->ar, p->req, err);
	if (rc == MC_OK)
		rc = mc_routes_make(&p->routes, p->req,
			mc_target_mailboxes(p->target), err);
	if (rc == MC_OK)
		rc = place(p, err);
	if (rc == MC_OK)
		rc = count(p, err);
	if (rc == MC_OK)
		rc = deliver_all(p, err);
	mc_routes_dispose(&p->routes);
	mc_target_close(p->target);
	p->target = NULL;
	return rc;
}

MC_RC mc_push(struct mc_archive *ar, const struct mc_request *req, bool met,
	struct mc_push_report *report, struct mc_error *err)
{
	struct push p = { .ar = ar, .req = req, .report = report };
	struct mc_retry retry = { .met = met };
	struct mc_error later;
	enum mc_rc rc;

	for (;;) {
		int64_t had = report->sent_now + report->refused;

		rc = session(&p, &retry, err);
		if (rc >= 0 || mc_retry_wait(&retry,
				       report->sent_now + report->refused > had,
				       &req->monitor, err) < 0)
			break;
	}
	if (p.id && count(&p, &later) < 0 && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	if (rc < 0) {
		char name[1024];

		mc_endpoint_format(req->target, name, sizeof(name));
		mc_while(err, "%s", name);
		return err->rc;
	}
	return MC_OK;
}

MC_RC mc_job_push(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_archive *ar = NULL;
	enum mc_rc rc;

	report->pushed = true;
	rc = mc_archive_open(
		&ar, req->archive, MC_ARCHIVE_WRITE, &req->monitor, err);
	if (rc == MC_OK)
		rc = mc_push(ar, req, false, &report->push, err);
	if (rc == MC_OK)
		rc = mc_report_archive(ar, report, err);
	mc_archive_close(ar);
	return rc;
}
