/* SPDX-License-Identifier: MIT
 * overlap: pushing goes on while pulling does.
 *
 *   begin ---> login, beside that to the source ---> leave to read
 *         ---> pass, pass, ... over what is committed so far
 *   the pull has ended: end ---> one last pass over all of it
 *
 * It goes on beside the last source, and beside those by POP3 before it.  What
 * that source brings is sent at once, with the flags and the best date of the
 * copies that have come until then.  Flags of copies that come later are added
 * in the last pass; a date cannot be changed any more.  So what other sources
 * brought waits for the last pass, unless its date is as good as any that may
 * come: of POP3 that is the newest Received line. */
#ifndef MC_JOB_OVERLAP_H
#define MC_JOB_OVERLAP_H

#include "archive/archive.h"
#include "job/job.h"
#include "job/sound.h"
#include "target/target.h"

struct mc_overlap;

/* The first of req->sources from which on pushing may go on meanwhile. */
size_t mc_overlap_from(const struct mc_request *req);

/* Opens the target, again where that helps.  Fails: with its name. */
MC_RC mc_overlap_reach(struct mc_target **target, const struct mc_request *req,
	struct mc_error *err);

struct mc_overlap_wish {
	struct mc_archive *ar; /* the pull's, outside a batch */
	const struct mc_request *req;
	/* The server was reached before, and may be left alone until there is
	 * something for it; else it is logged in to at once. */
	bool reached;
	struct mc_report *report; /* push and verify get what came of it, and
				   * are not to be looked at until the end */
	struct mc_sound *sound;   /* gets what was read to be sent; or NULL */
};

/* All is borrowed until end.  Fails: ELIMIT (memory, threads), EIO, EDB. */
MC_RC mc_overlap_begin(struct mc_overlap **out,
	const struct mc_overlap_wish *wish, struct mc_error *err);
/* Until the server lets us in: a wrong password for it is told before mail is
 * read.  Fails: ECANCEL (end tells why). */
struct mc_leave *mc_overlap_leave(struct mc_overlap *overlap);
/* all: the pull brought what it could; else no pass is made any more.  Waits,
 * and fails as the last pass did, or the first login. */
MC_RC mc_overlap_end(
	struct mc_overlap *overlap, bool all, struct mc_error *err);
/* Behind the end: was the server never reached? */
bool mc_overlap_is_lost(const struct mc_overlap *overlap);
/* Behind the end: the connection, yours, or NULL.  Close it before free. */
struct mc_target *mc_overlap_yield(struct mc_overlap *overlap);
void mc_overlap_free(struct mc_overlap *overlap); /* NULL is fine */

#endif
