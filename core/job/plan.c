/* SPDX-License-Identifier: MIT
 * plan: what a push would do, told and not done. */
#include "job/idle.h"
#include "job/remove.h"
#include "job/route.h"
#include "job/select.h"
#include "job/source_name.h"
#include "job/target_name.h"
#include "source/passive.h"
#include "target/target.h"

/* Counts what a source lists; wants nothing. */
struct census {
	struct mc_receiver rx;
	struct mc_routes *routes;
	const struct mc_request *req;
	struct mc_pull_report *report;
	char *name;
	enum mc_special special;
	int64_t messages;
};

static struct census *census_of(struct mc_receiver *rx)
{
	return (struct census *)(void *)rx;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	struct census *census = census_of(rx);

	(void)err;
	/* Labels are not asked for. */
	if (folder->labelled)
		mc_idle_doubt(&census->req->rules);
	census->special = folder->special;
	census->messages = 0;
	return MC_OK;
}

/* What only its octets would tell is not known here: such a message counts as
 * one that passes. */
static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct census *census = census_of(rx);
	enum mc_skip_rule rule;

	(void)err;
	census->report->listed++;
	if (mc_select_skips(&census->req->select, item->octets,
		    mc_item_time(item), &rule)) {
		census->report->skipped++;
		census->report->skipped_by[rule]++;
	} else {
		census->report->stored++;
		census->messages++;
	}
	return MC_DONE;
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	struct census *census = census_of(rx);
	struct mc_folder_facts facts = { .source = census->name,
		.path = folder->path,
		.special = (int)census->special,
		.sightings = census->messages };

	if (why) {
		census->report->folders_failed++;
		mc_emit(&census->req->monitor,
			&(struct mc_event){ .kind = MC_EVENT_FAILURE,
				.phase = "plan",
				.mailbox = folder->path,
				.text = why->text });
	}
	return mc_routes_add(census->routes, &facts, err);
}

static MC_RC count_source(struct mc_routes *routes,
	const struct mc_request *req, const struct mc_endpoint *at,
	struct mc_pull_report *report, struct mc_error *err)
{
	struct census census = { .rx = mc_receiver_passive,
		.routes = routes,
		.req = req,
		.report = report };
	struct mc_source_conf conf = {
		.at = at, .quote = req->quote, .monitor = &req->monitor
	};
	const struct mc_source_ops *ops = NULL;
	struct mc_source *src = NULL;
	enum mc_rc rc;

	census.rx.folder = on_folder;
	census.rx.want = on_want;
	census.rx.folder_end = on_folder_end;
	rc = mc_source_find(&ops, at, err);
	if (rc == MC_OK)
		rc = mc_source_name(&census.name, at, ops, err);
	if (rc == MC_OK)
		rc = ops->open(&src, &conf, err);
	if (rc == MC_OK)
		rc = ops->read(src, &census.rx, err);
	if (src)
		ops->close(src);
	free(census.name);
	if (rc < 0) {
		char typed[1024];

		mc_endpoint_format(at, typed, sizeof(typed));
		mc_while(err, "%s", typed);
	}
	return rc;
}

static MC_RC count_there(struct mc_archive *ar, const struct mc_request *req,
	struct mc_report *report, struct mc_error *err)
{
	struct mc_ledger_counts ledger;
	int64_t target;
	enum mc_rc rc = mc_target_known(ar, req, &target, err);

	if (rc < 0 || target == 0)
		return rc;
	rc = mc_ledger_count(ar, target, &ledger, err);
	if (rc == MC_OK)
		report->there = ledger.sent + ledger.present;
	return rc;
}

/* An archive that is not there yet is an empty one. */
static MC_RC load_archive(struct mc_routes *routes,
	const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_archive *ar = NULL;
	enum mc_rc rc = mc_archive_open(
		&ar, req->archive, MC_ARCHIVE_READ, &req->monitor, err);

	if (rc == MC_ENOENT && req->sources_n > 0)
		return MC_OK;
	if (rc == MC_OK)
		rc = mc_routes_load(routes, ar, req, err);
	if (rc == MC_OK)
		rc = count_there(ar, req, report, err);
	mc_archive_close(ar);
	return rc;
}

static MC_RC tell_routes(const struct mc_routes *routes, mc_plan_line_fn *fn,
	void *arg, struct mc_report *report, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < routes->n; i++) {
		const struct mc_route *route = &routes->list[i];
		struct mc_plan_line line = { .source = route->source,
			.folder = route->path,
			.mailbox = route->row.mailbox,
			.exists = route->row.exists,
			.messages = route->messages,
			.note = route->row.note };

		report->planned += route->row.mailbox ? route->messages : 0;
		rc = fn(arg, &line, err);
	}
	return rc;
}

/* An archive that is not there yet lets nothing go. */
static MC_RC plan_removal(const struct mc_request *req,
	struct mc_remove_report *report, struct mc_error *err)
{
	struct mc_archive *ar = NULL;
	enum mc_rc rc = mc_archive_open(
		&ar, req->archive, MC_ARCHIVE_WRITE, &req->monitor, err);

	if (rc == MC_ENOENT)
		return MC_OK;
	if (rc == MC_OK)
		rc = mc_remove_sources(ar, req, NULL, report, err);
	mc_archive_close(ar);
	return rc;
}

static MC_RC plan(const struct mc_request *req, mc_plan_line_fn *fn, void *arg,
	struct mc_report *report, struct mc_error *err)
{
	struct mc_routes routes = { 0 };
	struct mc_target *target = NULL;
	enum mc_rc rc = MC_OK;

	if (req->delete_source)
		rc = mc_remove_check(req, err);
	if (rc == MC_OK)
		rc = load_archive(&routes, req, report, err);
	for (size_t i = 0; rc == MC_OK && i < req->sources_n; i++)
		rc = count_source(
			&routes, req, &req->sources[i], &report->pull, err);
	if (rc == MC_OK)
		rc = mc_target_open(&target, req->target, &req->monitor, err);
	if (rc == MC_OK)
		rc = mc_routes_make(
			&routes, req, mc_target_mailboxes(target), err);
	if (rc == MC_OK)
		rc = tell_routes(&routes, fn, arg, report, err);
	report->removed = req->delete_source;
	if (rc == MC_OK && req->delete_source)
		rc = plan_removal(req, &report->remove, err);
	mc_target_close(target);
	mc_routes_dispose(&routes);
	return rc;
}

MC_RC mc_job_plan(const struct mc_request *req, mc_plan_line_fn *fn, void *arg,
	struct mc_report *report, struct mc_error *err)
{
	struct mc_request own;
	enum mc_rc rc = mc_idle_begin(&own, req, err);

	if (rc < 0)
		return rc;
	rc = plan(&own, fn, arg, report, err);
	mc_idle_end(&own, rc == MC_OK, report);
	return rc;
}
