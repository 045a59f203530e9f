/* SPDX-License-Identifier: MIT
 * imap_list: the mailboxes of a server; RFC 9051 6.3.9, 5258, 5819, 6154, 2342.
 */
#ifndef MC_NET_IMAP_LIST_H
#define MC_NET_IMAP_LIST_H

#include "base/index.h"
#include "base/limits.h"
#include "net/imap.h"
#include "net/imap_status.h"

/* A name in modified UTF-7 is at most this many times its UTF-8. */
enum { MC_IMAP_WIRE_MAX = 3 * MC_NAME_MAX };

struct mc_imap_box {
	char *wire; /* its name as the server writes it; "" if that can never
		     * be sent (a CR in it, endless) */
	char *name; /* UTF-8, with the server's separator; "INBOX" for INBOX */
	bool odd;   /* wire is no text: name shows it, escaped */
	char *attributes; /* "\\HasNoChildren \\Sent": split by blanks */
	char separator;   /* of its levels; '\0': none */
	bool is_inbox;
	bool selectable; /* neither \Noselect nor \NonExistent */
	bool inferiors;  /* may have children */
	bool subscribed;
	struct mc_imap_status status; /* if it was asked for and told */
};

struct mc_imap_boxes {
	struct mc_imap_box *box; /* as LIST gave them, INBOX once */
	size_t n;
	size_t cap;
	struct mc_index names; /* in box */
	char separator;        /* of the personal namespace; '\0': flat */
	char *prefix;          /* of the personal namespace: "" or "INBOX." */
};

/* What is to be told of each mailbox. */
enum mc_imap_ask {
	MC_IMAP_ASK_SUBSCRIBED = 1u << 0,
	MC_IMAP_ASK_STATUS = 1u << 1, /* where one LIST can bring it */
};

/* NAMESPACE, LIST and, where needed, LSUB; replaces what boxes held (all 0 at
 * first).  Fails: ENET EPROTO EREFUSED; ELIMIT, scope SESSION. */
MC_RC mc_imap_list(struct mc_imap *imap, unsigned ask,
	struct mc_imap_boxes *boxes, struct mc_error *err);
void mc_imap_boxes_dispose(struct mc_imap_boxes *boxes);

/* LISTs one mailbox and adds it, or renews what is known of it. */
MC_RC mc_imap_list_one(struct mc_imap *imap, struct mc_span wire,
	struct mc_imap_boxes *boxes, bool *found, struct mc_error *err);
/* Adds one that LIST does not show though it is there. */
MC_RC mc_imap_add_box(struct mc_imap_boxes *boxes, const char *name,
	struct mc_span wire, struct mc_error *err);
/* Index of the mailbox of that name (INBOX in any case), or boxes->n. */
size_t mc_imap_find_box(const struct mc_imap_boxes *boxes, const char *name);

/* STATUS of each selectable mailbox of which it was not told yet, many at a
 * time; one that is refused stays untold.  Fails: ENET EPROTO. */
MC_RC mc_imap_list_status(struct mc_imap *imap, struct mc_imap_boxes *boxes,
	struct mc_error *err);

#endif
