/* SPDX-License-Identifier: MIT
 * push: routes, placements, then the mailboxes that mail waits for. */
#include "job/push.h"

#include "archive/ledger.h"
#include "archive/query.h"
#include "job/again.h"
#include "job/hollow.h"
#include "job/idle.h"
#include "job/lane.h"
#include "job/naming.h"
#include "job/report.h"
#include "job/room.h"
#include "job/route.h"
#include "job/target_name.h"
#include "job/wrap.h"

enum {
	/* Servers allow 10 to 15 a user, whose mail programs want some. */
	CONNECTIONS = 4,
	/* A server that answers in less has taken fewer messages than these
	 * before further connections are there. */
	NEAR_MS = 5,
	NEAR_MANY = 500,
};

struct mc_push {
	struct mc_archive *ar;
	const struct mc_request *req;
	struct mc_push_tally tally;
	struct mc_target *target; /* NULL: not connected */
	struct mc_retry retry;
	struct mc_routes routes;
	struct mc_chore *chores;
	size_t chores_n;
	int64_t id;                   /* of the target */
	const struct mc_ahead *ahead; /* of this pass, or NULL: the last */
	bool retried;                 /* what was refused waits again */
	bool doubted;                 /* what is missing is looked for */
	struct mc_ahead own;          /* that is this one, with more() */
	int64_t sightings;            /* that were placed */
	bool hopeless; /* connecting again was tried where it broke */
	bool told;     /* how many connections */
	struct mc_room room;
};

/* Once a run: what is refused again stays so. */
static MC_RC retry_refused(struct mc_push *p, struct mc_error *err)
{
	const struct mc_request *req = p->req;
	int64_t all = 0;
	enum mc_rc rc = MC_OK;

	if (!req->retry_refused || p->retried)
		return MC_OK;
	if (req->retry_in_n == 0)
		rc = mc_placements_retry(p->ar, p->id, NULL, &all, err);
	for (size_t i = 0; rc == MC_OK && i < req->retry_in_n; i++) {
		int64_t n = 0;

		rc = mc_placements_retry(
			p->ar, p->id, req->retry_in[i], &n, err);
		all += n;
		if (rc == MC_OK && n == 0)
			mc_note(&req->monitor, "nothing was refused in '%s'",
				req->retry_in[i]);
	}
	p->retried = rc == MC_OK;
	if (all > 0)
		mc_note(&req->monitor,
			"messages that were refused are tried again: %lld",
			(long long)all);
	return rc;
}

static struct mc_place_rules rules_of(const struct mc_request *req)
{
	return (struct mc_place_rules){ .all_variants = req->all_variants,
		.keep_deleted = req->keep_deleted,
		.deleted_flags = MC_DELETED | MC_EXPUNGED,
		.sent_flags = MC_SEEN | MC_ANSWERED | MC_FLAGGED | MC_DRAFT |
			      MC_FORWARDED };
}

static enum mc_rc place_more(void *arg, struct mc_error *err)
{
	struct mc_push *p = arg;
	struct mc_place_rules rules = rules_of(p->req);
	struct mc_totals totals;
	int64_t placed = 0;
	enum mc_rc rc = mc_totals_get(p->ar, &totals, err);

	if (rc < 0 || totals.sightings == p->sightings)
		return rc < 0 ? rc : MC_DONE;
	rc = mc_placements_make(p->ar, p->id, &rules, &placed, err);
	p->sightings = totals.sightings;
	mc_push_tally_placed(&p->tally, placed);
	return rc;
}

/* Notes in the archive where every folder goes, and makes placements. */
static MC_RC place(struct mc_push *p, struct mc_error *err)
{
	struct mc_place_rules rules = rules_of(p->req);
	struct mc_mailbox_row box;
	char name[1024];
	int64_t placed = 0;
	enum mc_rc rc = mc_archive_begin(p->ar, err);

	mc_target_name(p->req, name, sizeof(name));
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
		rc = retry_refused(p, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(p->ar, err);
	else
		mc_archive_rollback(p->ar);
	return rc;
}

static MC_RC count(struct mc_push *p, struct mc_error *err)
{
	struct mc_ledger_counts c;
	enum mc_rc rc = mc_ledger_count(p->ar, p->id, 0, &c, err);

	if (rc == MC_OK)
		mc_push_tally_set(&p->tally, &c);
	return rc;
}

/* Several folders may share a mailbox: only the first of them delivers. */
static bool is_first(const struct mc_push *p, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		const char *name = p->routes.list[j].row.mailbox;

		if (name && strcmp(name, p->routes.list[i].row.mailbox) == 0)
			return false;
	}
	return true;
}

static MC_RC add_chore(
	struct mc_push *p, const struct mc_plan_row *row, struct mc_error *err)
{
	struct mc_ledger_counts c;
	struct mc_mailbox_row box;
	int64_t owing = 0;
	enum mc_rc rc;

	rc = mc_mailbox_put(p->ar, p->id, row->mailbox, &box, err);
	if (rc == MC_OK)
		rc = mc_ledger_count(p->ar, p->id, box.id, &c, err);
	if (rc == MC_OK && p->ahead)
		rc = mc_placements_waiting(
			p->ar, box.id, p->ahead->placement, &c.waiting, err);
	else if (rc == MC_OK)
		rc = mc_placements_owing_count(p->ar, box.id, &owing, err);
	if (rc == MC_OK && c.waiting + owing > 0)
		p->chores[p->chores_n++] =
			(struct mc_chore){ .name = row->mailbox,
				.use = row->use,
				.waiting = c.waiting };
	return rc;
}

static int by_waiting(const void *a, const void *b)
{
	const struct mc_chore *x = a;
	const struct mc_chore *y = b;

	return (x->waiting < y->waiting) - (x->waiting > y->waiting);
}

/* The largest first: so connections end at about the same time. */
static MC_RC find_chores(struct mc_push *p, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	p->chores_n = 0;
	p->chores = calloc(p->routes.n + 1, sizeof(*p->chores));
	if (!p->chores)
		return mc_fail_memory(err);
	for (size_t i = 0; rc == MC_OK && i < p->routes.n; i++) {
		const struct mc_plan_row *row = &p->routes.list[i].row;

		if (row->mailbox && is_first(p, i))
			rc = add_chore(p, row, err);
	}
	qsort(p->chores, p->chores_n, sizeof(*p->chores), by_waiting);
	return rc;
}

/* In two round trips, not in some for each; what is refused is told when its
 * turn comes, but for those that get another name. */
static MC_RC create_mailboxes(
	struct mc_push *p, int64_t *renamed, struct mc_error *err)
{
	const struct mc_naming naming = { .ar = p->ar,
		.target = p->target,
		.req = p->req,
		.ledger = p->id,
		.routes = &p->routes };
	struct mc_new_box *boxes = calloc(p->chores_n + 1, sizeof(*boxes));
	int64_t made = 0;
	enum mc_rc rc;

	if (!boxes)
		return mc_fail_memory(err);
	for (size_t i = 0; i < p->chores_n; i++)
		boxes[i] = (struct mc_new_box){ .name = p->chores[i].name,
			.special = p->chores[i].use };
	rc = mc_naming_make(&naming, boxes, p->chores_n, renamed, err);
	for (size_t i = 0; i < p->chores_n; i++)
		made += boxes[i].made;
	free(boxes);
	mc_push_tally_created(&p->tally, made);
	mc_step(&p->req->monitor, "created");
	return rc;
}

static void tell_connections(
	struct mc_push *p, int64_t wait_ms, int64_t waiting)
{
	const struct mc_monitor *mon = &p->req->monitor;

	if (p->told)
		return;
	p->told = true;
	if (wait_ms >= NEAR_MS)
		mc_note(mon,
			"up to %d connections at a time, since the server's "
			"answers take %d ms",
			(int)CONNECTIONS, (int)wait_ms);
	else
		mc_note(mon,
			"up to %d connections at a time, for %lld messages",
			(int)CONNECTIONS, (long long)waiting);
}

/* Where a server writes to its disk after every batch, one connection waits for
 * the disk while another one sends. */
static size_t choose_connections(struct mc_push *p)
{
	int64_t wait_ms = mc_target_wait_ms(p->target);
	int64_t waiting = 0;

	/* Further ones would log in and out with each pass. */
	if (p->ahead)
		return 1;
	if (p->req->connections > 0)
		return (size_t)p->req->connections;
	for (size_t i = 0; i < p->chores_n; i++)
		waiting += p->chores[i].waiting;
	if (p->chores_n < 2 || (wait_ms < NEAR_MS && waiting < NEAR_MANY))
		return 1;
	tell_connections(p, wait_ms, waiting);
	return CONNECTIONS;
}

/* The ledger says where mail goes: what got another name is placed anew. */
static MC_RC place_renamed(
	struct mc_push *p, int64_t renamed, struct mc_error *err)
{
	enum mc_rc rc = renamed > 0 ? place(p, err) : MC_OK;

	return rc == MC_OK && renamed > 0 ? count(p, err) : rc;
}

/* The mailboxes that mail waits for, and that are there as far as may be. */
static MC_RC prepare_chores(struct mc_push *p, struct mc_error *err)
{
	int64_t renamed = 0;
	enum mc_rc rc = find_chores(p, err);

	if (rc == MC_OK && p->chores_n > 0)
		rc = create_mailboxes(p, &renamed, err);
	if (rc < 0 || renamed == 0)
		return rc;
	rc = place_renamed(p, renamed, err);
	free(p->chores);
	p->chores = NULL;
	return rc == MC_OK ? find_chores(p, err) : rc;
}

static MC_RC deliver_all(struct mc_push *p, struct mc_error *err)
{
	struct mc_lanes lanes = { .ar = p->ar,
		.req = p->req,
		.tally = &p->tally,
		.ledger = p->id,
		.ahead = p->ahead };
	enum mc_rc rc = prepare_chores(p, err);

	if (rc == MC_OK && p->chores_n > 0)
		rc = mc_room_foresee(
			&p->room, p->ar, p->id, p->target, &p->tally, err);
	if (rc == MC_OK && p->chores_n > 0) {
		lanes.chores = p->chores;
		lanes.n = p->chores_n;
		rc = mc_lanes_run(&lanes, &p->target, &p->retry,
			choose_connections(p), err);
		p->hopeless = rc < 0;
	}
	free(p->chores);
	p->chores = NULL;
	return rc;
}

static MC_RC open_target(struct mc_push *p, struct mc_error *err)
{
	enum mc_rc rc;

	if (p->target)
		return MC_OK;
	rc = mc_target_open(&p->target, p->req->target, &p->req->monitor, err);
	p->retry.met = p->retry.met || rc == MC_OK;
	return rc;
}

/* Where everything goes; nothing is sent yet. */
static MC_RC prepare(struct mc_push *p, struct mc_error *err)
{
	enum mc_rc rc = open_target(p, err);

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
		rc = place(p, err);
	return rc == MC_OK ? count(p, err) : rc;
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

	return rc == MC_OK ? place_renamed(p, renamed, err) : rc;
}

/* ---- what stays refused, as attachments ---- */

/* Where plan/ would put a folder of that name; another one where mail of the
 * archive has it for itself. */
static MC_RC name_wrap_box(
	const struct mc_push *p, char **name, struct mc_error *err)
{
	static const char *const paths[] = { MC_WRAP_FOLDER,
		MC_WRAP_FOLDER " (wrapped)" };
	struct mc_rules rules = { .into = p->req->rules.into };
	enum mc_rc rc = MC_OK;
	bool taken = true;

	for (size_t i = 0; rc == MC_OK && taken && i < 2; i++) {
		struct mc_plan_row row = { .path = paths[i] };

		rc = mc_plan_make(
			&row, 1, &rules, mc_target_mailboxes(p->target), err);
		taken = false;
		for (size_t j = 0; rc == MC_OK && j < p->routes.n; j++) {
			const char *has = p->routes.list[j].row.mailbox;

			taken |= has && strcasecmp(has, row.mailbox) == 0;
		}
		free(*name);
		*name = row.mailbox;
	}
	return rc;
}

/* Those that are refused by now, or (again) in their first wrapping; *waiting:
 * how many have not arrived. */
static MC_RC place_wrapped(struct mc_push *p, int64_t box, bool again,
	int64_t *waiting, struct mc_error *err)
{
	struct mc_ledger_counts c;
	enum mc_rc rc = mc_archive_begin(p->ar, err);

	*waiting = 0;
	if (rc < 0)
		return rc;
	if (again)
		rc = mc_placements_wrap_again(p->ar, box, waiting, err);
	else
		rc = mc_placements_wrap(
			p->ar, p->id, box, MC_WRAP_OFFENDING, err);
	if (rc == MC_OK && !again)
		rc = mc_ledger_count(p->ar, p->id, box, &c, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(p->ar, err);
	else
		mc_archive_rollback(p->ar);
	if (rc == MC_OK && !again)
		*waiting = c.waiting;
	return rc;
}

static MC_RC deliver_wrapped(
	struct mc_push *p, char *name, struct mc_error *err)
{
	struct mc_lanes lanes = {
		.ar = p->ar, .req = p->req, .tally = &p->tally, .ledger = p->id
	};
	struct mc_mailbox_row box;
	enum mc_rc rc = mc_mailbox_put(p->ar, p->id, name, &box, err);

	for (int again = 0; rc == MC_OK && again < 2; again++) {
		struct mc_chore chore = { .name = name };

		rc = place_wrapped(p, box.id, again > 0, &chore.waiting, err);
		if (rc < 0 || chore.waiting == 0)
			continue;
		lanes.chores = &chore;
		lanes.n = 1;
		rc = count(p, err);
		if (rc == MC_OK)
			rc = mc_lanes_run(
				&lanes, &p->target, &p->retry, 1, err);
		p->hopeless = rc < 0;
	}
	return rc == MC_OK ? mc_placements_wrapped(p->ar, box.id,
				     &p->tally.report->wrapped, err)
			   : rc;
}

static MC_RC wrap_refused(struct mc_push *p, struct mc_error *err)
{
	struct mc_ledger_counts c;
	char *name = NULL;
	enum mc_rc rc;

	if (!p->req->wrap_refused)
		return MC_OK;
	rc = mc_ledger_count(p->ar, p->id, 0, &c, err);
	if (rc < 0 || c.refused == 0)
		return rc;
	rc = open_target(p, err);
	if (rc == MC_OK)
		rc = name_wrap_box(p, &name, err);
	if (rc == MC_OK)
		rc = deliver_wrapped(p, name, err);
	free(name);
	return rc;
}

/* ---- */

/* Once a run. */
static MC_RC doubt_missing(struct mc_push *p, struct mc_error *err)
{
	const struct mc_again again = {
		.ar = p->ar, .target = p->target, .ledger = p->id
	};
	int64_t n = 0;
	enum mc_rc rc;

	if (!p->req->again_missing || p->doubted)
		return MC_OK;
	rc = mc_again_doubt(&again, &p->routes, &n, err);
	p->doubted = rc == MC_OK;
	if (n > 0)
		mc_note(&p->req->monitor,
			"messages that are not where they were put, and are "
			"looked for: %lld",
			(long long)n);
	return rc == MC_OK ? count(p, err) : rc;
}

static MC_RC pass(struct mc_push *p, struct mc_error *err)
{
	enum mc_rc rc = prepare(p, err);

	if (rc == MC_OK)
		rc = doubt_missing(p, err);

	if (rc == MC_OK)
		rc = make_hollow(p, err);
	if (rc == MC_OK)
		rc = deliver_all(p, err);
	if (rc == MC_OK)
		rc = wrap_refused(p, err);
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
		p->own.more = place_more;
		p->own.arg = p;
		p->ahead = &p->own;
	}
	p->hopeless = false;
	do
		rc = pass(p, err);
	while (rc < 0 && !p->hopeless &&
		mc_retry_wait(&p->retry, false, &p->req->monitor, err) >= 0);
	if (p->id && count(p, &later) < 0 && rc >= 0) {
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
