/* SPDX-License-Identifier: MIT
 * pack: octets in, packed pieces out, and back.  Cuts and compresses; knows
 * nothing of where pieces are kept.
 *
 * A piece ends where it is full, and before and behind what looks like an
 * encoded file, so that one attached to many mails is the same pieces.
 *
 * One mc_pack is used by one thread at a time, which need not be the one that
 * has the archive; its contexts live as long as it does.
 */
#ifndef MC_ARCHIVE_PACK_H
#define MC_ARCHIVE_PACK_H

#include <stdint.h>

#include "base/buf.h"

enum mc_codec {
	MC_CODEC_PLAIN = 0, /* as is: compression did not pay */
	MC_CODEC_ZSTD = 1,  /* one frame with its size and a checksum */
	/* Lines of base64, all of one length: what they encode, packed, since
	 * digits are a third more than what they stand for, and compression
	 * does not find all of it.  Octets of the data: groups of four digits
	 * a line; how many octets there are behind the last such line; a
	 * frame of the decoded lines and of those. */
	MC_CODEC_LINES = 2,
};

struct mc_piece {
	size_t octets; /* unpacked */
	enum mc_codec codec;
	struct mc_span data; /* borrowed for the call */
	bool alone;          /* it is all there is of a body */
	/* Else: the same for pieces with the same data, and hardly ever for
	 * others, unless somebody wants it so. */
	int64_t mark;
};
typedef enum mc_rc mc_piece_fn(
	void *arg, const struct mc_piece *piece, struct mc_error *err);

struct mc_pack;
MC_RC mc_pack_new(struct mc_pack **out, struct mc_error *err);
void mc_pack_free(struct mc_pack *pack); /* NULL is fine */

/* Starts anew; pieces go to fn.  Up to one piece is held back until end(). */
void mc_pack_begin(struct mc_pack *pack, mc_piece_fn *fn, void *arg);
/* Fails: what fn fails; ELIMIT (memory). */
MC_RC mc_pack_put(
	struct mc_pack *pack, struct mc_span bytes, struct mc_error *err);
MC_RC mc_pack_end(struct mc_pack *pack, struct mc_error *err);

/* Compresses bytes as one; *data is borrowed until the next call or, if
 * compression does not pay, bytes itself. */
MC_RC mc_pack_whole(struct mc_pack *pack, struct mc_span bytes,
	enum mc_codec *codec, struct mc_span *data, struct mc_error *err);

/* The way back trusts nothing: out holds `octets`, which the caller has
 * checked against a maximum.  False: damaged. */
struct mc_unpack;
MC_RC mc_unpack_new(struct mc_unpack **out, struct mc_error *err);
void mc_unpack_free(struct mc_unpack *unpack); /* NULL is fine */
bool mc_unpack(struct mc_unpack *unpack, int64_t codec, struct mc_span data,
	char *out, size_t octets);

#endif
