/* SPDX-License-Identifier: MIT
 * pack: where bodies are cut, and zstd. */
#include "archive/pack.h"

#include <endian.h>
#include <zstd.h>

#include "base/base64.h"
#include "base/limits.h"

enum {
	/* Higher levels gain nothing on mail, most of which is base64. */
	LEVEL = 1,

	/* 2^18 = MC_PIECE_MAX: a wider window could not be filled. */
	WINDOW_LOG = 18,
	/* One more than the level has: text is a little smaller, and sooner. */
	HASH_LOG = 15,

	/* Lines of one length, so many octets of them, are an encoded file
	 * (base64, uuencode), which may be attached to many mails. */
	RUN_MIN = 32 * 1024,
	/* ... none of whose lines is shorter (uuencode has 61 and CRLF), or
	 * longer, so that many fit into a piece. */
	RUN_LINE_MIN = 62,
	RUN_LINE_MAX = 1000,
	/* Fewer lines of one length are chance. */
	RUN_LINES_MIN = 4,

	/* What a frame adds is more than it can take from so little. */
	WORTH_MIN = 64,

	/* Before the frame of MC_CODEC_LINES: groups of a line, octets behind
	 * the last whole line.  Nobody writes longer lines of base64. */
	HEAD = 2,
	GROUPS_MAX = 63,
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
	char *decoded; /* MC_PIECE_MAX */
	char *packed;
	size_t packed_cap;
};

struct mc_unpack {
	ZSTD_DCtx *zstd;
	char *decoded; /* MC_PIECE_MAX */
};

MC_RC mc_pack_new(struct mc_pack **out, struct mc_error *err)
{
	struct mc_pack *pack = calloc(1, sizeof(*pack));

	*out = NULL;
	if (!pack)
		return mc_fail_memory(err);
	pack->packed_cap = HEAD + ZSTD_compressBound(MC_PIECE_MAX);
	pack->packed = malloc(pack->packed_cap);
	pack->decoded = malloc(MC_PIECE_MAX);
	pack->held = malloc(MC_PIECE_MAX);
	pack->zstd = ZSTD_createCCtx();
	if (!pack->packed || !pack->decoded || !pack->held || !pack->zstd) {
		mc_pack_free(pack);
		return mc_fail_memory(err);
	}
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_hashLog, HASH_LOG);
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
	free(pack->decoded);
	free(pack->packed);
	free(pack);
}

/* Makes room for what `octets` may be packed to. */
static MC_RC reserve(struct mc_pack *pack, size_t octets, struct mc_error *err)
{
	size_t need = HEAD + ZSTD_compressBound(octets);
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

/* One frame of bytes, behind room for a head; n: its octets. */
static MC_RC compress(struct mc_pack *pack, struct mc_span bytes, size_t *n,
	struct mc_error *err)
{
	if (reserve(pack, bytes.n, err) < 0)
		return err->rc;
	*n = ZSTD_compress2(pack->zstd, pack->packed + HEAD,
		pack->packed_cap - HEAD, bytes.p, bytes.n);
	if (ZSTD_isError(*n))
		return mc_fail(err, MC_ELIMIT, MC_RUN, 0, "zstd: %s",
			ZSTD_getErrorName(*n));
	return MC_OK;
}

MC_RC mc_pack_whole(struct mc_pack *pack, struct mc_span bytes,
	enum mc_codec *codec, struct mc_span *data, struct mc_error *err)
{
	size_t n = SIZE_MAX;

	if (bytes.n >= WORTH_MIN && compress(pack, bytes, &n, err) < 0)
		return err->rc;
	if (n < bytes.n) {
		*codec = MC_CODEC_ZSTD;
		*data = (struct mc_span){ pack->packed + HEAD, n };
	} else {
		*codec = MC_CODEC_PLAIN;
		*data = bytes;
	}
	return MC_OK;
}

/* Lines of base64, the last of which may be anything, decoded. */
static bool decode_lines(
	struct mc_pack *pack, struct mc_span bytes, size_t line, size_t *n)
{
	size_t groups = line / 4;
	size_t tail = line ? bytes.n % line : 0;
	char *out = pack->decoded;

	if (line % 4 != 2 || groups > GROUPS_MAX || bytes.n < line)
		return false;
	for (; bytes.n > tail; bytes = mc_span_from(bytes, line)) {
		const char *end = bytes.p + 4 * groups;

		if (end[0] != '\r' || end[1] != '\n' ||
			!mc_base64_decode(bytes.p, groups, out))
			return false;
		out += 3 * groups;
	}
	memcpy(out, bytes.p, tail);
	*n = (size_t)(out - pack->decoded) + tail;
	return true;
}

/* The end of a frame is its checksum. */
static int64_t mark_of(struct mc_span data)
{
	uint32_t sum;

	memcpy(&sum, data.p + data.n - sizeof(sum), sizeof(sum));
	return (int64_t)((uint64_t)data.n << 32 | le32toh(sum));
}

static void set_data(
	struct mc_piece *piece, enum mc_codec codec, const char *p, size_t n)
{
	piece->codec = codec;
	piece->data = (struct mc_span){ p, n };
	piece->mark = mark_of(piece->data);
}

/* As lines of base64, if they are, and if it pays: text of other kinds that has
 * nothing but such digits packs better as it is.  MC_DONE: no. */
static MC_RC pack_lines(struct mc_pack *pack, struct mc_span bytes, size_t line,
	struct mc_piece *piece, struct mc_error *err)
{
	unsigned char head[HEAD] = { (unsigned char)(line / 4),
		(unsigned char)(line ? bytes.n % line : 0) };
	struct mc_span decoded = { pack->decoded, 0 };
	size_t plain = 0;
	size_t n = 0;

	if (!decode_lines(pack, bytes, line, &decoded.n))
		return MC_DONE;
	if (compress(pack, decoded, &n, err) < 0)
		return err->rc;
	/* What is packed already is noise. */
	if (n < decoded.n - decoded.n / 16) {
		if (compress(pack, bytes, &plain, err) < 0)
			return err->rc;
		if (plain < n)
			return MC_DONE;
		if (compress(pack, decoded, &n, err) < 0)
			return err->rc;
	}
	memcpy(pack->packed, head, HEAD);
	set_data(piece, MC_CODEC_LINES, pack->packed, HEAD + n);
	return MC_OK;
}

/* line: of what length its lines seem to be; 0: of several.  One of several
 * pieces is always a frame, whose checksum is a mark of what is in it. */
static MC_RC pack_piece(struct mc_pack *pack, struct mc_span bytes, size_t line,
	struct mc_piece *piece, struct mc_error *err)
{
	enum mc_rc rc = pack_lines(pack, bytes, line, piece, err);
	size_t n = 0;

	if (rc == MC_DONE && piece->alone)
		return mc_pack_whole(
			pack, bytes, &piece->codec, &piece->data, err);
	if (rc != MC_DONE)
		return rc;
	rc = compress(pack, bytes, &n, err);
	if (rc == MC_OK)
		set_data(piece, MC_CODEC_ZSTD, pack->packed + HEAD, n);
	return rc;
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
 * body.  line: they are lines of an encoded file, so long; or 0. */
static MC_RC hand_out(struct mc_pack *pack, size_t n, size_t line, bool alone,
	struct mc_error *err)
{
	struct mc_span bytes = { pack->held, n };
	struct mc_piece piece = { .octets = n, .alone = alone };
	enum mc_rc rc = pack_piece(pack, bytes, line, &piece, err);

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
 * in it: that one begins a piece, and its pieces are whole lines. */
static MC_RC make_room(struct mc_pack *pack, struct mc_error *err)
{
	const struct run *run = &pack->run;
	size_t n = pack->held_n;

	if (run->is_long)
		return hand_out(pack, n - n % run->line, run->line, false, err);
	if (run->at > 0 && run->octets >= RUN_LINES_MIN * run->line)
		n = run->at;
	return hand_out(pack, n, 0, false, err);
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
		rc = hand_out(
			pack, last ? pack->held_n : at, was.line, false, err);
	if (!last && line >= RUN_LINE_MIN && line <= RUN_LINE_MAX)
		pack->run = (struct run){
			.line = line, .octets = line, .at = was.is_long ? 0 : at
		};
	return rc;
}

static MC_RC end_line(struct mc_pack *pack, struct mc_error *err)
{
	struct run *run = &pack->run;
	size_t line = pack->line_n;
	size_t before; /* what does not belong to it in the piece */

	pack->line_n = 0;
	if (run->line == 0 || line != run->line)
		return end_run(pack, line, err);
	run->octets += line;
	if (run->is_long || run->octets < RUN_MIN)
		return MC_OK;
	before = run->at > 0 ? run->at : pack->held_n % line;
	run->is_long = true;
	return before > 0 ? hand_out(pack, before, 0, false, err) : MC_OK;
}

/* Octets of the whole lines that go on a long run: nearly all of an encoded
 * file, and nothing is to be decided at any of them. */
static size_t more_of_run(const struct mc_pack *pack, struct mc_span bytes)
{
	if (!pack->run.is_long || pack->line_n > 0)
		return 0;
	return mc_span_even_lines(bytes, pack->run.line);
}

static MC_RC put_line(struct mc_pack *pack, struct mc_span line, bool ends,
	struct mc_error *err)
{
	if (hold(pack, line, err) < 0)
		return err->rc;
	pack->line_n += line.n;
	return ends ? end_line(pack, err) : MC_OK;
}

MC_RC mc_pack_put(
	struct mc_pack *pack, struct mc_span bytes, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (bytes.n > 0 && rc == MC_OK) {
		size_t n = more_of_run(pack, bytes);

		if (n > 0) {
			rc = hold(pack, mc_span_head(bytes, n), err);
			pack->run.octets += n;
		} else {
			size_t text = mc_span_index(bytes, '\n');
			bool ends = text < bytes.n;

			n = text + ends;
			rc = put_line(pack, mc_span_head(bytes, n), ends, err);
		}
		bytes = mc_span_from(bytes, n);
	}
	return rc;
}

MC_RC mc_pack_end(struct mc_pack *pack, struct mc_error *err)
{
	if (pack->held_n == 0)
		return MC_OK;
	return hand_out(pack, pack->held_n,
		pack->run.is_long ? pack->run.line : 0, !pack->cut, err);
}

MC_RC mc_unpack_new(struct mc_unpack **out, struct mc_error *err)
{
	struct mc_unpack *unpack = calloc(1, sizeof(*unpack));

	*out = NULL;
	if (!unpack)
		return mc_fail_memory(err);
	unpack->zstd = ZSTD_createDCtx();
	unpack->decoded = malloc(MC_PIECE_MAX);
	if (!unpack->zstd || !unpack->decoded) {
		mc_unpack_free(unpack);
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
	free(unpack->decoded);
	free(unpack);
}

static bool expand(struct mc_unpack *unpack, struct mc_span frame, char *out,
	size_t octets)
{
	if (ZSTD_getFrameContentSize(frame.p, frame.n) != octets)
		return false;
	return ZSTD_decompressDCtx(
		       unpack->zstd, out, octets, frame.p, frame.n) == octets;
}

/* The way back of decode_lines(). */
static bool encode_lines(
	struct mc_unpack *unpack, struct mc_span data, char *out, size_t octets)
{
	size_t groups = data.n < HEAD ? 0 : (unsigned char)data.p[0];
	size_t tail = data.n < HEAD ? 0 : (unsigned char)data.p[1];
	size_t line = 4 * groups + 2;
	const char *in = unpack->decoded;
	const char *end;

	if (groups == 0 || tail >= octets || (octets - tail) % line != 0 ||
		octets > MC_PIECE_MAX)
		return false;
	end = in + (octets - tail) / line * 3 * groups;
	if (!expand(unpack, mc_span_from(data, HEAD), unpack->decoded,
		    (size_t)(end - in) + tail))
		return false;
	for (; in < end; in += 3 * groups, out += line) {
		mc_base64_encode(in, groups, out);
		out[line - 2] = '\r';
		out[line - 1] = '\n';
	}
	memcpy(out, in, tail);
	return true;
}

bool mc_unpack(struct mc_unpack *unpack, int64_t codec, struct mc_span data,
	char *out, size_t octets)
{
	switch (codec) {
	case MC_CODEC_PLAIN:
		if (data.n != octets)
			return false;
		if (octets > 0)
			memcpy(out, data.p, octets);
		return true;
	case MC_CODEC_ZSTD:
		return expand(unpack, data, out, octets);
	case MC_CODEC_LINES:
		return encode_lines(unpack, data, out, octets);
	default:
		return false;
	}
}
