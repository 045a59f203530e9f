/* SPDX-License-Identifier: MIT */
#include "source/passive.h"

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	(void)rx;
	(void)folder;
	(void)err;
	return MC_OK;
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	(void)rx;
	(void)item;
	(void)err;
	return MC_DONE;
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	(void)rx;
	(void)item;
	(void)err;
	return MC_OK;
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	(void)rx;
	(void)bytes;
	(void)err;
	return MC_OK;
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	(void)rx;
	(void)item;
	(void)why;
	(void)err;
	return MC_OK;
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	(void)rx;
	(void)offset;
	(void)total;
	(void)name;
	(void)octets;
	(void)err;
	return MC_OK;
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	(void)rx;
	(void)folder;
	(void)why;
	(void)err;
	return MC_OK;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	(void)rx;
	(void)err;
	return MC_OK;
}

const struct mc_receiver mc_receiver_passive = { .folder = on_folder,
	.want = on_want,
	.begin = on_begin,
	.bytes = on_bytes,
	.end = on_end,
	.gap = on_gap,
	.folder_end = on_folder_end,
	.flush = on_flush };
