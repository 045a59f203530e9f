/* SPDX-License-Identifier: MIT
 * ingest: from one message's octets to what the archive needs to keep it.
 *
 *   raw --scan--> canonical --> pieces
 *            \--> facts --identify--> parcel
 *
 * Knows no archive file.  Holds no message: fixed buffers, the header's facts,
 * the dress, and one piece.
 */
#ifndef MC_JOB_INGEST_H
#define MC_JOB_INGEST_H

#include "job/cargo.h"

struct mc_ingest;

/* A piece of a body of several; what it has is borrowed for the call. */
typedef enum mc_rc mc_crate_fn(
	void *arg, const struct mc_piece *piece, struct mc_error *err);

MC_RC mc_ingest_new(struct mc_ingest **out, mc_crate_fn *fn, void *arg,
	struct mc_error *err);
void mc_ingest_free(struct mc_ingest *in); /* NULL is fine */

/* Begin, bytes ..., then end; begin forgets what was begun before.
 * Fails: scope MESSAGE, if this one cannot be kept; else RUN. */
MC_RC mc_ingest_begin(
	struct mc_ingest *in, enum mc_store store, struct mc_error *err);
MC_RC mc_ingest_bytes(
	struct mc_ingest *in, struct mc_span raw, struct mc_error *err);
/* Fills the parcel of a message that came whole. */
MC_RC mc_ingest_end(
	struct mc_ingest *in, struct mc_parcel *parcel, struct mc_error *err);

#endif
