/* SPDX-License-Identifier: MIT */
#include "job/muster.h"

#include "base/hash.h"
#include "job/wrap.h"
#include "msg/shape.h"

uint64_t mc_muster_key(const struct mc_digest *key)
{
	uint64_t out;

	memcpy(&out, key->octet, sizeof(out));
	return out;
}

/* Of an id what stands before its domain, which some servers change. */
uint64_t mc_muster_mark(struct mc_span message_id, int64_t octets)
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
	return mc_muster_key(&digest);
}

uint32_t mc_muster_sight(const struct mc_facts *facts,
	const struct mc_digest *key, int64_t octets)
{
	struct mc_digest header = *key;
	struct mc_hash hash;
	uint32_t sight;

	/* Such a key is of the body, too, which not every look brings. */
	if (facts->message_id.n == 0) {
		mc_hash_init(&hash);
		mc_hash_field(&hash, facts->from);
		mc_hash_field(&hash, facts->date);
		mc_hash_field(&hash, facts->subject);
		header = mc_hash_end(&hash);
	}
	memcpy(&sight, header.octet, sizeof(sight));
	sight ^= (uint32_t)octets * 2654435761u;
	return sight ? sight : 1;
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
static MC_RC add_altered(struct mc_muster *muster, const struct mc_digest *sent,
	struct mc_error *err)
{
	void *list = muster->altered;
	enum mc_rc rc = grow(&list, &muster->altered_cap, muster->altered_n,
		sizeof(*muster->altered), err);

	muster->altered = list;
	if (rc == MC_OK)
		muster->altered[muster->altered_n++] = *sent;
	return rc;
}

/* What is expected is then the wrapping. */
static MC_RC expect_wrapped(struct mc_muster *muster, struct mc_archive *ar,
	const struct mc_placement_line *line, struct mc_expected *e,
	struct mc_error *err)
{
	struct mc_wrapped what = { line->wrapped, line->logical, line->body };
	char id[MC_WRAP_ID];
	struct mc_digest sent;
	enum mc_rc rc;

	rc = mc_wrap_measure(ar, &what, &e->octets, &sent, err);
	if (rc == MC_OK)
		rc = add_altered(muster, &sent, err);
	mc_wrap_id(id, line->sha256);
	e->wrapped = true;
	e->shape = 0;
	e->mark = mc_muster_mark(mc_span_str(id), e->octets);
	e->altered = (uint32_t)muster->altered_n;
	return rc;
}

MC_RC mc_muster_expect(struct mc_muster *muster, struct mc_archive *ar,
	const struct mc_placement_line *line, struct mc_error *err)
{
	void *list = muster->list;
	bool known = line->sent_sha256 && line->sent_octets > 0;
	int64_t wire = line->octets +
		       (int64_t)mc_shape_tail(line->shape, line->octets).n;
	enum mc_rc rc = grow(
		&list, &muster->cap, muster->n, sizeof(*muster->list), err);

	muster->list = list;
	if (rc == MC_OK && line->sent_sha256 && line->wrapped == MC_WRAP_NOT)
		rc = add_altered(muster, line->sent_sha256, err);
	if (rc < 0)
		return rc;
	muster->list[muster->n++] = (struct mc_expected){ .uid = line->uid,
		.shape = (int32_t)line->shape,
		.placement = line->id,
		.logical = line->logical,
		.body = line->body,
		.octets = line->octets,
		.key = mc_muster_key(
			line->sent_key ? line->sent_key : line->key),
		.altered = line->sent_sha256 ? (uint32_t)muster->altered_n : 0,
		.mark = mc_muster_mark(
			mc_span_str(line->message_id ? line->message_id : ""),
			known ? line->sent_octets : wire),
		.likely = line->likely_octets > 0
				  ? mc_muster_mark((struct mc_span){ 0 },
					    line->likely_octets)
				  : 0 };
	if (line->wrapped != MC_WRAP_NOT)
		rc = expect_wrapped(
			muster, ar, line, &muster->list[muster->n - 1], err);
	return rc;
}

static int by_uid(const void *a, const void *b)
{
	const struct mc_expected *x = a;
	const struct mc_expected *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Those without a UID come first, by key. */
static int by_uid_and_key(const void *a, const void *b)
{
	const struct mc_expected *x = a;
	const struct mc_expected *y = b;
	int order = by_uid(a, b);

	return order ? order : (x->key > y->key) - (x->key < y->key);
}

static void forget_strays(struct mc_muster *muster)
{
	muster->odd_n = 0;
	muster->strays_n = 0;
}

void mc_muster_forget(struct mc_muster *muster)
{
	for (size_t i = 0; i < muster->n; i++) {
		muster->list[i].found = 0;
		muster->list[i].finding = MC_MISSING;
		muster->list[i].leaving = false;
	}
	forget_strays(muster);
}

bool mc_muster_doubt_uids(struct mc_muster *muster)
{
	bool any = false;

	for (size_t i = 0; i < muster->n; i++) {
		struct mc_expected *e = &muster->list[i];

		if (e->finding != MC_MISSING || e->uid == 0)
			continue;
		e->uid = 0;
		e->doubted = true;
		any = true;
	}
	if (!any)
		return false;
	mc_muster_sort(muster, true);
	forget_strays(muster);
	return true;
}

struct mc_expected *mc_muster_find_uid(struct mc_muster *muster, uint32_t uid)
{
	struct mc_expected wanted = { .uid = uid };

	return muster->n ? bsearch(&wanted, muster->list, muster->n,
				   sizeof(wanted), by_uid)
			 : NULL;
}

struct mc_expected *mc_muster_find_key(struct mc_muster *muster, uint64_t key)
{
	struct mc_expected wanted = { .key = key };
	struct mc_expected *hit =
		muster->n ? bsearch(&wanted, muster->list, muster->n,
				    sizeof(wanted), by_uid_and_key)
			  : NULL;

	return hit && hit->finding == MC_MISSING ? hit : NULL;
}

/* They stand first. */
struct mc_expected *mc_muster_find_doubted(
	struct mc_muster *muster, int64_t placement)
{
	for (size_t i = 0; i < muster->n && muster->list[i].uid == 0; i++) {
		struct mc_expected *e = &muster->list[i];

		if (e->doubted && e->placement == placement)
			return e;
	}
	return NULL;
}

void mc_muster_compare(
	struct mc_expected *e, uint32_t uid, int64_t octets, bool same_key)
{
	int64_t wire = e->octets +
		       (int64_t)mc_shape_tail((uint32_t)e->shape, e->octets).n;

	e->found = uid;
	if (same_key && octets == wire)
		e->finding = e->wrapped ? MC_ALTERED : MC_IDENTICAL;
	else /* of what was altered the size is not noted */
		e->finding = same_key && e->altered ? MC_ALTERED : MC_CHANGED;
}

MC_RC mc_muster_stray(struct mc_muster *muster, const struct mc_stray *stray,
	struct mc_error *err)
{
	void *list = muster->strays;
	enum mc_rc rc = grow(&list, &muster->strays_cap, muster->strays_n,
		sizeof(*muster->strays), err);

	muster->strays = list;
	if (rc == MC_OK)
		muster->strays[muster->strays_n++] = *stray;
	return rc;
}

static int by_mark(const void *a, const void *b)
{
	const struct mc_stray *x = a;
	const struct mc_stray *y = b;

	return (x->mark > y->mark) - (x->mark < y->mark);
}

/* The first of that mark that does not answer yet: those that do stand before the
 * others of it.  NULL: none. */
static struct mc_stray *find_stray(struct mc_muster *muster, uint64_t mark)
{
	size_t low = 0;
	size_t high = muster->strays_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct mc_stray *at = &muster->strays[mid];

		if (at->mark < mark || (at->mark == mark && at->uid == 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low < muster->strays_n && muster->strays[low].mark == mark
		       ? &muster->strays[low]
		       : NULL;
}

/* What it has left; NULL: nothing.  sure: of its two marks one alone is there. */
static struct mc_stray *find_left(
	struct mc_muster *muster, const struct mc_expected *e, bool sure)
{
	struct mc_stray *hit = find_stray(muster, e->mark);
	struct mc_stray *likely =
		e->likely ? find_stray(muster, e->likely) : NULL;

	if (sure && hit && likely)
		return NULL;
	return hit ? hit : likely;
}

static void settle(struct mc_muster *muster, bool sure)
{
	for (size_t i = 0; i < muster->n; i++) {
		struct mc_expected *e = &muster->list[i];
		struct mc_stray *hit;

		if (e->finding != MC_MISSING || e->uid != 0 || e->doubted)
			continue;
		hit = find_left(muster, e, sure);
		if (!hit)
			continue;
		e->found = hit->uid;
		e->sight = hit->sight;
		e->finding = e->wrapped ? MC_ALTERED : MC_CHANGED;
		hit->uid = 0;
	}
}

/* What has no UID and is missing by its key, and has left its mark; first those
 * that no other mark is left for.  One whose UID was told and is gone, and that is
 * under no other as it was, is gone. */
void mc_muster_settle(struct mc_muster *muster)
{
	if (muster->strays_n == 0)
		return;
	qsort(muster->strays, muster->strays_n, sizeof(*muster->strays),
		by_mark);
	settle(muster, true);
	settle(muster, false);
}

MC_RC mc_muster_odd(
	struct mc_muster *muster, uint32_t uid, struct mc_error *err)
{
	void *list = muster->odd;
	enum mc_rc rc = grow(&list, &muster->odd_cap, muster->odd_n,
		sizeof(*muster->odd), err);

	muster->odd = list;
	if (rc == MC_OK)
		muster->odd[muster->odd_n++] = uid;
	return rc;
}

void mc_muster_sort(struct mc_muster *muster, bool valid)
{
	for (size_t i = 0; !valid && i < muster->n; i++)
		muster->list[i].uid = 0;
	if (muster->n > 0)
		qsort(muster->list, muster->n, sizeof(*muster->list),
			by_uid_and_key);
}

void mc_muster_sort_found(struct mc_muster *muster)
{
	for (size_t i = 0; i < muster->n; i++)
		muster->list[i].uid = muster->list[i].found;
	mc_muster_sort(muster, true);
}

void mc_muster_clear(struct mc_muster *muster)
{
	muster->n = 0;
	muster->altered_n = 0;
	forget_strays(muster);
}

void mc_muster_dispose(struct mc_muster *muster)
{
	free(muster->list);
	free(muster->altered);
	free(muster->odd);
	free(muster->strays);
}
