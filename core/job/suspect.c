/* SPDX-License-Identifier: MIT */
#include "job/suspect.h"

enum {
	/* Alone and the connection lost so often: the message is to blame. */
	LOSSES_MAX = 3,
};

static void set_out(struct mc_suspect *suspect, int64_t placement)
{
	if (suspect->placement == placement)
		return;
	suspect->placement = placement;
	suspect->losses = 0;
	suspect->drop = 0;
}

bool mc_suspect_lost(struct mc_suspect *suspect, int64_t placement)
{
	set_out(suspect, placement);
	if (++suspect->losses < LOSSES_MAX)
		return false;
	set_out(suspect, 0);
	return true;
}

void mc_suspect_drop(
	struct mc_suspect *suspect, int64_t placement, unsigned drop)
{
	set_out(suspect, placement);
	suspect->drop = drop;
}

bool mc_suspect_has_bad(const struct mc_suspect *suspect, int64_t placement)
{
	for (size_t i = 0; i < suspect->bad_n; i++)
		if (suspect->bad[i].placement == placement)
			return true;
	return false;
}

void mc_suspect_add_bad(struct mc_suspect *suspect, int64_t placement,
	int64_t logical, const struct mc_error *why)
{
	if (suspect->bad_n < MC_SUSPECT_BAD_ROOM)
		suspect->bad[suspect->bad_n++] =
			(struct mc_bad){ placement, logical, *why };
}

void mc_suspect_forget(struct mc_suspect *suspect)
{
	suspect->bad_n = 0;
	suspect->row = 0;
}

bool mc_suspect_is_many(const struct mc_suspect *suspect)
{
	return suspect->bad_n >= MC_SUSPECT_BAD_MAX;
}

bool mc_suspect_is_server(const struct mc_suspect *suspect)
{
	return suspect->bad_n == MC_SUSPECT_BAD_ROOM ||
	       suspect->row >= MC_SUSPECT_ROW_MAX;
}

int mc_suspect_tried(const struct mc_suspect *suspect)
{
	return suspect->bad_n > 0 ? (int)suspect->bad_n : suspect->row;
}
