/* SPDX-License-Identifier: MIT
 * fresh: what came since the archive was last verified without damage is read
 * again, but for the check of the file itself.
 *
 *   new ---> bodies are noted as sound while they are sent ---> begin, when all
 *   has come: what else raw octets had ---> end, when all is sent: other bodies
 */
#ifndef MC_JOB_FRESH_H
#define MC_JOB_FRESH_H

#include "archive/archive.h"
#include "job/job.h"
#include "job/sound.h"

struct mc_fresh;

/* All is borrowed until free.  ar: outside a batch in each of these calls.
 * Fails: ELIMIT, EDB. */
MC_RC mc_fresh_new(struct mc_fresh **out, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err);
/* Where others note what they have read. */
struct mc_sound *mc_fresh_sound(struct mc_fresh *fresh);
/* Reads in threads beside the caller.  Fails: as mc_recheck_begin(). */
MC_RC mc_fresh_begin(struct mc_fresh *fresh, struct mc_error *err);
/* Waits, reads what is left, adds to report what was found, and notes how far all
 * is well; behind begin, once. */
MC_RC mc_fresh_end(struct mc_fresh *fresh, struct mc_verify_report *report,
	struct mc_error *err);
void mc_fresh_free(struct mc_fresh *fresh); /* ends it; NULL is fine */

#endif
