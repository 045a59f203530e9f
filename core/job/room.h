/* SPDX-License-Identifier: MIT
 * room: what a server's quotas leave for mail, told before it goes and when it
 * is full; RFC 9208. */
#ifndef MC_JOB_ROOM_H
#define MC_JOB_ROOM_H

#include "archive/archive.h"
#include "job/job.h"
#include "job/tally.h"
#include "target/target.h"

/* What is known of the room since a run began; zeros to begin with. */
struct mc_room {
	bool asked;
	bool told;
	struct mc_quota tightest; /* both max -1: nothing is limited */
};

/* A note, once, if what waits in the ledger for the target is more than INBOX's
 * quota has room for.  Fails: EDB; ENET EPROTO scope SESSION. */
MC_RC mc_room_foresee(struct mc_room *room, struct mc_archive *ar,
	int64_t ledger, struct mc_target *target, struct mc_push_tally *tally,
	struct mc_error *err);

/* The mailbox takes nothing more for its quota: adds "; 9.8 MB of 10.0 MB used
 * in the quota 'root'" to text, as far as the server tells.  Roots that are
 * (nearly) full are remembered. */
void mc_room_tell(struct mc_target *target, struct mc_push_tally *tally,
	const char *mailbox, char *text, size_t size);

/* Has a quota of the mailbox been found full in this run?  Asks the server only
 * if any was.  why: what to tell then.  Fails: ENET EPROTO scope SESSION. */
MC_RC mc_room_is_out(struct mc_target *target, struct mc_push_tally *tally,
	const char *mailbox, bool *out, struct mc_error *why,
	struct mc_error *err);

#endif
