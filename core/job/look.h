/* SPDX-License-Identifier: MIT
 * look: what a mailbox on the server holds, noted in the archive. */
#ifndef MC_JOB_LOOK_H
#define MC_JOB_LOOK_H

#include "archive/archive.h"
#include "archive/ledger.h"
#include "target/target.h"

/* Looks at the selected mailbox from row->looked on, commits what it finds,
 * and settles placements that were waiting or sending: matched says how many of
 * them are there.  Messages without a usable Message-ID are fetched to know
 * them. */
MC_RC mc_look(struct mc_archive *ar, struct mc_target *target,
	struct mc_mailbox_row *row, const struct mc_mailbox_state *state,
	struct mc_matched *matched, struct mc_error *err);

#endif
