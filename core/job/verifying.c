/* SPDX-License-Identifier: MIT */
#include "job/verifying.h"

bool mc_verifying_may_try_again(
	struct mc_verifying *c, int64_t octets, struct mc_error *err)
{
	if (err->scope != MC_SESSION)
		return false;
	mc_target_close(c->target);
	c->target = NULL;
	return mc_retry_wait(&c->retry, c->report->octets > octets,
		       &c->req->monitor, err) >= 0;
}

MC_RC mc_verifying_reach(struct mc_verifying *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!c->target)
		rc = mc_target_open(
			&c->target, c->req->target, &c->req->monitor, err);
	c->retry.met |= rc == MC_OK;
	return rc;
}

MC_RC mc_verifying_select(struct mc_verifying *c,
	struct mc_mailbox_state *state, struct mc_error *err)
{
	enum mc_rc rc = mc_target_select(c->target, c->name, state, err);

	if (rc == MC_EREFUSED)
		mc_while(err, "'%s'", c->name);
	return rc;
}

MC_RC mc_verifying_reselect(struct mc_verifying *c, struct mc_error *err)
{
	struct mc_mailbox_state state = { 0 };
	enum mc_rc rc;

	if (c->target)
		return MC_OK;
	rc = mc_verifying_reach(c, err);
	if (rc == MC_OK)
		rc = mc_verifying_select(c, &state, err);
	if (rc == MC_OK && state.uidvalidity != c->uidvalidity)
		rc = mc_fail(err, MC_EREFUSED, MC_RUN, 0,
			"the server numbered its messages anew meanwhile; run "
			"the same command again");
	return rc;
}

void mc_verifying_init(struct mc_verifying *c, struct mc_archive *ar,
	const struct mc_request *req, struct mc_verify_report *report)
{
	*c = (struct mc_verifying){ .ar = ar, .req = req, .report = report };
	report->with_target = true;
	mc_identified_init(&c->id);
}

void mc_verifying_dispose(struct mc_verifying *c)
{
	mc_target_close(c->target);
	mc_scan_free(c->scan);
	mc_identified_dispose(&c->id);
	mc_muster_dispose(&c->muster);
	free(c->held);
}
