/* SPDX-License-Identifier: MIT */
#include "job/lane.h"

#include "base/limits.h"

enum {
	/* So many mailboxes, of which nothing was understood, and none other that
	 * took anything: it is the server, and the rest is spared the trial. */
	MISREAD_MAX = 10,
};

/* A mailbox of which nothing was understood. */
struct misread {
	const char *name;
	struct mc_error why;
};

/* What lanes share: the chores, and whether to go on. */
struct road {
	const struct mc_lanes *of;
	pthread_mutex_t lock; /* states of chores, and all below */
	pthread_cond_t change;
	size_t first; /* chore that may be waiting */
	size_t taken;
	size_t living; /* lanes, those included that are not open yet */
	size_t opened; /* those that were */
	bool stop;
	struct mc_error err; /* of whoever stopped */
	struct misread misread[MISREAD_MAX];
	size_t misread_n;
};

struct lane {
	struct road *road;
	struct mc_archive *ar;
	struct mc_target *target;
	struct mc_retry retry;
	pthread_t thread;
};

/* It is the server, if it has taken no message, now or ever; else those mailboxes
 * are told.  Under lock, or when no lane runs any more. */
static MC_RC settle_misread(
	struct road *road, bool server, struct mc_error *err)
{
	const struct misread *first = &road->misread[0];
	size_t n = road->misread_n;

	road->misread_n = 0;
	if (n > 0 && server) {
		(void)mc_fail(err, MC_EPROTO, MC_SESSION, 0, "%s%s",
			first->why.text,
			n > 1 ? ", nor does another mailbox take any" : "");
		mc_while(err, "mailbox '%s'", first->name);
		return err->rc;
	}
	for (size_t i = 0; i < n; i++)
		mc_deliver_tell_misread(road->of->req, road->of->tally,
			road->misread[i].name, &road->misread[i].why);
	return MC_OK;
}

static MC_RC add_misread(struct road *road, const char *name,
	const struct mc_error *why, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	pthread_mutex_lock(&road->lock);
	road->misread[road->misread_n++] = (struct misread){ name, *why };
	if (road->misread_n == MISREAD_MAX)
		rc = settle_misread(
			road, !mc_push_tally_sends(road->of->tally), err);
	pthread_mutex_unlock(&road->lock);
	return rc;
}

/* Under lock. */
static struct mc_chore *find_chore(struct road *road)
{
	for (; !road->stop && road->first < road->of->n; road->first++)
		if (road->of->chores[road->first].state == MC_CHORE_WAITS)
			return &road->of->chores[road->first];
	return NULL;
}

/* Waits while others have some in hand, for they may be lost.  NULL: all is
 * done, or the run is over. */
static struct mc_chore *take_chore(struct road *road)
{
	struct mc_chore *chore;

	pthread_mutex_lock(&road->lock);
	chore = find_chore(road);
	while (!chore && !road->stop && road->taken > 0) {
		pthread_cond_wait(&road->change, &road->lock);
		chore = find_chore(road);
	}
	if (chore) {
		chore->state = MC_CHORE_TAKEN;
		road->taken++;
	}
	pthread_mutex_unlock(&road->lock);
	return chore;
}

static void put_chore(struct road *road, struct mc_chore *chore, bool done)
{
	pthread_mutex_lock(&road->lock);
	chore->state = done ? MC_CHORE_DONE : MC_CHORE_WAITS;
	road->taken--;
	if (!done)
		road->first = 0;
	pthread_cond_broadcast(&road->change);
	pthread_mutex_unlock(&road->lock);
}

static void stop(struct road *road, const struct mc_error *err)
{
	pthread_mutex_lock(&road->lock);
	if (!road->stop)
		road->err = *err;
	road->stop = true;
	pthread_cond_broadcast(&road->change);
	pthread_mutex_unlock(&road->lock);
}

/* How many there are then. */
static size_t count_lane(struct road *road, bool more)
{
	size_t living;

	pthread_mutex_lock(&road->lock);
	if (more)
		road->living++;
	else
		road->living--;
	living = road->living;
	pthread_mutex_unlock(&road->lock);
	return living;
}

/* One lane is no more; the last one has the last word. */
static void lose(struct road *road, const struct mc_error *err)
{
	if (count_lane(road, false) == 0)
		stop(road, err);
	else if (err->rc != MC_ECANCEL)
		mc_note(&road->of->req->monitor,
			"no further connection to the server, it goes on "
			"with those that are there: %s",
			err->text);
}

bool mc_chore_is_due(const struct mc_dues *dues, const struct mc_ahead *ahead)
{
	return dues->waiting > 0 ||
	       (!ahead && (dues->sending > 0 || dues->owing > 0));
}

/* What one try at a mailbox leaves to the next. */
struct tries {
	struct mc_suspect suspect;
	struct mc_alike alike;
	struct mc_error misread;
	uint32_t first;
};

static MC_RC deliver(struct lane *lane, struct mc_chore *chore,
	struct tries *tries, struct mc_error *err)
{
	const struct mc_lanes *of = lane->road->of;
	struct mc_delivery delivery = { .ar = lane->ar,
		.target = lane->target,
		.req = of->req,
		.tally = of->tally,
		.suspect = &tries->suspect,
		.alike = &tries->alike,
		.misread = &tries->misread,
		.first = &tries->first,
		.ahead = of->ahead };
	struct mc_mailbox_row box;
	struct mc_dues dues;
	enum mc_rc rc;

	rc = mc_mailbox_put(lane->ar, of->ledger, chore->name, &box, err);
	if (rc == MC_OK)
		rc = mc_mailbox_dues(lane->ar, box.id, 0, &dues, err);
	if (rc != MC_OK || !mc_chore_is_due(&dues, of->ahead) ||
		(of->ahead && *of->ahead->over))
		return rc;
	delivery.on_their_way = dues.sending;
	return mc_deliver(&delivery, &box, chore->name, chore->use, err);
}

static MC_RC open_target(struct lane *lane, struct mc_error *err)
{
	const struct mc_request *req = lane->road->of->req;

	if (lane->target)
		return MC_OK;
	return mc_target_open(&lane->target, req->target, &req->monitor, err);
}

/* Until it is done, or there is no hope. */
static MC_RC carry_on(struct lane *lane, struct mc_chore *chore,
	struct tries *tries, struct mc_error *err)
{
	const struct mc_lanes *of = lane->road->of;

	for (;;) {
		int64_t had = mc_push_tally_progress(of->tally);
		enum mc_rc rc = open_target(lane, err);

		if (rc == MC_OK)
			rc = deliver(lane, chore, tries, err);
		if (rc >= 0)
			return MC_OK;
		mc_target_close(lane->target);
		lane->target = NULL;
		if (mc_retry_wait(&lane->retry,
			    mc_push_tally_progress(of->tally) > had,
			    &of->req->monitor, err) < 0)
			return err->rc;
	}
}

static MC_RC carry(
	struct lane *lane, struct mc_chore *chore, struct mc_error *err)
{
	struct tries tries = { 0 };
	enum mc_rc rc = carry_on(lane, chore, &tries, err);

	mc_alike_dispose(&tries.alike);
	if (rc == MC_OK && tries.misread.rc < 0)
		rc = add_misread(lane->road, chore->name, &tries.misread, err);
	return rc;
}

/* Of this connection, and perhaps of no other. */
static bool is_own_trouble(const struct mc_error *err)
{
	return err->scope == MC_SESSION &&
	       (err->rc == MC_ENET || err->rc == MC_EREFUSED);
}

static void run(struct lane *lane)
{
	struct road *road = lane->road;
	struct mc_error err;
	struct mc_chore *chore;

	while ((chore = take_chore(road))) {
		enum mc_rc rc = carry(lane, chore, &err);

		bool own = rc < 0 && is_own_trouble(&err);

		if (rc < 0 && !own)
			stop(road, &err);
		put_chore(road, chore, rc >= 0);
		if (own) {
			lose(road, &err);
			break;
		}
	}
}

static void note_opened(struct road *road)
{
	pthread_mutex_lock(&road->lock);
	road->opened++;
	pthread_mutex_unlock(&road->lock);
}

/* A server that gives no further connection is asked for none. */
static void *run_further(void *arg)
{
	struct lane *lane = arg;
	struct mc_error err;

	lane->retry.met = true;
	if (open_target(lane, &err) >= 0) {
		note_opened(lane->road);
		run(lane);
	} else {
		lose(lane->road, &err);
	}
	mc_target_close(lane->target);
	lane->target = NULL;
	return NULL;
}

/* *n: how many run.  One that cannot be begun is done without. */
static void begin_further(
	struct road *road, struct lane *lanes, size_t most, size_t *n)
{
	struct mc_error ignored;

	for (*n = 0; *n < most; ++*n) {
		struct lane *lane = &lanes[*n];

		*lane = (struct lane){ .road = road };
		if (mc_archive_beside(&lane->ar, road->of->ar,
			    &road->of->req->monitor, &ignored) < 0)
			return;
		(void)count_lane(road, true);
		if (pthread_create(&lane->thread, NULL, run_further, lane)) {
			(void)count_lane(road, false);
			mc_archive_close(lane->ar);
			return;
		}
	}
}

static void end_further(struct lane *lanes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pthread_join(lanes[i].thread, NULL);
		mc_archive_close(lanes[i].ar);
	}
}

MC_RC mc_lanes_run(const struct mc_lanes *lanes, struct mc_target **target,
	struct mc_retry *retry, size_t most, struct mc_error *err)
{
	struct lane further[MC_CONNECTIONS_MAX];
	struct road road = { .of = lanes, .living = 1, .opened = 1 };
	struct lane first = { .road = &road,
		.ar = lanes->ar,
		.target = *target,
		.retry = *retry };
	size_t n;

	if (most > lanes->n)
		most = lanes->n;
	if (most > MC_CONNECTIONS_MAX)
		most = MC_CONNECTIONS_MAX;
	pthread_mutex_init(&road.lock, NULL);
	pthread_cond_init(&road.change, NULL);
	begin_further(&road, further, most > 1 ? most - 1 : 0, &n);
	run(&first);
	end_further(further, n);
	mc_push_tally_connections(lanes->tally, (int64_t)road.opened);
	pthread_cond_destroy(&road.change);
	pthread_mutex_destroy(&road.lock);
	*target = first.target;
	*retry = first.retry;
	if (road.stop) {
		*err = road.err;
		return err->rc;
	}
	retry->failures = 0; /* the server is well, if this lane was lost */
	return settle_misread(
		&road, !mc_push_tally_ever_sent(lanes->tally), err);
}
