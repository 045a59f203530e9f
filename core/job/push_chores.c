/* SPDX-License-Identifier: MIT
 * push_chores: the mailboxes that mail waits for: made, and delivered to. */
#include "job/pushing.h"

#include "archive/ledger.h"
#include "job/naming.h"

enum {
	/* Servers allow 10 to 15 a user, whose mail programs want some. */
	CONNECTIONS = 4,
	/* A server that answers in less has taken fewer messages than these
	 * before further connections are there. */
	NEAR_MS = 5,
	NEAR_MANY = 500,
};

static MC_RC add_chore(
	struct mc_push *p, const struct mc_plan_row *row, struct mc_error *err)
{
	struct mc_mailbox_row box;
	struct mc_dues dues;
	enum mc_rc rc;

	rc = mc_mailbox_put(p->ar, p->id, row->mailbox, &box, err);
	if (rc == MC_OK)
		rc = mc_mailbox_dues(p->ar, box.id,
			p->ahead ? p->ahead->placement : 0, &dues, err);
	if (rc == MC_OK && mc_chore_is_due(&dues, p->ahead))
		p->chores[p->chores_n++] =
			(struct mc_chore){ .name = row->mailbox,
				.use = row->use,
				.waiting = dues.waiting + dues.sending };
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
	struct mc_index names = { 0 };
	enum mc_rc rc = MC_OK;

	p->chores_n = 0;
	p->chores = calloc(p->routes.n + 1, sizeof(*p->chores));
	if (!p->chores)
		return mc_fail_memory(err);
	for (size_t i = 0; rc >= 0 && i < p->routes.n; i++) {
		const struct mc_plan_row *row = &p->routes.list[i].row;

		if (!row->mailbox)
			continue;
		/* Several folders may share it. */
		rc = mc_index_put(&names, row->mailbox, i, err);
		if (rc == MC_OK)
			rc = add_chore(p, row, err);
	}
	mc_index_dispose(&names);
	qsort(p->chores, p->chores_n, sizeof(*p->chores), by_waiting);
	return rc < 0 ? rc : MC_OK;
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

/* The mailboxes that mail waits for, and that are there as far as may be. */
static MC_RC prepare_chores(struct mc_push *p, struct mc_error *err)
{
	int64_t renamed = 0;
	enum mc_rc rc = find_chores(p, err);

	if (rc == MC_OK && p->chores_n > 0)
		rc = create_mailboxes(p, &renamed, err);
	if (rc < 0 || renamed == 0)
		return rc;
	rc = mc_pushing_place_renamed(p, renamed, err);
	free(p->chores);
	p->chores = NULL;
	return rc == MC_OK ? find_chores(p, err) : rc;
}

MC_RC mc_pushing_deliver(struct mc_push *p, struct mc_error *err)
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
