/* SPDX-License-Identifier: MIT
 * mailbox: what an IMAP server says of its mailboxes, as plain data. */
#ifndef MC_MSG_MAILBOX_H
#define MC_MSG_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/index.h"

/* Purpose of a mailbox; RFC 6154 2 and INBOX. */
enum mc_special {
	MC_SPECIAL_NONE,
	MC_SPECIAL_INBOX,
	MC_SPECIAL_SENT,
	MC_SPECIAL_DRAFTS,
	MC_SPECIAL_JUNK,
	MC_SPECIAL_TRASH,
	MC_SPECIAL_ARCHIVE,
	/* Views: nothing is ever appended to these. */
	MC_SPECIAL_ALL,
	MC_SPECIAL_FLAGGED,
	MC_SPECIAL_IMPORTANT,
};

struct mc_mailbox_info {
	char *name; /* UTF-8, whole, with the server's own separator */
	enum mc_special special; /* by attribute; or INBOX by name */
	char separator;          /* '\0': flat */
	bool selectable;         /* neither \Noselect nor \NonExistent */
	bool inferiors;          /* may have children */
	bool subscribed;
};

/* What folders may look like on a server. */
struct mc_mailboxes {
	struct mc_mailbox_info *boxes; /* as LIST gave them */
	size_t n;
	size_t cap;
	struct mc_index names; /* in boxes; INBOX in capitals */
	char separator;        /* of the personal namespace; '\0': flat */
	char *prefix;          /* of the personal namespace: "" or "INBOX." */
	bool special_use;      /* the server knows RFC 6154 attributes */
};

/* Adds a copy of box. */
MC_RC mc_mailboxes_put(struct mc_mailboxes *boxes,
	const struct mc_mailbox_info *box, struct mc_error *err);
void mc_mailboxes_dispose(struct mc_mailboxes *boxes);

/* The box of that name, INBOX in any case; or boxes->n. */
size_t mc_mailboxes_find(const struct mc_mailboxes *boxes, const char *name);

/* "\Sent", or NULL for NONE and INBOX. */
const char *mc_special_attribute(enum mc_special special);
/* By the attribute's name, any case; NONE if it is no such attribute. */
enum mc_special mc_special_by_attribute(const char *name);
/* By the last that is one, of words split by blanks. */
enum mc_special mc_special_by_attributes(const char *words);

/* By the last level of a folder's name in one of many languages, "Gesendete
 * Objekte" -> SENT; NONE if it is not in the table.  Never INBOX, which depends on
 * where in the tree it stands. */
enum mc_special mc_special_by_name(const char *name);

#endif
