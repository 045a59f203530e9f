/* SPDX-License-Identifier: MIT
 * deliver: what waits for one mailbox goes there, each message once. */
#ifndef MC_JOB_DELIVER_H
#define MC_JOB_DELIVER_H

#include "archive/archive.h"
#include "archive/ledger.h"
#include "job/ahead.h"
#include "job/alike.h"
#include "job/job.h"
#include "job/suspect.h"
#include "job/tally.h"
#include "target/target.h"

struct mc_delivery {
	struct mc_archive *ar;
	struct mc_target *target;
	const struct mc_request *req;
	struct mc_push_tally *tally;
	struct mc_suspect *suspect;
	struct mc_alike *alike;
	/* Filled if nothing was understood, and the server has taken nothing in
	 * this run: it may be the server. */
	struct mc_error *misread;
	/* Placements whose fate an earlier session did not learn. */
	int64_t on_their_way;
	/* Messages under UIDs from that on came in this run; 0: not known yet. */
	uint32_t *first;
	/* Only what may go before all is read; NULL: all, and flags that came
	 * later are added, too. */
	const struct mc_ahead *ahead;
};

/* Creates and subscribes the mailbox if it is not, selects it, looks at what it
 * holds and sends what still waits; what was sent gets flags that it is owing, if
 * that is asked for.  A mailbox that takes nothing more (quota,
 * no permission) leaves the rest waiting with the server's words: MC_OK.
 * Fails: scope SESSION (connect again, call again), RUN. */
MC_RC mc_deliver(struct mc_delivery *delivery, struct mc_mailbox_row *mailbox,
	const char *name, enum mc_special use, struct mc_error *err);

/* It was not the server: that mailbox takes nothing. */
void mc_deliver_tell_misread(const struct mc_request *req,
	struct mc_push_tally *tally, const char *name,
	const struct mc_error *why);

#endif
