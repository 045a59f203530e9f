/* SPDX-License-Identifier: MIT
 * ingest: from one message's octets to what the archive needs to know of it.
 *
 *   raw --scan--> canonical (press.h)
 *            \--> facts --identify--> parcel
 *
 * Knows no archive file.  Holds no message: fixed buffers, the header's facts,
 * and the dress.
 */
#ifndef MC_JOB_INGEST_H
#define MC_JOB_INGEST_H

#include "job/cargo.h"

struct mc_ingest;

/* Canonical octets, borrowed for the call. */
typedef enum mc_rc mc_canonical_fn(
	void *arg, struct mc_span octets, struct mc_error *err);

MC_RC mc_ingest_new(struct mc_ingest **out, mc_canonical_fn *fn, void *arg,
	struct mc_error *err);
void mc_ingest_free(struct mc_ingest *in); /* NULL is fine */

/* Begin, bytes ..., then end; begin forgets what was begun before.
 * Fails: scope MESSAGE, if this one cannot be kept; else RUN. */
MC_RC mc_ingest_begin(
	struct mc_ingest *in, enum mc_store store, struct mc_error *err);
MC_RC mc_ingest_bytes(
	struct mc_ingest *in, struct mc_span raw, struct mc_error *err);
/* Fills the parcel of a message that came whole, but for its body. */
MC_RC mc_ingest_end(
	struct mc_ingest *in, struct mc_parcel *parcel, struct mc_error *err);

#endif
