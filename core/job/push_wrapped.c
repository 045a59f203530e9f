/* SPDX-License-Identifier: MIT
 * push_wrapped: what stays refused, as attachments. */
#include "job/pushing.h"

#include "archive/ledger.h"
#include "job/wrap.h"

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
	struct mc_dues dues = { 0 };
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
		rc = mc_mailbox_dues(p->ar, box, 0, &dues, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(p->ar, err);
	else
		mc_archive_rollback(p->ar);
	if (rc == MC_OK && !again)
		*waiting = dues.waiting + dues.sending;
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
		rc = mc_pushing_count(p, err);
		if (rc == MC_OK)
			rc = mc_lanes_run(
				&lanes, &p->target, &p->retry, 1, err);
		p->hopeless = rc < 0;
	}
	return rc == MC_OK ? mc_placements_wrapped(p->ar, box.id,
				     &p->tally.report->wrapped, err)
			   : rc;
}

MC_RC mc_pushing_wrap(struct mc_push *p, struct mc_error *err)
{
	struct mc_ledger_counts c;
	char *name = NULL;
	enum mc_rc rc;

	if (!p->req->wrap_refused)
		return MC_OK;
	rc = mc_ledger_count(p->ar, p->id, &c, err);
	if (rc < 0 || c.refused == 0)
		return rc;
	rc = mc_pushing_reach(p, err);
	if (rc == MC_OK)
		rc = name_wrap_box(p, &name, err);
	if (rc == MC_OK)
		rc = deliver_wrapped(p, name, err);
	free(name);
	return rc;
}
