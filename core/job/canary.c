/* SPDX-License-Identifier: MIT */
#include "job/canary.h"

#include <stdlib.h>

#include "archive/departure.h"
#include "archive/ledger.h"
#include "job/push.h"

static MC_RC take_place(
	void *arg, int64_t placement, int state, struct mc_error *err)
{
	struct mc_canary *c = arg;

	(void)state;
	(void)err;
	c->placement = placement;
	return MC_OK;
}

static bool is_there(const struct mc_placed *placed)
{
	return placed->state == MC_SENT || placed->state == MC_PRESENT;
}

/* Its mailbox, if it is there. */
static MC_RC find_mailbox(struct mc_canary *c, struct mc_error *err)
{
	struct mc_placed placed;
	enum mc_rc rc = mc_placement_get(c->ar, c->placement, &placed, err);

	if (rc == MC_OK && is_there(&placed)) {
		c->mailbox = placed.mailbox;
		placed.mailbox = NULL;
	}
	mc_placed_dispose(&placed);
	return rc;
}

/* An account of POP3 is one folder, which goes to one mailbox. */
static MC_RC find_place(
	struct mc_canary *c, int64_t sighting, struct mc_error *err)
{
	const struct mc_proved *proved;
	enum mc_rc rc = mc_tenant_places(
		c->ar, c->ledger, sighting, take_place, c, err);

	if (rc == MC_OK && c->placement)
		rc = find_mailbox(c, err);
	proved = mc_proof_find(c->proof, c->placement);
	if (proved) {
		c->box = proved->mailbox;
		c->uid = proved->uid;
		c->uidvalidity = proved->uidvalidity;
	}
	if (rc == MC_OK && (!c->mailbox || !proved))
		rc = mc_fail(err, MC_EDB, MC_RUN, 0,
			"what is to be deleted is not on the target");
	return rc;
}

/* What the mailbox holds; *anew: it is not the one any more that was proved to
 * hold it. */
static MC_RC list_uids(struct mc_canary *c, uint32_t **uids, size_t *n,
	bool *anew, struct mc_error *err)
{
	struct mc_mailbox_state state = { 0 };
	enum mc_rc rc = MC_OK;

	if (!c->target)
		rc = mc_target_open(
			&c->target, c->req->target, &c->req->monitor, err);
	if (rc == MC_OK)
		rc = mc_target_select(c->target, c->mailbox, &state, err);
	if (rc == MC_EREFUSED)
		mc_while(err, "'%s' on the target", c->mailbox);
	*anew = state.uidvalidity != c->uidvalidity;
	if (rc == MC_OK)
		rc = mc_target_uids(c->target, uids, n, err);
	if (rc < 0) {
		mc_target_close(c->target);
		c->target = NULL;
	}
	return rc;
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool holds(const uint32_t *uids, size_t n, uint32_t uid)
{
	return n > 0 && bsearch(&uid, uids, n, sizeof(*uids), compare_uids);
}

/* Of all that was proved to be there, and of which this one is not spoken. */
static bool lost_others(
	const struct mc_canary *c, const uint32_t *uids, size_t n)
{
	for (size_t i = 0; i < c->proof->n; i++) {
		const struct mc_proved *p = &c->proof->list[i];

		if (p->mailbox == c->box && p->placement != c->placement &&
			!holds(uids, n, p->uid))
			return true;
	}
	return false;
}

static enum mc_rc fail_lost(
	const struct mc_canary *c, const char *what, struct mc_error *err)
{
	return mc_fail(err, MC_EREFUSED, MC_RUN, 0,
		"--delete-source: mailbox '%s' of the target has lost messages "
		"that it had a moment ago, and nothing%s is deleted; 'mailcart "
		"verify' tells which",
		c->mailbox, what);
}

/* The same UIDs may be others' there.  The next run compares anew. */
static enum mc_rc fail_anew(
	const struct mc_canary *c, const char *what, struct mc_error *err)
{
	return mc_fail(err, MC_EREFUSED, MC_RUN, 0,
		"--delete-source: mailbox '%s' of the target is numbered anew "
		"since it was compared, and nothing%s is deleted; run the "
		"same command again",
		c->mailbox, what);
}

static void forget(struct mc_canary *c)
{
	free(c->mailbox);
	c->mailbox = NULL;
	c->placement = 0;
}

/* The caller names the source, which this is not of. */
static void name_target(
	const struct mc_canary *c, const char *what, struct mc_error *err)
{
	mc_while(err,
		"whether mailbox '%s' of the target is this very account "
		"cannot be seen, and nothing%s is deleted",
		c->mailbox, what);
}

MC_RC mc_canary_send(
	struct mc_canary *c, int64_t sighting, struct mc_error *err)
{
	uint32_t *uids = NULL;
	size_t n = 0;
	bool anew = false;
	enum mc_rc rc;

	forget(c);
	rc = find_place(c, sighting, err);
	if (rc == MC_OK) {
		rc = list_uids(c, &uids, &n, &anew, err);
		if (rc < 0)
			name_target(c, "", err);
	}
	if (rc == MC_OK && anew)
		rc = fail_anew(c, "", err);
	if (rc == MC_OK && (lost_others(c, uids, n) || !holds(uids, n, c->uid)))
		rc = fail_lost(c, "", err);
	free(uids);
	if (rc < 0)
		forget(c);
	return rc;
}

/* Its fate is as if it were not known: the look before a delivery finds it after
 * all, or it is sent. */
static MC_RC doubt(struct mc_canary *c, struct mc_error *err)
{
	struct mc_mailbox_row box;
	enum mc_rc rc = mc_mailbox_put(c->ar, c->ledger, c->mailbox, &box, err);

	if (rc == MC_OK)
		rc = mc_archive_begin(c->ar, err);
	if (rc < 0)
		return rc;
	rc = mc_placement_doubt(c->ar, c->placement, box.id, c->uid, err);
	if (rc == MC_OK)
		rc = mc_mailbox_looked(c->ar, box.id, 0, err);
	if (rc == MC_OK)
		return mc_archive_commit(c->ar, err);
	mc_archive_rollback(c->ar);
	return rc;
}

/* A pass that went well may have left it behind. */
static MC_RC check_sent(
	const struct mc_canary *c, bool *refused, struct mc_error *err)
{
	struct mc_placed placed;
	enum mc_rc rc = mc_placement_get(c->ar, c->placement, &placed, err);
	bool there = rc == MC_OK && is_there(&placed);

	*refused = rc == MC_OK && placed.state == MC_REFUSED;
	mc_placed_dispose(&placed);
	if (rc < 0 || there)
		return rc;
	return mc_fail(err, MC_EREFUSED, MC_RUN, 0, "the target %s",
		*refused ? "refused it" : "does not take it now");
}

static MC_RC send_again(
	struct mc_canary *c, bool *refused, struct mc_error *err)
{
	struct mc_push_report report = { 0 };
	struct mc_push *push = NULL;
	enum mc_rc rc = doubt(c, err);

	if (rc < 0)
		return rc;
	rc = mc_push_new(&push, c->ar, c->req, &report, err);
	if (rc == MC_OK) {
		mc_push_use(push, c->target);
		c->target = NULL;
		rc = mc_push_pass(push, NULL, err);
	}
	mc_push_free(push);
	return rc == MC_OK ? check_sent(c, refused, err) : rc;
}

/* The source and the target are one. */
static MC_RC recover(struct mc_canary *c, struct mc_error *err)
{
	bool refused = false;

	if (send_again(c, &refused, err) < 0) {
		mc_while(err,
			"--delete-source: mailbox '%s' of the target is the "
			"account that was deleted from; one message is gone "
			"from both and in the archive alone, until %s sends it "
			"again",
			c->mailbox,
			refused ? "'mailcart push --retry-refused'"
				: "the same command without --delete-source");
		return err->rc;
	}
	return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
		"--delete-source: mailbox '%s' of the target is this very "
		"account: the first message that was deleted was gone there, "
		"too; it was sent again, and nothing else was deleted",
		c->mailbox);
}

MC_RC mc_canary_look(struct mc_canary *c, struct mc_error *err)
{
	uint32_t *now = NULL;
	size_t n = 0;
	bool anew = false;
	enum mc_rc rc;

	if (c->placement == 0)
		return MC_OK;
	rc = list_uids(c, &now, &n, &anew, err);
	if (rc < 0)
		name_target(c, " more", err);
	else if (anew)
		rc = fail_anew(c, " more", err);
	else if (lost_others(c, now, n))
		rc = fail_lost(c, " more", err);
	else if (!holds(now, n, c->uid))
		rc = recover(c, err);
	free(now);
	if (rc == MC_OK) {
		c->placement = 0;
		return rc;
	}
	/* Another try would let another message go. */
	err->scope = MC_RUN;
	err->hope = MC_NEVER;
	return rc;
}

/* Over a connection of its own: the one before may be hours old. */
MC_RC mc_canary_again(struct mc_canary *c, struct mc_error *err)
{
	uint32_t *now = NULL;
	size_t n = 0;
	bool anew = false;
	enum mc_rc rc;

	if (!c->mailbox || c->placement != 0)
		return MC_OK;
	mc_target_close(c->target);
	c->target = NULL;
	rc = list_uids(c, &now, &n, &anew, err);
	if (rc < 0)
		mc_while(err,
			"whether mailbox '%s' of the target has all that was "
			"compared cannot be seen, and nothing more is deleted",
			c->mailbox);
	else if (anew)
		rc = fail_anew(c, " more", err);
	else if (lost_others(c, now, n))
		rc = fail_lost(c, " more", err);
	free(now);
	return rc;
}

void mc_canary_dispose(struct mc_canary *c)
{
	forget(c);
	mc_target_close(c->target);
	c->target = NULL;
}
