/* SPDX-License-Identifier: MIT
 * convoy: what waits for one selected mailbox, in batches, to the server.
 *
 *   read some batches -> note them `sending`, commit -> send, one after the
 *   other, several in flight -> fates -> noted with the next commit
 *
 * So one commit is all for some batches, and none is open while the network is
 * waited for.  A kill in between leaves `sending` rows, and a look at the
 * mailbox settles them. */
#ifndef MC_JOB_CONVOY_H
#define MC_JOB_CONVOY_H

#include "job/deliver.h"

struct mc_convoy;

/* What a convoy is told, borrowed while it runs. */
struct mc_convoy_wish {
	struct mc_delivery *delivery;
	const struct mc_mailbox_row *mailbox;
	const char *name;
	const struct mc_mailbox_state *state;
};

/* One that was sent, and what the server was asked to keep with it. */
struct mc_sample {
	int64_t placement;
	uint32_t uid; /* 0: not told, or there was none */
	int64_t date; /* MC_NO_TIME: none */
	uint32_t flags;
};

/* How it ended. */
struct mc_convoy_end {
	bool closed; /* the mailbox takes nothing more: */
	bool alike;  /* and said so of each message, in one word for all, */
	bool bad;    /* or did not understand them */
	struct mc_error why;
	bool untold; /* the UIDs of some that were sent */
	struct mc_sample last;
	struct mc_sample richest; /* in flags; sent as it is */
	/* All UIDs below are known: looked at, or ours. */
	uint32_t known;
};

/* Sends until nothing waits, the mailbox takes nothing more, or it is
 * cancelled; what is known then is noted in any case. */
MC_RC mc_convoy_run(const struct mc_convoy_wish *wish,
	struct mc_convoy_end *end, struct mc_error *err);

#endif
