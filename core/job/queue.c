/* SPDX-License-Identifier: MIT */
#include "job/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

struct mc_queue {
	struct mc_queue_conf conf;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct mc_load *first;
	struct mc_load *last;
	size_t weight;
	int64_t since; /* when the first came, mc_clock_ms() */
	bool hurry;    /* the taker shall not wait for more */
	bool closed;
};

/* Waits by the monotonic clock, as mc_clock_ms() counts. */
static bool init_changed(struct mc_queue *queue)
{
	pthread_condattr_t attr;
	bool fine;

	if (pthread_condattr_init(&attr) != 0)
		return false;
	fine = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	       pthread_cond_init(&queue->changed, &attr) == 0;
	pthread_condattr_destroy(&attr);
	return fine;
}

MC_RC mc_queue_new(struct mc_queue **out, const struct mc_queue_conf *conf,
	struct mc_error *err)
{
	struct mc_queue *queue = calloc(1, sizeof(*queue));

	*out = NULL;
	if (!queue)
		return mc_fail_memory(err);
	queue->conf = *conf;
	if (pthread_mutex_init(&queue->lock, NULL) != 0) {
		free(queue);
		return mc_fail_memory(err);
	}
	if (!init_changed(queue)) {
		pthread_mutex_destroy(&queue->lock);
		free(queue);
		return mc_fail_memory(err);
	}
	*out = queue;
	return MC_OK;
}

void mc_queue_free(struct mc_queue *queue)
{
	if (!queue)
		return;
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

static bool is_full(const struct mc_queue *queue, const struct mc_load *load)
{
	return queue->first && queue->weight + load->weight > queue->conf.max;
}

static void append(struct mc_queue *queue, struct mc_load *load)
{
	load->next = NULL;
	if (queue->last) {
		queue->last->next = load;
	} else {
		queue->first = load;
		queue->since = mc_clock_ms();
	}
	queue->last = load;
	queue->weight += load->weight;
}

/* The first of a row starts the taker's clock; then it sleeps until there is
 * enough. */
static bool wakes(const struct mc_queue *queue, const struct mc_load *load)
{
	return queue->first == load || queue->hurry ||
	       (queue->weight >= queue->conf.eager &&
		       queue->weight - load->weight < queue->conf.eager);
}

void mc_queue_put(struct mc_queue *queue, struct mc_load *load, bool hurry)
{
	pthread_mutex_lock(&queue->lock);
	while (is_full(queue, load)) {
		queue->hurry = true;
		pthread_cond_broadcast(&queue->changed);
		pthread_cond_wait(&queue->changed, &queue->lock);
	}
	append(queue, load);
	queue->hurry |= hurry;
	if (wakes(queue, load))
		pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

void mc_queue_close(struct mc_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

/* Waits for a change, as long as the first may wait. */
static void wait_on(struct mc_queue *queue, int64_t ms)
{
	int64_t until = queue->since + ms;
	const struct timespec at = { .tv_sec = (time_t)(until / 1000),
		.tv_nsec = (long)(until % 1000) * 1000000 };

	if (queue->first)
		pthread_cond_timedwait(&queue->changed, &queue->lock, &at);
	else
		pthread_cond_wait(&queue->changed, &queue->lock);
}

static bool is_due(const struct mc_queue *queue)
{
	return queue->first &&
	       (queue->hurry || queue->weight >= queue->conf.eager ||
		       mc_clock_ms() - queue->since >= queue->conf.ms);
}

struct mc_load *mc_queue_take(struct mc_queue *queue)
{
	struct mc_load *all;

	pthread_mutex_lock(&queue->lock);
	while (!queue->closed && !is_due(queue))
		wait_on(queue, queue->conf.ms);
	all = queue->first;
	queue->first = NULL;
	queue->last = NULL;
	queue->weight = 0;
	queue->hurry = false;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
	return all;
}
