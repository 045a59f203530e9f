/* SPDX-License-Identifier: MIT
 * pushing: one target, and how far the archive is on its way to it.
 *
 *   push.c          passes: log in, plan, deliver, try again
 *   push_place.c    the ledger's side: what is to be where
 *   push_chores.c   the mailboxes that mail waits for: made, and delivered to
 *   push_wrapped.c  what stays refused goes as attachments
 *   pushing.c       what these share: the connection, the counts
 *
 * Private to these five. */
#ifndef MC_JOB_PUSHING_H
#define MC_JOB_PUSHING_H

#include "job/lane.h"
#include "job/push.h"
#include "job/room.h"
#include "job/route.h"

struct mc_push {
	struct mc_archive *ar;
	const struct mc_request *req;
	struct mc_push_tally tally;
	struct mc_target *target; /* NULL: not connected */
	struct mc_retry retry;
	struct mc_routes routes;
	struct mc_chore *chores;
	size_t chores_n;
	int64_t id;                   /* of the target */
	const struct mc_ahead *ahead; /* of this pass, or NULL: the last */
	bool retried;                 /* what was refused waits again */
	bool doubted;                 /* what is missing is looked for */
	struct mc_ahead own;          /* that is this one, with more() */
	int64_t sightings;            /* that were placed */
	int64_t planned_ms;           /* what planning took of the processor */
	bool hopeless; /* connecting again was tried where it broke */
	bool told;     /* how many connections */
	struct mc_room room;
};

/* Logs in, unless that is done.  Fails: as mc_target_open(). */
MC_RC mc_pushing_reach(struct mc_push *p, struct mc_error *err);
/* The tally becomes what the ledger says.  Fails: EDB EIO, scope RUN. */
MC_RC mc_pushing_count(struct mc_push *p, struct mc_error *err);

/* Notes in the archive where every folder goes by the routes, and makes
 * placements.  In push_place.c, as what follows; fails: EDB EIO, scope RUN. */
MC_RC mc_pushing_place(struct mc_push *p, struct mc_error *err);
/* The same, if so many mailboxes got another name; behind it the counts. */
MC_RC mc_pushing_place_renamed(
	struct mc_push *p, int64_t renamed, struct mc_error *err);
/* Places what came since; arg: struct mc_push.  See struct mc_ahead. */
enum mc_rc mc_pushing_place_more(void *arg, struct mc_error *err);
/* What was sent and is missing waits again, once a run, if that is asked for.
 * Connected.  Fails also: scope SESSION. */
MC_RC mc_pushing_doubt(struct mc_push *p, struct mc_error *err);

/* Makes the mailboxes that mail waits for, and delivers.  Connected.
 * Fails: scope SESSION; behind p->hopeless connecting again is of no use. */
MC_RC mc_pushing_deliver(struct mc_push *p, struct mc_error *err);

/* What is refused goes as attachments, if that is asked for.  Fails: as
 * mc_pushing_deliver(). */
MC_RC mc_pushing_wrap(struct mc_push *p, struct mc_error *err);

#endif
