/* SPDX-License-Identifier: MIT
 * verifying: one target, held against the archive.
 *
 *   verify_target.c  mailbox by mailbox: what should be there, is it?
 *   verify_octets.c  what only its octets can tell: they are fetched
 *   verifying.c      what both share: the connection
 *   muster.c         which message there is which of ours
 *
 * Private to these, but for muster.c. */
#ifndef MC_JOB_VERIFYING_H
#define MC_JOB_VERIFYING_H

#include "archive/archive.h"
#include "job/identify.h"
#include "job/job.h"
#include "job/muster.h"
#include "job/proof.h"
#include "job/retry.h"
#include "job/show.h"
#include "target/target.h"

struct mc_verifying {
	struct mc_fetch fetch; /* of verify_octets.c; the first member */
	struct mc_archive *ar;
	const struct mc_request *req;
	struct mc_target *target;
	struct mc_verify_report *report;
	struct mc_proof *proof; /* or NULL */
	const char *leaving;    /* kind of sources, or NULL */
	struct mc_proof *fresh; /* gets all that is found; or NULL */
	struct mc_scan *scan;
	struct mc_hash_sink hash; /* octets as fetched */
	struct mc_identified id;
	int64_t ledger;             /* the row of the target */
	const char *name;           /* mailbox */
	int64_t box;                /* its row */
	uint32_t uidvalidity;       /* as it is */
	uint32_t noted_uidvalidity; /* as the ledger has it */
	bool whole; /* this mailbox cannot be looked at in portions */
	struct mc_muster muster;
	struct mc_retry retry;
	struct mc_expected *now; /* being fetched; NULL: an odd one */
	struct mc_stray there;   /* the same, as it is there */
	int missing_told;
	/* Sees what on_seen() sees; or NULL. */
	mc_seen_fn *also;
	void *also_arg;
};

void mc_verifying_init(struct mc_verifying *c, struct mc_archive *ar,
	const struct mc_request *req, struct mc_verify_report *report);
/* Closes the target, too. */
void mc_verifying_dispose(struct mc_verifying *c);

/* Logs in, unless that is done.  Fails: as mc_target_open(). */
MC_RC mc_verifying_reach(struct mc_verifying *c, struct mc_error *err);
/* The connection failed with err, and is closed: may the same be asked again on
 * another one?  Waits for that.  octets: that had been fetched before. */
bool mc_verifying_may_try_again(
	struct mc_verifying *c, int64_t octets, struct mc_error *err);

/* When all that is there was seen: fetches what nothing else identifies, and if
 * every octet is to be compared, all that was found.  Fails: scope SESSION, if
 * connecting again is of no use; RUN. */
MC_RC mc_verifying_octets(struct mc_verifying *c, struct mc_error *err);

#endif
