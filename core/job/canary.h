/* SPDX-License-Identifier: MIT
 * canary: is what is deleted at a source gone from the target as well?
 *
 * A POP3 account may be the very mailbox that the target shows as INBOX, and
 * nothing that either server says tells it: neither their names, nor what they
 * hold, which is the same once all is sent.  So the first message that goes
 * goes alone, and then the target is looked at.  If it lost that message, the
 * message is sent there again.
 *
 * Before and after that, and before and after all sessions, the mailbox must
 * have all that was proved to be there: if it lost others since, or is numbered
 * anew, nothing goes, or no more.
 */
#ifndef MC_JOB_CANARY_H
#define MC_JOB_CANARY_H

#include "archive/archive.h"
#include "job/job.h"
#include "job/proof.h"
#include "target/target.h"

struct mc_canary {
	struct mc_archive *ar;
	const struct mc_request *req;
	int64_t ledger; /* row of the target */
	const struct mc_proof *proof;

	/* Of the message that goes alone, where it is on the target. */
	int64_t placement; /* 0: none is on its way */
	char *mailbox;
	int64_t box; /* row of the mailbox */
	uint32_t uid;
	uint32_t uidvalidity;
	struct mc_target *target;
};

/* Before it is asked for; ar, req, ledger and proof are set.  Inside a batch, or
 * not.  Fails: as opening a target and looking at it, EDB; EREFUSED, scope RUN:
 * the mailbox has lost something, or is another one. */
MC_RC mc_canary_send(
	struct mc_canary *canary, int64_t sighting, struct mc_error *err);
/* When the source has answered, or did not; outside a batch.  MC_OK: the target
 * has it still, or none was sent.
 * Fails: EUSAGE, scope RUN: it had not, and was given it again; else as send(),
 * scope RUN: it could not be seen, or has lost more. */
MC_RC mc_canary_look(struct mc_canary *canary, struct mc_error *err);
/* Before a session in which others go, and at the end: has the mailbox all of
 * them still?  MC_OK,
 * too, if none went alone before.  Fails: as look(), or so that it may be tried
 * again. */
MC_RC mc_canary_again(struct mc_canary *canary, struct mc_error *err);
void mc_canary_dispose(struct mc_canary *canary);

#endif
