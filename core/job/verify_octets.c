/* SPDX-License-Identifier: MIT
 * verify_octets: messages fetched back, and compared with what was sent. */
#include "job/verifying.h"

#include "job/pacer.h"
#include "msg/shape.h"

enum { FETCH_BATCH = 256 };

static struct mc_verifying *verifying_of(struct mc_fetch *fetch)
{
	return (struct mc_verifying *)(void *)fetch;
}

static MC_RC fetch_begin(struct mc_fetch *fetch, const struct mc_seen *seen,
	struct mc_error *err)
{
	struct mc_verifying *c = verifying_of(fetch);

	c->now = mc_muster_find_uid(&c->muster, seen->uid);
	c->there_uid = seen->uid;
	c->there_octets = seen->octets;
	mc_hash_sink_init(&c->hash);
	return mc_scan_begin(c->scan, MC_STORE_WIRE, NULL, err);
}

static MC_RC fetch_bytes(
	struct mc_fetch *fetch, struct mc_span bytes, struct mc_error *err)
{
	struct mc_verifying *c = verifying_of(fetch);
	enum mc_rc rc = c->hash.sink.put(&c->hash.sink, bytes, err);

	c->report->octets += (int64_t)bytes.n;
	mc_pacer_octets(mc_pace_in(c->req), (int64_t)bytes.n, &c->req->monitor);
	return rc == MC_OK ? mc_scan_bytes(c->scan, bytes, err) : rc;
}

/* The octets that were to be sent: canonical and what any server needs. */
static MC_RC wire_digest(struct mc_verifying *c, const struct mc_expected *e,
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

/* One that nothing but its content identifies. */
static MC_RC find_odd(struct mc_verifying *c, const struct mc_facts *facts,
	struct mc_error *err)
{
	const struct mc_stray stray = {
		.mark = mc_muster_mark((struct mc_span){ 0 }, c->there_octets),
		.uid = c->there_uid,
		.sight = mc_muster_sight(facts, &c->id.key, c->there_octets)
	};

	c->now = mc_muster_find_key(&c->muster, mc_muster_key(&c->id.key));
	if (!c->now)
		return mc_muster_stray(&c->muster, &stray, err);
	c->now->found = stray.uid;
	c->now->sight = stray.sight;
	return MC_OK;
}

static MC_RC fetch_end(struct mc_fetch *fetch, struct mc_error *err)
{
	struct mc_verifying *c = verifying_of(fetch);
	struct mc_digest there = mc_hash_end(&c->hash.hash);
	struct mc_digest sent;
	struct mc_facts facts;
	enum mc_rc rc = mc_scan_end(c->scan, &facts, err);

	if (rc == MC_OK)
		rc = mc_identify(&c->id, &facts, err);
	if (rc < 0)
		return rc;
	if (!c->now) {
		rc = find_odd(c, &facts, err);
		if (rc < 0 || !c->now)
			return rc;
	}
	rc = wire_digest(c, c->now, &sent, err);
	/* With what the archive cannot read again nothing can be compared: it
	 * is told as damaged there, and the others go on. */
	if (rc < 0 && err->scope == MC_MESSAGE) {
		c->now->finding = MC_CHANGED;
		return MC_OK;
	}
	if (rc < 0)
		return rc;
	if (mc_digest_eq(&there, &sent))
		c->now->finding = MC_IDENTICAL;
	else if (c->now->altered &&
		 mc_digest_eq(&there, &c->muster.altered[c->now->altered - 1]))
		c->now->finding = MC_ALTERED;
	else
		c->now->finding = MC_CHANGED;
	return MC_OK;
}

static MC_RC fetch_window(struct mc_verifying *c, const uint32_t *uids,
	size_t n, struct mc_error *err)
{
	int64_t had;
	enum mc_rc rc;

	do {
		had = c->report->octets;
		rc = mc_verifying_reselect(c, err);
		if (rc == MC_OK)
			rc = mc_target_fetch(
				c->target, uids, n, &c->fetch, err);
	} while (rc < 0 && mc_verifying_may_try_again(c, had, err));
	return rc < 0 ? err->rc : rc;
}

/* Fetches what uids names, a window at a time. */
static MC_RC fetch_uids(struct mc_verifying *c, const uint32_t *uids, size_t n,
	struct mc_error *err)
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
static MC_RC fetch_expected(struct mc_verifying *c, struct mc_error *err)
{
	uint32_t *uids = calloc(c->muster.n + 1, sizeof(*uids));
	size_t n = 0;
	enum mc_rc rc;

	if (!uids)
		return mc_fail_memory(err);
	mc_muster_sort_found(&c->muster);
	for (size_t i = 0; i < c->muster.n; i++) {
		if (!c->muster.list[i].uid)
			continue;
		uids[n++] = c->muster.list[i].uid;
		c->muster.list[i].finding =
			MC_MISSING; /* unless its octets come */
	}
	rc = fetch_uids(c, uids, n, err);
	free(uids);
	return rc;
}

MC_RC mc_verifying_octets(struct mc_verifying *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	c->fetch = (struct mc_fetch){ fetch_begin, fetch_bytes, fetch_end };
	if (c->muster.odd_n > 0)
		rc = fetch_uids(c, c->muster.odd, c->muster.odd_n, err);
	mc_muster_settle(&c->muster);
	if (rc == MC_OK && c->req->deep && c->muster.n > 0)
		rc = fetch_expected(c, err);
	return rc;
}
