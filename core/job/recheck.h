/* SPDX-License-Identifier: MIT
 * recheck: what the archive holds is read again and compared with the digests
 * with which it came, by threads beside the caller. */
#ifndef MC_JOB_RECHECK_H
#define MC_JOB_RECHECK_H

#include "archive/query.h"
#include "job/job.h"
#include "job/sound.h"

struct mc_recheck;

struct mc_recheck_wish {
	const struct mc_request *req; /* which archive; who is told */
	struct mc_verified after;     /* what is up to these is left out */
	bool bodies;                  /* their digests are compared */
	bool sightings;               /* raw octets, where those are others */
	struct mc_sound
		*sound; /* bodies that need not be; gets those that were */
	int64_t total;  /* of both, for progress */
};

/* All is borrowed until free; report is not to be looked at until end.
 * Fails: as mc_archive_open(); ELIMIT (memory, threads). */
MC_RC mc_recheck_begin(struct mc_recheck **out,
	const struct mc_recheck_wish *wish, struct mc_verify_report *report,
	struct mc_error *err);
/* Damage that was found otherwise; more: of what was told last, not counted. */
void mc_recheck_tell(struct mc_recheck *recheck, const char *text, bool more);
/* Waits; if rc < 0 not until all is read.  What failed first is told: rc and *err,
 * or what a thread failed. */
MC_RC mc_recheck_end(
	struct mc_recheck *recheck, enum mc_rc rc, struct mc_error *err);
void mc_recheck_free(struct mc_recheck *recheck); /* ends it; NULL is fine */

#endif
