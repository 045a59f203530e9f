/* SPDX-License-Identifier: MIT */
#include "net/deflate.h"

#include <assert.h>
#include <limits.h>
#define ZLIB_CONST /* what it packs it does not change */
#include <zlib.h>

enum {
	/* As much as the stream above may hold of what came early. */
	ROOM = 64 * 1024,
	/* Packed at once, each time with a mark behind it (5 octets) up to
	 * which the other side can read. */
	PORTION = 64 * 1024,
	/* zlib's worst case, and the mark. */
	PACKED_MAX = PORTION + PORTION / 1000 + 128,
	/* No zlib header, the largest window: what RFC 4978 wants. */
	RAW_WINDOW = -15,
	MEMORY_LEVEL = 8,
};

struct mc_deflate {
	z_stream out;
	z_stream in;
	bool out_ready;
	bool in_ready;
	bool more; /* unpacked octets may wait within zlib */
	Bytef room[ROOM];
	Bytef packed[PACKED_MAX];
};

MC_RC mc_deflate_new(
	struct mc_deflate **out, struct mc_span early, struct mc_error *err)
{
	struct mc_deflate *z = calloc(1, sizeof(*z));

	*out = NULL;
	if (!z)
		return mc_fail_memory(err);
	/* The least level: a link that is slow enough to need it waits for
	 * octets, and mail is half base64, of which no level makes much. */
	z->out_ready =
		deflateInit2(&z->out, Z_BEST_SPEED, Z_DEFLATED, RAW_WINDOW,
			MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
	z->in_ready = inflateInit2(&z->in, RAW_WINDOW) == Z_OK;
	if (!z->out_ready || !z->in_ready) {
		mc_deflate_free(z);
		return mc_fail_memory(err);
	}
	assert(early.n <= ROOM);
	if (early.n > 0)
		memcpy(z->room, early.p, early.n);
	mc_deflate_came(z, early.n);
	*out = z;
	return MC_OK;
}

void mc_deflate_free(struct mc_deflate *z)
{
	if (!z)
		return;
	if (z->out_ready)
		deflateEnd(&z->out);
	if (z->in_ready)
		inflateEnd(&z->in);
	free(z);
}

void mc_deflate_pack(struct mc_deflate *z, struct mc_span bytes, size_t *taken,
	struct mc_span *out)
{
	struct mc_span portion = mc_span_head(bytes, PORTION);
	int code;

	z->out.next_in = (const Bytef *)portion.p;
	z->out.avail_in = (uInt)portion.n;
	z->out.next_out = z->packed;
	z->out.avail_out = PACKED_MAX;
	code = deflate(&z->out, Z_SYNC_FLUSH);
	assert(code == Z_OK && z->out.avail_in == 0 && z->out.avail_out > 0);
	(void)code;
	*taken = portion.n;
	*out = (struct mc_span){ (const char *)z->packed,
		PACKED_MAX - z->out.avail_out };
}

char *mc_deflate_room(struct mc_deflate *z, size_t *size)
{
	assert(z->in.avail_in == 0);
	*size = ROOM;
	return (char *)z->room;
}

void mc_deflate_came(struct mc_deflate *z, size_t n)
{
	z->in.next_in = z->room;
	z->in.avail_in = (uInt)n;
}

MC_RC mc_deflate_unpack(struct mc_deflate *z, void *to, size_t max, size_t *n,
	struct mc_error *err)
{
	int code;

	*n = 0;
	if (z->in.avail_in == 0 && !z->more)
		return MC_OK;
	z->in.next_out = to;
	z->in.avail_out = max < UINT_MAX ? (uInt)max : UINT_MAX;
	max = z->in.avail_out;
	code = inflate(&z->in, Z_SYNC_FLUSH);
	if (code != Z_OK && code != Z_BUF_ERROR)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"what the server compressed cannot be read");
	*n = max - z->in.avail_out;
	z->more = z->in.avail_out == 0;
	return MC_OK;
}
