/* SPDX-License-Identifier: MIT */
#include "job/pushing.h"

#include "archive/ledger.h"

MC_RC mc_pushing_reach(struct mc_push *p, struct mc_error *err)
{
	enum mc_rc rc;

	if (p->target)
		return MC_OK;
	rc = mc_target_open(&p->target, p->req->target, &p->req->monitor, err);
	p->retry.met = p->retry.met || rc == MC_OK;
	return rc;
}

MC_RC mc_pushing_count(struct mc_push *p, struct mc_error *err)
{
	struct mc_ledger_counts c;
	enum mc_rc rc = mc_ledger_count(p->ar, p->id, &c, err);

	if (rc == MC_OK)
		mc_push_tally_set(&p->tally, &c);
	return rc;
}
