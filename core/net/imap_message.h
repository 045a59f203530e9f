/* SPDX-License-Identifier: MIT
 * imap_message: a FETCH response taken apart.  Private to core/net. */
#ifndef MC_NET_IMAP_MESSAGE_H
#define MC_NET_IMAP_MESSAGE_H

#include "net/imap_fetch.h"

struct mc_imap_fetched {
	struct mc_imap_message message;
	size_t body; /* token of BODY[]; 0: none */
	struct mc_buf flags;
	struct mc_buf labels;
};

void mc_imap_fetched_init(struct mc_imap_fetched *f);
void mc_imap_fetched_dispose(struct mc_imap_fetched *f);

/* "n FETCH (item value ...", perhaps only the first part of it.  MC_DONE: the
 * response is something else. */
MC_RC mc_imap_take_fetch(struct mc_imap_fetched *f,
	const struct mc_imap_tokens *t, struct mc_error *err);

/* Where uid is in uids, ascending; or NULL. */
const uint32_t *mc_imap_find_uid(const uint32_t *uids, size_t n, uint32_t uid);

#endif
