/* SPDX-License-Identifier: MIT
 * name: a folder's path as a mailbox name that a server can take. */
#ifndef MC_PLAN_NAME_H
#define MC_PLAN_NAME_H

#include "base/buf.h"
#include "msg/mailbox.h"

/* Is path "INBOX", in any case? */
bool mc_name_is_inbox(const char *path);

/* The levels of path below the personal namespace's prefix ("INBOX/Sent" is
 * "Sent" where the prefix is "INBOX."), a leading INBOX in capitals. */
MC_RC mc_name_canonical(struct mc_buf *out, const char *path,
	const struct mc_mailboxes *server, struct mc_error *err);

/* The mailbox for a canonical path, whole, with prefix and separator.
 * mended: something in it had to be replaced. */
MC_RC mc_name_make(struct mc_buf *out, const char *path,
	const struct mc_mailboxes *server, bool *mended, struct mc_error *err);

/* The server's mailbox of that name (INBOX in any case), or NULL. */
const struct mc_mailbox_info *mc_name_find(
	const struct mc_mailboxes *server, const char *name);

/* The last level if the mailbox stands at the top, or right below the
 * prefix; else NULL. */
const char *mc_name_top(
	const struct mc_mailboxes *server, const struct mc_mailbox_info *box);

#endif
