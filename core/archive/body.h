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
	int64_t variant; /* of which it is; 0: of none yet */
};

/* A body arrives in pieces, as mc_pack cuts it; only its end, which is told its
 * digest and size, says whether it is new.  Then it is added or aborted, which
 * (like begin) forgets what was written since begin.  One body at a time; inside
 * a batch.  What knows its message says mc_message_put() (sighting.h). */
MC_RC mc_body_begin(struct mc_archive *ar, struct mc_error *err);
/* The next one.  What it has is borrowed for the call; if it is alone, until it
 * is added or aborted. */
MC_RC mc_body_piece(struct mc_archive *ar, const struct mc_piece *piece,
	struct mc_error *err);
/* Fails: EDB scope MESSAGE (other octets came than are told). */
MC_RC mc_body_check(const struct mc_archive *ar, const struct mc_body *body,
	struct mc_error *err);
/* Fills body->id if the variant has such a body; MC_DONE: it is new. */
MC_RC mc_body_find(
	struct mc_archive *ar, struct mc_body *body, struct mc_error *err);
MC_RC mc_body_add(
	struct mc_archive *ar, struct mc_body *body, struct mc_error *err);
void mc_body_abort(struct mc_archive *ar);

/* Reads a body piece by piece.  Several readers may be open. */
struct mc_body_reader;
MC_RC mc_body_open(struct mc_body_reader **out, struct mc_archive *ar,
	int64_t id, struct mc_error *err);
/* What it reads; borrowed until it is closed. */
const struct mc_body *mc_body_facts(const struct mc_body_reader *reader);
/* bytes: borrowed until the next call; MC_DONE behind the last.
 * Fails: EDB scope MESSAGE ("damaged: ..."). */
MC_RC mc_body_read(struct mc_body_reader *reader, struct mc_span *bytes,
	struct mc_error *err);
void mc_body_close(struct mc_body_reader *reader); /* NULL is fine */

/* Fails: EDB scope MESSAGE: whoever asks has the id from the archive. */
MC_RC mc_body_get(struct mc_archive *ar, int64_t id, struct mc_body *out,
	struct mc_error *err);

#endif
