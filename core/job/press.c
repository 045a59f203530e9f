/* SPDX-License-Identifier: MIT */
#include "job/press.h"

#include <stdlib.h>

struct mc_press {
	mc_crate_fn *fn;
	void *arg;
	struct mc_pack *pack;
	struct mc_piece alone; /* borrowed from the pack */
};

MC_RC mc_press_new(
	struct mc_press **out, mc_crate_fn *fn, void *arg, struct mc_error *err)
{
	struct mc_press *press = calloc(1, sizeof(*press));

	*out = press;
	if (!press)
		return mc_fail_memory(err);
	press->fn = fn;
	press->arg = arg;
	return mc_pack_new(&press->pack, err);
}

void mc_press_free(struct mc_press *press)
{
	if (!press)
		return;
	mc_pack_free(press->pack);
	free(press);
}

/* One of several goes out, one alone waits for the end. */
static enum mc_rc take_piece(
	void *arg, const struct mc_piece *piece, struct mc_error *err)
{
	struct mc_press *press = arg;

	if (!piece->alone)
		return press->fn(press->arg, piece, err);
	press->alone = *piece;
	return MC_OK;
}

/* Into memory of the parcel's own: the pack is for the next message. */
static MC_RC keep_alone(const struct mc_piece *alone, struct mc_parcel *parcel,
	struct mc_error *err)
{
	if (alone->octets == 0)
		return MC_OK;
	parcel->body = malloc(alone->data.n);
	if (!parcel->body)
		return mc_fail_memory(err);
	memcpy(parcel->body, alone->data.p, alone->data.n);
	parcel->alone = *alone;
	parcel->alone.data.p = parcel->body;
	parcel->cargo.load.weight += alone->data.n;
	return MC_OK;
}

MC_RC mc_press_portion(struct mc_press *press, struct mc_portion *portion,
	struct mc_error *err)
{
	const struct mc_span octets = { portion->data, portion->n };
	struct mc_parcel *parcel = portion->last;
	enum mc_rc rc;

	if (portion->first) {
		press->alone = (struct mc_piece){ 0 };
		mc_pack_begin(press->pack, take_piece, press);
	}
	rc = mc_pack_put(press->pack, octets, err);
	if (rc < 0 || !parcel || parcel->state != MC_PARCEL_WHOLE)
		return rc;
	rc = mc_pack_end(press->pack, err);
	return rc == MC_OK ? keep_alone(&press->alone, parcel, err) : rc;
}
