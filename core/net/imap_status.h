/* SPDX-License-Identifier: MIT
 * imap_status: how a mailbox stands, by STATUS, SELECT or EXAMINE. */
#ifndef MC_NET_IMAP_STATUS_H
#define MC_NET_IMAP_STATUS_H

#include "net/imap_flight.h"

/* RFC 9051 6.3.11; 7162 3.1.2; 7889.  What was not told is 0. */
struct mc_imap_status {
	bool told;
	uint32_t messages;
	uint32_t uidnext;
	uint32_t uidvalidity;
	int64_t modseq;      /* HIGHESTMODSEQ; 0: none is kept */
	int64_t appendlimit; /* octets; -1: not told */
};

/* What STATUS and LIST-STATUS are asked for: "MESSAGES UIDNEXT ...". */
const char *mc_imap_status_items(const struct mc_imap *imap);

/* Takes "STATUS mailbox (item value ...)"; *name: the mailbox's token.
 * False: t is something else. */
bool mc_imap_take_status(const struct mc_imap_tokens *t,
	struct mc_imap_status *status, size_t *name);

/* STATUS of one mailbox.  Fails: EREFUSED scope FOLDER; ENET EPROTO. */
MC_RC mc_imap_ask_status(struct mc_imap *imap, struct mc_span wire,
	const char *items, struct mc_imap_status *out, struct mc_error *err);

/* A selected mailbox; RFC 9051 6.3.2. */
struct mc_imap_selected {
	uint32_t uidvalidity; /* 0: not told */
	uint32_t uidnext;     /* 0: not told */
	uint32_t exists;
	bool read_only;
	bool uid_not_sticky; /* UIDs are of this session alone; RFC 4315 2 */
	bool told_flags;     /* PERMANENTFLAGS came */
	struct mc_buf flags; /* of PERMANENTFLAGS, each ended by NUL */
};

void mc_imap_selected_init(struct mc_imap_selected *selected);
void mc_imap_selected_dispose(struct mc_imap_selected *selected);

/* The same while other commands are on their way.  What stands behind it
 * concerns that mailbox, or nothing if it is refused. */
struct mc_imap_entering {
	struct mc_imap_flight base;
	struct mc_imap *imap;
	struct mc_imap_selected *selected;
	bool over;
	struct mc_error why; /* once it is over; rc 0: entered */
};
/* Both are borrowed until it is over.  wire: as mc_imap_launch() has it. */
MC_RC mc_imap_enter_launch(struct mc_imap_entering *entering,
	struct mc_imap *imap, const char *verb, struct mc_span wire,
	struct mc_imap_selected *out, struct mc_error *err);

/* verb: "SELECT" or "EXAMINE".  Fails: EREFUSED scope FOLDER; ENET EPROTO. */
MC_RC mc_imap_select(struct mc_imap *imap, const char *verb,
	struct mc_span wire, struct mc_imap_selected *out,
	struct mc_error *err);

#endif
