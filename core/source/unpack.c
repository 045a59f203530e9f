/* SPDX-License-Identifier: MIT */
#include "source/unpack.h"

#define ZLIB_CONST

#include <bzlib.h>
#include <limits.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* xz -9 asks for 65 MiB, and nothing else in use for more. */
#define XZ_MEMORY_MAX ((uint64_t)80 * 1024 * 1024)
/* A window of 64 MiB: zstd -19 asks for 8, --long for 128, which is more than
 * a mail mover should take. */
#define ZSTD_WINDOW_LOG_MAX 26

/* RFC 8878 3.1.1.1 */
enum { ZSTD_HEADER_MIN = 5, ZSTD_HEADER_MAX = 18, ZSTD_SKIP_HEADER = 8 };

enum turn { GOING, ENDED, BAD, TOO_BIG, NO_MEMORY };

struct codec {
	const char *name;
	struct mc_span magic;
	/* Both before each stream of the file. */
	bool (*begin)(struct mc_unpacker *unpack);
	enum turn (*run)(struct mc_unpacker *unpack, struct mc_span *in,
		struct mc_unpack_space *out);
	void (*end)(struct mc_unpacker *unpack);
};

struct mc_unpacker {
	const struct codec *codec;
	bool open;   /* inside a stream */
	size_t next; /* zstd: what it wants to see next */
	struct {     /* zstd: of a frame, as far as it has come */
		unsigned char octets[ZSTD_HEADER_MAX];
		size_t n;
	} header;
	union {
		z_stream gzip;
		bz_stream bzip2;
		lzma_stream xz;
		ZSTD_DStream *zstd;
	} as;
};

static unsigned at_most(size_t n)
{
	return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

static void took(struct mc_span *in, size_t n)
{
	if (n > 0)
		*in = (struct mc_span){ in->p + n, in->n - n };
}

static void made(struct mc_unpack_space *out, size_t n)
{
	out->p += n;
	out->n -= n;
}

static bool gzip_begin(struct mc_unpacker *unpack)
{
	unpack->as.gzip = (z_stream){ 0 };
	return inflateInit2(&unpack->as.gzip, 15 + 16) == Z_OK;
}

static enum turn gzip_run(struct mc_unpacker *unpack, struct mc_span *in,
	struct mc_unpack_space *out)
{
	z_stream *z = &unpack->as.gzip;
	unsigned had = at_most(in->n);
	unsigned room = at_most(out->n);
	int ret;

	z->next_in = (const Bytef *)in->p;
	z->avail_in = had;
	z->next_out = (Bytef *)out->p;
	z->avail_out = room;
	ret = inflate(z, Z_NO_FLUSH);
	took(in, had - z->avail_in);
	made(out, room - z->avail_out);
	if (ret == Z_OK || ret == Z_BUF_ERROR)
		return GOING;
	if (ret == Z_MEM_ERROR)
		return NO_MEMORY;
	return ret == Z_STREAM_END ? ENDED : BAD;
}

static void gzip_end(struct mc_unpacker *unpack)
{
	(void)inflateEnd(&unpack->as.gzip);
}

static bool bzip2_begin(struct mc_unpacker *unpack)
{
	unpack->as.bzip2 = (bz_stream){ 0 };
	return BZ2_bzDecompressInit(&unpack->as.bzip2, 0, 0) == BZ_OK;
}

static enum turn bzip2_run(struct mc_unpacker *unpack, struct mc_span *in,
	struct mc_unpack_space *out)
{
	bz_stream *z = &unpack->as.bzip2;
	unsigned had = at_most(in->n);
	unsigned room = at_most(out->n);
	int ret;

	/* It is not written to, only declared so. */
	memcpy(&z->next_in, &in->p, sizeof(z->next_in));
	z->avail_in = had;
	z->next_out = out->p;
	z->avail_out = room;
	ret = BZ2_bzDecompress(z);
	took(in, had - z->avail_in);
	made(out, room - z->avail_out);
	if (ret == BZ_OK)
		return GOING;
	if (ret == BZ_MEM_ERROR)
		return NO_MEMORY;
	return ret == BZ_STREAM_END ? ENDED : BAD;
}

static void bzip2_end(struct mc_unpacker *unpack)
{
	(void)BZ2_bzDecompressEnd(&unpack->as.bzip2);
}

static bool xz_begin(struct mc_unpacker *unpack)
{
	unpack->as.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&unpack->as.xz, XZ_MEMORY_MAX, 0) == LZMA_OK;
}

static enum turn xz_run(struct mc_unpacker *unpack, struct mc_span *in,
	struct mc_unpack_space *out)
{
	lzma_stream *z = &unpack->as.xz;
	lzma_ret ret;

	z->next_in = (const uint8_t *)in->p;
	z->avail_in = in->n;
	z->next_out = (uint8_t *)out->p;
	z->avail_out = out->n;
	ret = lzma_code(z, LZMA_RUN);
	took(in, in->n - z->avail_in);
	made(out, out->n - z->avail_out);
	switch (ret) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return GOING;
	case LZMA_STREAM_END:
		return ENDED;
	case LZMA_MEMLIMIT_ERROR:
		return TOO_BIG;
	case LZMA_MEM_ERROR:
		return NO_MEMORY;
	default:
		return BAD;
	}
}

static void xz_end(struct mc_unpacker *unpack)
{
	lzma_end(&unpack->as.xz);
}

static bool zstd_begin(struct mc_unpacker *unpack)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	unpack->as.zstd = z;
	unpack->header.n = 0;
	if (!z)
		return false;
	unpack->next = ZSTD_initDStream(z);
	return !ZSTD_isError(unpack->next) &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(
		       z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX));
}

/* How long the header is, as far as its first n octets tell; RFC 8878 3.1.1.1,
 * 3.1.2. */
static size_t zstd_header_octets(const unsigned char *h, size_t n)
{
	static const size_t dictionary[] = { 0, 1, 2, 4 };
	static const size_t size[] = { 0, 2, 4, 8 };
	bool single;

	if (n < ZSTD_HEADER_MIN)
		return ZSTD_HEADER_MIN;
	if (memcmp(h + 1, "\x2a\x4d\x18", 3) == 0 && h[0] >> 4 == 5)
		return ZSTD_SKIP_HEADER;
	if (memcmp(h, "\x28\xb5\x2f\xfd", 4) != 0)
		return ZSTD_HEADER_MIN;
	single = h[4] & 0x20;
	n = ZSTD_HEADER_MIN + dictionary[h[4] & 3] + size[h[4] >> 6];
	/* Either a window or, if nothing else does, an octet tells the size. */
	return single && h[4] >> 6 != 0 ? n : n + 1;
}

/* A frame of a format before 0.8, which nobody has written since 2016, and the
 * library takes for one or not depending on how the octets are cut. */
static bool zstd_is_old(const unsigned char *h)
{
	return h[0] != 0x28 && memcmp(h + 1, "\xb5\x2f\xfd", 3) == 0;
}

static enum turn zstd_feed(struct mc_unpacker *unpack, ZSTD_inBuffer *from,
	struct mc_unpack_space *out)
{
	ZSTD_outBuffer to = { out->p, out->n, 0 };
	size_t ret = ZSTD_decompressStream(unpack->as.zstd, &to, from);

	made(out, to.pos);
	if (ret == 0)
		return ENDED;
	if (!ZSTD_isError(ret)) {
		unpack->next = ret;
		return GOING;
	}
	switch (ZSTD_getErrorCode(ret)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return TOO_BIG;
	case ZSTD_error_memory_allocation:
		return NO_MEMORY;
	default:
		return BAD;
	}
}

/* The header goes in whole: of one in two parts libzstd 1.5.4 may take the
 * second for the start of another frame. */
static enum turn zstd_run_header(struct mc_unpacker *unpack, struct mc_span *in,
	struct mc_unpack_space *out)
{
	unsigned char *h = unpack->header.octets;
	ZSTD_inBuffer from = { h, 0, 0 };
	enum turn turn;

	for (; in->n > 0 &&
		unpack->header.n < zstd_header_octets(h, unpack->header.n);
		took(in, 1))
		h[unpack->header.n++] = (unsigned char)in->p[0];
	from.size = unpack->header.n;
	if (from.size < zstd_header_octets(h, from.size))
		return GOING;
	if (zstd_is_old(h))
		return BAD;
	turn = zstd_feed(unpack, &from, out);
	return turn == GOING && from.pos < from.size ? BAD : turn;
}

/* By the block: a call that meets damage forgets what it had made before. */
static enum turn zstd_run(struct mc_unpacker *unpack, struct mc_span *in,
	struct mc_unpack_space *out)
{
	ZSTD_inBuffer from = { in->p,
		in->n < unpack->next ? in->n : unpack->next, 0 };
	enum turn turn;

	if (unpack->header.n <
		zstd_header_octets(unpack->header.octets, unpack->header.n))
		return zstd_run_header(unpack, in, out);
	turn = zstd_feed(unpack, &from, out);
	took(in, from.pos);
	return turn;
}

static void zstd_end(struct mc_unpacker *unpack)
{
	ZSTD_freeDStream(unpack->as.zstd);
}

static const struct codec codecs[] = {
	{ "gzip", { "\x1f\x8b", 2 }, gzip_begin, gzip_run, gzip_end },
	{ "bzip2", { "BZh", 3 }, bzip2_begin, bzip2_run, bzip2_end },
	{ "xz",
		{ "\xfd"
		  "7zXZ\0",
			6 },
		xz_begin, xz_run, xz_end },
	{ "zstd", { "\x28\xb5\x2f\xfd", 4 }, zstd_begin, zstd_run, zstd_end },
};

MC_RC mc_unpacker_new(
	struct mc_unpacker **out, struct mc_span head, struct mc_error *err)
{
	const struct codec *codec = NULL;

	*out = NULL;
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (mc_span_starts(head, codecs[i].magic))
			codec = &codecs[i];
	}
	if (!codec)
		return MC_DONE;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return mc_fail_memory(err);
	(*out)->codec = codec;
	return MC_OK;
}

static void close_stream(struct mc_unpacker *unpack)
{
	if (unpack->open)
		unpack->codec->end(unpack);
	unpack->open = false;
}

void mc_unpacker_free(struct mc_unpacker *unpack)
{
	if (!unpack)
		return;
	close_stream(unpack);
	free(unpack);
}

static enum mc_rc fail(
	const struct mc_unpacker *unpack, enum turn turn, struct mc_error *err)
{
	if (turn == NO_MEMORY)
		return mc_fail_memory(err);
	if (turn == TOO_BIG)
		return mc_fail(err, MC_EINPUT, MC_FOLDER, 0,
			"the %s data asks for more memory than is given to "
			"it; unpack the file first",
			unpack->codec->name);
	return mc_fail(err, MC_EINPUT, MC_FOLDER, 0, "the %s data is %s",
		unpack->codec->name,
		turn == BAD ? "damaged" : "cut: its end is missing");
}

/* Between streams: what tar and tapes pad with is nothing.  MC_DONE: nothing
 * is there. */
static MC_RC next_stream(
	struct mc_unpacker *unpack, struct mc_span *in, struct mc_error *err)
{
	size_t zeros = 0;

	while (zeros < in->n && in->p[zeros] == '\0')
		zeros++;
	took(in, zeros);
	if (in->n == 0)
		return MC_DONE;
	unpack->open = true;
	if (!unpack->codec->begin(unpack))
		return mc_fail_memory(err);
	return MC_OK;
}

MC_RC mc_unpacker_run(struct mc_unpacker *unpack, struct mc_span *in, bool last,
	struct mc_unpack_space *out, struct mc_error *err)
{
	while (out->n > 0) {
		size_t had = in->n;
		size_t room = out->n;
		enum turn turn;

		if (!unpack->open) {
			enum mc_rc rc = next_stream(unpack, in, err);

			if (rc != MC_OK)
				return rc < 0 || last ? rc : MC_OK;
			had = in->n;
		}
		turn = unpack->codec->run(unpack, in, out);
		if (turn == ENDED)
			close_stream(unpack);
		else if (turn != GOING)
			return fail(unpack, turn, err);
		else if (had == in->n && room == out->n && had > 0)
			return fail(unpack, BAD, err);
		else if (had == in->n && room == out->n)
			return last ? fail(unpack, GOING, err) : MC_OK;
	}
	return MC_OK;
}
