/* SPDX-License-Identifier: MIT
 * verify_twice: what a mailbox holds besides ours, and is the same message.
 *
 * A session that died may leave letters with a server that stores them when
 * they have long been sent again; nobody but a look at what is not ours finds
 * that.  Of all such messages the header is looked at, once; what looks like one
 * of ours by a short digest is looked at together with it, and fetched with it
 * where its octets matter. */
#include "job/verifying.h"

#include <inttypes.h>

#include "archive/ledger.h"
#include "base/text.h"
#include "job/pacer.h"

enum {
	/* They are to be looked at one by one. */
	TWICE_NAMED = 1000,
	/* Pairs that are compared at a time. */
	WINDOW = 128,
	/* Mail of machines without Message-IDs may have the same header and
	 * size many times: each is compared with so many of ours. */
	LIKES_MAX = 8,
	LOOKS_MAX = 2 * (WINDOW + LIKES_MAX),
};

/* A message that is not ours, and one of ours that looks like it. */
struct pair {
	uint32_t twin;
	uint32_t ours;
	bool odd; /* only their octets tell: they have no usable Message-ID */
};

/* A message as it is there: its header and size, or all of its octets. */
struct look {
	uint32_t uid;
	struct mc_digest digest;
};

enum verdict { OTHERS, ALIKE, SAME_OCTETS };

struct twice {
	struct mc_fetch fetch; /* the first member */
	struct mc_verifying *c;
	uint32_t *others; /* UIDs there that are none of ours */
	size_t others_n;
	struct pair *pairs; /* by twin */
	size_t pairs_n;
	size_t pairs_cap;
	/* Of some pairs. */
	enum verdict verdict[WINDOW + LIKES_MAX];
	uint32_t uids[LOOKS_MAX];
	size_t uids_n;
	struct look looks[LOOKS_MAX];
	size_t looks_n;
	struct mc_hash_sink hash;
};

/* ---- ours ---- */

void mc_verifying_let_go(struct mc_verifying *c)
{
	c->held_n = 0;
	c->exists = 0;
	c->blind = false;
}

MC_RC mc_verifying_hold(struct mc_verifying *c, struct mc_error *err)
{
	size_t need = c->held_n + c->muster.n;
	struct mc_held *held;

	if (!c->twice || c->muster.n == 0)
		return MC_OK;
	/* It is another mailbox than that of the first portions. */
	c->blind |= c->held_n > 0 && c->held_uidvalidity != c->uidvalidity;
	c->held_uidvalidity = c->uidvalidity;
	held = reallocarray(c->held, need, sizeof(*held));
	if (!held)
		return mc_fail_memory(err);
	c->held = held;
	for (size_t i = 0; i < c->muster.n; i++) {
		const struct mc_expected *e = &c->muster.list[i];

		if (e->finding != MC_MISSING)
			held[c->held_n++] = (struct mc_held){ e->found,
				e->leaving ? 0 : e->sight };
	}
	return MC_OK;
}

static int compare_numbers(uint32_t x, uint32_t y)
{
	return (x > y) - (x < y);
}

static int by_uid(const void *a, const void *b)
{
	const struct mc_held *x = a;
	const struct mc_held *y = b;

	return compare_numbers(x->uid, y->uid);
}

static int by_sight(const void *a, const void *b)
{
	const struct mc_held *x = a;
	const struct mc_held *y = b;
	int order = compare_numbers(x->sight, y->sight);

	return order ? order : by_uid(a, b);
}

/* The first that is held with such a sight, or where it would be. */
static size_t find_sight(const struct mc_verifying *c, uint32_t sight)
{
	size_t from = 0;
	size_t to = c->held_n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (c->held[middle].sight < sight)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* ---- the others ---- */

static MC_RC list_others(struct twice *t, struct mc_error *err)
{
	struct mc_verifying *c = t->c;
	size_t n = 0;
	size_t held = 0;
	enum mc_rc rc;

	free(t->others);
	t->others = NULL;
	t->others_n = 0;
	rc = mc_target_uids(c->target, &t->others, &n, err);
	if (rc < 0)
		return rc;
	qsort(c->held, c->held_n, sizeof(*c->held), by_uid);
	for (size_t i = 0; i < n; i++) {
		while (held < c->held_n && c->held[held].uid < t->others[i])
			held++;
		if (held == c->held_n || c->held[held].uid != t->others[i])
			t->others[t->others_n++] = t->others[i];
	}
	qsort(c->held, c->held_n, sizeof(*c->held), by_sight);
	return MC_OK;
}

static MC_RC add_pair(
	struct twice *t, const struct pair *pair, struct mc_error *err)
{
	if (t->pairs_n == t->pairs_cap) {
		size_t cap = t->pairs_cap ? t->pairs_cap * 2 : 64;
		struct pair *pairs =
			reallocarray(t->pairs, cap, sizeof(*pairs));

		if (!pairs)
			return mc_fail_memory(err);
		t->pairs = pairs;
		t->pairs_cap = cap;
	}
	t->pairs[t->pairs_n++] = *pair;
	return MC_OK;
}

static MC_RC on_other(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct twice *t = arg;
	struct mc_verifying *c = t->c;
	struct mc_facts facts;
	uint32_t sight;
	size_t from;
	enum mc_rc rc;

	if (seen->flags & MC_DELETED) /* it is about to go */
		return MC_OK;
	rc = mc_identify_octets(&c->id, c->scan, seen->header, &facts, err);
	if (rc < 0)
		return rc;
	sight = mc_muster_sight(&facts, &c->id.key, seen->octets);
	from = find_sight(c, sight);
	for (size_t i = from; rc == MC_OK && i < c->held_n &&
			      i < from + LIKES_MAX && c->held[i].sight == sight;
		i++) {
		struct pair pair = { seen->uid, c->held[i].uid,
			facts.message_id.n == 0 || seen->octets < 0 };

		rc = add_pair(t, &pair, err);
	}
	return rc;
}

/* One pass over what is there. */
static MC_RC find_pairs(struct twice *t, struct mc_error *err)
{
	struct mc_verifying *c = t->c;
	enum mc_rc rc;

	do {
		t->pairs_n = 0;
		rc = mc_verifying_reselect(c, err);
		if (rc == MC_OK)
			rc = list_others(t, err);
		if (rc == MC_OK && t->others_n > 0)
			rc = mc_target_look_at(c->target, t->others,
				t->others_n, on_other, t, err);
	} while (rc < 0 &&
		 mc_verifying_may_try_again(c, c->report->octets, err));
	return rc < 0 ? err->rc : rc;
}

/* ---- pairs compared ---- */

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return compare_numbers(*x, *y);
}

static int by_look(const void *a, const void *b)
{
	const struct look *x = a;
	const struct look *y = b;

	return compare_numbers(x->uid, y->uid);
}

/* Ascending, each once. */
static void sort_uids(struct twice *t)
{
	size_t kept = 0;

	qsort(t->uids, t->uids_n, sizeof(*t->uids), by_number);
	for (size_t i = 0; i < t->uids_n; i++)
		if (kept == 0 || t->uids[i] != t->uids[kept - 1])
			t->uids[kept++] = t->uids[i];
	t->uids_n = kept;
}

static void add_look(
	struct twice *t, uint32_t uid, const struct mc_digest *digest)
{
	if (t->looks_n < LOOKS_MAX)
		t->looks[t->looks_n++] = (struct look){ uid, *digest };
}

static MC_RC on_look(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct twice *t = arg;
	const struct mc_span octets = { (const char *)&seen->octets,
		sizeof(seen->octets) };
	struct mc_facts facts;
	struct mc_digest digest;
	struct mc_hash hash;
	enum mc_rc rc = mc_identify_octets(
		&t->c->id, t->c->scan, seen->header, &facts, err);

	if (rc < 0)
		return rc;
	mc_hash_init(&hash);
	mc_hash_field(&hash, facts.message_id);
	mc_hash_field(&hash, facts.from);
	mc_hash_field(&hash, facts.date);
	mc_hash_field(&hash, facts.subject);
	mc_hash_put(&hash, octets);
	digest = mc_hash_end(&hash);
	add_look(t, seen->uid, &digest);
	return MC_OK;
}

static struct twice *twice_of(struct mc_fetch *fetch)
{
	return (struct twice *)(void *)fetch;
}

static MC_RC fetch_begin(struct mc_fetch *fetch, const struct mc_seen *seen,
	struct mc_error *err)
{
	struct twice *t = twice_of(fetch);

	(void)err;
	t->c->there_uid = seen->uid;
	mc_hash_sink_init(&t->hash);
	return MC_OK;
}

static MC_RC fetch_bytes(
	struct mc_fetch *fetch, struct mc_span bytes, struct mc_error *err)
{
	struct twice *t = twice_of(fetch);
	const struct mc_request *req = t->c->req;

	t->c->report->octets += (int64_t)bytes.n;
	mc_pacer_octets(mc_pace_in(req), (int64_t)bytes.n, &req->monitor);
	return t->hash.sink.put(&t->hash.sink, bytes, err);
}

static MC_RC fetch_end(struct mc_fetch *fetch, struct mc_error *err)
{
	struct twice *t = twice_of(fetch);
	struct mc_digest digest = mc_hash_end(&t->hash.hash);

	(void)err;
	add_look(t, t->c->there_uid, &digest);
	return MC_OK;
}

/* Digests of what t->uids names: of all octets, or of header and size. */
static MC_RC get_looks(struct twice *t, bool octets, struct mc_error *err)
{
	struct mc_verifying *c = t->c;
	int64_t had;
	enum mc_rc rc;

	sort_uids(t);
	do {
		had = c->report->octets;
		t->looks_n = 0;
		rc = mc_verifying_reselect(c, err);
		if (rc == MC_OK && octets)
			rc = mc_target_fetch(
				c->target, t->uids, t->uids_n, &t->fetch, err);
		else if (rc == MC_OK)
			rc = mc_target_look_at(
				c->target, t->uids, t->uids_n, on_look, t, err);
	} while (rc < 0 && mc_verifying_may_try_again(c, had, err));
	qsort(t->looks, t->looks_n, sizeof(*t->looks), by_look);
	return rc < 0 ? err->rc : rc;
}

static bool look_same(const struct twice *t, const struct pair *pair)
{
	const struct look twin = { .uid = pair->twin };
	const struct look ours = { .uid = pair->ours };
	const struct look *a =
		bsearch(&twin, t->looks, t->looks_n, sizeof(twin), by_look);
	const struct look *b =
		bsearch(&ours, t->looks, t->looks_n, sizeof(ours), by_look);

	return a && b && mc_digest_eq(&a->digest, &b->digest);
}

static void want(struct twice *t, const struct pair *pair)
{
	t->uids[t->uids_n++] = pair->twin;
	t->uids[t->uids_n++] = pair->ours;
}

/* A short digest may be the same by chance. */
static MC_RC compare_headers(struct twice *t, const struct pair *pairs,
	size_t n, struct mc_error *err)
{
	enum mc_rc rc;

	t->uids_n = 0;
	for (size_t i = 0; i < n; i++)
		want(t, &pairs[i]);
	rc = get_looks(t, false, err);
	for (size_t i = 0; rc == MC_OK && i < n; i++)
		t->verdict[i] = look_same(t, &pairs[i]) ? ALIKE : OTHERS;
	return rc;
}

static MC_RC compare_octets(struct twice *t, const struct pair *pairs, size_t n,
	struct mc_error *err)
{
	bool deep = t->c->req->deep;
	enum mc_rc rc;

	t->uids_n = 0;
	for (size_t i = 0; i < n; i++)
		if (t->verdict[i] == ALIKE && (deep || pairs[i].odd))
			want(t, &pairs[i]);
	if (t->uids_n == 0)
		return MC_OK;
	rc = get_looks(t, true, err);
	for (size_t i = 0; rc == MC_OK && i < n; i++) {
		if (t->verdict[i] != ALIKE || !(deep || pairs[i].odd))
			continue;
		if (look_same(t, &pairs[i]))
			t->verdict[i] = SAME_OCTETS;
		else if (pairs[i].odd)
			t->verdict[i] = OTHERS;
	}
	return rc;
}

/* ---- told ---- */

/* Which of ours it is; 0: that is not known any more. */
static MC_RC find_placement(struct mc_verifying *c, uint32_t uid,
	int64_t *placement, struct mc_error *err)
{
	const struct mc_expected *e = mc_muster_find_uid(&c->muster, uid);

	*placement = e ? e->placement : 0;
	if (e || c->uidvalidity != c->noted_uidvalidity)
		return MC_OK;
	return mc_placement_at(c->ar, c->box, uid, placement, err);
}

static void tell(const struct mc_verifying *c, const char *text, int64_t id)
{
	mc_emit(&c->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "verify",
					  .id = id,
					  .mailbox = c->name,
					  .text = text });
}

static void tell_pair(struct twice *t, const struct pair *pair,
	enum verdict verdict, const struct mc_placed *placed)
{
	char subject[100];
	char text[400];

	mc_text_escape(subject, sizeof(subject),
		mc_span_str(placed->subject ? placed->subject : ""));
	mc_text_format(text, sizeof(text),
		"message %" PRId64 " (%s) is there twice%s: as UID %" PRIu32
		", which mailcart %s, and as UID %" PRIu32
		", of which it does not know",
		placed->logical, subject,
		verdict == SAME_OCTETS ? ", octet for octet"
		: t->c->req->deep      ? ", with other octets the second time"
				       : ", by header and size",
		pair->ours, placed->state == MC_SENT ? "sent" : "found there",
		pair->twin);
	tell(t->c, text, placed->logical);
}

static MC_RC name_pair(struct twice *t, const struct pair *pair,
	enum verdict verdict, struct mc_error *err)
{
	struct mc_verifying *c = t->c;
	struct mc_placed placed = { 0 };
	int64_t placement = 0;
	enum mc_rc rc = find_placement(c, pair->ours, &placement, err);

	if (rc == MC_OK && placement != 0)
		rc = mc_placement_get(c->ar, placement, &placed, err);
	if (rc == MC_OK)
		tell_pair(t, pair, verdict, &placed);
	mc_placed_dispose(&placed);
	return rc;
}

/* Each twin once, with the one of ours that it is most like. */
static MC_RC count_pairs(struct twice *t, const struct pair *pairs, size_t n,
	struct mc_error *err)
{
	struct mc_verifying *c = t->c;
	enum mc_rc rc = MC_OK;
	size_t next;

	for (size_t i = 0; rc == MC_OK && i < n; i = next) {
		size_t best = i;

		for (next = i + 1;
			next < n && pairs[next].twin == pairs[i].twin; next++)
			if (t->verdict[next] > t->verdict[best])
				best = next;
		if (t->verdict[best] == OTHERS)
			continue;
		c->report->twice++;
		if (c->twice_told++ < TWICE_NAMED)
			rc = name_pair(t, &pairs[best], t->verdict[best], err);
	}
	return rc;
}

static MC_RC compare_pairs(struct twice *t, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t to;

	for (size_t from = 0; rc == MC_OK && from < t->pairs_n; from = to) {
		const struct pair *pairs = t->pairs + from;

		to = from + WINDOW < t->pairs_n ? from + WINDOW : t->pairs_n;
		while (to < t->pairs_n &&
			t->pairs[to].twin == t->pairs[to - 1].twin)
			to++;
		if (mc_cancel_is(t->c->req->monitor.cancel, MC_CANCEL_SOON))
			return mc_fail_cancelled(err);
		rc = compare_headers(t, pairs, to - from, err);
		if (rc == MC_OK)
			rc = compare_octets(t, pairs, to - from, err);
		if (rc == MC_OK)
			rc = count_pairs(t, pairs, to - from, err);
	}
	return rc;
}

static void tell_more(const struct mc_verifying *c, int64_t more)
{
	char text[128];

	mc_text_format(text, sizeof(text), "%" PRId64 " more are there twice%s",
		more, c->req->deep ? "" : ", by header and size");
	tell(c, text, 0);
}

MC_RC mc_verifying_twice(struct mc_verifying *c, struct mc_error *err)
{
	int64_t before = c->report->twice;
	int told = c->twice_told < TWICE_NAMED ? c->twice_told : TWICE_NAMED;
	struct twice *t;
	int64_t more;
	enum mc_rc rc;

	if (!c->twice || c->blind || c->exists <= c->held_n)
		return MC_OK;
	t = calloc(1, sizeof(*t));
	if (!t)
		return mc_fail_memory(err);
	t->c = c;
	t->fetch = (struct mc_fetch){ fetch_begin, fetch_bytes, fetch_end };
	mc_muster_sort_found(&c->muster);
	rc = find_pairs(t, err);
	if (rc == MC_OK)
		rc = compare_pairs(t, err);
	more = c->report->twice - before - (TWICE_NAMED - told);
	if (rc == MC_OK && more > 0)
		tell_more(c, more);
	if (rc < 0 && err->scope == MC_FOLDER) {
		mc_note(&c->req->monitor,
			"%s: whether anything is there twice cannot be seen: "
			"%s",
			c->name, err->text);
		rc = MC_OK;
	}
	free(t->others);
	free(t->pairs);
	free(t);
	return rc;
}
