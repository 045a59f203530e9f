/* SPDX-License-Identifier: MIT */
#include "job/convoy.h"

#include <assert.h>

#include "base/limits.h"
#include "job/fates.h"
#include "job/pacer.h"
#include "job/show.h"
#include "job/target_name.h"
#include "job/wrap.h"

enum {
	/* Batches that are read, noted or in flight.  The target holds at most
	 * as many octets as 8 of the largest ones; smaller ones than half of
	 * that would have been one batch. */
	RING = 24,
	/* Bounds a batch's memory whatever the target would take. */
	BATCH_MAX = 100,
	/* Read and noted at once: a commit is a wait for the disk. */
	NOTED_BATCHES = 4,
	/* Read from the ledger at once. */
	STOCK_MAX = 256,
	/* Handed on at once where the pace is held: some of them a second even
	 * of a slow one. */
	PACED_OCTETS = 8 * 1024,
	/* A batch of which a connection broke is sent again in small ones,
	 * and what then broke one again goes alone: so the one to blame is
	 * found. */
	DOUBTED_MAX = 10,
	DOUBTED_ATTEMPTS = 1,
};

struct batch {
	struct mc_placement placements[BATCH_MAX];
	struct mc_letter letters[BATCH_MAX];
	size_t n;
	size_t open; /* noted, and no fate is told */
	bool alone;  /* one letter with nothing else in flight */
};

struct mc_convoy {
	struct mc_courier courier;
	const struct mc_convoy_wish *wish;
	struct mc_delivery *d;
	struct mc_convoy_end *end;
	struct mc_fates fates;
	struct mc_placement stock[STOCK_MAX];
	size_t stock_from;
	size_t stock_n;
	int64_t after; /* the last placement in stock */
	struct batch ring[RING];
	size_t noted; /* batches so far */
	size_t sent;  /* of those: given to the target */
};

static struct mc_convoy *convoy_of(struct mc_courier *courier)
{
	return (struct mc_convoy *)(void *)courier;
}

static struct batch *batch_at(struct mc_convoy *c, size_t turn)
{
	return &c->ring[turn % RING];
}

/* ---- letters and their fates ---- */

/* The oldest come first. */
static const struct mc_placement *find_placement(
	struct mc_convoy *c, int64_t id, struct batch **batch)
{
	for (size_t turn = c->noted > RING ? c->noted - RING : 0;
		turn < c->noted; turn++) {
		*batch = batch_at(c, turn);
		for (size_t i = 0; (*batch)->open > 0 && i < (*batch)->n; i++)
			if ((*batch)->placements[i].id == id)
				return &(*batch)->placements[i];
	}
	return NULL;
}

static struct mc_wrapped wrapped_of(const struct mc_placement *p)
{
	return (struct mc_wrapped){ p->wrapped, p->logical, p->body };
}

/* Hands octets on as fast as they may go. */
struct paced {
	struct mc_sink sink;
	struct mc_sink *to;
	const struct mc_request *req;
};

static MC_RC on_paced(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	const struct paced *paced = (const struct paced *)(const void *)sink;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && bytes.n > 0) {
		struct mc_span part = mc_span_head(bytes, PACED_OCTETS);

		rc = paced->to->put(paced->to, part, err);
		mc_pacer_octets(mc_pace_out(paced->req), (int64_t)part.n,
			&paced->req->monitor);
		bytes = mc_span_from(bytes, part.n);
	}
	return rc;
}

/* Where the archive is damaged in the middle of a body, the connection is lost
 * with the command that was begun. */
static MC_RC show_large(struct mc_convoy *c, int64_t body, struct mc_sink *sink,
	struct mc_error *err)
{
	struct mc_suspect *suspect = c->d->suspect;
	struct mc_hash_sink nowhere;
	enum mc_rc rc = MC_OK;

	mc_hash_sink_init(&nowhere);
	if (suspect->damage)
		rc = mc_show_body(c->d->ar, body, &nowhere.sink, err);
	if (rc == MC_OK)
		rc = mc_show_body_to(
			c->d->ar, body, sink, c->d->tally->sound, err);
	if (rc == MC_EDB && err->scope == MC_MESSAGE && !suspect->damage) {
		suspect->damage = true;
		err->scope = MC_SESSION;
		err->hope = MC_AGAIN;
	}
	return rc;
}

static MC_RC on_open(struct mc_courier *courier, int64_t id,
	struct mc_sink *sink, struct mc_error *err)
{
	struct mc_convoy *c = convoy_of(courier);
	struct batch *batch = NULL;
	const struct mc_placement *placement = find_placement(c, id, &batch);
	struct paced paced = { { on_paced }, sink, c->d->req };

	assert(placement);
	if (mc_pace_out(c->d->req))
		sink = &paced.sink;
	if (placement->wrapped != MC_WRAP_NOT) {
		struct mc_wrapped what = wrapped_of(placement);

		return mc_wrap_stream(c->d->ar, &what, sink, err);
	}
	if (placement->octets > MC_PIECE_MAX)
		return show_large(c, placement->body, sink, err);
	return mc_show_body_to(
		c->d->ar, placement->body, sink, c->d->tally->sound, err);
}

static MC_RC on_sent(struct mc_convoy *c, const struct mc_fate *fate,
	const struct mc_placement *placement, struct mc_error *err)
{
	struct mc_landing landing = {
		.uidvalidity = fate->uidvalidity ? fate->uidvalidity
						 : c->wish->state->uidvalidity,
		.uid = fate->uid,
		.change = fate->change,
		.sent_sha256 = fate->change ? &fate->sent_sha256 : NULL
	};

	struct mc_wrapped what = wrapped_of(placement);
	struct mc_digest sha256;
	int64_t octets;

	if (what.how != MC_WRAP_NOT) {
		if (mc_wrap_measure(c->d->ar, &what, &octets, &sha256, err) < 0)
			return err->rc;
		landing.change = "wrapped";
		landing.sent_sha256 = &sha256;
	}
	c->end->last_uid = fate->uid;
	c->end->last_date = placement->internaldate;
	if (fate->uid != 0 && fate->uid == c->end->known)
		c->end->known++;
	mc_push_tally_sent(c->d->tally, c->wish->name, placement->octets);
	return mc_fates_sent(&c->fates, fate->id, &landing, err);
}

static MC_RC on_refused(struct mc_convoy *c, const struct mc_error *why,
	int64_t placement, int64_t logical, struct mc_error *err)
{
	mc_emit(&c->d->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_REFUSAL,
			.id = logical,
			.mailbox = c->wish->name,
			.code = why->code,
			.text = why->text });
	mc_push_tally_refused(c->d->tally, c->wish->name);
	return mc_fates_not_sent(&c->fates, placement, false, why, err);
}

/* It cost a connection, and is refused or tried again over another one.  As
 * long as the server has taken nothing it may be that it takes nothing at all:
 * then no message is to blame. */
static MC_RC on_bad(struct mc_convoy *c, const struct mc_fate *fate,
	const struct mc_placement *placement, struct mc_error *err)
{
	struct mc_suspect *suspect = c->d->suspect;

	if (fate->why->hope == MC_AGAIN) {
		mc_suspect_drop(suspect, fate->id, fate->drop);
		mc_push_tally_changed(c->d->tally);
	} else if (mc_push_tally_sends(c->d->tally)) {
		return on_refused(
			c, fate->why, fate->id, placement->logical, err);
	} else {
		mc_suspect_add_bad(
			suspect, fate->id, placement->logical, fate->why);
		mc_push_tally_changed(c->d->tally);
	}
	return mc_fates_not_sent(&c->fates, fate->id, true, fate->why, err);
}

/* All others are done: those that were put aside are refused, for the server
 * takes what is like others. */
static MC_RC refuse_bad(struct mc_convoy *c, struct mc_error *err)
{
	struct mc_suspect *suspect = c->d->suspect;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < suspect->bad_n; i++)
		rc = on_refused(c, &suspect->bad[i].why,
			suspect->bad[i].placement, suspect->bad[i].logical,
			err);
	suspect->bad_n = 0;
	return rc;
}

static enum mc_rc fail_bad(struct mc_convoy *c, struct mc_error *err)
{
	const struct mc_suspect *suspect = c->d->suspect;

	return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
		"%s, whatever message it is sent: %d were tried, one by one",
		suspect->bad[0].why.text, (int)MC_SUSPECT_BAD_MAX);
}

static MC_RC on_fate(struct mc_courier *courier, const struct mc_fate *fate,
	struct mc_error *err)
{
	struct mc_convoy *c = convoy_of(courier);
	struct batch *batch = NULL;
	const struct mc_placement *placement =
		find_placement(c, fate->id, &batch);

	assert(placement && batch);
	mc_step(&c->d->req->monitor, "fate");
	batch->open--;
	if (fate->sent)
		return on_sent(c, fate, placement, err);
	if (fate->bad)
		return on_bad(c, fate, placement, err);
	/* What our own archive cannot give, no server has refused: another run
	 * may read it, or one on a mended archive. */
	if (fate->why->scope == MC_MESSAGE && fate->why->hope == MC_NEVER &&
		fate->why->rc != MC_EDB)
		return on_refused(
			c, fate->why, fate->id, placement->logical, err);
	if (fate->why->scope != MC_MESSAGE && !c->end->closed) {
		c->end->closed = true;
		c->end->why = *fate->why;
	}
	return mc_fates_not_sent(&c->fates, fate->id, true, fate->why, err);
}

/* ---- batches are made and noted ---- */

static bool is_ripe(
	const struct mc_ahead *ahead, const struct mc_placement *placement)
{
	return !ahead || placement->rank <= ahead->rank ||
	       placement->newest > ahead->sighting;
}

/* What must wait until all is read, or is put aside, is left out. */
static void keep_ripe(struct mc_convoy *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->stock_n; i++) {
		if (is_ripe(c->d->ahead, &c->stock[i]) &&
			!mc_suspect_has_bad(c->d->suspect, c->stock[i].id))
			c->stock[kept++] = c->stock[i];
		else
			mc_placement_dispose(&c->stock[i]);
	}
	c->stock_n = kept;
}

/* While mail comes in, it goes out without the mailbox being left.  MC_DONE:
 * nothing new has come. */
static MC_RC ask_for_more(struct mc_convoy *c, struct mc_error *err)
{
	const struct mc_ahead *ahead = c->d->ahead;

	return ahead ? ahead->more(ahead->arg, err) : MC_DONE;
}

static MC_RC fill_stock(struct mc_convoy *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && c->stock_from == c->stock_n) {
		c->stock_from = 0;
		c->stock_n = STOCK_MAX;
		rc = mc_placements_next(c->d->ar, c->wish->mailbox->id,
			c->after, c->stock, &c->stock_n, err);
		if (rc < 0) {
			c->stock_n = 0;
		} else if (c->stock_n == 0) {
			rc = ask_for_more(c, err);
		} else {
			c->after = c->stock[c->stock_n - 1].id;
			keep_ripe(c);
		}
	}
	return rc;
}

static void clear_batch(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		mc_placement_dispose(&batch->placements[i]);
	batch->n = 0;
	batch->open = 0;
}

static size_t most_together(int attempts, size_t letters)
{
	if (attempts > DOUBTED_ATTEMPTS)
		return 1;
	return attempts > 0 && letters > DOUBTED_MAX ? DOUBTED_MAX : letters;
}

/* What cannot be read now tells so when it is to be sent. */
static void wrap_letter(struct mc_convoy *c, const struct mc_placement *p,
	struct mc_letter *letter)
{
	struct mc_wrapped what = wrapped_of(p);
	struct mc_digest sha256;
	struct mc_error unread;

	if (mc_wrap_measure(
		    c->d->ar, &what, &letter->octets, &sha256, &unread) < 0)
		return;
	letter->shape = 0;
	letter->longest_line = 0;
}

static void take_letter(struct mc_convoy *c, struct batch *batch)
{
	const struct mc_placement *p = &c->stock[c->stock_from++];

	batch->placements[batch->n] = *p;
	batch->letters[batch->n++] = (struct mc_letter){
		.id = p->id,
		.flags = p->flags,
		.keywords = { p->keywords, p->keywords_n },
		.internaldate = p->internaldate,
		.octets = p->octets,
		.shape = p->shape,
		.longest_line = p->longest_line,
		/* The connection went when it was alone on its way. */
		.careful = p->id == c->d->suspect->placement &&
			   c->d->suspect->losses > 0,
		.drop = p->id == c->d->suspect->placement ? c->d->suspect->drop
							  : 0,
	};
	if (p->wrapped != MC_WRAP_NOT)
		wrap_letter(c, p, &batch->letters[batch->n - 1]);
}

/* MC_DONE: nothing waits any more. */
static MC_RC make_batch(
	struct mc_convoy *c, struct batch *batch, struct mc_error *err)
{
	size_t letters;
	int64_t most;
	int64_t octets = 0;
	int attempts;
	enum mc_rc rc = fill_stock(c, err);

	clear_batch(batch);
	if (rc != MC_OK)
		return rc;
	mc_target_batch(c->d->target, &letters, &most);
	if (most > mc_pacer_batch_octets(mc_pace_out(c->d->req)))
		most = mc_pacer_batch_octets(mc_pace_out(c->d->req));
	if (letters > BATCH_MAX)
		letters = BATCH_MAX;
	attempts = c->stock[c->stock_from].attempts;
	letters = most_together(attempts, letters);
	if ((int64_t)letters > mc_pacer_batch(mc_pace_out(c->d->req)))
		letters = (size_t)mc_pacer_batch(mc_pace_out(c->d->req));
	batch->alone = attempts > DOUBTED_ATTEMPTS;
	while (rc == MC_OK && batch->n < letters) {
		const struct mc_placement *p = &c->stock[c->stock_from];

		octets += p->octets;
		if (batch->n > 0 && (octets > most || p->attempts != attempts))
			break;
		take_letter(c, batch);
		rc = fill_stock(c, err);
	}
	return rc < 0 ? rc : MC_OK;
}

static MC_RC note_sending(
	struct mc_convoy *c, struct batch *batch, struct mc_error *err)
{
	const struct mc_mailbox_state *state = c->wish->state;
	uint32_t next =
		state->uidnext ? state->uidnext : c->wish->mailbox->looked;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < batch->n; i++)
		rc = mc_placement_sending(c->d->ar, batch->placements[i].id,
			state->uidvalidity, next, err);
	batch->open = batch->n;
	return rc;
}

/* Up to NOTED_BATCHES more.  MC_DONE: nothing waits any more. */
static MC_RC read_batches(struct mc_convoy *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (int i = 0; rc == MC_OK && i < NOTED_BATCHES; i++) {
		struct batch *batch = batch_at(c, c->noted);

		if (batch->open > 0) /* still on its way */
			break;
		rc = make_batch(c, batch, err);
		if (rc == MC_OK)
			rc = note_sending(c, batch, err);
		if (rc == MC_OK)
			c->noted++;
	}
	if (rc < 0)
		return rc;
	return c->noted > c->sent ? MC_OK : MC_DONE;
}

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
	if (batch_at(c, noted)->open > 0)
		rc = mc_target_settle(c->d->target, err);
	if (rc == MC_OK)
		rc = mc_archive_begin(c->d->ar, err);
	if (rc < 0)
		return rc;
	fates = c->fates.n;
	rc = mc_fates_write(&c->fates, c->d->ar, err);
	if (rc == MC_OK)
		more = rc = read_batches(c, err);
	rc = end_batch(c, rc, err);
	if (rc < 0)
		c->noted = noted;
	else
		tell_witness(c, fates);
	return rc < 0 ? rc : more;
}

/* ---- sent ---- */

/* A connection lost with one letter on its way, again and again, is that
 * letter's doing. */
static MC_RC blame(
	struct mc_convoy *c, struct batch *batch, struct mc_error *err)
{
	const struct mc_placement *p = &batch->placements[0];
	struct mc_error later;

	if (batch->open == 0 || !mc_suspect_lost(c->d->suspect, p->id))
		return err->rc;
	batch->open--;
	if (on_refused(c, err, p->id, p->logical, &later) < 0)
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
	struct batch *batch = batch_at(c, c->sent);
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
	if (rc < 0 && batch->alone && err->rc == MC_ENET)
		rc = blame(c, batch, err);
	return rc;
}

static MC_RC send_all(struct mc_convoy *c, struct mc_error *err)
{
	struct mc_cancel *cancel = c->d->req->monitor.cancel;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && !c->end->closed) {
		if (mc_cancel_is(cancel, MC_CANCEL_SOON))
			break;
		if (c->sent == c->noted)
			rc = note(c, err);
		if (rc == MC_OK)
			rc = keep_pace(c, err);
		if (mc_cancel_is(cancel, MC_CANCEL_SOON))
			break;
		if (rc == MC_OK)
			rc = send_next(c, err);
	}
	if (rc >= 0)
		rc = mc_target_settle(c->d->target, err);
	if (rc < 0 && rc != MC_ECANCEL && mc_suspect_is_server(c->d->suspect))
		return fail_bad(c, err);
	if (rc == MC_OK && !c->end->closed &&
		!mc_cancel_is(cancel, MC_CANCEL_SOON))
		rc = refuse_bad(c, err);
	if (rc == MC_OK && mc_cancel_is(cancel, MC_CANCEL_SOON))
		rc = mc_fail_cancelled(err);
	return rc;
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
		const struct batch *batch = batch_at(c, c->sent);

		for (size_t i = 0; rc == MC_OK && i < batch->n; i++)
			rc = mc_placement_unsent(
				c->d->ar, batch->placements[i].id, err);
	}
	if (rc == MC_OK && c->end->known > c->wish->mailbox->looked)
		rc = mc_mailbox_looked(
			c->d->ar, c->wish->mailbox->id, c->end->known, err);
	return end_batch(c, rc, err);
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
	c->courier.open = on_open;
	c->courier.fate = on_fate;
	c->wish = wish;
	c->d = wish->delivery;
	c->end = end;
	c->after = c->d->ahead ? c->d->ahead->placement : 0;
	*end = (struct mc_convoy_end){ .known = wish->mailbox->looked,
		.last_date = MC_NO_TIME };
	rc = send_all(c, err);
	if ((note_end(c, &later) < 0 || note_pace(c, &later) < 0) && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	for (size_t i = 0; i < RING; i++)
		clear_batch(&c->ring[i]);
	while (c->stock_from < c->stock_n)
		mc_placement_dispose(&c->stock[c->stock_from++]);
	mc_fates_dispose(&c->fates);
	free(c);
	return rc;
}
