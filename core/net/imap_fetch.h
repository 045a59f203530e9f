/* SPDX-License-Identifier: MIT
 * imap_fetch: what a selected mailbox holds, and whole messages of it; RFC
 * 9051 6.4.5.
 *
 * FETCH alone is used, for SEARCH is unreliable at several servers, and by
 * UID, for sequence numbers shift when somebody else expunges.  Bodies are
 * asked for with PEEK: nothing is marked \Seen.
 */
#ifndef MC_NET_IMAP_FETCH_H
#define MC_NET_IMAP_FETCH_H

#include "net/imap_status.h"

enum {
	/* Messages listed by one FETCH: enough to fill a round trip, few
	 * enough to be held. */
	MC_IMAP_LOOK_MAX = 1000,
};

/* What a FETCH response tells of one message; borrowed for the call. */
struct mc_imap_message {
	uint32_t uid;
	int64_t octets;        /* RFC822.SIZE; -1 if not told */
	int64_t internaldate;  /* s UTC; MC_NO_TIME if not told */
	bool dated;            /* INTERNALDATE came, readable or not */
	bool flagged;          /* FLAGS came */
	struct mc_span flags;  /* each ended by NUL */
	struct mc_span header; /* of BODY[HEADER...; p == NULL: not told */
	struct mc_span labels; /* Gmail's X-GM-LABELS, each ended by NUL, in
				  * modified UTF-7 */
};

typedef enum mc_rc mc_imap_message_fn(
	void *arg, const struct mc_imap_message *message, struct mc_error *err);

/* UIDs, ascending. */
struct mc_imap_uids {
	uint32_t *uid;
	size_t n;
	size_t cap;
};
void mc_imap_uids_dispose(struct mc_imap_uids *uids);
MC_RC mc_imap_uids_add(
	struct mc_imap_uids *uids, uint32_t uid, struct mc_error *err);
/* Ascending, each once. */
void mc_imap_uids_sort(struct mc_imap_uids *uids);

/* All UIDs >= from.  each (may be NULL) is told UID and FLAGS of every message,
 * in the server's order.  Fails: EREFUSED scope FOLDER; ENET EPROTO; what each
 * fails. */
MC_RC mc_imap_list_uids(struct mc_imap *imap, uint32_t from,
	struct mc_imap_uids *uids, mc_imap_message_fn *each, void *arg,
	struct mc_error *err);

/* A look at messages: by their UIDs, at most MC_IMAP_LOOK_MAX, ascending; or, if
 * uids is NULL, at all from `first` to `last`. */
struct mc_imap_look {
	const uint32_t *uids;
	size_t n;
	uint32_t first;
	uint32_t last;
	const char *items; /* "UID FLAGS RFC822.SIZE" */
	/* The mailbox, if its EXAMINE is perhaps still on its way, or NULL: if
	 * it is refused, this is, whatever the server makes of it. */
	const struct mc_imap_entering *in;
	/* Once for each that is still there; of a range perhaps again. */
	mc_imap_message_fn *each;
	void *arg;
};
/* Other commands may be on their way meanwhile. */
struct mc_imap_looking;
MC_RC mc_imap_looking_new(struct mc_imap_looking **out, struct mc_imap *imap,
	struct mc_error *err);
void mc_imap_looking_free(struct mc_imap_looking *looking); /* NULL is fine */
/* look and what it points to are borrowed until it is over; then it may be
 * launched again. */
MC_RC mc_imap_looking_launch(struct mc_imap_looking *looking,
	const struct mc_imap_look *look, struct mc_error *err);
bool mc_imap_looking_is_over(const struct mc_imap_looking *looking);
/* How it ended.  Fails: as mc_imap_list_uids(). */
MC_RC mc_imap_looking_result(
	struct mc_imap_looking *looking, struct mc_error *err);

/* Streams whole messages; begin() before and end() behind each one's octets.
 * As many FETCH commands are on their way as keep the link
 * busy. */
struct mc_imap_reader {
	const char
		*items; /* told to begin(), beside the body; "UID" at least */
	/* MC_DONE: its octets are passed over, and no end() comes. */
	MC_RC (*begin)(struct mc_imap_reader *reader,
		const struct mc_imap_message *message, struct mc_error *err);
	MC_RC (*bytes)(struct mc_imap_reader *reader, struct mc_span bytes,
		struct mc_error *err);
	MC_RC (*end)(struct mc_imap_reader *reader, struct mc_error *err);
	/* The server refuses to send this one, in these words.  NULL: a
	 * refusal ends the reading. */
	MC_RC (*refused)(struct mc_imap_reader *reader, uint32_t uid,
		const struct mc_error *why, struct mc_error *err);
};
/* Messages wanted: uids ascending; octets (may be NULL): announced, so that no
 * FETCH asks for too many; -1 if not known. */
struct mc_imap_wanted {
	const uint32_t *uids;
	const int64_t *octets;
	size_t n;
};
/* One that is gone is passed over.
 * Fails: as above, and what reader fails; the connection is then closed unless
 * err is EREFUSED. */
MC_RC mc_imap_fetch(struct mc_imap *imap, const struct mc_imap_wanted *wanted,
	struct mc_imap_reader *reader, struct mc_error *err);

/* The same while other commands are on their way, and while more is added. */
struct mc_imap_fetching;

/* Its owner's until it is over, or the connection is closed. */
struct mc_imap_batch {
	struct mc_imap_wanted wanted;
	/* Of some there may be no message: what does not come, or is refused,
	 * is not asked for again. */
	bool loose;
	/* Of each, 0 at first; private, as what follows. */
	unsigned char *fates;
	size_t next;
	size_t in_flight;
	size_t again;
	struct mc_imap_batch *behind;
};

MC_RC mc_imap_fetching_new(struct mc_imap_fetching **out, struct mc_imap *imap,
	struct mc_imap_reader *reader, struct mc_error *err);
void mc_imap_fetching_free(struct mc_imap_fetching *f); /* NULL is fine */
/* Forgets what was added; nothing is on its way.  in: as struct mc_imap_look has
 * it. */
void mc_imap_fetching_reset(
	struct mc_imap_fetching *f, const struct mc_imap_entering *in);
void mc_imap_fetching_add(
	struct mc_imap_fetching *f, struct mc_imap_batch *batch);
/* Asks for as much as may be on its way.  The mailbox must be selected. */
MC_RC mc_imap_fetching_launch(struct mc_imap_fetching *f, struct mc_error *err);
/* Everything was asked for, and perhaps need not be asked for again. */
bool mc_imap_fetching_is_asked(const struct mc_imap_fetching *f);
/* Octets asked for that did not come yet; those of messages whose size was not
 * told are guessed. */
int64_t mc_imap_fetching_awaited(const struct mc_imap_fetching *f);
/* Nothing that was asked for is still to come. */
bool mc_imap_fetching_is_idle(const struct mc_imap_fetching *f);
/* All that will come of it has come. */
bool mc_imap_batch_is_over(const struct mc_imap_batch *batch);

#endif
