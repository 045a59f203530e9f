/* SPDX-License-Identifier: MIT */
#include "archive/turn.h"

#include <pthread.h>
#include <stdint.h>

struct mc_turn {
	pthread_mutex_t lock; /* both below */
	pthread_cond_t next;
	uint64_t asked; /* the number that the next one draws */
	uint64_t due;   /* the number whose turn it is */
};

MC_RC mc_turn_new(struct mc_turn **out, struct mc_error *err)
{
	struct mc_turn *turn = calloc(1, sizeof(*turn));

	*out = turn;
	if (!turn)
		return mc_fail_memory(err);
	pthread_mutex_init(&turn->lock, NULL);
	pthread_cond_init(&turn->next, NULL);
	return MC_OK;
}

void mc_turn_free(struct mc_turn *turn)
{
	if (!turn)
		return;
	pthread_cond_destroy(&turn->next);
	pthread_mutex_destroy(&turn->lock);
	free(turn);
}

void mc_turn_take(struct mc_turn *turn)
{
	uint64_t mine;

	if (!turn)
		return;
	pthread_mutex_lock(&turn->lock);
	mine = turn->asked++;
	while (turn->due != mine)
		pthread_cond_wait(&turn->next, &turn->lock);
	pthread_mutex_unlock(&turn->lock);
}

void mc_turn_give(struct mc_turn *turn)
{
	if (!turn)
		return;
	pthread_mutex_lock(&turn->lock);
	turn->due++;
	pthread_cond_broadcast(&turn->next);
	pthread_mutex_unlock(&turn->lock);
}
