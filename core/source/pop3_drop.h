/* SPDX-License-Identifier: MIT
 * pop3_drop: what became of a maildrop's messages, across the connections of one
 * read.  Private to core/source.
 *
 * Of all sessions the last one's list is kept, and the names of what earlier
 * ones listed and it does not: memory does not grow with their number.
 */
#ifndef MC_SOURCE_POP3_DROP_H
#define MC_SOURCE_POP3_DROP_H

#include <stdbool.h>

#include "base/index.h"
#include "net/pop3_list.h"

enum mc_pop3_fate { MC_POP3_UNASKED, MC_POP3_WANTED, MC_POP3_OVER };

/* All zero: no session so far. */
struct mc_pop3_drop {
	struct mc_pop3_list list; /* the last session's */
	unsigned char *fates;     /* enum mc_pop3_fate of message n at [n - 1];
				   * NULL: no session so far */
	/* By their fate: UIDLs that were listed once, and by a session behind
	 * that not.  They may come back. */
	struct mc_index gone[MC_POP3_OVER + 1];
};

/* A new session's list, which is taken over; what the sessions before know of
 * its messages is theirs.  mended: nothing but the connection is another.
 * Fails: ELIMIT (memory). */
MC_RC mc_pop3_drop_renew(struct mc_pop3_drop *drop, struct mc_pop3_list *list,
	bool mended, struct mc_error *err);
void mc_pop3_drop_dispose(struct mc_pop3_drop *drop);

#endif
