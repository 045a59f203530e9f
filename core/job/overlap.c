/* SPDX-License-Identifier: MIT */
#include "job/overlap.h"

#include <pthread.h>
#include <time.h>

#include "archive/ledger.h"
#include "archive/query.h"
#include "base/clock.h"
#include "job/ahead.h"
#include "job/push.h"
#include "job/retry.h"
#include "msg/date.h"

enum {
	/* How often it is seen whether the pull has brought more: soon, when
	 * it may come any moment, and then now and then. */
	SOON_MS = 5,
	SOON_LOOKS = 200,
	LOOK_MS = 50,
	/* Nothing new for so long: the server is left alone meanwhile. */
	REST_LOOKS = SOON_LOOKS + 60 * 1000 / LOOK_MS,
	/* A pass plans for all that the archive holds; of so many ms it may
	 * take one for that. */
	PLAN_SHARE = 20,
};

enum stage { PULLING, LAST_PASS, NO_MORE };
enum login { TRYING, REACHED, LOST };

struct mc_overlap {
	struct mc_leave leave;   /* first: see wait_for_login() */
	struct mc_archive *ar;   /* its own handle */
	struct mc_monitor above; /* the caller's */
	struct mc_request req;   /* with a monitor of ours */
	struct mc_push_report *report;
	struct mc_verify_report *verify; /* NULL: none */
	struct mc_sound *sound;          /* likewise */
	const struct mc_endpoint *last; /* source that is read; NULL: by POP3 */
	struct mc_target *target;       /* open, or NULL */
	struct mc_witness *witness;     /* or NULL */
	int64_t before; /* sightings up to this are of other sources */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	enum stage stage;    /* under lock */
	enum login login;    /* likewise */
	atomic_bool over;    /* it is not PULLING any more */
	struct mc_error err; /* of the last pass, or the login; the thread's
			      * until it ends */
};

static bool is_pop3(const struct mc_endpoint *at)
{
	return at->scheme == MC_SCHEME_POP3 || at->scheme == MC_SCHEME_POP3S;
}

size_t mc_overlap_from(const struct mc_request *req)
{
	size_t from = req->sources_n;

	while (from > 0 && is_pop3(&req->sources[from - 1]))
		from--;
	return from == req->sources_n && from > 0 ? from - 1 : from;
}

static enum stage stage_of(struct mc_overlap *o)
{
	enum stage stage;

	pthread_mutex_lock(&o->lock);
	stage = o->stage;
	pthread_mutex_unlock(&o->lock);
	return stage;
}

/* One line can tell one progress: that of the pull while it goes on, and then
 * how far the push has come. */
static void pass_on(void *arg, const struct mc_event *event)
{
	struct mc_overlap *o = arg;

	if ((event->kind == MC_EVENT_PROGRESS ||
		    event->kind == MC_EVENT_WAIT) &&
		stage_of(o) == PULLING)
		return;
	mc_emit(&o->above, event);
}

/* For a while, or until the pull has ended. */
static enum stage wait_a_while(struct mc_overlap *o, int ms)
{
	struct timespec until;
	enum stage stage;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&o->lock);
	if (o->stage == PULLING)
		pthread_cond_timedwait(&o->change, &o->lock, &until);
	stage = o->stage;
	pthread_mutex_unlock(&o->lock);
	return stage;
}

/* Until the archive holds more sightings than *had and it is time, or the pull
 * has ended. */
static MC_RC wait_for_more(struct mc_overlap *o, struct mc_push *push,
	int64_t time_ms, int64_t *had, enum stage *stage, struct mc_error *err)
{
	struct mc_totals totals = { 0 };
	int64_t looks = 0;
	enum mc_rc rc = MC_OK;

	do {
		*stage =
			wait_a_while(o, looks < SOON_LOOKS ? SOON_MS : LOOK_MS);
		rc = mc_totals_get(o->ar, &totals, err);
		if (++looks == REST_LOOKS)
			mc_push_rest(push);
	} while (rc == MC_OK && *stage == PULLING &&
		 (totals.sightings == *had || mc_clock_ms() < time_ms));
	*had = totals.sightings;
	return rc;
}

/* The best date that what is read now could bring. */
static int64_t best_rank(const struct mc_overlap *o)
{
	return o->last ? MC_DATE_SERVER : MC_DATE_RECEIVED;
}

/* Once the source gives mail: a login that is refused is not tried twice.  A
 * source that cannot be looked at beside being read is waited for. */
static bool look_ahead(struct mc_overlap *o, struct mc_ahead *ahead)
{
	struct mc_error ignored;

	if (!o->last)
		return true;
	return mc_ahead_look(ahead, &o->req, o->last, &ignored) >= 0 &&
	       !ahead->open;
}

/* Until the pull has ended.  A pass that fails while it goes on, or that leaves
 * something waiting (a quota), is the last of these: what is left then is tried
 * once more, and not again and again. */
static MC_RC make_early_passes(struct mc_overlap *o, struct mc_push *push,
	struct mc_ahead *ahead, enum stage *stage, struct mc_error *err)
{
	struct mc_totals totals = { 0 };
	bool looked = false;
	int64_t last = 0;
	int64_t time_ms = 0;
	enum mc_rc rc = mc_totals_get(o->ar, &totals, err);

	while (rc == MC_OK && *stage == PULLING && !mc_push_is_stuck(push)) {
		rc = wait_for_more(
			o, push, time_ms, &totals.sightings, stage, err);
		if (rc < 0 || *stage != PULLING)
			break;
		if (!looked && !look_ahead(o, ahead))
			break;
		looked = true;
		ahead->placement = last;
		time_ms = mc_clock_ms();
		rc = mc_push_pass(push, ahead, err);
		time_ms += PLAN_SHARE * mc_push_planned_ms(push);
		if (rc == MC_OK)
			rc = mc_placement_last(o->ar, &last, err);
	}
	return rc;
}

static MC_RC make_passes(
	struct mc_overlap *o, struct mc_push *push, struct mc_error *err)
{
	struct mc_ahead ahead = {
		.rank = best_rank(o), .sighting = o->before, .over = &o->over
	};
	enum stage stage = PULLING;
	enum mc_rc rc = make_early_passes(o, push, &ahead, &stage, err);

	mc_ahead_dispose(&ahead);
	if (o->witness)
		mc_witness_stop(o->witness);
	if (stage == PULLING)
		mc_push_rest(push);
	while (stage == PULLING)
		stage = wait_a_while(o, LOOK_MS);
	/* A login that was refused is not tried again: accounts get locked. */
	if (rc == MC_ECANCEL || rc == MC_EDB || rc == MC_EAUTH ||
		rc == MC_ETLS || stage == NO_MORE)
		return rc < 0 ? err->rc : MC_OK;
	return mc_push_pass(push, NULL, err);
}

MC_RC mc_overlap_reach(struct mc_target **target, const struct mc_request *req,
	struct mc_error *err)
{
	struct mc_retry retry = { 0 };
	enum mc_rc rc;

	do
		rc = mc_target_open(target, req->target, &req->monitor, err);
	while (rc < 0 && mc_retry_wait(&retry, false, &req->monitor, err) >= 0);
	if (rc < 0) {
		char name[1024];

		mc_endpoint_format(req->target, name, sizeof(name));
		mc_while(err, "%s", name);
	}
	return rc;
}

static void tell_login(struct mc_overlap *o, bool reached)
{
	pthread_mutex_lock(&o->lock);
	o->login = reached ? REACHED : LOST;
	pthread_cond_broadcast(&o->change);
	pthread_mutex_unlock(&o->lock);
}

static MC_RC wait_for_login(struct mc_leave *leave, struct mc_error *err)
{
	struct mc_overlap *o = (struct mc_overlap *)(void *)leave;
	enum login login;

	pthread_mutex_lock(&o->lock);
	while (o->login == TRYING)
		pthread_cond_wait(&o->change, &o->lock);
	login = o->login;
	pthread_mutex_unlock(&o->lock);
	return login == LOST ? mc_fail_cancelled(err) : MC_OK;
}

struct mc_leave *mc_overlap_leave(struct mc_overlap *o)
{
	return &o->leave;
}

bool mc_overlap_is_lost(const struct mc_overlap *o)
{
	return o->login == LOST;
}

static MC_RC push(struct mc_overlap *o, struct mc_error *err)
{
	struct mc_push *push = NULL;
	const struct mc_push_verify how = { o->verify, o->sound, o->witness };
	enum mc_rc rc = mc_push_new(&push, o->ar, &o->req, o->report, err);

	if (rc == MC_OK) {
		mc_push_use(push, o->target);
		mc_push_verify(push, &how);
		o->target = NULL;
		rc = make_passes(o, push, err);
		o->target = mc_push_yield(push);
	}
	mc_push_free(push);
	return rc;
}

static void *run(void *arg)
{
	struct mc_overlap *o = arg;
	struct mc_error err;
	enum mc_rc rc = MC_OK;

	if (o->login == TRYING) {
		rc = mc_overlap_reach(&o->target, &o->req, &err);
		tell_login(o, rc == MC_OK);
	}
	if (rc == MC_OK)
		rc = push(o, &err);
	if (rc < 0)
		o->err = err;
	return NULL;
}

void mc_overlap_free(struct mc_overlap *o)
{
	if (!o)
		return;
	mc_target_close(o->target);
	mc_witness_free(o->witness);
	mc_archive_close(o->ar);
	pthread_cond_destroy(&o->change);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

static void set_up(struct mc_overlap *o, const struct mc_overlap_wish *wish)
{
	const struct mc_request *req = wish->req;
	const struct mc_endpoint *last = &req->sources[req->sources_n - 1];

	o->leave.wait = wait_for_login;
	o->login = wish->reached ? REACHED : TRYING;
	o->above = req->monitor;
	o->req = *req;
	o->req.monitor.event = pass_on;
	o->req.monitor.arg = o;
	o->report = &wish->report->push;
	o->verify = req->delete_source ? NULL : &wish->report->verify;
	o->sound = wish->sound;
	o->last = is_pop3(last) ? NULL : last;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->change, NULL);
}

/* Not where one connection is asked for, or what goes over them is counted. */
static MC_RC invite_witness(struct mc_overlap *o, struct mc_error *err)
{
	if (!o->verify || o->req.connections == 1 || o->req.paces)
		return MC_OK;
	return mc_witness_new(&o->witness, o->ar, &o->req, err);
}

MC_RC mc_overlap_begin(struct mc_overlap **out,
	const struct mc_overlap_wish *wish, struct mc_error *err)
{
	struct mc_overlap *o = calloc(1, sizeof(*o));
	enum mc_rc rc;

	*out = NULL;
	if (!o)
		return mc_fail_memory(err);
	set_up(o, wish);
	rc = mc_archive_beside(&o->ar, wish->ar, &o->req.monitor, err);
	if (rc == MC_OK)
		rc = invite_witness(o, err);
	if (rc == MC_OK)
		rc = mc_sighting_last(wish->ar, &o->before, err);
	if (rc == MC_OK && pthread_create(&o->thread, NULL, run, o) != 0)
		rc = mc_fail_memory(err);
	if (rc < 0)
		mc_overlap_free(o);
	else
		*out = o;
	return rc;
}

MC_RC mc_overlap_end(struct mc_overlap *o, bool all, struct mc_error *err)
{
	pthread_mutex_lock(&o->lock);
	o->stage = all ? LAST_PASS : NO_MORE;
	o->over = true;
	pthread_cond_broadcast(&o->change);
	pthread_mutex_unlock(&o->lock);
	pthread_join(o->thread, NULL);
	*err = o->err;
	return err->rc;
}

struct mc_target *mc_overlap_yield(struct mc_overlap *o)
{
	struct mc_target *target = o->target;

	o->target = NULL;
	return target;
}
