/* SPDX-License-Identifier: MIT
 * imap_box: one mailbox, from its list of messages to the receiver.  Private to
 * core/source. */
#ifndef MC_SOURCE_IMAP_BOX_H
#define MC_SOURCE_IMAP_BOX_H

#include "net/imap_fetch.h"
#include "source/source.h"

/* What is read, how, and by whom. */
struct mc_imap_reading {
	struct mc_imap *imap;
	struct mc_receiver *rx;
	const struct mc_monitor *monitor;
	uint32_t uidvalidity; /* 0: UIDs name nothing beyond this session */
	bool labelled;        /* Gmail's labels are asked for */
};

/* Lists the messages of the selected mailbox window by window, asks want() of
 * each, and streams those that are wanted.
 * Fails: EREFUSED scope FOLDER; ENET EPROTO; what the receiver fails. */
MC_RC mc_imap_box_read(const struct mc_imap_reading *reading,
	const struct mc_imap_uids *uids, struct mc_error *err);

#endif
