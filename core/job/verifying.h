/* SPDX-License-Identifier: MIT
 * verifying: one target, held against the archive.
 *
 *   verify_target.c  mailbox by mailbox: what should be there, is it?
 *   verify_octets.c  what only its octets can tell: they are fetched
 *   verify_twice.c   what is there beside it, and is the same
 *   verifying.c      what these share: the connection
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

/* A message that is there and answers for one of ours. */
struct mc_held {
	uint32_t uid;
	uint32_t sight; /* as in a muster; 0: it is about to go */
};

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
	uint32_t there_uid;      /* the same, as it is there */
	int64_t there_octets;
	int missing_told;
	/* Of this mailbox, where it is asked what is there twice. */
	bool twice;
	bool blind;      /* not all of ours could be looked for */
	uint32_t exists; /* messages that are there */
	struct mc_held *held;
	size_t held_n;
	size_t held_cap;
	uint32_t held_uidvalidity;
	int twice_told;
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
/* Opens its mailbox.  Fails: as mc_target_select(), with the mailbox's name. */
MC_RC mc_verifying_select(struct mc_verifying *c,
	struct mc_mailbox_state *state, struct mc_error *err);
/* The connection failed with err, and is closed: may the same be asked again on
 * another one?  Waits for that.  octets: that had been fetched before. */
bool mc_verifying_may_try_again(
	struct mc_verifying *c, int64_t octets, struct mc_error *err);

/* Selects the mailbox if another connection had it.  Other UIDs than those that
 * were asked for would be others' messages: fails then, scope RUN. */
MC_RC mc_verifying_reselect(struct mc_verifying *c, struct mc_error *err);

/* What of the muster was found is held from now on; none of the mailbox is. */
MC_RC mc_verifying_hold(struct mc_verifying *c, struct mc_error *err);
void mc_verifying_let_go(struct mc_verifying *c);
/* When all of the mailbox that is there is held: names what is there besides
 * and is the same as one of these.  By header and size; with req->deep it is
 * told whether their octets are the same, too.  Fails: as octets(). */
MC_RC mc_verifying_twice(struct mc_verifying *c, struct mc_error *err);

/* When all that is there was seen: fetches what nothing else identifies, and if
 * every octet is to be compared, all that was found.  Fails: scope SESSION, if
 * connecting again is of no use; RUN. */
MC_RC mc_verifying_octets(struct mc_verifying *c, struct mc_error *err);

#endif
