/* SPDX-License-Identifier: MIT */
#include "job/hollow.h"

#include "job/naming.h"

/* Notes that it was there. */
static MC_RC note(const struct mc_hollow *h, int64_t mailbox,
	uint32_t uidvalidity, struct mc_error *err)
{
	enum mc_rc rc = mc_archive_begin(h->ar, err);

	if (rc == MC_OK)
		rc = mc_mailbox_selected(h->ar, mailbox, uidvalidity, err);
	if (rc == MC_OK)
		return mc_archive_commit(h->ar, err);
	mc_archive_rollback(h->ar);
	return rc;
}

/* made: it is there already. */
static MC_RC make(const struct mc_hollow *h, const struct mc_new_box *box,
	struct mc_error *err)
{
	struct mc_mailbox_state state;
	struct mc_mailbox_row row;
	enum mc_rc rc = MC_OK;

	if (!box->made)
		rc = mc_target_create(h->target, box->name, box->special, err);
	if (rc == MC_OK)
		rc = mc_target_select(h->target, box->name, &state, err);
	if (rc == MC_OK)
		rc = mc_mailbox_put(h->ar, h->ledger, box->name, &row, err);
	if (rc == MC_OK)
		rc = note(h, row.id, state.uidvalidity, err);
	if (rc == MC_OK)
		mc_push_tally_created(h->tally, 1);
	return rc;
}

static void tell(
	const struct mc_hollow *h, const char *name, const struct mc_error *why)
{
	h->tally->report->mailboxes_failed++;
	mc_emit(&h->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "push",
					  .mailbox = name,
					  .code = why->code,
					  .text = why->text });
}

/* MC_DONE: there is nothing to do for this folder. */
static MC_RC needs(const struct mc_hollow *h, const struct mc_route *route,
	struct mc_error *err)
{
	struct mc_mailbox_row row;
	enum mc_rc rc;

	if (route->messages > 0 || !route->row.mailbox || route->row.exists)
		return MC_DONE;
	rc = mc_mailbox_put(h->ar, h->ledger, route->row.mailbox, &row, err);
	if (rc < 0)
		return rc;
	return row.uidvalidity ? MC_DONE : MC_OK;
}

static MC_RC find(const struct mc_hollow *h, struct mc_new_box *boxes,
	size_t *n, struct mc_error *err)
{
	const struct mc_routes *routes = h->routes;
	struct mc_index names = { 0 };
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc >= 0 && i < routes->n; i++) {
		const struct mc_plan_row *row = &routes->list[i].row;

		rc = needs(h, &routes->list[i], err);
		/* Folders of several sources may share it. */
		if (rc == MC_OK)
			rc = mc_index_put(&names, row->mailbox, i, err);
		if (rc == MC_OK)
			boxes[(*n)++] =
				(struct mc_new_box){ .name = row->mailbox,
					.special = row->use };
	}
	mc_index_dispose(&names);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC make_all(const struct mc_hollow *h, struct mc_new_box *boxes,
	size_t n, int64_t *renamed, struct mc_error *err)
{
	const struct mc_naming naming = { .ar = h->ar,
		.target = h->target,
		.req = h->req,
		.ledger = h->ledger,
		.routes = h->routes };
	enum mc_rc rc = mc_naming_make(&naming, boxes, n, renamed, err);

	for (size_t i = 0; rc == MC_OK && i < n; i++) {
		if (mc_cancel_is(h->req->monitor.cancel, MC_CANCEL_SOON))
			return mc_fail_cancelled(err);
		rc = make(h, &boxes[i], err);
		if (rc < 0 && err->scope == MC_FOLDER &&
			err->hope == MC_NEVER) {
			tell(h, boxes[i].name, err);
			rc = MC_OK;
		}
	}
	return rc;
}

MC_RC mc_hollow_make(
	const struct mc_hollow *h, int64_t *renamed, struct mc_error *err)
{
	struct mc_new_box *boxes = calloc(h->routes->n + 1, sizeof(*boxes));
	size_t n = 0;
	enum mc_rc rc;

	*renamed = 0;
	if (!boxes)
		return mc_fail_memory(err);
	rc = find(h, boxes, &n, err);
	if (rc == MC_OK && n > 0)
		rc = make_all(h, boxes, n, renamed, err);
	free(boxes);
	return rc;
}
