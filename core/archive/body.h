/* SPDX-License-Identifier: MIT
 * body: canonical octets, stored once by SHA-256, in compressed pieces of at
 * most MC_PIECE_MAX, so that none is ever whole in memory. */
#ifndef MC_ARCHIVE_BODY_H
#define MC_ARCHIVE_BODY_H

#include "archive/archive.h"
#include "archive/pack.h"

/* What is known of a body beside its octets. */
struct mc_body {
	int64_t id;
	int64_t octets;
	struct mc_digest sha256;
	uint32_t shape; /* enum mc_shape: opaque bits here */
	int32_t longest_line;
};

/* A body arrives in pieces, as mc_pack cuts it; only finish, which is told its
 * digest and facts, decides whether it is new.  One body at a time; inside a
 * batch.  abort (or begin) forgets what was written since begin. */
MC_RC mc_body_begin(struct mc_archive *ar, struct mc_error *err);
/* The next of several.  What it has is borrowed for the call. */
MC_RC mc_body_piece(struct mc_archive *ar, const struct mc_piece *piece,
	struct mc_error *err);
/* alone: the piece that is all of it, if none was written; or NULL.
 * Fills body->id; is_new: false if the same octets were known. */
MC_RC mc_body_finish(struct mc_archive *ar, struct mc_body *body,
	const struct mc_piece *alone, bool *is_new, struct mc_error *err);
void mc_body_abort(struct mc_archive *ar);

/* Reads a body piece by piece.  Several readers may be open. */
struct mc_body_reader;
MC_RC mc_body_open(struct mc_body_reader **out, struct mc_archive *ar,
	int64_t id, struct mc_error *err);
/* bytes: borrowed until the next call; MC_DONE behind the last.
 * Fails: EDB scope MESSAGE ("damaged: ..."). */
MC_RC mc_body_read(struct mc_body_reader *reader, struct mc_span *bytes,
	struct mc_error *err);
void mc_body_close(struct mc_body_reader *reader); /* NULL is fine */

/* Fails: EDB scope MESSAGE: whoever asks has the id from the archive. */
MC_RC mc_body_get(struct mc_archive *ar, int64_t id, struct mc_body *out,
	struct mc_error *err);

#endif
