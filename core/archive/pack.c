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

	/* Lines of one length, so many octets of them, are an encoded file
	 * (base64, uuencode), which may be attached to many mails. */
	RUN_MIN = 32 * 1024,
	/* ... none of whose lines is shorter (uuencode has 61 and CRLF). */
	RUN_LINE_MIN = 62,
	/* Fewer lines of one length are chance. */
	RUN_LINES_MIN = 4,
};

/* Lines of one length, one behind another. */
struct run {
	size_t line;   /* length of each, CRLF included; 0: no run */
	size_t octets; /* of all so far */
	size_t at; /* where in the piece it began; 0: at its start or before */
	bool is_long; /* RUN_MIN or more: a piece began where it began */
};

struct mc_pack {
	ZSTD_CCtx *zstd;
	mc_piece_fn *fn;
	void *arg;
	char *held; /* MC_PIECE_MAX: octets of the piece that is filling */
	size_t held_n;
	bool cut;      /* a piece went out before */
	size_t line_n; /* octets of the line that is coming */
	struct run run;
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
	pack->line_n = 0;
	pack->run = (struct run){ 0 };
}

/* Hands out the first n octets of what is held.  alone: they are the whole
 * body. */
static MC_RC hand_out(
	struct mc_pack *pack, size_t n, bool alone, struct mc_error *err)
{
	struct mc_span bytes = { pack->held, n };
	struct mc_piece piece = { .octets = n };
	struct mc_digest sha256;
	enum mc_rc rc;

	if (!alone) {
		sha256 = mc_digest_of(bytes);
		piece.sha256 = &sha256;
	}
	rc = mc_pack_whole(pack, bytes, &piece.codec, &piece.data, err);
	if (rc < 0)
		return rc;
	rc = pack->fn(pack->arg, &piece, err);
	pack->held_n -= n;
	memmove(pack->held, pack->held + n, pack->held_n);
	pack->run.at = pack->run.at > n ? pack->run.at - n : 0;
	pack->cut = true;
	return rc;
}

/* A piece ends where it is full, unless what may be an encoded file has begun
 * in it: that one begins a piece. */
static MC_RC make_room(struct mc_pack *pack, struct mc_error *err)
{
	const struct run *run = &pack->run;
	bool begun = run->at > 0 && !run->is_long &&
		     run->octets >= RUN_LINES_MIN * run->line;

	return hand_out(pack, begun ? run->at : pack->held_n, false, err);
}

static MC_RC hold(
	struct mc_pack *pack, struct mc_span bytes, struct mc_error *err)
{
	while (bytes.n > 0) {
		struct mc_span some;

		if (pack->held_n == MC_PIECE_MAX && make_room(pack, err) < 0)
			return err->rc;
		some = mc_span_head(bytes, MC_PIECE_MAX - pack->held_n);
		memcpy(pack->held + pack->held_n, some.p, some.n);
		pack->held_n += some.n;
		bytes = mc_span_from(bytes, some.n);
	}
	return MC_OK;
}

/* A line of another length ends a run: behind it if it is the shorter last one
 * of a file, else before it. */
static MC_RC end_run(struct mc_pack *pack, size_t line, struct mc_error *err)
{
	struct run was = pack->run;
	bool last = was.is_long && line > 2 && line < was.line;
	size_t at = pack->held_n > line ? pack->held_n - line : 0;
	enum mc_rc rc = MC_OK;

	pack->run = (struct run){ 0 };
	if (was.is_long && (last || at > 0))
		rc = hand_out(pack, last ? pack->held_n : at, false, err);
	if (!last && line >= RUN_LINE_MIN)
		pack->run = (struct run){
			.line = line, .octets = line, .at = was.is_long ? 0 : at
		};
	return rc;
}

static MC_RC end_line(struct mc_pack *pack, struct mc_error *err)
{
	struct run *run = &pack->run;
	size_t line = pack->line_n;

	pack->line_n = 0;
	if (line != run->line)
		return end_run(pack, line, err);
	run->octets += line;
	if (run->is_long || run->octets < RUN_MIN)
		return MC_OK;
	run->is_long = true;
	return run->at > 0 ? hand_out(pack, run->at, false, err) : MC_OK;
}

MC_RC mc_pack_put(
	struct mc_pack *pack, struct mc_span bytes, struct mc_error *err)
{
	while (bytes.n > 0) {
		const char *end = memchr(bytes.p, '\n', bytes.n);
		size_t n = end ? (size_t)(end - bytes.p) + 1 : bytes.n;

		if (hold(pack, mc_span_head(bytes, n), err) < 0)
			return err->rc;
		pack->line_n += n;
		if (end && end_line(pack, err) < 0)
			return err->rc;
		bytes = mc_span_from(bytes, n);
	}
	return MC_OK;
}

MC_RC mc_pack_end(struct mc_pack *pack, struct mc_error *err)
{
	if (pack->held_n == 0)
		return MC_OK;
	return hand_out(pack, pack->held_n, !pack->cut, err);
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
