/* SPDX-License-Identifier: MIT
 * gmail: what a label of Gmail's means: a folder, or a state of the message. */
#ifndef MC_MSG_GMAIL_H
#define MC_MSG_GMAIL_H

#include "base/buf.h"
#include "msg/mailbox.h"

enum mc_gmail_sense {
	MC_GMAIL_FOLDER,
	MC_GMAIL_UNREAD,
	MC_GMAIL_OPENED,
	MC_GMAIL_STARRED,
	MC_GMAIL_IMPORTANT,
	MC_GMAIL_ARCHIVED, /* it is not in the inbox */
	MC_GMAIL_OTHER,    /* a category, muted, ...: neither */
};

struct mc_gmail_label {
	enum mc_gmail_sense sense;
	struct mc_span path;     /* of a folder; borrowed from the label */
	enum mc_special special; /* of a folder */
};

/* As Gmail's IMAP extension tells it: "\Inbox", "Work/2019". */
void mc_gmail_attribute(struct mc_span label, struct mc_gmail_label *out);

/* As Takeout writes it, in the language of who asked for it: "Posteingang",
 * "Non lus", "Work/2019". */
void mc_gmail_name(struct mc_span label, struct mc_gmail_label *out);

#endif
