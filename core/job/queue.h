/* SPDX-License-Identifier: MIT
 * queue: loads handed from one thread to another, in order, never more than
 * was agreed.
 *
 * The taker gets all that is there at once, so that threads meet seldom.
 */
#ifndef MC_JOB_QUEUE_H
#define MC_JOB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Embed as first member. */
struct mc_load {
	struct mc_load *next;
	size_t weight; /* octets, as far as the queue is concerned */
};

struct mc_queue_conf {
	size_t max;   /* octets; who puts more waits */
	size_t eager; /* octets at which the taker is woken; <= max */
	int64_t ms;   /* ... or when the first has waited so long */
};

struct mc_queue;

/* Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_queue_new(struct mc_queue **out, const struct mc_queue_conf *conf,
	struct mc_error *err);
/* Empty, and used by nobody any more.  NULL is fine. */
void mc_queue_free(struct mc_queue *queue);

/* The load is the taker's from here on.  hurry: the taker is woken for it. */
void mc_queue_put(struct mc_queue *queue, struct mc_load *load, bool hurry);
/* Nothing will be put any more. */
void mc_queue_close(struct mc_queue *queue);

/* All that is there, linked by next.  NULL: closed, and all is taken. */
struct mc_load *mc_queue_take(struct mc_queue *queue);

#endif
