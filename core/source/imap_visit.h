/* SPDX-License-Identifier: MIT
 * imap_visit: one mailbox, from EXAMINE to the receiver, with its commands one
 * behind the other.  Private to core/source.
 *
 *   EXAMINE, lists --> want() --> FETCH --> begin() bytes() end()
 *
 * What STATUS told is enough to ask for the first lists before EXAMINE is
 * answered; whatever that leaves out is listed behind it.
 */
#ifndef MC_SOURCE_IMAP_VISIT_H
#define MC_SOURCE_IMAP_VISIT_H

#include "source/imap_places.h"
#include "source/imap_window.h"

/* Lists asked for ahead: while one's messages come, the next ones do. */
enum { MC_IMAP_WINDOWS = 3 };

/* Only imap.c and imap_visit.c look inside. */
struct mc_imap_visit {
	struct mc_imap_reader reader; /* first: it is what net knows of us */
	struct mc_imap_reading r;
	struct mc_span wire;
	const char *verb; /* EXAMINE or SELECT */
	struct mc_imap_entering entering;
	struct mc_imap_selected selected;
	bool open;   /* the receiver has begun with it */
	bool left;   /* another mailbox was selected since */
	bool direct; /* messages come without being listed */

	/* What is still to be listed: by UIDs, or by numbers. */
	struct mc_imap_uids uids;
	size_t uids_at;
	bool by_uids;
	uint32_t next;
	uint32_t last;
	uint32_t step;
	struct mc_imap_uids seen; /* while by numbers */
	bool overfull;

	struct mc_imap_window window[MC_IMAP_WINDOWS]; /* a ring */
	size_t first;
	size_t n;
	struct mc_imap_fetching *fetching;
	struct mc_imap_window *in_hand_of;
	struct mc_imap_entry *in_hand;
	struct mc_item item; /* of the one in hand */
};

/* r: but for uidvalidity and labelled, which are the mailbox's. */
MC_RC mc_imap_visit_new(struct mc_imap_visit **out,
	const struct mc_imap_reading *r, struct mc_error *err);
void mc_imap_visit_free(struct mc_imap_visit *visit); /* NULL is fine */

/* Can it be begun while other commands are on their way? */
bool mc_imap_visit_can_launch(const struct mc_imap_place *place);
/* EXAMINE and the first lists go out; nothing of it is told to the receiver.
 * Fails: ENET ECANCEL. */
MC_RC mc_imap_visit_launch(struct mc_imap_visit *visit,
	const struct mc_imap_place *place, struct mc_error *err);
/* Else: after verb, SELECT or EXAMINE, went well; `selected` and `uids`, of all
 * its messages, are filled. */
void mc_imap_visit_begin(struct mc_imap_visit *visit,
	const struct mc_imap_place *place, const char *verb);

/* Tells the receiver, and asks for what comes next.  MC_OK: turn, and again;
 * MC_DONE: all came.  hold: what can wait is not asked for yet.
 * Fails: EREFUSED scope FOLDER; ENET EPROTO; what the receiver fails. */
MC_RC mc_imap_visit_step(
	struct mc_imap_visit *visit, bool hold, struct mc_error *err);

/* After EREFUSED, and when nothing is on its way: messages of which the receiver
 * still waits for the end have it. */
MC_RC mc_imap_visit_give_up(struct mc_imap_visit *visit,
	const struct mc_error *why, struct mc_error *err);

/* All that must be asked in this mailbox is asked, as far as is known: another
 * may be selected behind it, before which it is left. */
bool mc_imap_visit_is_asked(const struct mc_imap_visit *visit);
void mc_imap_visit_leave(struct mc_imap_visit *visit);
/* Octets that are on their way, by a guess. */
int64_t mc_imap_visit_awaited(const struct mc_imap_visit *visit);
/* It was not all, and nothing comes of it any more: what was selected since must
 * be forgotten.  Selects this one again; nothing is on its way. */
bool mc_imap_visit_must_return(const struct mc_imap_visit *visit);
MC_RC mc_imap_visit_return(struct mc_imap_visit *visit, struct mc_error *err);

#endif
