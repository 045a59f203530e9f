/* SPDX-License-Identifier: MIT
 * convoy_fate: octets of letters for the target, and what became of them. */
#include "job/convoying.h"

#include <assert.h>

#include "base/limits.h"
#include "job/pacer.h"
#include "job/show.h"

/* Handed on at once where the pace is held: some of them a second even of a
 * slow one. */
enum { PACED_OCTETS = 8 * 1024 };

static struct mc_convoy *convoy_of(struct mc_courier *courier)
{
	return (struct mc_convoy *)(void *)courier;
}

/* The oldest come first. */
static const struct mc_placement *find_placement(
	struct mc_convoy *c, int64_t id, struct mc_convoy_batch **batch)
{
	for (size_t turn = c->noted > MC_CONVOY_RING ? c->noted - MC_CONVOY_RING
						     : 0;
		turn < c->noted; turn++) {
		*batch = mc_convoying_at(c, turn);
		for (size_t i = 0; (*batch)->open > 0 && i < (*batch)->n; i++)
			if ((*batch)->placements[i].id == id)
				return &(*batch)->placements[i];
	}
	return NULL;
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

/* Hands octets on, and knows whether there were any. */
struct begun {
	struct mc_sink sink;
	struct mc_sink *to;
	bool any;
};

static MC_RC on_begun(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct begun *begun = (struct begun *)(void *)sink;

	begun->any |= bytes.n > 0;
	return begun->to->put(begun->to, bytes, err);
}

static MC_RC show(struct mc_convoy *c, const struct mc_placement *placement,
	struct mc_sink *sink, struct mc_error *err)
{
	struct mc_wrapped what = mc_convoying_wrapped(placement);

	if (what.how != MC_WRAP_NOT)
		return mc_wrap_stream(c->d->ar, &what, sink, err);
	return mc_show_body_to(
		c->d->ar, placement->body, sink, c->d->tally->sound, err);
}

/* Where the archive is damaged in the middle of a message, be it of one piece or
 * many, the connection is lost with the command that was begun; from then on each
 * is read before it is begun. */
static MC_RC show_safely(struct mc_convoy *c,
	const struct mc_placement *placement, struct mc_sink *sink,
	struct mc_error *err)
{
	struct mc_suspect *suspect = c->d->suspect;
	struct begun begun = { { on_begun }, sink, false };
	struct mc_hash_sink nowhere;
	enum mc_rc rc = MC_OK;

	mc_hash_sink_init(&nowhere);
	if (suspect->damage)
		rc = mc_show_body(
			c->d->ar, placement->body, &nowhere.sink, err);
	if (rc == MC_OK)
		rc = show(c, placement, &begun.sink, err);
	if (rc == MC_EDB && err->scope == MC_MESSAGE && begun.any &&
		!suspect->damage) {
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
	struct mc_convoy_batch *batch = NULL;
	const struct mc_placement *placement = find_placement(c, id, &batch);
	struct paced paced = { { on_paced }, sink, c->d->req };

	assert(placement);
	if (mc_pace_out(c->d->req))
		sink = &paced.sink;
	return show_safely(c, placement, sink, err);
}

/* \Flagged is what servers lose most. */
static int weight(uint32_t flags)
{
	int n = flags & MC_FLAGGED ? 32 : 0;

	for (; flags; flags &= flags - 1)
		n++;
	return n;
}

static void take_sample(struct mc_convoy *c, const struct mc_fate *fate,
	const struct mc_placement *placement)
{
	struct mc_convoy_end *end = c->end;

	end->last = (struct mc_sample){ placement->id, fate->uid,
		placement->internaldate,
		placement->flags & c->wish->state->flags & MC_FLAGS_TOLD };
	end->untold |= fate->uid == 0;
	if (!fate->change && fate->uid != 0 &&
		weight(end->last.flags) > weight(end->richest.flags))
		end->richest = end->last;
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

	struct mc_wrapped what = mc_convoying_wrapped(placement);
	struct mc_digest sha256;
	int64_t octets;

	if (what.how != MC_WRAP_NOT) {
		if (mc_wrap_measure(c->d->ar, &what, &octets, &sha256, err) < 0)
			return err->rc;
		landing.change = "wrapped";
		landing.sent_sha256 = &sha256;
	}
	take_sample(c, fate, placement);
	if (fate->uid != 0 && fate->uid == c->end->known)
		c->end->known++;
	mc_push_tally_sent(c->d->tally, c->wish->name, placement->octets);
	if (!mc_target_keeps_all(c->d->target, placement->flags,
		    (struct mc_words){
			    placement->keywords, placement->keywords_n }))
		mc_push_tally_bared(c->d->tally);
	return mc_fates_sent(&c->fates, fate->id, &landing, err);
}

MC_RC mc_convoying_refuse(struct mc_convoy *c, const struct mc_error *why,
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

/* As long as the server has taken nothing it may be that it takes nothing at
 * all: then no message is to blame. */
MC_RC mc_convoying_blame(struct mc_convoy *c, const struct mc_error *why,
	int64_t placement, int64_t logical, struct mc_error *err)
{
	if (mc_push_tally_sends(c->d->tally))
		return mc_convoying_refuse(c, why, placement, logical, err);
	mc_suspect_add_bad(c->d->suspect, placement, logical, why);
	mc_push_tally_changed(c->d->tally);
	return mc_fates_not_sent(&c->fates, placement, true, why, err);
}

MC_RC mc_convoying_refuse_bad(struct mc_convoy *c, struct mc_error *err)
{
	struct mc_suspect *suspect = c->d->suspect;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < suspect->bad_n; i++)
		rc = mc_convoying_refuse(c, &suspect->bad[i].why,
			suspect->bad[i].placement, suspect->bad[i].logical,
			err);
	suspect->bad_n = 0;
	return rc;
}

MC_RC mc_convoying_refuse_alike(struct mc_convoy *c, struct mc_error *err)
{
	struct mc_alike *alike = c->d->alike;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < alike->n; i++)
		rc = mc_convoying_refuse(c, &alike->why,
			alike->list[i].placement, alike->list[i].logical, err);
	mc_alike_forget(alike);
	return rc;
}

bool mc_convoying_doubts_server(const struct mc_convoy *c)
{
	return mc_suspect_is_many(c->d->suspect) &&
	       !mc_push_tally_sends(c->d->tally);
}

bool mc_convoying_doubts(const struct mc_convoy *c)
{
	return !c->last &&
	       (mc_alike_is_many(c->d->alike) || mc_convoying_doubts_server(c));
}

/* Of what follows it is not known yet whether it would be taken. */
static void stop(struct mc_convoy *c)
{
	struct mc_error why = c->d->alike->why;

	why.hope = MC_LATER;
	mc_target_stop(c->d->target, &why);
}

/* It is refused for good; or put aside, for what is said of it may be said of
 * all.  One that was refused in an earlier run, or goes as an attachment since it
 * was, says nothing of others. */
static MC_RC on_no(struct mc_convoy *c, const struct mc_fate *fate,
	const struct mc_placement *placement, struct mc_error *err)
{
	const struct mc_alike_one one = { fate->id, placement->logical };
	struct mc_alike *alike = c->d->alike;
	enum mc_rc rc = MC_OK;

	if (placement->refused || placement->wrapped != MC_WRAP_NOT ||
		!mc_alike_may_be(fate->why))
		return mc_convoying_refuse(
			c, fate->why, fate->id, placement->logical, err);
	if (alike->n > 0 && !mc_alike_fits(alike, fate->why, fate->bad))
		rc = mc_convoying_refuse_alike(c, err);
	if (rc == MC_OK)
		rc = mc_alike_add(alike, &one, fate->why, fate->bad, err);
	if (rc < 0)
		return rc;
	mc_push_tally_changed(c->d->tally);
	if (mc_convoying_doubts(c))
		stop(c);
	return mc_fates_not_sent(&c->fates, fate->id, true, fate->why, err);
}

/* It cost a connection, and is refused or tried again over another one. */
static MC_RC on_bad(struct mc_convoy *c, const struct mc_fate *fate,
	const struct mc_placement *placement, struct mc_error *err)
{
	if (fate->why->hope != MC_AGAIN)
		return on_no(c, fate, placement, err);
	mc_suspect_drop(c->d->suspect, fate->id, fate->drop);
	mc_push_tally_changed(c->d->tally);
	return mc_fates_not_sent(&c->fates, fate->id, true, fate->why, err);
}

enum mc_rc mc_convoying_fail_bad(struct mc_convoy *c, struct mc_error *err)
{
	const struct mc_suspect *suspect = c->d->suspect;
	struct mc_error why = suspect->bad_n > 0 ? suspect->bad[0].why : *err;

	return mc_fail(err, MC_ENET, MC_SESSION, 0,
		"%s, whatever message it is sent: %d were tried, one by one",
		why.text, mc_suspect_tried(suspect));
}

static MC_RC on_fate(struct mc_courier *courier, const struct mc_fate *fate,
	struct mc_error *err)
{
	struct mc_convoy *c = convoy_of(courier);
	struct mc_convoy_batch *batch = NULL;
	const struct mc_placement *placement =
		find_placement(c, fate->id, &batch);

	assert(placement && batch);
	mc_step(&c->d->req->monitor, "fate");
	batch->open--;
	if (fate->sent) {
		/* It takes others: those put aside are to blame. */
		c->d->suspect->row = 0;
		c->d->alike->took = true;
		if (mc_convoying_refuse_bad(c, err) < 0 ||
			mc_convoying_refuse_alike(c, err) < 0)
			return err->rc;
		return on_sent(c, fate, placement, err);
	}
	if (fate->bad)
		return on_bad(c, fate, placement, err);
	/* What our own archive cannot give, no server has refused: another run
	 * may read it, or one on a mended archive. */
	if (fate->why->scope == MC_MESSAGE && fate->why->hope == MC_NEVER &&
		fate->why->rc != MC_EDB)
		return on_no(c, fate, placement, err);
	if (fate->why->scope != MC_MESSAGE && !c->end->closed) {
		c->end->closed = true;
		c->end->why = *fate->why;
	}
	return mc_fates_not_sent(&c->fates, fate->id, true, fate->why, err);
}

/* A wrapping has an id of its own, by which it is found. */
static MC_RC on_change(struct mc_courier *courier,
	const struct mc_change *change, struct mc_error *err)
{
	struct mc_convoy *c = convoy_of(courier);
	struct mc_convoy_batch *batch = NULL;
	const struct mc_placement *placement =
		find_placement(c, change->id, &batch);
	struct mc_altered as = { .change = change->text,
		.sha256 = change->facts->raw_sha256,
		.octets = change->facts->raw_octets };
	enum mc_rc rc;

	assert(placement);
	if (placement->wrapped != MC_WRAP_NOT)
		return MC_OK;
	rc = mc_identify(&c->id, change->facts, err);
	if (rc < 0)
		return rc;
	as.key = c->id.key;
	if (change->kept && change->facts->message_id.n == 0) {
		rc = mc_identify(&c->id, change->kept, err);
		as.kept_key = c->id.key;
		as.kept_octets = change->kept->raw_octets;
	}
	if (rc < 0)
		return rc;
	return mc_fates_altered(&c->fates, change->id, &as, err);
}

/* A wrapping is no message that anybody misses. */
static MC_RC on_tried(struct mc_courier *courier, const struct mc_tried *tried,
	struct mc_error *err)
{
	struct mc_convoy *c = convoy_of(courier);
	struct mc_convoy_batch *batch = NULL;
	const struct mc_placement *placement =
		find_placement(c, tried->id, &batch);
	const struct mc_try as = { .change = tried->change,
		.sha256 = &tried->sent_sha256,
		.code = tried->why->code,
		.text = tried->why->text };

	assert(placement);
	if (placement->wrapped != MC_WRAP_NOT)
		return MC_OK;
	return mc_fates_tried(&c->fates, tried->id, &as, err);
}

static MC_RC on_note(struct mc_courier *courier, struct mc_error *err)
{
	struct mc_convoy *c = convoy_of(courier);
	enum mc_rc rc = mc_convoying_note(c, err);

	mc_step(&c->d->req->monitor, "changed");
	return rc;
}

void mc_convoying_init(struct mc_courier *courier)
{
	courier->open = on_open;
	courier->change = on_change;
	courier->note = on_note;
	courier->tried = on_tried;
	courier->fate = on_fate;
}
