/* SPDX-License-Identifier: MIT */
#include "job/recheck.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/body.h"
#include "base/text.h"
#include "job/reread.h"
#include "job/show.h"

/* More processors than these would wait for the disk, and each takes memory. */
enum { CHECKERS_MAX = 4 };

/* One that checks, in a thread and with a handle of its own; takes every
 * checkers_n-th body, and the sightings of it. */
struct checker {
	struct mc_recheck *of;
	struct mc_archive *ar;
	int part;
	struct mc_reread reread;
	pthread_t thread;
	bool runs;
	struct mc_error err;
	enum mc_rc rc;
};

/* What they have in common. */
struct mc_recheck {
	struct mc_recheck_wish wish;
	const struct mc_monitor *mon;
	struct mc_verify_report *report; /* under the lock, as are events */
	pthread_mutex_t lock;
	atomic_bool stop; /* one of them cannot go on */
	int checkers_n;
	struct checker checkers[CHECKERS_MAX];
};

/* The lock is held. */
static void tell(struct mc_recheck *r, const char *text, bool more)
{
	r->report->damaged += !more;
	mc_emit(r->mon, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
				.phase = "verify",
				.text = text });
}

void mc_recheck_tell(struct mc_recheck *r, const char *text, bool more)
{
	pthread_mutex_lock(&r->lock);
	tell(r, text, more);
	pthread_mutex_unlock(&r->lock);
}

static void tell_damaged(
	struct mc_recheck *r, const char *what, int64_t id, const char *why)
{
	char text[640];

	mc_text_format(text, sizeof(text), "%s %" PRId64 ": %s", what, id, why);
	tell(r, text, false);
}

static void progress(struct mc_recheck *r)
{
	mc_emit(r->mon,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "verify",
			.done = r->report->bodies + r->report->sightings,
			.total = r->wish.total,
			.octets = r->report->octets });
}

/* What was read of one message, and what it should be. */
struct finding {
	const char *what;
	int64_t id;
	int64_t *count;
	struct mc_hash hash;
	int64_t octets;
	const struct mc_digest *sha256;
	int64_t should; /* be its octets */
	enum mc_rc rc;
};

/* Damage of one message is told and counted; the rest goes on. */
static MC_RC judge(
	struct mc_recheck *r, struct finding *found, struct mc_error *err)
{
	struct mc_digest digest = mc_hash_end(&found->hash);

	if (found->rc < 0 && err->scope != MC_MESSAGE)
		return found->rc;
	pthread_mutex_lock(&r->lock);
	++*found->count;
	r->report->octets += found->octets;
	if (found->rc < 0)
		tell_damaged(r, found->what, found->id, err->text);
	else if (!mc_digest_eq(&digest, found->sha256) ||
		 found->octets != found->should)
		tell_damaged(r, found->what, found->id,
			"what is stored has another SHA-256 than it came with");
	progress(r);
	pthread_mutex_unlock(&r->lock);
	if (r->stop || mc_cancel_is(r->mon->cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	return MC_OK;
}

static bool is_mine(const struct checker *c, int64_t body)
{
	return (uint64_t)body % (unsigned)c->of->checkers_n ==
	       (unsigned)c->part;
}

/* What no sighting has led to, or only such as are canonical. */
static MC_RC check_body(
	void *arg, const struct mc_body *body, struct mc_error *err)
{
	struct checker *c = arg;
	struct finding found = { .what = "body",
		.id = body->id,
		.count = &c->of->report->bodies,
		.sha256 = &body->sha256,
		.should = body->octets };
	struct mc_hash_sink hs;

	if (!is_mine(c, body->id) ||
		!mc_sound_claim(c->of->wish.sound, body->id))
		return MC_OK;
	mc_hash_sink_init(&hs);
	found.rc = mc_show_body(c->ar, body->id, &hs.sink, err);
	found.hash = hs.hash;
	found.octets = hs.octets;
	return judge(c->of, &found, err);
}

static MC_RC judge_part(struct mc_recheck *r, struct finding *found,
	struct mc_reread_part *part, struct mc_error *err)
{
	found->hash = part->hash;
	found->octets = part->octets;
	found->rc = part->rc;
	if (part->rc < 0)
		*err = part->err;
	return judge(r, found, err);
}

/* The body, too, if nothing has led to it so far, so that it is unpacked once;
 * for one that is not there the sighting is told. */
static MC_RC check_both(struct checker *c, struct finding *raw, int64_t id,
	struct mc_error *err)
{
	struct mc_body body = { .id = id };
	struct finding found = { .what = "body",
		.id = id,
		.count = &c->of->report->bodies,
		.sha256 = &body.sha256 };
	enum mc_rc rc = mc_body_get(c->ar, id, &body, err);
	bool fresh;

	if (rc < 0 && err->scope != MC_MESSAGE)
		return rc;
	fresh = rc == MC_OK && mc_sound_claim(c->of->wish.sound, id);
	found.should = body.octets;
	mc_reread(&c->reread, c->ar, raw->id, id);
	rc = MC_OK;
	if (fresh)
		rc = judge_part(c->of, &found, &c->reread.canonical, err);
	return rc < 0 ? rc : judge_part(c->of, raw, &c->reread.raw, err);
}

static MC_RC check_raw(
	void *arg, const struct mc_raw *raw, struct mc_error *err)
{
	struct checker *c = arg;
	struct finding found = { .what = "sighting",
		.id = raw->sighting,
		.count = &c->of->report->sightings,
		.sha256 = &raw->sha256,
		.should = raw->octets };

	if (!is_mine(c, raw->body))
		return MC_OK;
	if (raw->dressed)
		return check_both(c, &found, raw->body, err);
	/* Raw is canonical: who looks at its body looks at it. */
	pthread_mutex_lock(&c->of->lock);
	c->of->report->sightings++;
	pthread_mutex_unlock(&c->of->lock);
	return MC_OK;
}

static void *run_checker(void *arg)
{
	struct checker *c = arg;
	const struct mc_recheck_wish *wish = &c->of->wish;

	c->reread.hash_two = mc_hash_two();
	if (wish->sightings)
		c->rc = mc_raw_each(
			c->ar, wish->after.sighting, check_raw, c, &c->err);
	if (c->rc == MC_OK && wish->bodies)
		c->rc = mc_body_each(
			c->ar, wish->after.body, check_body, c, &c->err);
	if (c->rc < 0)
		c->of->stop = true;
	return NULL;
}

static MC_RC start(struct checker *c, struct mc_error *err)
{
	if (mc_archive_open(&c->ar, c->of->wish.req->archive, MC_ARCHIVE_READ,
		    c->of->mon, err) < 0)
		return err->rc;
	c->runs = pthread_create(&c->thread, NULL, run_checker, c) == 0;
	if (!c->runs)
		return mc_fail(err, MC_ELIMIT, MC_RUN, 0,
			"cannot start another thread");
	return MC_OK;
}

/* The first that could not go on says why; what it made others do does not
 * count. */
static MC_RC end(struct checker *c, enum mc_rc rc, struct mc_error *err)
{
	if (c->runs)
		pthread_join(c->thread, NULL);
	mc_archive_close(c->ar);
	if (c->rc >= 0 || (rc < 0 && err->rc != MC_ECANCEL))
		return rc;
	*err = c->err;
	return c->rc;
}

static int count_checkers(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > CHECKERS_MAX ? CHECKERS_MAX : (int)n;
}

MC_RC mc_recheck_begin(struct mc_recheck **out,
	const struct mc_recheck_wish *wish, struct mc_verify_report *report,
	struct mc_error *err)
{
	struct mc_recheck *r = calloc(1, sizeof(*r));
	enum mc_rc rc = MC_OK;

	*out = r;
	if (!r)
		return mc_fail_memory(err);
	r->wish = *wish;
	r->mon = &wish->req->monitor;
	r->report = report;
	pthread_mutex_init(&r->lock, NULL);
	r->checkers_n = count_checkers();
	for (int i = 0; rc == MC_OK && i < r->checkers_n; i++) {
		r->checkers[i].of = r;
		r->checkers[i].part = i;
		rc = start(&r->checkers[i], err);
	}
	return rc;
}

MC_RC mc_recheck_end(struct mc_recheck *r, enum mc_rc rc, struct mc_error *err)
{
	r->stop |= rc < 0;
	for (int i = 0; i < r->checkers_n; i++)
		rc = end(&r->checkers[i], rc, err);
	r->checkers_n = 0;
	return rc;
}

void mc_recheck_free(struct mc_recheck *r)
{
	struct mc_error ignored = { .rc = MC_ECANCEL };
	enum mc_rc rc;

	if (!r)
		return;
	rc = mc_recheck_end(r, MC_ECANCEL, &ignored);
	(void)rc; /* it is over, whatever it was */
	pthread_mutex_destroy(&r->lock);
	free(r);
}
