/* SPDX-License-Identifier: MIT */
#include "job/again.h"

#include "archive/ledger.h"

/* A placement and its UID. */
struct held {
	int64_t placement;
	uint32_t uid; /* 0: not known */
};

struct doubt {
	const struct mc_again *of;
	struct mc_mailbox_row box;
	struct held *list;
	size_t n;
	size_t cap;
};

static MC_RC add_held(
	void *arg, const struct mc_placement_line *line, struct mc_error *err)
{
	struct doubt *d = arg;

	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 256;
		struct held *list = reallocarray(d->list, cap, sizeof(*list));

		if (!list)
			return mc_fail_memory(err);
		d->list = list;
		d->cap = cap;
	}
	d->list[d->n++] = (struct held){ line->id, line->uid };
	return MC_OK;
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static MC_RC note(const struct doubt *d, const uint32_t *uids, size_t n,
	int64_t *doubted, struct mc_error *err)
{
	struct mc_archive *ar = d->of->ar;
	int64_t gone = 0;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < d->n; i++) {
		const struct held *h = &d->list[i];

		if (h->uid && n > 0 &&
			bsearch(&h->uid, uids, n, sizeof(*uids), compare_uids))
			continue;
		rc = mc_placement_doubt(
			ar, h->placement, d->box.id, h->uid, err);
		gone++;
	}
	/* It may be there under any UID. */
	if (rc == MC_OK && gone > 0)
		rc = mc_mailbox_looked(ar, d->box.id, 0, err);
	*doubted += gone;
	return rc;
}

/* A mailbox that is not there, or is another, holds none of them. */
static MC_RC compare(struct doubt *d, const char *name, uint32_t *uidvalidity,
	uint32_t **uids, size_t *n, struct mc_error *err)
{
	struct mc_target *target = d->of->target;
	const struct mc_mailboxes *all = mc_target_mailboxes(target);
	size_t i = mc_mailboxes_find(all, name);
	struct mc_mailbox_state state;
	enum mc_rc rc;

	*uidvalidity = 0;
	if (i == all->n || !all->boxes[i].selectable)
		return MC_OK;
	rc = mc_target_select(target, name, &state, err);
	if (rc == MC_EREFUSED)
		mc_while(err, "'%s'", name);
	if (rc == MC_OK)
		*uidvalidity = state.uidvalidity;
	if (rc == MC_OK && state.uidvalidity == d->box.uidvalidity)
		rc = mc_target_uids(target, uids, n, err);
	return rc;
}

static MC_RC doubt_box(struct doubt *d, const char *name, int64_t *doubted,
	struct mc_error *err)
{
	struct mc_archive *ar = d->of->ar;
	uint32_t uidvalidity;
	uint32_t *uids = NULL;
	size_t n = 0;
	enum mc_rc rc = compare(d, name, &uidvalidity, &uids, &n, err);

	if (rc == MC_OK)
		rc = mc_archive_begin(ar, err);
	if (rc < 0)
		goto out;
	if (uidvalidity == d->box.uidvalidity) {
		rc = note(d, uids, n, doubted, err);
	} else {
		*doubted += (int64_t)d->n;
		rc = mc_mailbox_selected(ar, d->box.id, uidvalidity, err);
	}
	if (rc == MC_OK)
		rc = mc_archive_commit(ar, err);
	else
		mc_archive_rollback(ar);
out:
	free(uids);
	return rc;
}

static MC_RC doubt_route(const struct mc_again *again, const char *name,
	int64_t *doubted, struct mc_error *err)
{
	struct doubt d = { .of = again };
	struct mc_placement_filter filter = { .target = again->ledger,
		.states = 1u << MC_SENT | 1u << MC_PRESENT };
	enum mc_rc rc =
		mc_mailbox_put(again->ar, again->ledger, name, &d.box, err);

	filter.mailbox = d.box.id;
	if (rc == MC_OK)
		rc = mc_placement_each(again->ar, &filter, add_held, &d, err);
	if (rc == MC_OK && d.n > 0)
		rc = doubt_box(&d, name, doubted, err);
	free(d.list);
	return rc;
}

/* Several folders may share a mailbox: asked again, it holds what it held. */
MC_RC mc_again_doubt(const struct mc_again *again,
	const struct mc_routes *routes, int64_t *n, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	*n = 0;
	for (size_t i = 0; rc == MC_OK && i < routes->n; i++) {
		const char *name = routes->list[i].row.mailbox;

		if (name)
			rc = doubt_route(again, name, n, err);
		if (rc < 0)
			mc_while(err, "mailbox '%s'", name);
	}
	return rc;
}
