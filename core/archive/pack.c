/* SPDX-License-Identifier: MIT
 * pack: where bodies are cut, and zstd. */
#include "archive/pack.h"

#include <zstd.h>

#include "base/limits.h"

enum {
	/* Higher levels gain nothing on mail, most of which is base64. */
	LEVEL = 1,

	/* 2^18 = MC_PIECE_MAX: a wider window could not be filled. */
	WINDOW_LOG = 18,
};

struct mc_pack {
	ZSTD_CCtx *zstd;
	mc_piece_fn *fn;
	void *arg;
	char *held; /* MC_PIECE_MAX: octets of the piece that is filling */
	size_t held_n;
	bool cut; /* a piece went out before */
	char *packed;
	size_t packed_cap;
};

struct mc_unpack {
	ZSTD_DCtx *zstd;
};

MC_RC mc_pack_new(struct mc_pack **out, struct mc_error *err)
{
	struct mc_pack *pack = calloc(1, sizeof(*pack));

	*out = NULL;
	if (!pack)
		return mc_fail_memory(err);
	pack->packed_cap = ZSTD_compressBound(MC_PIECE_MAX);
	pack->packed = malloc(pack->packed_cap);
	pack->held = malloc(MC_PIECE_MAX);
	pack->zstd = ZSTD_createCCtx();
	if (!pack->packed || !pack->held || !pack->zstd) {
		mc_pack_free(pack);
		return mc_fail_memory(err);
	}
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_checksumFlag, 1);
	*out = pack;
	return MC_OK;
}

void mc_pack_free(struct mc_pack *pack)
{
	if (!pack)
		return;
	ZSTD_freeCCtx(pack->zstd);
	free(pack->held);
	free(pack->packed);
	free(pack);
}

/* Makes room for what `octets` may be packed to. */
static MC_RC reserve(struct mc_pack *pack, size_t octets, struct mc_error *err)
{
	size_t need = ZSTD_compressBound(octets);
	char *packed;

	if (need <= pack->packed_cap)
		return MC_OK;
	packed = realloc(pack->packed, need);
	if (!packed)
		return mc_fail_memory(err);
	pack->packed = packed;
	pack->packed_cap = need;
	return MC_OK;
}

MC_RC mc_pack_whole(struct mc_pack *pack, struct mc_span bytes,
	enum mc_codec *codec, struct mc_span *data, struct mc_error *err)
{
	size_t n;

	if (reserve(pack, bytes.n, err) < 0)
		return err->rc;
	n = ZSTD_compress2(
		pack->zstd, pack->packed, pack->packed_cap, bytes.p, bytes.n);
	if (ZSTD_isError(n))
		return mc_fail(err, MC_ELIMIT, MC_RUN, 0, "zstd: %s",
			ZSTD_getErrorName(n));
	if (n < bytes.n) {
		*codec = MC_CODEC_ZSTD;
		*data = (struct mc_span){ pack->packed, n };
	} else {
		*codec = MC_CODEC_PLAIN;
		*data = bytes;
	}
	return MC_OK;
}

void mc_pack_begin(struct mc_pack *pack, mc_piece_fn *fn, void *arg)
{
	pack->fn = fn;
	pack->arg = arg;
	pack->held_n = 0;
	pack->cut = false;
}

/* Hands out what is held.  alone: it is the whole body. */
static MC_RC hand_out(struct mc_pack *pack, bool alone, struct mc_error *err)
{
	struct mc_span bytes = { pack->held, pack->held_n };
	struct mc_piece piece = { .octets = bytes.n };
	struct mc_digest sha256;
	enum mc_rc rc;

	if (!alone) {
		sha256 = mc_digest_of(bytes);
		piece.sha256 = &sha256;
	}
	rc = mc_pack_whole(pack, bytes, &piece.codec, &piece.data, err);
	if (rc < 0)
		return rc;
	pack->held_n = 0;
	pack->cut = true;
	return pack->fn(pack->arg, &piece, err);
}

/* The cutting policy: a piece ends where it is full.  Whatever takes its place
 * decides here, on the octets held; readers do not care. */
static bool is_full(const struct mc_pack *pack)
{
	return pack->held_n == MC_PIECE_MAX;
}

MC_RC mc_pack_put(
	struct mc_pack *pack, struct mc_span bytes, struct mc_error *err)
{
	while (bytes.n > 0) {
		struct mc_span some;

		if (is_full(pack) && hand_out(pack, false, err) < 0)
			return err->rc;
		some = mc_span_head(bytes, MC_PIECE_MAX - pack->held_n);
		memcpy(pack->held + pack->held_n, some.p, some.n);
		pack->held_n += some.n;
		bytes = mc_span_from(bytes, some.n);
	}
	return MC_OK;
}

MC_RC mc_pack_end(struct mc_pack *pack, struct mc_error *err)
{
	if (pack->held_n == 0)
		return MC_OK;
	return hand_out(pack, !pack->cut, err);
}

MC_RC mc_unpack_new(struct mc_unpack **out, struct mc_error *err)
{
	struct mc_unpack *unpack = calloc(1, sizeof(*unpack));

	*out = NULL;
	if (!unpack)
		return mc_fail_memory(err);
	unpack->zstd = ZSTD_createDCtx();
	if (!unpack->zstd) {
		free(unpack);
		return mc_fail_memory(err);
	}
	*out = unpack;
	return MC_OK;
}

void mc_unpack_free(struct mc_unpack *unpack)
{
	if (!unpack)
		return;
	ZSTD_freeDCtx(unpack->zstd);
	free(unpack);
}

bool mc_unpack(struct mc_unpack *unpack, int64_t codec, struct mc_span data,
	char *out, size_t octets)
{
	if (codec == MC_CODEC_PLAIN) {
		if (data.n != octets)
			return false;
		if (octets > 0)
			memcpy(out, data.p, octets);
		return true;
	}
	if (codec != MC_CODEC_ZSTD)
		return false;
	if (ZSTD_getFrameContentSize(data.p, data.n) != octets)
		return false;
	return ZSTD_decompressDCtx(unpack->zstd, out, octets, data.p, data.n) ==
	       octets;
}
