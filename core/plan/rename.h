/* SPDX-License-Identifier: MIT
 * rename: another name for a mailbox whose name a server refuses.  Pure. */
#ifndef MC_PLAN_RENAME_H
#define MC_PLAN_RENAME_H

#include "base/buf.h"
#include "msg/mailbox.h"

/* A name on its way to one that is taken. */
struct mc_rename {
	const char *name; /* that was refused; whole, with the separator */
	const struct mc_mailboxes *server;
	unsigned done; /* what was changed so far; 0 to begin with */
};

/* The least further change that may pass, by the words of the refusal if they
 * say what is wrong: signs become '_', what is long is cut, letters become
 * ASCII, levels are joined, a '_' is added.  The prefix stays.  The same name
 * and words give the same.  MC_DONE: nothing is left to be changed. */
MC_RC mc_rename_next(struct mc_rename *rename, const char *words,
	struct mc_buf *out, struct mc_error *err);

#endif
