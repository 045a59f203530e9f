/* SPDX-License-Identifier: MIT */
#include "job/witness.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/text.h"
#include "job/hush.h"
#include "job/verify.h"
#include "target/target.h"

enum {
	/* So many messages are worth two round trips. */
	ENOUGH = 256,
	/* A round takes a moment.  One that takes longer than these, ms, is
	 * broken off, for the caller sees as much by itself. */
	PATIENCE_MS = 3000,
	STEP_MS = 50,
};

/* Where to look. */
struct place {
	int64_t mailbox;
	uint32_t uidvalidity;
	char name[MC_NAME_MAX + 1];
};

struct mc_witness {
	struct mc_archive *ar;
	struct mc_request req; /* with a monitor of ours */
	struct mc_hush hush;
	struct mc_cancel cancel; /* of this connection alone */
	pthread_t thread;
	bool runs;

	/* The thread's. */
	struct mc_target *target;
	struct place now;
	int64_t selected; /* row; 0: none */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t change;
	bool over;
	bool calling; /* it logs in */
	bool busy;    /* a round goes on */
	size_t n;     /* told since the last one began */
	struct place told;
	struct mc_verify_report found;
};

/* Only looked at: a server may give one connection at a time the right to
 * write, and that is another one's. */
static MC_RC enter(struct mc_witness *w, struct mc_error *err)
{
	struct mc_mailbox_state state;
	enum mc_rc rc;

	if (w->selected == w->now.mailbox) {
		mc_target_refresh(w->target);
		return MC_OK;
	}
	w->selected = 0;
	rc = mc_target_examine(w->target, w->now.name, &state, err);
	if (rc == MC_OK && state.uidvalidity != w->now.uidvalidity)
		rc = mc_fail(err, MC_EREFUSED, MC_FOLDER, 0,
			"it is another mailbox by now");
	if (rc == MC_OK)
		w->selected = w->now.mailbox;
	return rc;
}

/* False: it is of no use. */
static bool make_round(struct mc_witness *w, struct mc_verify_report *found)
{
	const struct mc_delivered delivered = { .ar = w->ar,
		.target = w->target,
		.req = &w->req,
		.mailbox = w->now.mailbox,
		.name = w->now.name,
		.uidvalidity = w->now.uidvalidity };
	struct mc_error ignored;

	*found = (struct mc_verify_report){ 0 };
	return enter(w, &ignored) == MC_OK &&
	       mc_verify_delivered(&delivered, found, &ignored) == MC_OK;
}

static void add(
	struct mc_verify_report *to, const struct mc_verify_report *more)
{
	to->checked += more->checked;
	to->identical += more->identical;
	to->altered += more->altered;
	to->changed += more->changed;
}

/* The lock is held.  False: no more. */
static bool wait_for_news(struct mc_witness *w)
{
	while (!w->over && w->n < ENOUGH)
		pthread_cond_wait(&w->change, &w->lock);
	return !w->over;
}

/* The lock is held.  While it logs in nobody waits for it: the news may have
 * been taken back when it is done. */
static bool log_in(struct mc_witness *w)
{
	struct mc_error ignored;
	enum mc_rc rc;

	w->calling = true;
	pthread_mutex_unlock(&w->lock);
	rc = mc_target_open(
		&w->target, w->req.target, &w->req.monitor, &ignored);
	pthread_mutex_lock(&w->lock);
	w->calling = false;
	return rc == MC_OK;
}

/* The lock is held. */
static bool go_round(struct mc_witness *w)
{
	struct mc_verify_report found;
	bool fine;

	w->now = w->told;
	w->n = 0;
	w->busy = true;
	pthread_mutex_unlock(&w->lock);
	fine = make_round(w, &found);
	pthread_mutex_lock(&w->lock);
	add(&w->found, &found);
	w->busy = false;
	pthread_cond_broadcast(&w->change);
	return fine;
}

static void *run(void *arg)
{
	struct mc_witness *w = arg;
	bool fine = true;

	pthread_mutex_lock(&w->lock);
	while (fine && wait_for_news(w)) {
		if (!w->target)
			fine = log_in(w);
		else
			fine = go_round(w);
	}
	pthread_mutex_unlock(&w->lock);
	mc_target_close(w->target);
	w->target = NULL;
	return NULL;
}

MC_RC mc_witness_new(struct mc_witness **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err)
{
	struct mc_witness *w = calloc(1, sizeof(*w));
	enum mc_rc rc;

	*out = NULL;
	if (!w)
		return mc_fail_memory(err);
	rc = mc_cancel_init(&w->cancel, err);
	if (rc < 0) {
		free(w);
		return rc;
	}
	w->req = *req;
	mc_hush_begin(&w->hush, &w->req.monitor);
	w->req.monitor.cancel = &w->cancel;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->change, NULL);
	rc = mc_archive_beside(&w->ar, ar, &w->req.monitor, err);
	if (rc == MC_OK && pthread_create(&w->thread, NULL, run, w) != 0)
		rc = mc_fail_memory(err);
	w->runs = rc == MC_OK;
	if (rc < 0)
		mc_witness_free(w);
	else
		*out = w;
	return rc;
}

void mc_witness_tell(struct mc_witness *w, const struct mc_witness_news *news)
{
	if (strlen(news->name) > MC_NAME_MAX)
		return;
	pthread_mutex_lock(&w->lock);
	if (w->told.mailbox != news->mailbox ||
		w->told.uidvalidity != news->uidvalidity) {
		w->told.mailbox = news->mailbox;
		w->told.uidvalidity = news->uidvalidity;
		mc_text_format(
			w->told.name, sizeof(w->told.name), "%s", news->name);
		w->n = 0;
	}
	w->n += news->n;
	if (w->n >= ENOUGH)
		pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
}

static void break_off(struct mc_witness *w)
{
	while (!mc_cancel_is(&w->cancel, MC_CANCEL_NOW))
		mc_cancel_raise(&w->cancel);
}

/* The lock is held. */
static void wait_a_step(struct mc_witness *w)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STEP_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&w->change, &w->lock, &until);
}

void mc_witness_settle(struct mc_witness *w, struct mc_verify_report *found)
{
	struct mc_cancel *above = w->hush.above.cancel;
	int waited = 0;

	pthread_mutex_lock(&w->lock);
	w->n = 0;
	for (; w->busy; waited += STEP_MS) {
		if (waited >= PATIENCE_MS || mc_cancel_is(above, MC_CANCEL_NOW))
			break_off(w);
		wait_a_step(w);
	}
	*found = w->found;
	w->found = (struct mc_verify_report){ 0 };
	pthread_mutex_unlock(&w->lock);
}

void mc_witness_stop(struct mc_witness *w)
{
	pthread_mutex_lock(&w->lock);
	w->over = true;
	/* Nobody waits for a login any more. */
	if (w->calling)
		break_off(w);
	pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
}

void mc_witness_free(struct mc_witness *w)
{
	if (!w)
		return;
	if (w->runs) {
		mc_witness_stop(w);
		pthread_join(w->thread, NULL);
	}
	mc_archive_close(w->ar);
	pthread_cond_destroy(&w->change);
	pthread_mutex_destroy(&w->lock);
	mc_cancel_dispose(&w->cancel);
	free(w);
}
