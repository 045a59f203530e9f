/* SPDX-License-Identifier: MIT */
#include "job/verify.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "archive/body.h"
#include "archive/query.h"
#include "base/text.h"
#include "job/report.h"
#include "job/reread.h"
#include "job/show.h"
#include "target/target.h"

/* More processors than these would wait for the disk, and each takes memory. */
enum { CHECKERS_MAX = 4 };

/* Bodies that can be remembered as read, a bit each, of one who checks: as many
 * as a lifetime brings; others would be read again. */
enum { SEEN_MAX = 1 << 25, SEEN_MIN = 1 << 16 };

/* What those who check have in common. */
struct verify {
	const struct mc_request *req;
	struct mc_verify_report *report; /* under the lock, as are events */
	pthread_mutex_t lock;
	struct mc_verified after; /* what is up to these is left out */
	int64_t total;
	int checkers_n;
	atomic_bool stop; /* one of them cannot go on */
};

/* One of them, in a thread and with a handle of its own; takes every
 * checkers_n-th body, and the sightings of it. */
struct checker {
	struct verify *v;
	struct mc_archive *ar;
	int part;
	struct mc_reread reread;
	unsigned char *seen; /* bodies that were read with a sighting */
	size_t seen_n;       /* bits of it */
	pthread_t thread;
	bool runs;
	struct mc_error err;
	enum mc_rc rc;
};

static void tell(struct verify *v, const char *text)
{
	v->report->damaged++;
	mc_emit(&v->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "verify",
					  .text = text });
}

static void tell_damaged(
	struct verify *v, const char *what, int64_t id, const char *why)
{
	char text[640];

	mc_text_format(text, sizeof(text), "%s %" PRId64 ": %s", what, id, why);
	tell(v, text);
}

static void progress(struct verify *v)
{
	mc_emit(&v->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "verify",
			.done = v->report->bodies + v->report->sightings,
			.total = v->total,
			.octets = v->report->octets });
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
	struct verify *v, struct finding *found, struct mc_error *err)
{
	struct mc_digest digest = mc_hash_end(&found->hash);

	if (found->rc < 0 && err->scope != MC_MESSAGE)
		return found->rc;
	pthread_mutex_lock(&v->lock);
	++*found->count;
	v->report->octets += found->octets;
	if (found->rc < 0)
		tell_damaged(v, found->what, found->id, err->text);
	else if (!mc_digest_eq(&digest, found->sha256) ||
		 found->octets != found->should)
		tell_damaged(v, found->what, found->id,
			"what is stored has another SHA-256 than it came with");
	progress(v);
	pthread_mutex_unlock(&v->lock);
	if (v->stop || mc_cancel_is(v->req->monitor.cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	return MC_OK;
}

static bool is_mine(const struct checker *c, int64_t body)
{
	return (uint64_t)body % (unsigned)c->v->checkers_n == (unsigned)c->part;
}

static size_t bit_of(const struct checker *c, int64_t body)
{
	uint64_t bit = (uint64_t)body / (unsigned)c->v->checkers_n;

	return bit < SEEN_MAX ? (size_t)bit : SEEN_MAX;
}

static bool was_seen(const struct checker *c, int64_t body)
{
	size_t bit = bit_of(c, body);

	return bit < c->seen_n && (c->seen[bit / 8] >> bit % 8 & 1);
}

static MC_RC note_seen(struct checker *c, int64_t body, struct mc_error *err)
{
	size_t bit = bit_of(c, body);
	size_t n = c->seen_n ? c->seen_n : SEEN_MIN;
	unsigned char *seen;

	if (bit == SEEN_MAX)
		return MC_OK;
	while (n <= bit)
		n *= 2;
	if (n > c->seen_n) {
		seen = realloc(c->seen, n / 8);
		if (!seen)
			return mc_fail_memory(err);
		memset(seen + c->seen_n / 8, 0, (n - c->seen_n) / 8);
		c->seen = seen;
		c->seen_n = n;
	}
	c->seen[bit / 8] |= (unsigned char)(1 << bit % 8);
	return MC_OK;
}

/* What no sighting has led to, or only such as are canonical. */
static MC_RC check_body(
	void *arg, const struct mc_body *body, struct mc_error *err)
{
	struct checker *c = arg;
	struct finding found = { .what = "body",
		.id = body->id,
		.count = &c->v->report->bodies,
		.sha256 = &body->sha256,
		.should = body->octets };
	struct mc_hash_sink hs;

	if (!is_mine(c, body->id) || was_seen(c, body->id))
		return MC_OK;
	mc_hash_sink_init(&hs);
	found.rc = mc_show_body(c->ar, body->id, &hs.sink, err);
	found.hash = hs.hash;
	found.octets = hs.octets;
	return judge(c->v, &found, err);
}

static MC_RC judge_part(struct verify *v, struct finding *found,
	struct mc_reread_part *part, struct mc_error *err)
{
	found->hash = part->hash;
	found->octets = part->octets;
	found->rc = part->rc;
	if (part->rc < 0)
		*err = part->err;
	return judge(v, found, err);
}

/* The body, too, if nothing has led to it so far, so that it is unpacked once;
 * for one that is not there the sighting is told. */
static MC_RC check_both(struct checker *c, struct finding *raw, int64_t id,
	struct mc_error *err)
{
	struct mc_body body = { .id = id };
	struct finding found = { .what = "body",
		.id = id,
		.count = &c->v->report->bodies,
		.sha256 = &body.sha256 };
	bool fresh = id > c->v->after.body && !was_seen(c, id);
	enum mc_rc rc = MC_OK;

	if (fresh)
		rc = mc_body_get(c->ar, id, &body, err);
	if (rc < 0 && err->scope != MC_MESSAGE)
		return rc;
	fresh = fresh && rc == MC_OK;
	found.should = body.octets;
	mc_reread(&c->reread, c->ar, raw->id, id);
	rc = fresh ? note_seen(c, id, err) : MC_OK;
	if (rc == MC_OK && fresh)
		rc = judge_part(c->v, &found, &c->reread.canonical, err);
	return rc < 0 ? rc : judge_part(c->v, raw, &c->reread.raw, err);
}

static MC_RC check_raw(
	void *arg, const struct mc_raw *raw, struct mc_error *err)
{
	struct checker *c = arg;
	struct finding found = { .what = "sighting",
		.id = raw->sighting,
		.count = &c->v->report->sightings,
		.sha256 = &raw->sha256,
		.should = raw->octets };

	if (!is_mine(c, raw->body))
		return MC_OK;
	if (raw->dressed)
		return check_both(c, &found, raw->body, err);
	/* Raw is canonical: check_body() will look. */
	pthread_mutex_lock(&c->v->lock);
	c->v->report->sightings++;
	pthread_mutex_unlock(&c->v->lock);
	return MC_OK;
}

static void *run_checker(void *arg)
{
	struct checker *c = arg;
	const struct mc_verified *after = &c->v->after;

	c->reread.hash_two = mc_hash_two();
	c->rc = mc_raw_each(c->ar, after->sighting, check_raw, c, &c->err);
	if (c->rc == MC_OK)
		c->rc = mc_body_each(
			c->ar, after->body, check_body, c, &c->err);
	if (c->rc < 0)
		c->v->stop = true;
	return NULL;
}

static MC_RC start(struct checker *c, struct mc_error *err)
{

	if (mc_archive_open(&c->ar, c->v->req->archive, MC_ARCHIVE_READ,
		    &c->v->req->monitor, err) < 0)
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
	free(c->seen);
	mc_archive_close(c->ar);
	if (c->rc >= 0 || (rc < 0 && err->rc != MC_ECANCEL))
		return rc;
	*err = c->err;
	return c->rc;
}

static void found_damage(void *arg, const char *text)
{
	struct verify *v = arg;

	pthread_mutex_lock(&v->lock);
	tell(v, text);
	pthread_mutex_unlock(&v->lock);
}

static int count_checkers(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > CHECKERS_MAX ? CHECKERS_MAX : (int)n;
}

static MC_RC start_all(struct verify *v, struct checker checkers[CHECKERS_MAX],
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	v->checkers_n = count_checkers();
	for (int i = 0; rc == MC_OK && i < v->checkers_n; i++) {
		checkers[i].v = v;
		checkers[i].part = i;
		rc = start(&checkers[i], err);
	}
	return rc;
}

/* rc: how it went so far. */
static MC_RC end_all(struct verify *v, struct checker checkers[CHECKERS_MAX],
	enum mc_rc rc, struct mc_error *err)
{
	v->stop |= rc < 0;
	for (int i = 0; i < v->checkers_n; i++)
		rc = end(&checkers[i], rc, err);
	v->checkers_n = 0;
	return rc;
}

MC_RC mc_verify_archive(struct mc_archive *ar, const struct mc_request *req,
	struct mc_verify_report *report, struct mc_error *err)
{
	struct verify v = {
		.req = req, .report = report, .lock = PTHREAD_MUTEX_INITIALIZER
	};
	struct checker checkers[CHECKERS_MAX] = { 0 };
	struct mc_totals totals;
	enum mc_rc rc = mc_totals_get(ar, &totals, err);

	if (rc < 0)
		return rc;
	v.total = totals.bodies + totals.sightings;
	rc = start_all(&v, checkers, err);
	if (rc == MC_OK)
		rc = mc_archive_check(ar, found_damage, &v, err);
	return end_all(&v, checkers, rc, err);
}

/* How much there is, and how far it goes. */
struct survey {
	struct mc_verified last;
	int64_t n;
};

static MC_RC survey_body(
	void *arg, const struct mc_body *body, struct mc_error *err)
{
	struct survey *survey = arg;

	(void)err;
	survey->last.body = body->id;
	survey->n++;
	return MC_OK;
}

static MC_RC survey_raw(
	void *arg, const struct mc_raw *raw, struct mc_error *err)
{
	struct survey *survey = arg;

	(void)err;
	survey->last.sighting = raw->sighting;
	survey->n++;
	return MC_OK;
}

static MC_RC note_verified(struct mc_archive *ar,
	const struct mc_verified *last, struct mc_error *err)
{
	enum mc_rc rc = mc_archive_begin(ar, err);

	if (rc == MC_OK)
		rc = mc_verified_set(ar, last, err);
	if (rc == MC_OK)
		return mc_archive_commit(ar, err);
	mc_archive_rollback(ar);
	return rc;
}

struct mc_fresh {
	struct verify v;
	struct mc_request req;   /* with a monitor of ours */
	struct mc_monitor above; /* the caller's */
	struct mc_verify_report report;
	struct checker checkers[CHECKERS_MAX];
	struct survey survey;
	struct mc_archive *ar;
};

static MC_RC survey_all(struct mc_fresh *fresh, struct mc_error *err)
{
	struct verify *v = &fresh->v;
	enum mc_rc rc = mc_verified_get(fresh->ar, &v->after, err);

	fresh->survey.last = v->after;
	if (rc == MC_OK)
		rc = mc_body_each(fresh->ar, v->after.body, survey_body,
			&fresh->survey, err);
	if (rc == MC_OK)
		rc = mc_raw_each(fresh->ar, v->after.sighting, survey_raw,
			&fresh->survey, err);
	v->total = fresh->survey.n;
	return rc;
}

/* One line can tell one progress: that of what goes on beside. */
static void pass_on(void *arg, const struct mc_event *event)
{
	struct mc_fresh *fresh = arg;

	if (event->kind != MC_EVENT_PROGRESS)
		mc_emit(&fresh->above, event);
}

MC_RC mc_verify_fresh_begin(struct mc_fresh **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err)
{
	struct mc_fresh *fresh = calloc(1, sizeof(*fresh));
	enum mc_rc rc;

	*out = fresh;
	if (!fresh)
		return mc_fail_memory(err);
	fresh->ar = ar;
	fresh->req = *req;
	fresh->above = req->monitor;
	fresh->req.monitor.event = pass_on;
	fresh->req.monitor.arg = fresh;
	fresh->v.req = &fresh->req;
	fresh->v.report = &fresh->report;
	pthread_mutex_init(&fresh->v.lock, NULL);
	rc = survey_all(fresh, err);
	if (rc == MC_OK && fresh->survey.n > 0)
		rc = start_all(&fresh->v, fresh->checkers, err);
	return rc;
}

MC_RC mc_verify_fresh_end(struct mc_fresh *fresh,
	struct mc_verify_report *report, struct mc_error *err)
{
	const struct mc_verify_report *found = &fresh->report;
	enum mc_rc rc = end_all(&fresh->v, fresh->checkers, MC_OK, err);

	report->bodies += found->bodies;
	report->damaged += found->damaged;
	report->sightings += found->sightings;
	report->octets += found->octets;
	if (rc == MC_OK && found->damaged == 0 && fresh->survey.n > 0)
		rc = note_verified(fresh->ar, &fresh->survey.last, err);
	return rc;
}

void mc_verify_fresh_free(struct mc_fresh *fresh)
{
	struct mc_error ignored;
	enum mc_rc rc;

	if (!fresh)
		return;
	rc = end_all(&fresh->v, fresh->checkers, MC_ECANCEL, &ignored);
	(void)rc; /* it is over, whatever it was */
	pthread_mutex_destroy(&fresh->v.lock);
	free(fresh);
}

MC_RC mc_job_verify(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct mc_archive *ar = NULL;
	enum mc_rc rc;

	report->verified = true;
	rc = mc_archive_open(
		&ar, req->archive, MC_ARCHIVE_READ, &req->monitor, err);
	if (rc == MC_OK)
		rc = mc_verify_archive(ar, req, &report->verify, err);
	if (rc == MC_OK && req->target)
		rc = mc_verify_target(ar, req, &report->verify, err);
	if (rc == MC_OK)
		rc = mc_report_archive(ar, report, err);
	mc_archive_close(ar);
	return rc;
}
