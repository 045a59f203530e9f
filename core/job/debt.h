/* SPDX-License-Identifier: MIT
 * debt: flags that copies brought after a message had been sent, and those that
 * the server lost on the way. */
#ifndef MC_JOB_DEBT_H
#define MC_JOB_DEBT_H

#include "job/deliver.h"

/* Adds to the selected mailbox's messages the flags and keywords that the
 * ledger says they are owing.  What the server refuses is told, once.
 * Fails: scope SESSION, RUN. */
MC_RC mc_debt_pay(const struct mc_delivery *delivery, int64_t mailbox,
	const char *name, struct mc_error *err);

#endif
