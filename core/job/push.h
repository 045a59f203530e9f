/* SPDX-License-Identifier: MIT
 * push: an open archive to a target, in one pass or in several. */
#ifndef MC_JOB_PUSH_H
#define MC_JOB_PUSH_H

#include "archive/archive.h"
#include "job/ahead.h"
#include "job/job.h"
#include "job/sound.h"
#include "job/witness.h"
#include "target/target.h"

struct mc_push;

/* All is borrowed until free. */
MC_RC mc_push_new(struct mc_push **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_push_report *report,
	struct mc_error *err);
/* The server was reached in this run already, so that one which refuses a
 * connection now is worth waiting for.  target: open, taken over; or NULL. */
void mc_push_use(struct mc_push *push, struct mc_target *target);
/* What is sent is looked at right behind. */
struct mc_push_verify {
	/* Gets what is found, and is not to be looked at while a pass is made. */
	struct mc_verify_report *report;
	/* Gets the bodies that were as they came when they were sent; NULL. */
	struct mc_sound *sound;
	/* Is told of what is sent before all has come; NULL. */
	struct mc_witness *witness;
};
void mc_push_verify(struct mc_push *push, const struct mc_push_verify *how);
/* The connection, if there is one; it is yours from here on. */
struct mc_target *mc_push_yield(struct mc_push *push);
/* Plans, places and delivers all that the archive holds now, reconnecting where
 * that helps; adds to the report.  The connection stays for the next pass.
 * ahead: more will come, of these folders; NULL: this is all, and flags that
 * came too late are added to what was sent. */
MC_RC mc_push_pass(struct mc_push *push, const struct mc_ahead *ahead,
	struct mc_error *err);
/* What planning took of the processor in the last pass: it grows with what the
 * archive holds, not with what is new. */
int64_t mc_push_planned_ms(const struct mc_push *push);
/* A mailbox takes nothing more, so far. */
bool mc_push_is_stuck(struct mc_push *push);
/* Leaves the server until the next pass. */
void mc_push_rest(struct mc_push *push);
void mc_push_free(struct mc_push *push); /* NULL is fine */

#endif
