/* SPDX-License-Identifier: MIT
 * convoy_batch: what waits in the ledger, read ahead and put into batches. */
#include "job/convoying.h"

#include "job/bare.h"
#include "job/pacer.h"

enum {
	/* Read and noted at once: a commit is a wait for the disk. */
	NOTED_BATCHES = 4,
	/* A batch of which a connection broke is sent again in small ones,
	 * and what then broke one again goes alone: so the one to blame is
	 * found. */
	DOUBTED_MAX = 10,
	DOUBTED_ATTEMPTS = 1,
};

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
			!mc_suspect_has_bad(c->d->suspect, c->stock[i].id) &&
			!mc_alike_has(c->d->alike, c->stock[i].id))
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
		c->stock_n = MC_CONVOY_STOCK_MAX;
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

void mc_convoying_clear(struct mc_convoy_batch *batch)
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
	struct mc_wrapped what = mc_convoying_wrapped(p);
	struct mc_digest sha256;
	struct mc_error unread;

	if (mc_wrap_measure(
		    c->d->ar, &what, &letter->octets, &sha256, &unread) < 0)
		return;
	letter->shape = 0;
	letter->longest_line = 0;
}

static void take_letter(struct mc_convoy *c, struct mc_convoy_batch *batch)
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
static MC_RC make_batch(struct mc_convoy *c, struct mc_convoy_batch *batch,
	struct mc_error *err)
{
	size_t letters;
	int64_t most;
	int64_t octets = 0;
	int attempts;
	enum mc_rc rc = fill_stock(c, err);

	mc_convoying_clear(batch);
	if (rc != MC_OK)
		return rc;
	mc_target_batch(c->d->target, &letters, &most);
	if (most > mc_pacer_batch_octets(mc_pace_out(c->d->req)))
		most = mc_pacer_batch_octets(mc_pace_out(c->d->req));
	if (letters > MC_CONVOY_BATCH_MAX)
		letters = MC_CONVOY_BATCH_MAX;
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

/* What cannot be read now tells so when it is to be sent. */
static MC_RC note_likely(
	struct mc_convoy *c, const struct mc_placement *p, struct mc_error *err)
{
	struct mc_altered as;
	struct mc_error unread;

	if (!(p->shape & MC_SHAPE_BARE_CR) || !p->nameless ||
		p->wrapped != MC_WRAP_NOT ||
		mc_bare(c->d->ar, p, &as, &unread) != MC_OK)
		return MC_OK;
	return mc_placement_likely(c->d->ar, p->id, &as, err);
}

static MC_RC note_sending(struct mc_convoy *c, struct mc_convoy_batch *batch,
	struct mc_error *err)
{
	const struct mc_mailbox_state *state = c->wish->state;
	uint32_t next =
		state->uidnext ? state->uidnext : c->wish->mailbox->looked;
	uint32_t lost = state->flags & (mc_target_loses(c->d->target) |
					       mc_push_tally_lost(c->d->tally));
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < batch->n; i++) {
		const struct mc_placement *p = &batch->placements[i];

		rc = mc_placement_sending(
			c->d->ar, p->id, state->uidvalidity, next, err);
		if (rc == MC_OK && p->flags & lost)
			rc = mc_placement_owes(c->d->ar, p->id, err);
		if (rc == MC_OK)
			rc = note_likely(c, p, err);
	}
	batch->open = batch->n;
	return rc;
}

MC_RC mc_convoying_read(struct mc_convoy *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (int i = 0; rc == MC_OK && i < NOTED_BATCHES; i++) {
		struct mc_convoy_batch *batch = mc_convoying_at(c, c->noted);

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
