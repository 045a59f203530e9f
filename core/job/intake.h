/* SPDX-License-Identifier: MIT
 * intake: messages on their way into the archive, by four threads, so that
 * network, processors and disk do not wait for one another.
 *
 *   reader --raw--> scanner --canonical--> packer --crates, parcels--> writer
 *   the caller      ingest.h               press.h                     land.h
 *
 * The writer writes in bursts: what has gathered goes into the archive as one
 * batch, and no batch is open while it waits for more.
 * All functions are the reader's.  It may use the archive itself only while
 * nothing is under way: before the first message, and behind a sync.  A batch
 * that it leaves open is the next burst's.
 */
#ifndef MC_JOB_INTAKE_H
#define MC_JOB_INTAKE_H

#include "job/cargo.h"
#include "job/land.h"

struct mc_intake;

/* land: the writer's from here on; the reader may change place, own and resumed
 * while nothing is under way.  awaited: somebody waits for the first message, so
 * that no burst gathers before it is committed.
 * Fails: ELIMIT (memory, threads), scope RUN. */
MC_RC mc_intake_new(struct mc_intake **out, struct mc_land *land, bool awaited,
	struct mc_error *err);
/* What is under way is dropped: sync before.  NULL is fine. */
void mc_intake_free(struct mc_intake *in);

/* A message: begin, bytes ..., end; why: as a receiver's end() has it.  octets:
 * about as many will come; -1: who knows.
 * Fails: what ended one of the threads, scope RUN; always again. */
MC_RC mc_intake_begin(struct mc_intake *in, enum mc_store store, int64_t octets,
	struct mc_error *err);
MC_RC mc_intake_bytes(
	struct mc_intake *in, struct mc_span bytes, struct mc_error *err);
MC_RC mc_intake_end(struct mc_intake *in, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err);
/* The one in hand will not come to its end. */
MC_RC mc_intake_drop(struct mc_intake *in, struct mc_error *err);

/* Goes behind the messages so far; takes it over, also on failure. */
MC_RC mc_intake_errand(
	struct mc_intake *in, struct mc_errand *errand, struct mc_error *err);

/* Everything so far is in the archive, and committed. */
MC_RC mc_intake_sync(struct mc_intake *in, struct mc_error *err);

/* Adds to sum what was committed since the last call; quick. */
void mc_intake_collect(struct mc_intake *in, struct mc_landed *sum);

#endif
