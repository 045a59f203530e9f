/* SPDX-License-Identifier: MIT
 * witness: a further connection looks at what was sent while more is sent, so
 * that little is left to look at in the end.
 *
 *   tell, tell, ... ---> rounds, in a thread: what the ledger holds as sent and
 *   nobody has seen there yet ---> settle: the rest is the caller's
 *
 * It is a help, no duty: a server that does not give the connection, or breaks
 * it, leaves all of it to the caller. */
#ifndef MC_JOB_WITNESS_H
#define MC_JOB_WITNESS_H

#include "archive/archive.h"
#include "job/job.h"

struct mc_witness;

/* ar: outside a batch; it gets a handle beside.  All is borrowed until free.  It
 * connects once there is enough to see.
 * Fails: ELIMIT (memory, threads), EIO, EDB. */
MC_RC mc_witness_new(struct mc_witness **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err);

/* More was sent to a mailbox, as the ledger has it by now. */
struct mc_witness_news {
	int64_t mailbox;  /* row */
	const char *name; /* borrowed for the call */
	uint32_t uidvalidity;
	size_t n;
};
void mc_witness_tell(
	struct mc_witness *witness, const struct mc_witness_news *news);
/* The round that goes on ends, and none begins until more is told.  *found: what
 * was found since the last time. */
void mc_witness_settle(
	struct mc_witness *witness, struct mc_verify_report *found);
/* There will be no more; it logs out. */
void mc_witness_stop(struct mc_witness *witness);
void mc_witness_free(struct mc_witness *witness); /* NULL is fine */

#endif
