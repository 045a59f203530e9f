/* SPDX-License-Identifier: MIT
 * verify_target: is every message on the server, and as it was sent?
 *
 * Each mailbox's expected messages are held in 72 octets each, matched by UID
 * (by identity where the server told none), and with --deep fetched whole.
 * What a server has rewritten is found by what it leaves: the Message-ID, or
 * the size where there is none.
 */
#include "job/verify.h"

#include <inttypes.h>

#include "archive/body.h"
#include "archive/ledger.h"
#include "base/limits.h"
#include "base/text.h"
#include "job/identify.h"
#include "job/pacer.h"
#include "job/proof.h"
#include "job/retry.h"
#include "job/show.h"
#include "job/target_name.h"
#include "job/wrap.h"
#include "msg/shape.h"
#include "source/source.h"
#include "target/target.h"

enum { FETCH_BATCH = 256, TOLD_MAX = 20 };

/* ALTERED: octets that mailcart changed to be accepted, as the ledger has it. */
enum finding { MISSING, CHANGED, IDENTICAL, ALTERED };

struct expected {
	uint32_t uid;   /* as the ledger has it; 0: not known */
	uint32_t found; /* its UID now; 0: not found yet */
	uint8_t finding;
	bool leaving; /* marked as deleted there */
	bool wrapped; /* an attachment, to a message that is not in the archive */
	int32_t shape;
	int64_t placement;
	int64_t logical;
	int64_t body;
	int64_t octets; /* canonical */
	uint64_t key;   /* first octets of the logical key */
	uint64_t mark;  /* of the Message-ID, or of the size */
	size_t altered; /* in check.altered, from 1; 0: sent as canonical */
};

/* A message there that answers for none by UID or key. */
struct stray {
	uint64_t mark;
	uint32_t uid; /* 0: it answers by now */
};

struct check {
	struct mc_fetch fetch;
	struct mc_archive *ar;
	const struct mc_request *req;
	struct mc_target *target;
	struct mc_verify_report *report;
	struct mc_proof *proof; /* or NULL */
	const char *leaving;    /* kind of sources, or NULL */
	struct mc_proof *fresh; /* gets all that is found; or NULL */
	struct mc_scan *scan;
	struct mc_hash_sink hash; /* octets as fetched */
	struct mc_identified id;
	int64_t ledger;        /* the row of the target */
	const char *name;      /* mailbox */
	int64_t box;           /* its row */
	uint32_t uidvalidity;  /* as the ledger has it */
	struct expected *list; /* ascending by uid, those with 0 first */
	size_t n;
	size_t cap;
	struct mc_digest *altered; /* of octets that were sent */
	size_t altered_n;
	size_t altered_cap;
	struct mc_retry retry;
	uint32_t *odd; /* UIDs that only their content identifies */
	size_t odd_n;
	size_t odd_cap;
	struct stray *strays;
	size_t strays_n;
	size_t strays_cap;
	struct expected *now; /* being fetched; NULL: an odd one */
	struct stray there;   /* the same, as it is there */
	int told;
};

static uint64_t short_key(const struct mc_digest *key)
{
	uint64_t out;

	memcpy(&out, key->octet, sizeof(out));
	return out;
}

/* Of an id what stands before its domain, which some servers change. */
static uint64_t mark_of(struct mc_span message_id, int64_t octets)
{
	struct mc_digest digest;
	struct mc_hash hash;

	mc_hash_init(&hash);
	if (message_id.n > 0)
		mc_hash_put(&hash, mc_span_head(message_id,
					   mc_span_index(message_id, '@')));
	else
		mc_hash_put(&hash, (struct mc_span){ (const char *)&octets,
					   sizeof(octets) });
	digest = mc_hash_end(&hash);
	return short_key(&digest);
}

/* Room for one more in a list that grows by half. */
static MC_RC grow(
	void **list, size_t *cap, size_t n, size_t size, struct mc_error *err)
{
	size_t more = *cap ? *cap + *cap / 2 : 64;
	void *grown;

	if (n < *cap)
		return MC_OK;
	grown = reallocarray(*list, more, size);
	if (!grown)
		return mc_fail_memory(err);
	*list = grown;
	*cap = more;
	return MC_OK;
}

/* Few were changed to be accepted: their digests stand by themselves. */
static MC_RC add_altered(
	struct check *c, const struct mc_digest *sent, struct mc_error *err)
{
	void *list = c->altered;
	enum mc_rc rc = grow(
		&list, &c->altered_cap, c->altered_n, sizeof(*c->altered), err);

	c->altered = list;
	if (rc == MC_OK)
		c->altered[c->altered_n++] = *sent;
	return rc;
}

/* What is expected is then the wrapping. */
static MC_RC expect_wrapped(struct check *c,
	const struct mc_placement_line *line, struct expected *e,
	struct mc_error *err)
{
	struct mc_wrapped what = { line->wrapped, line->logical, line->body };
	char id[MC_WRAP_ID];
	struct mc_digest sent;
	enum mc_rc rc;

	rc = mc_wrap_measure(c->ar, &what, &e->octets, &sent, err);
	if (rc == MC_OK)
		rc = add_altered(c, &sent, err);
	mc_wrap_id(id, line->sha256);
	e->wrapped = true;
	e->shape = 0;
	e->mark = mark_of(mc_span_str(id), e->octets);
	e->altered = c->altered_n;
	return rc;
}

static MC_RC add_expected(
	void *arg, const struct mc_placement_line *line, struct mc_error *err)
{
	struct check *c = arg;
	void *list = c->list;
	enum mc_rc rc = grow(&list, &c->cap, c->n, sizeof(*c->list), err);

	c->list = list;
	if (rc == MC_OK && line->sent_sha256 && line->wrapped == MC_WRAP_NOT)
		rc = add_altered(c, line->sent_sha256, err);
	if (rc < 0)
		return rc;
	c->list[c->n++] = (struct expected){ .uid = line->uid,
		.shape = (int32_t)line->shape,
		.placement = line->id,
		.logical = line->logical,
		.body = line->body,
		.octets = line->octets,
		.key = short_key(line->key),
		.altered = line->sent_sha256 ? c->altered_n : 0,
		.mark = mark_of(
			mc_span_str(line->message_id ? line->message_id : ""),
			line->octets) };
	if (line->wrapped != MC_WRAP_NOT)
		rc = expect_wrapped(c, line, &c->list[c->n - 1], err);
	return rc;
}

static int by_uid(const void *a, const void *b)
{
	const struct expected *x = a;
	const struct expected *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Those without a UID come first, by key. */
static int by_uid_and_key(const void *a, const void *b)
{
	const struct expected *x = a;
	const struct expected *y = b;
	int order = by_uid(a, b);

	return order ? order : (x->key > y->key) - (x->key < y->key);
}

static struct expected *find_uid(struct check *c, uint32_t uid)
{
	struct expected wanted = { .uid = uid };

	return c->n ? bsearch(&wanted, c->list, c->n, sizeof(wanted), by_uid)
		    : NULL;
}

/* The list stays as sorted until all are found. */
static struct expected *find_key(struct check *c, uint64_t key)
{
	struct expected wanted = { .key = key };
	struct expected *hit = c->n ? bsearch(&wanted, c->list, c->n,
					      sizeof(wanted), by_uid_and_key)
				    : NULL;

	return hit && hit->finding == MISSING ? hit : NULL;
}

static void compare(
	struct expected *e, uint32_t uid, int64_t octets, bool same_key)
{
	int64_t wire = e->octets +
		       (int64_t)mc_shape_tail((uint32_t)e->shape, e->octets).n;

	e->found = uid;
	if (same_key && octets == wire)
		e->finding = e->wrapped ? ALTERED : IDENTICAL;
	else /* of what was altered the size is not noted */
		e->finding = same_key && e->altered ? ALTERED : CHANGED;
}

static MC_RC remember_stray(
	struct check *c, uint32_t uid, uint64_t mark, struct mc_error *err)
{
	void *list = c->strays;
	enum mc_rc rc = grow(
		&list, &c->strays_cap, c->strays_n, sizeof(*c->strays), err);

	c->strays = list;
	if (rc == MC_OK)
		c->strays[c->strays_n++] = (struct stray){ mark, uid };
	return rc;
}

static int by_mark(const void *a, const void *b)
{
	const struct stray *x = a;
	const struct stray *y = b;

	return (x->mark > y->mark) - (x->mark < y->mark);
}

/* What has no UID and is missing by its key, and has left its mark.  One whose
 * UID is known and gone is gone. */
static void settle_strays(struct check *c)
{
	if (c->strays_n == 0)
		return;
	qsort(c->strays, c->strays_n, sizeof(*c->strays), by_mark);
	for (size_t i = 0; i < c->n; i++) {
		struct expected *e = &c->list[i];
		struct stray wanted = { .mark = e->mark };
		struct stray *hit =
			e->finding == MISSING && e->uid == 0
				? bsearch(&wanted, c->strays, c->strays_n,
					  sizeof(wanted), by_mark)
				: NULL;

		if (!hit || hit->uid == 0)
			continue;
		e->found = hit->uid;
		e->finding = e->wrapped ? ALTERED : CHANGED;
		hit->uid = 0;
	}
}

static MC_RC remember_odd(struct check *c, uint32_t uid, struct mc_error *err)
{
	void *list = c->odd;
	enum mc_rc rc =
		grow(&list, &c->odd_cap, c->odd_n, sizeof(*c->odd), err);

	c->odd = list;
	if (rc == MC_OK)
		c->odd[c->odd_n++] = uid;
	return rc;
}

static MC_RC on_seen(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct check *c = arg;
	struct expected *e = find_uid(c, seen->uid);
	struct mc_facts facts;
	bool usable;
	enum mc_rc rc =
		mc_identify_octets(&c->id, c->scan, seen->header, &facts, err);

	if (rc != MC_OK)
		return rc;
	usable = facts.message_id.n > 0;
	if (e) {
		compare(e, seen->uid, seen->octets,
			!usable || e->key == short_key(&c->id.key) ||
				(e->wrapped &&
					e->mark == mark_of(facts.message_id,
							   seen->octets)));
		e->leaving = seen->flags & MC_DELETED;
		return MC_OK;
	}
	if (!usable)
		return remember_odd(c, seen->uid, err);
	e = find_key(c, short_key(&c->id.key));
	if (!e)
		return remember_stray(c, seen->uid,
			mark_of(facts.message_id, seen->octets), err);
	compare(e, seen->uid, seen->octets, true);
	e->leaving = seen->flags & MC_DELETED;
	return MC_OK;
}

static struct check *check_of(struct mc_fetch *fetch)
{
	return (struct check *)(void *)fetch;
}

static MC_RC fetch_begin(struct mc_fetch *fetch, const struct mc_seen *seen,
	struct mc_error *err)
{
	struct check *c = check_of(fetch);

	c->now = find_uid(c, seen->uid);
	c->there = (struct stray){ mark_of((struct mc_span){ 0 }, seen->octets),
		seen->uid };
	mc_hash_sink_init(&c->hash);
	return mc_scan_begin(c->scan, MC_STORE_WIRE, NULL, err);
}

static MC_RC fetch_bytes(
	struct mc_fetch *fetch, struct mc_span bytes, struct mc_error *err)
{
	struct check *c = check_of(fetch);
	enum mc_rc rc = c->hash.sink.put(&c->hash.sink, bytes, err);

	c->report->octets += (int64_t)bytes.n;
	mc_pacer_octets(mc_pace_in(c->req), (int64_t)bytes.n, &c->req->monitor);
	return rc == MC_OK ? mc_scan_bytes(c->scan, bytes, err) : rc;
}

/* The octets that were to be sent: canonical and what any server needs. */
static MC_RC wire_digest(struct check *c, const struct expected *e,
	struct mc_digest *out, struct mc_error *err)
{
	struct mc_span tail = mc_shape_tail((uint32_t)e->shape, e->octets);
	struct mc_hash_sink hs;
	enum mc_rc rc;

	mc_hash_sink_init(&hs);
	rc = mc_show_body(c->ar, e->body, &hs.sink, err);
	mc_hash_put(&hs.hash, tail);
	*out = mc_hash_end(&hs.hash);
	return rc;
}

static MC_RC fetch_end(struct mc_fetch *fetch, struct mc_error *err)
{
	struct check *c = check_of(fetch);
	struct mc_digest there = mc_hash_end(&c->hash.hash);
	struct mc_digest sent;
	struct mc_facts facts;
	enum mc_rc rc = mc_scan_end(c->scan, &facts, err);

	if (rc == MC_OK)
		rc = mc_identify(&c->id, &facts, err);
	if (rc < 0)
		return rc;
	if (!c->now) { /* an odd one */
		c->now = find_key(c, short_key(&c->id.key));
		if (!c->now)
			return remember_stray(
				c, c->there.uid, c->there.mark, err);
		c->now->found = c->there.uid;
	}
	rc = wire_digest(c, c->now, &sent, err);
	/* With what the archive cannot read again nothing can be compared: it
	 * is told as damaged there, and the others go on. */
	if (rc < 0 && err->scope == MC_MESSAGE) {
		c->now->finding = CHANGED;
		return MC_OK;
	}
	if (rc < 0)
		return rc;
	if (mc_digest_eq(&there, &sent))
		c->now->finding = IDENTICAL;
	else if (c->now->altered &&
		 mc_digest_eq(&there, &c->altered[c->now->altered - 1]))
		c->now->finding = ALTERED;
	else
		c->now->finding = CHANGED;
	return MC_OK;
}

/* The connection failed with err: on another one the same may be asked again,
 * or not. */
static bool may_try_again(struct check *c, int64_t octets, struct mc_error *err)
{
	if (err->scope != MC_SESSION)
		return false;
	mc_target_close(c->target);
	c->target = NULL;
	return mc_retry_wait(&c->retry, c->report->octets > octets,
		       &c->req->monitor, err) >= 0;
}

static MC_RC ready(struct check *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!c->target)
		rc = mc_target_open(
			&c->target, c->req->target, &c->req->monitor, err);
	c->retry.met |= rc == MC_OK;
	return rc;
}

/* Selects the mailbox if another connection had it.  Other UIDs than those that
 * were asked for would be others' messages. */
static MC_RC ready_selected(struct check *c, struct mc_error *err)
{
	struct mc_mailbox_state state = { 0 };
	enum mc_rc rc;

	if (c->target)
		return MC_OK;
	rc = ready(c, err);
	if (rc == MC_OK)
		rc = mc_target_select(c->target, c->name, &state, err);
	if (rc == MC_OK && state.uidvalidity != c->uidvalidity)
		rc = mc_fail(err, MC_EREFUSED, MC_RUN, 0,
			"the server numbered its messages anew meanwhile; run "
			"the same command again");
	return rc;
}

static MC_RC fetch_window(
	struct check *c, const uint32_t *uids, size_t n, struct mc_error *err)
{
	int64_t had;
	enum mc_rc rc;

	do {
		had = c->report->octets;
		rc = ready_selected(c, err);
		if (rc == MC_OK)
			rc = mc_target_fetch(
				c->target, uids, n, &c->fetch, err);
	} while (rc < 0 && may_try_again(c, had, err));
	return rc < 0 ? err->rc : rc;
}

/* Fetches what uids names, a window at a time. */
static MC_RC fetch_uids(
	struct check *c, const uint32_t *uids, size_t n, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < n; i += FETCH_BATCH) {
		size_t window = n - i < FETCH_BATCH ? n - i : FETCH_BATCH;

		if (mc_cancel_is(c->req->monitor.cancel, MC_CANCEL_SOON))
			return mc_fail_cancelled(err);
		rc = fetch_window(c, uids + i, window, err);
	}
	return rc;
}

/* All that was found, by the UIDs under which it was. */
static MC_RC fetch_expected(struct check *c, struct mc_error *err)
{
	uint32_t *uids = calloc(c->n + 1, sizeof(*uids));
	size_t n = 0;
	enum mc_rc rc;

	if (!uids)
		return mc_fail_memory(err);
	for (size_t i = 0; i < c->n; i++)
		c->list[i].uid = c->list[i].found;
	qsort(c->list, c->n, sizeof(*c->list), by_uid_and_key);
	for (size_t i = 0; i < c->n; i++) {
		if (!c->list[i].uid)
			continue;
		uids[n++] = c->list[i].uid;
		c->list[i].finding = MISSING; /* unless its octets come */
	}
	rc = fetch_uids(c, uids, n, err);
	free(uids);
	return rc;
}

static void tell(struct check *c, const struct expected *e)
{
	static const char *const words[] = {
		[MISSING] = "is not on the server",
		[CHANGED] = "is there with other octets than in the archive",
	};
	char text[128];

	if (++c->told > TOLD_MAX)
		return;
	mc_text_format(text, sizeof(text), "message %" PRId64 " %s", e->logical,
		words[e->finding]);
	mc_emit(&c->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "verify",
					  .id = e->logical,
					  .mailbox = c->name,
					  .text = text });
}

static MC_RC note_there(struct check *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && c->fresh && i < c->n; i++)
		if (c->list[i].finding != MISSING)
			rc = mc_proof_add(c->fresh, c->list[i].placement, err);
	return rc;
}

/* What only looks the same is not proved, nor what is about to go. */
static MC_RC prove(struct check *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && c->proof && i < c->n; i++) {
		const struct expected *e = &c->list[i];

		if (c->req->deep && e->finding == IDENTICAL && !e->leaving)
			rc = mc_proof_add(c->proof, e->placement, err);
	}
	return rc;
}

static void count(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct expected *e = &c->list[i];

		c->report->checked++;
		c->report->missing += e->finding == MISSING;
		c->report->changed += e->finding == CHANGED;
		c->report->identical += e->finding == IDENTICAL;
		c->report->altered += e->finding == ALTERED;
		if (e->finding == MISSING || e->finding == CHANGED)
			tell(c, e);
	}
	mc_emit(&c->req->monitor, &(struct mc_event){ .kind = MC_EVENT_PROGRESS,
					  .phase = "verify",
					  .mailbox = c->name,
					  .done = c->report->checked,
					  .total = -1,
					  .octets = c->report->octets });
}

/* UIDs of another UIDVALIDITY mean nothing (RFC 9051 2.3.1.1). */
static void sort(struct check *c, bool valid)
{
	for (size_t i = 0; !valid && i < c->n; i++)
		c->list[i].uid = 0;
	if (c->n > 0)
		qsort(c->list, c->n, sizeof(*c->list), by_uid_and_key);
}

static MC_RC look_at_expected(struct check *c, struct mc_error *err)
{
	uint32_t *uids = calloc(c->n, sizeof(*uids));
	enum mc_rc rc;

	if (!uids)
		return mc_fail_memory(err);
	for (size_t i = 0; i < c->n; i++)
		uids[i] = c->list[i].uid;
	rc = mc_target_look_at(c->target, uids, c->n, on_seen, c, err);
	free(uids);
	return rc;
}

/* What should be there, and what of it is, at a glance. */
static MC_RC look(struct check *c, struct mc_error *err)
{
	struct mc_mailbox_state state = { 0 };
	unsigned states = 1u << MC_SENT | 1u << MC_PRESENT;
	enum mc_rc rc;

	c->n = 0;
	c->altered_n = 0;
	c->odd_n = 0;
	c->strays_n = 0;
	rc = mc_placement_each(c->ar,
		&(struct mc_placement_filter){ .target = c->ledger,
			.mailbox = c->box,
			.states = states,
			.unverified = c->fresh != NULL,
			.leaving = c->leaving },
		add_expected, c, err);
	if (rc < 0 || c->n == 0)
		return rc;
	rc = ready(c, err);
	if (rc == MC_OK)
		rc = mc_target_select(c->target, c->name, &state, err);
	if (rc < 0)
		return rc;
	sort(c, state.uidvalidity == c->uidvalidity);
	c->uidvalidity = state.uidvalidity;
	if (state.exists == 0)
		return MC_OK;
	/* The least UID is the first; 0: it is not known. */
	if (c->list[0].uid > 0)
		return look_at_expected(c, err);
	return mc_target_look(c->target, 1, on_seen, c, err);
}

static MC_RC check_octets(struct check *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (c->odd_n > 0)
		rc = fetch_uids(c, c->odd, c->odd_n, err);
	settle_strays(c);
	if (rc == MC_OK && c->req->deep && c->n > 0)
		rc = fetch_expected(c, err);
	return rc;
}

static MC_RC check_mailbox(void *arg, int64_t id, const char *name,
	uint32_t uidvalidity, struct mc_error *err)
{
	struct check *c = arg;
	enum mc_rc rc;

	c->name = name;
	c->box = id;
	do {
		c->uidvalidity = uidvalidity;
		rc = look(c, err);
	} while (rc < 0 && may_try_again(c, c->report->octets, err));
	if (rc == MC_OK && c->n > 0)
		rc = check_octets(c, err);
	if (rc < 0 && err->scope != MC_FOLDER) {
		mc_while(err, "mailbox '%s'", name);
		return err->rc;
	}
	count(c);
	if (rc < 0)
		return MC_OK;
	rc = note_there(c, err);
	return rc == MC_OK ? prove(c, err) : rc;
}

static MC_RC count_unsent(struct check *c, struct mc_error *err)
{
	struct mc_ledger_counts ledger;
	enum mc_rc rc = mc_ledger_count(c->ar, c->ledger, 0, &ledger, err);

	if (rc == MC_OK)
		c->report->unsent = ledger.refused + ledger.waiting;
	return rc;
}

/* Where nothing is to be looked at, it is logged in to all the same. */
static MC_RC enter(struct check *c, struct mc_error *err)
{
	enum mc_rc rc;

	do
		rc = ready(c, err);
	while (rc < 0 && may_try_again(c, c->report->octets, err));
	return rc < 0 ? err->rc : rc;
}

static void init(struct check *c, struct mc_archive *ar,
	const struct mc_request *req, struct mc_verify_report *report)
{
	*c = (struct check){ .fetch = { fetch_begin, fetch_bytes, fetch_end },
		.ar = ar,
		.req = req,
		.report = report };
	report->with_target = true;
	mc_identified_init(&c->id);
}

static void dispose(struct check *c)
{
	mc_target_close(c->target);
	mc_scan_free(c->scan);
	mc_identified_dispose(&c->id);
	free(c->list);
	free(c->altered);
	free(c->odd);
	free(c->strays);
}

MC_RC mc_verify_target(struct mc_archive *ar, const struct mc_request *req,
	struct mc_verify_report *report, struct mc_error *err)
{
	struct check c;
	enum mc_rc rc;

	init(&c, ar, req, report);
	rc = mc_target_known(ar, req, &c.ledger, err);
	if (rc == MC_OK && c.ledger == 0)
		rc = mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"nothing was ever pushed to this server from '%s'",
			req->archive);
	if (rc == MC_OK)
		rc = mc_scan_new(&c.scan, err);
	if (rc == MC_OK)
		rc = enter(&c, err);
	if (rc == MC_OK)
		rc = mc_mailbox_each(ar, c.ledger, check_mailbox, &c, err);
	if (rc == MC_OK)
		rc = count_unsent(&c, err);
	dispose(&c);
	return rc;
}

static MC_RC note_verified(struct mc_archive *ar, const struct mc_proof *there,
	struct mc_error *err)
{
	enum mc_rc rc;

	if (there->n == 0)
		return MC_OK;
	rc = mc_archive_begin(ar, err);
	for (size_t i = 0; rc == MC_OK && i < there->n; i++)
		rc = mc_placement_verified(ar, there->placements[i], err);
	if (rc == MC_OK)
		return mc_archive_commit(ar, err);
	mc_archive_rollback(ar);
	return rc;
}

/* Those whose UID is known; of them those that are there are counted, the others
 * forgotten. */
static MC_RC check_delivered(struct check *c, struct mc_error *err)
{
	size_t kept = 0;
	enum mc_rc rc;

	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].uid > 0)
			c->list[kept++] = c->list[i];
	c->n = kept;
	if (c->n == 0)
		return MC_OK;
	sort(c, true);
	rc = look_at_expected(c, err);
	kept = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].finding != MISSING)
			c->list[kept++] = c->list[i];
	c->n = kept;
	if (rc < 0)
		return rc;
	count(c);
	return note_there(c, err);
}

MC_RC mc_verify_delivered(const struct mc_delivered *delivered,
	struct mc_verify_report *report, struct mc_error *err)
{
	const struct mc_placement_filter filter = { .mailbox =
							    delivered->mailbox,
		.states = 1u << MC_SENT | 1u << MC_PRESENT,
		.unverified = true };
	struct mc_proof there = { 0 };
	struct check c;
	enum mc_rc rc;

	init(&c, delivered->ar, delivered->req, report);
	c.target = delivered->target;
	c.name = delivered->name;
	c.fresh = &there;
	rc = mc_scan_new(&c.scan, err);
	if (rc == MC_OK)
		rc = mc_placement_each(
			delivered->ar, &filter, add_expected, &c, err);
	if (rc == MC_OK)
		rc = check_delivered(&c, err);
	if (rc == MC_OK)
		rc = note_verified(delivered->ar, &there, err);
	c.target = NULL; /* the caller's */
	dispose(&c);
	mc_proof_dispose(&there);
	return rc;
}

/* Of all sources mail can be removed, and so they are of one kind. */
static MC_RC find_leaving(struct check *c, struct mc_error *err)
{
	const struct mc_source_ops *ops = NULL;
	enum mc_rc rc = mc_source_find(&ops, &c->req->sources[0], err);

	if (rc == MC_OK)
		c->leaving = ops->kind;
	return rc;
}

MC_RC mc_verify_target_fresh(struct mc_archive *ar,
	const struct mc_request *req, struct mc_target *target,
	struct mc_verify_report *report, struct mc_proof *proof,
	struct mc_error *err)
{
	struct mc_proof there = { 0 };
	struct check c;
	enum mc_rc rc;

	init(&c, ar, req, report);
	c.target = target;
	c.retry.met = true;
	c.fresh = &there;
	c.proof = proof;
	rc = mc_target_known(ar, req, &c.ledger, err);
	if (rc == MC_OK && proof)
		rc = find_leaving(&c, err);
	if (rc == MC_OK)
		rc = mc_scan_new(&c.scan, err);
	if (rc == MC_OK)
		rc = mc_mailbox_each(ar, c.ledger, check_mailbox, &c, err);
	if (rc == MC_OK)
		rc = count_unsent(&c, err);
	if (rc == MC_OK)
		rc = note_verified(ar, &there, err);
	dispose(&c);
	mc_proof_dispose(&there);
	return rc;
}
