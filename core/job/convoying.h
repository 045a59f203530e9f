/* SPDX-License-Identifier: MIT
 * convoying: a convoy on its way.
 *
 *   convoy.c        one commit for some batches, then they are sent
 *   convoy_batch.c  what waits in the ledger, into batches
 *   convoy_fate.c   octets of letters for the target, and what became of them
 *
 * Private to these three. */
#ifndef MC_JOB_CONVOYING_H
#define MC_JOB_CONVOYING_H

#include "job/convoy.h"
#include "job/fates.h"
#include "job/identify.h"
#include "job/wrap.h"

enum {
	/* Batches that are read, noted or in flight.  The target holds at most
	 * as many octets as 8 of the largest ones; smaller ones than half of
	 * that would have been one batch. */
	MC_CONVOY_RING = 24,
	/* Bounds a batch's memory whatever the target would take. */
	MC_CONVOY_BATCH_MAX = 100,
	/* Read from the ledger at once. */
	MC_CONVOY_STOCK_MAX = 256,
};

struct mc_convoy_batch {
	struct mc_placement placements[MC_CONVOY_BATCH_MAX];
	struct mc_letter letters[MC_CONVOY_BATCH_MAX];
	size_t n;
	size_t open; /* noted, and no fate is told */
	bool alone;  /* one letter with nothing else in flight */
};

struct mc_convoy {
	struct mc_courier courier; /* the first member */
	const struct mc_convoy_wish *wish;
	struct mc_delivery *d;
	struct mc_convoy_end *end;
	struct mc_fates fates;
	struct mc_identified id; /* of what is changed */
	struct mc_placement stock[MC_CONVOY_STOCK_MAX];
	size_t stock_from;
	size_t stock_n;
	int64_t after; /* the last placement in stock */
	struct mc_convoy_batch ring[MC_CONVOY_RING];
	size_t noted; /* batches so far */
	size_t sent;  /* of those: given to the target */
	bool last;    /* it may be the mailbox: the last that wait are tried */
};

static inline struct mc_convoy_batch *mc_convoying_at(
	struct mc_convoy *c, size_t turn)
{
	return &c->ring[turn % MC_CONVOY_RING];
}

static inline struct mc_wrapped mc_convoying_wrapped(
	const struct mc_placement *p)
{
	return (struct mc_wrapped){ p->wrapped, p->logical, p->body };
}

/* Reads some more batches and notes them as sending, inside a batch of the
 * archive's.  MC_DONE: nothing waits any more.  Fails: scope RUN. */
MC_RC mc_convoying_read(struct mc_convoy *c, struct mc_error *err);
void mc_convoying_clear(struct mc_convoy_batch *batch);

/* Fates so far are kept, and so is what is about to leave changed.  Fails: scope
 * RUN. */
MC_RC mc_convoying_note(struct mc_convoy *c, struct mc_error *err);

/* The target's side: octets of letters, and their fates. */
void mc_convoying_init(struct mc_courier *courier);
/* Tells and counts a refusal.  Fails: ELIMIT (memory). */
MC_RC mc_convoying_refuse(struct mc_convoy *c, const struct mc_error *why,
	int64_t placement, int64_t logical, struct mc_error *err);
/* It cost connections: it is refused, or put aside if nothing was taken so far.
 * Fails: ELIMIT (memory). */
MC_RC mc_convoying_blame(struct mc_convoy *c, const struct mc_error *why,
	int64_t placement, int64_t logical, struct mc_error *err);
/* Others were taken, or all others are done: those that were put aside are
 * refused.  Fails: ELIMIT (memory). */
MC_RC mc_convoying_refuse_bad(struct mc_convoy *c, struct mc_error *err);
/* Those that were refused alike are refused: others were taken, or other words
 * were said, or they are few.  Fails: ELIMIT (memory). */
MC_RC mc_convoying_refuse_alike(struct mc_convoy *c, struct mc_error *err);
/* So many were, or were put aside, that it may be the mailbox or the server, and
 * nothing more is sent before that is found out. */
bool mc_convoying_doubts(const struct mc_convoy *c);
/* It may be the server. */
bool mc_convoying_doubts_server(const struct mc_convoy *c);
/* The server takes none: it is the server.  err: what came last. */
enum mc_rc mc_convoying_fail_bad(struct mc_convoy *c, struct mc_error *err);

#endif
