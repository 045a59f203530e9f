/* SPDX-License-Identifier: MIT */
#include "job/convoying.h"

#include "base/text.h"
#include "job/pacer.h"
#include "job/target_name.h"

static MC_RC end_batch(struct mc_convoy *c, enum mc_rc rc, struct mc_error *err)
{
	if (rc >= 0)
		return mc_archive_commit(c->d->ar, err);
	mc_archive_rollback(c->d->ar);
	return rc;
}

/* n fates are in the ledger, most of them of what was sent. */
static void tell_witness(struct mc_convoy *c, size_t n)
{
	const struct mc_witness_news news = { .mailbox = c->wish->mailbox->id,
		.name = c->wish->name,
		.uidvalidity = c->wish->state->uidvalidity,
		.n = n };

	if (c->d->tally->witness && c->d->ahead)
		mc_witness_tell(c->d->tally->witness, &news);
}

/* Fates so far are kept; what comes next is on disk as `sending` before its
 * first octet leaves. */
static MC_RC note(struct mc_convoy *c, struct mc_error *err)
{
	size_t noted = c->noted;
	size_t fates = 0;
	enum mc_rc rc = MC_OK;
	enum mc_rc more = MC_OK;

	/* A slot of the ring is free again when its fates are told. */
	if (mc_convoying_at(c, noted)->open > 0)
		rc = mc_target_settle(c->d->target, err);
	if (rc == MC_OK)
		rc = mc_archive_begin(c->d->ar, err);
	if (rc < 0)
		return rc;
	fates = c->fates.n;
	rc = mc_fates_write(&c->fates, c->d->ar, err);
	if (rc == MC_OK)
		more = rc = mc_convoying_read(c, err);
	rc = end_batch(c, rc, err);
	if (rc < 0)
		c->noted = noted;
	else
		tell_witness(c, fates);
	return rc < 0 ? rc : more;
}

MC_RC mc_convoying_note(struct mc_convoy *c, struct mc_error *err)
{
	size_t fates = c->fates.n;
	enum mc_rc rc = mc_archive_begin(c->d->ar, err);

	if (rc < 0)
		return rc;
	rc = mc_fates_write(&c->fates, c->d->ar, err);
	rc = end_batch(c, rc, err);
	if (rc == MC_OK)
		tell_witness(c, fates);
	return rc;
}

/* A connection lost with one letter on its way, again and again, is that
 * letter's doing; or the server's, if so it goes with one letter after another
 * and it does not tell why. */
static MC_RC blame(struct mc_convoy *c, struct mc_convoy_batch *batch,
	struct mc_error *err)
{
	const struct mc_placement *p = &batch->placements[0];
	struct mc_error later;
	enum mc_rc rc;

	if (batch->open == 0 || !mc_suspect_lost(c->d->suspect, p->id))
		return err->rc;
	batch->open--;
	if (err->code[0]) {
		rc = mc_convoying_refuse(c, err, p->id, p->logical, &later);
	} else {
		c->d->suspect->row++;
		rc = mc_convoying_blame(c, err, p->id, p->logical, &later);
	}
	if (rc < 0)
		*err = later;
	return err->rc;
}

/* Fates come before what may be hours. */
static MC_RC keep_pace(struct mc_convoy *c, struct mc_error *err)
{
	const struct mc_request *req = c->d->req;
	struct mc_pacer_line line = { .ar = c->d->ar,
		.left = mc_push_tally_waiting(c->d->tally),
		.mon = &req->monitor };
	char name[1024];
	enum mc_rc rc;

	if (!mc_pacer_is_due(mc_pace_out(req)))
		return MC_OK;
	mc_target_name(req, name, sizeof(name));
	line.account = name;
	rc = mc_target_settle(c->d->target, err);
	return rc == MC_OK ? mc_pacer_settle(mc_pace_out(req), &line, err) : rc;
}

static MC_RC send_next(struct mc_convoy *c, struct mc_error *err)
{
	struct mc_convoy_batch *batch = mc_convoying_at(c, c->sent);
	const struct mc_monitor *mon = &c->d->req->monitor;
	enum mc_rc rc = MC_OK;

	if (batch->alone)
		rc = mc_target_settle(c->d->target, err);
	if (rc < 0)
		return rc;
	c->sent++;
	mc_step(mon, "noted");
	rc = mc_target_send(
		c->d->target, batch->letters, batch->n, &c->courier, err);
	mc_step(mon, "sent");
	mc_pacer_messages(mc_pace_out(c->d->req), (int64_t)batch->n, mon);
	if (rc == MC_OK && batch->alone)
		rc = mc_target_settle(c->d->target, err);
	/* A server that says that it is busy blames no letter. */
	if (rc < 0 && batch->alone && err->rc == MC_ENET &&
		err->hope != MC_LATER)
		rc = blame(c, batch, err);
	return rc;
}

static bool is_cancelled(const struct mc_convoy *c)
{
	return mc_cancel_is(c->d->req->monitor.cancel, MC_CANCEL_SOON);
}

static MC_RC send_some(struct mc_convoy *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && !c->end->closed && !mc_convoying_doubts(c)) {
		if (is_cancelled(c))
			break;
		if (c->sent == c->noted)
			rc = note(c, err);
		if (rc == MC_OK)
			rc = keep_pace(c, err);
		if (is_cancelled(c))
			break;
		if (rc == MC_OK)
			rc = send_next(c, err);
	}
	return rc < 0 ? rc : mc_target_settle(c->d->target, err);
}

/* Fates told before a failure are kept too, and of what was noted and not
 * given to the target it is certain that nothing left. */
static MC_RC note_end(struct mc_convoy *c, struct mc_error *err)
{
	enum mc_rc rc;

	if (c->fates.n == 0 && c->sent == c->noted)
		return MC_OK;
	rc = mc_archive_begin(c->d->ar, err);
	if (rc < 0)
		return rc;
	rc = mc_fates_write(&c->fates, c->d->ar, err);
	for (; rc == MC_OK && c->sent < c->noted; c->sent++) {
		struct mc_convoy_batch *batch = mc_convoying_at(c, c->sent);

		for (size_t i = 0; rc == MC_OK && i < batch->n; i++)
			rc = mc_placement_unsent(
				c->d->ar, batch->placements[i].id, err);
		mc_convoying_clear(batch);
	}
	if (rc == MC_OK && c->end->known > c->wish->mailbox->looked)
		rc = mc_mailbox_looked(
			c->d->ar, c->wish->mailbox->id, c->end->known, err);
	return end_batch(c, rc, err);
}

static void drop_stock(struct mc_convoy *c)
{
	while (c->stock_from < c->stock_n)
		mc_placement_dispose(&c->stock[c->stock_from++]);
}

/* All has met its fate: what still waits is read again, behind `after`. */
static MC_RC go_to(struct mc_convoy *c, int64_t after, struct mc_error *err)
{
	enum mc_rc rc = note_end(c, err);

	drop_stock(c);
	c->after = after;
	return rc;
}

static void close_mailbox(struct mc_convoy *c)
{
	const struct mc_alike *alike = c->d->alike;

	c->end->closed = true;
	c->end->alike = true;
	c->end->bad = alike->bad;
	c->end->why = alike->why;
	c->end->why.scope = MC_FOLDER;
	mc_text_format(c->end->why.text, sizeof(c->end->why.text),
		alike->took ? "%s, of the last %zu messages that it was sent"
			    : "%s, whatever message it is sent: %zu were tried",
		alike->why.text, alike->n);
}

/* The last ones are not taken either. */
static MC_RC conclude(struct mc_convoy *c, struct mc_error *err)
{
	if (mc_convoying_doubts_server(c))
		return mc_convoying_fail_bad(c, err);
	close_mailbox(c);
	return MC_DONE;
}

/* Many were refused alike, or not understood: that the last ones are, too, tells
 * that it is the mailbox, or the server; else it is those, and what was left out
 * comes to its turn.  While mail still comes in nothing is concluded of a mailbox.
 * MC_DONE: there is nothing to find out. */
static MC_RC find_out(struct mc_convoy *c, struct mc_error *err)
{
	int64_t after = 0;
	enum mc_rc rc = MC_OK;

	if (c->end->closed || is_cancelled(c))
		return MC_DONE;
	if (c->last) {
		c->last = false;
		if (!mc_convoying_doubts(c))
			return go_to(c, 0, err);
		return conclude(c, err);
	}
	if (!mc_convoying_doubts(c))
		return MC_DONE;
	if (c->d->ahead && !mc_convoying_doubts_server(c)) {
		/* Each would cost connections again in the next pass. */
		if (c->d->alike->bad)
			mc_push_tally_closed(c->d->tally, false);
		return MC_DONE;
	}
	rc = go_to(c, 0, err);
	if (rc == MC_OK)
		rc = mc_placements_tail(c->d->ar, c->wish->mailbox->id,
			MC_ALIKE_LAST, &after, err);
	c->after = after;
	c->last = true;
	return rc;
}

/* They are few; but where a larger mailbox was not understood either, and nothing
 * was taken, no message is to blame. */
static MC_RC refuse_put_aside(struct mc_convoy *c, struct mc_error *err)
{
	const struct mc_alike *alike = c->d->alike;
	enum mc_rc rc = mc_convoying_refuse_bad(c, err);

	if (rc < 0 || c->d->ahead)
		return rc;
	if (alike->n == 0 || !alike->bad || alike->took ||
		!mc_push_tally_is_misread(c->d->tally))
		return mc_convoying_refuse_alike(c, err);
	close_mailbox(c);
	return MC_OK;
}

static MC_RC send_all(struct mc_convoy *c, struct mc_error *err)
{
	enum mc_rc rc;

	do {
		rc = send_some(c, err);
		if (rc == MC_OK)
			rc = find_out(c, err);
	} while (rc == MC_OK);
	if (rc < 0 && rc != MC_ECANCEL && mc_suspect_is_server(c->d->suspect))
		return mc_convoying_fail_bad(c, err);
	if (rc == MC_DONE && is_cancelled(c))
		return mc_fail_cancelled(err);
	if (rc == MC_DONE && !c->end->closed)
		return refuse_put_aside(c, err);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC note_pace(const struct mc_convoy *c, struct mc_error *err)
{
	char name[1024];

	mc_target_name(c->d->req, name, sizeof(name));
	return mc_pacer_note(mc_pace_out(c->d->req), c->d->ar, name, err);
}

MC_RC mc_convoy_run(const struct mc_convoy_wish *wish,
	struct mc_convoy_end *end, struct mc_error *err)
{
	struct mc_convoy *c = calloc(1, sizeof(*c));
	struct mc_error later;
	enum mc_rc rc;

	if (!c)
		return mc_fail_memory(err);
	mc_convoying_init(&c->courier);
	mc_identified_init(&c->id);
	c->wish = wish;
	c->d = wish->delivery;
	c->end = end;
	c->after = c->d->ahead ? c->d->ahead->placement : 0;
	*end = (struct mc_convoy_end){ .known = wish->mailbox->looked };
	rc = send_all(c, err);
	if ((note_end(c, &later) < 0 || note_pace(c, &later) < 0) && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	for (size_t i = 0; i < MC_CONVOY_RING; i++)
		mc_convoying_clear(&c->ring[i]);
	drop_stock(c);
	mc_fates_dispose(&c->fates);
	mc_identified_dispose(&c->id);
	free(c);
	return rc;
}
