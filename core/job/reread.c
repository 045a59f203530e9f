/* SPDX-License-Identifier: MIT */
#include "job/reread.h"

#include "archive/query.h"
#include "base/limits.h"
#include "job/show.h"
#include "msg/dress.h"

/* Canonical octets come in; those of raw that they become come back to the
 * second sink, and both are digested side by side. */
struct tee {
	struct mc_sink canonical;
	struct mc_sink raw;
	struct mc_reread *to;
	struct mc_undress *undress;
	struct mc_span waiting; /* canonical octets, not digested yet */
};

static MC_RC put_raw(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct tee *tee = (struct tee *)(void *)((char *)sink -
						 offsetof(struct tee, raw));
	struct mc_reread *to = tee->to;

	(void)err;
	to->hash_two(&to->raw.hash, bytes, &to->canonical.hash,
		mc_span_head(tee->waiting, bytes.n));
	to->raw.octets += (int64_t)bytes.n;
	tee->waiting = mc_span_from(tee->waiting, bytes.n);
	return MC_OK;
}

/* Where raw cannot be made, the body is still read to its end. */
static MC_RC put_canonical(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct tee *tee = (struct tee *)(void *)sink;
	struct mc_reread *to = tee->to;

	(void)err;
	tee->waiting = bytes;
	to->canonical.octets += (int64_t)bytes.n;
	if (to->raw.rc == MC_OK)
		to->raw.rc =
			mc_undress_bytes(tee->undress, bytes, &to->raw.err);
	mc_hash_put(&to->canonical.hash, tee->waiting);
	tee->waiting = (struct mc_span){ NULL, 0 };
	return MC_OK;
}

static void begin(struct mc_reread_part *part)
{
	mc_hash_init(&part->hash);
	part->octets = 0;
	part->rc = MC_OK;
}

void mc_reread(struct mc_reread *to, struct mc_archive *ar, int64_t sighting,
	int64_t body)
{
	struct tee tee = {
		.canonical = { put_canonical }, .raw = { put_raw }, .to = to
	};
	struct mc_reread_part *raw = &to->raw;
	struct mc_buf dress;

	begin(&to->canonical);
	begin(raw);
	mc_buf_init(&dress, MC_DRESS_MAX + MC_HEADER_MAX);
	raw->rc = mc_dress_get(ar, sighting, &dress, &raw->err);
	if (raw->rc == MC_OK)
		raw->rc = mc_undress_new(
			&tee.undress, mc_buf_span(&dress), &tee.raw, &raw->err);
	to->canonical.rc =
		mc_show_body(ar, body, &tee.canonical, &to->canonical.err);
	if (to->canonical.rc < 0 && raw->rc == MC_OK) {
		raw->rc = to->canonical.rc;
		raw->err = to->canonical.err;
	}
	if (raw->rc == MC_OK)
		raw->rc = mc_undress_end(tee.undress, &raw->err);
	mc_undress_free(tee.undress);
	mc_buf_dispose(&dress);
}
