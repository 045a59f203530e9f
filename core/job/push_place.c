/* SPDX-License-Identifier: MIT
 * push_place: what is to be where, as the ledger has it. */
#include "job/pushing.h"

#include "archive/ledger.h"
#include "archive/query.h"
#include "job/again.h"
#include "job/target_name.h"

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
			mc_note(&req->monitor,
				"nothing was refused in '%s'; "
				"'mailcart status --refused' tells where",
				req->retry_in[i]);
	}
	p->retried = rc == MC_OK;
	if (all > 0)
		mc_note(&req->monitor,
			"%lld message%s refused before %s tried again",
			(long long)all, all == 1 ? "" : "s",
			all == 1 ? "is" : "are");
	return rc;
}

static struct mc_place_rules rules_of(const struct mc_request *req)
{
	return (struct mc_place_rules){ .all_variants = req->all_variants,
		.keep_deleted = req->keep_deleted,
		.deleted_flags = MC_DELETED | MC_EXPUNGED,
		.sent_flags = MC_FLAGS_TOLD };
}

enum mc_rc mc_pushing_place_more(void *arg, struct mc_error *err)
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
MC_RC mc_pushing_place(struct mc_push *p, struct mc_error *err)
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

/* The ledger says where mail goes: what got another name is placed anew. */
MC_RC mc_pushing_place_renamed(
	struct mc_push *p, int64_t renamed, struct mc_error *err)
{
	enum mc_rc rc = renamed > 0 ? mc_pushing_place(p, err) : MC_OK;

	return rc == MC_OK && renamed > 0 ? mc_pushing_count(p, err) : rc;
}

/* Once a run. */
MC_RC mc_pushing_doubt(struct mc_push *p, struct mc_error *err)
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
			"%lld message%s not where mailcart put %s, and looked "
			"for",
			(long long)n, n == 1 ? " is" : "s are",
			n == 1 ? "it" : "them");
	return rc == MC_OK ? mc_pushing_count(p, err) : rc;
}
