/* SPDX-License-Identifier: MIT
 * push: passes: log in, plan, place, deliver; and again if a session breaks. */
#include "base/clock.h"
#include "job/hollow.h"
#include "job/idle.h"
#include "job/pushing.h"
#include "job/report.h"

struct told {
	const struct mc_route *route;
};

/* A folder that several sources have is told once: as the first one goes. */
static int by_path(const void *a, const void *b)
{
	const struct mc_route *x = ((const struct told *)a)->route;
	const struct mc_route *y = ((const struct told *)b)->route;
	int order = strcmp(x->path, y->path);

	return order ? order : (x > y) - (x < y);
}

/* When a folder is placed first. */
static MC_RC tell_renamed(const struct mc_push *p, struct mc_error *err)
{
	const struct mc_routes *routes = &p->routes;
	struct told *told = calloc(routes->n + 1, sizeof(*told));
	size_t n = 0;

	if (!told)
		return mc_fail_memory(err);
	for (size_t i = 0; !p->req->plan_file && i < routes->n; i++) {
		const struct mc_route *route = &routes->list[i];

		if (route->row.renamed && route->row.mailbox &&
			!route->before && route->messages > 0)
			told[n++].route = route;
	}
	qsort(told, n, sizeof(*told), by_path);
	for (size_t i = 0; i < n; i++) {
		const struct mc_route *route = told[i].route;

		if (i == 0 || strcmp(told[i - 1].route->path, route->path) != 0)
			mc_note(&p->req->monitor,
				"folder '%s' goes to mailbox '%s': %s",
				route->path, route->row.mailbox,
				route->row.note);
	}
	free(told);
	return MC_OK;
}

/* Where everything goes; nothing is sent yet. */
static MC_RC prepare(struct mc_push *p, struct mc_error *err)
{
	enum mc_rc rc = mc_pushing_reach(p, err);

	if (rc == MC_OK)
		rc = mc_routes_load(&p->routes, p->ar, p->req, err);
	p->routes.more = p->ahead != NULL;
	if (rc == MC_OK && p->ahead)
		rc = mc_ahead_add(p->ahead, &p->routes, err);
	if (rc == MC_OK)
		rc = mc_routes_make(&p->routes, p->req,
			mc_target_mailboxes(p->target), err);
	mc_routes_drop_ahead(&p->routes);
	if (rc == MC_OK)
		rc = tell_renamed(p, err);
	if (rc == MC_OK)
		rc = mc_pushing_place(p, err);
	return rc == MC_OK ? mc_pushing_count(p, err) : rc;
}

static MC_RC make_hollow(struct mc_push *p, struct mc_error *err)
{
	const struct mc_hollow hollow = { .ar = p->ar,
		.target = p->target,
		.req = p->req,
		.tally = &p->tally,
		.ledger = p->id,
		.routes = &p->routes };
	int64_t renamed;
	enum mc_rc rc = mc_hollow_make(&hollow, &renamed, err);

	return rc == MC_OK ? mc_pushing_place_renamed(p, renamed, err) : rc;
}

static MC_RC pass(struct mc_push *p, struct mc_error *err)
{
	int64_t worked_ms = mc_clock_worked_ms();
	enum mc_rc rc = prepare(p, err);

	p->planned_ms = mc_clock_worked_ms() - worked_ms;
	if (rc == MC_OK)
		rc = mc_pushing_doubt(p, err);
	if (rc == MC_OK)
		rc = make_hollow(p, err);
	if (rc == MC_OK)
		rc = mc_pushing_deliver(p, err);
	if (rc == MC_OK)
		rc = mc_pushing_wrap(p, err);
	mc_routes_dispose(&p->routes);
	if (rc < 0)
		mc_push_rest(p);
	return rc;
}

MC_RC mc_push_new(struct mc_push **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_push_report *report,
	struct mc_error *err)
{
	struct mc_push *p = calloc(1, sizeof(*p));

	*out = p;
	if (!p)
		return mc_fail_memory(err);
	p->ar = ar;
	p->req = req;
	mc_push_tally_init(&p->tally, report, &req->monitor);
	return MC_OK;
}

void mc_push_use(struct mc_push *p, struct mc_target *target)
{
	p->retry.met = true;
	p->target = target;
}

void mc_push_verify(struct mc_push *p, const struct mc_push_verify *how)
{
	p->tally.verify = how->report;
	p->tally.sound = how->sound;
	p->tally.witness = how->witness;
}

struct mc_target *mc_push_yield(struct mc_push *p)
{
	struct mc_target *target = p->target;

	p->target = NULL;
	return target;
}

MC_RC mc_push_pass(
	struct mc_push *p, const struct mc_ahead *ahead, struct mc_error *err)
{
	struct mc_error later;
	enum mc_rc rc;

	p->ahead = NULL;
	if (ahead) {
		p->own = *ahead;
		p->own.more = mc_pushing_place_more;
		p->own.arg = p;
		p->ahead = &p->own;
	}
	p->hopeless = false;
	do
		rc = pass(p, err);
	while (rc < 0 && !p->hopeless &&
		mc_retry_wait(&p->retry, false, &p->req->monitor, err) >= 0);
	if (!ahead)
		mc_push_tally_tell_bared(&p->tally);
	if (p->id && mc_pushing_count(p, &later) < 0 && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	if (rc < 0) {
		char name[1024];

		mc_endpoint_format(p->req->target, name, sizeof(name));
		mc_while(err, "%s", name);
		return err->rc;
	}
	return MC_OK;
}

int64_t mc_push_planned_ms(const struct mc_push *p)
{
	return p->planned_ms;
}

bool mc_push_is_stuck(struct mc_push *p)
{
	return mc_push_tally_is_closed(&p->tally);
}

void mc_push_rest(struct mc_push *p)
{
	mc_target_close(p->target);
	p->target = NULL;
}

void mc_push_free(struct mc_push *p)
{
	if (!p)
		return;
	mc_push_rest(p);
	mc_push_tally_dispose(&p->tally);
	free(p);
}

static MC_RC push(struct mc_archive *ar, const struct mc_request *req,
	struct mc_push_report *report, struct mc_error *err)
{
	struct mc_push *p;
	enum mc_rc rc = mc_push_new(&p, ar, req, report, err);

	if (rc == MC_OK)
		rc = mc_push_pass(p, NULL, err);
	mc_push_free(p);
	return rc;
}

MC_RC mc_job_push(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_archive *ar = NULL;
	struct mc_request own;
	enum mc_rc rc;

	report->pushed = true;
	rc = mc_archive_open(
		&ar, req->archive, MC_ARCHIVE_WRITE, &req->monitor, err);
	if (rc == MC_OK)
		rc = mc_idle_begin(&own, req, err);
	if (rc == MC_OK) {
		rc = push(ar, &own, &report->push, err);
		mc_idle_end(&own, rc == MC_OK, report);
	}
	if (rc == MC_OK)
		rc = mc_report_archive(ar, report, err);
	mc_archive_close(ar);
	return rc;
}
