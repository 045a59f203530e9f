/* SPDX-License-Identifier: MIT
 * target: an IMAP server that mail goes to.
 *
 * open, then create and select mailboxes, look at what they hold, append.
 * One connection, one thread.  Never deletes, never takes flags from mail
 * that is there, never appends to a view (\All, \Flagged, \Important).
 * Knows base/, net/ and msg/; never archive/, source/ or plan/.
 */
#ifndef MC_TARGET_TARGET_H
#define MC_TARGET_TARGET_H

#include <stdint.h>

#include "base/endpoint.h"
#include "base/event.h"
#include "msg/flags.h"
#include "msg/mailbox.h"
#include "msg/scan.h"

struct mc_target;

enum { MC_QUOTA_ROOT_TEXT = 128, MC_QUOTAS_MAX = 4 };

/* Connects, secures, logs in, asks capabilities, ID if the server wants it,
 * namespace and mailboxes.  at and mon are borrowed until it is closed.
 * Fails: ENET ETLS EAUTH EPROTO EREFUSED. */
MC_RC mc_target_open(struct mc_target **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err);
void mc_target_close(struct mc_target *target); /* LOGOUT; NULL is fine */

/* How long the server's quickest answer took so far, ms: about a round trip. */
int64_t mc_target_wait_ms(const struct mc_target *target);

/* Borrowed until the next create or close. */
const struct mc_mailboxes *mc_target_mailboxes(const struct mc_target *target);

/* A selected mailbox; RFC 9051 6.3.2. */
struct mc_mailbox_state {
	uint32_t uidvalidity;
	uint32_t uidnext; /* 0 if not told */
	uint32_t exists;
	uint32_t flags; /* enum mc_flag that it keeps */
	bool keywords;  /* \*: new keywords may be made */
	bool read_only;
};

/* Creates (with USE where the server takes it, RFC 6154 3) and subscribes; one
 * that exists is subscribed only.  Parents are made by the server.
 * Fails: EREFUSED scope FOLDER; ENET EPROTO scope SESSION. */
MC_RC mc_target_create(struct mc_target *target, const char *name,
	enum mc_special special, struct mc_error *err);
/* The same for many at once, in two round trips, as far as it goes: what is
 * refused or must be waited for is left out, and mc_target_create() of that one
 * tells why.  Fails: ENET EPROTO scope SESSION. */
struct mc_new_box {
	const char *name;
	enum mc_special special;
	bool made; /* out: it was not there before */
};
MC_RC mc_target_create_all(struct mc_target *target, struct mc_new_box *boxes,
	size_t n, struct mc_error *err);
/* Its UIDs are those behind *out until the next select.
 * Fails: EREFUSED scope FOLDER, without its name; ENET EPROTO scope SESSION. */
MC_RC mc_target_select(struct mc_target *target, const char *name,
	struct mc_mailbox_state *out, struct mc_error *err);
/* The same to read only: who has it selected is not disturbed. */
MC_RC mc_target_examine(struct mc_target *target, const char *name,
	struct mc_mailbox_state *out, struct mc_error *err);
/* The next look sees what others have put there since then. */
void mc_target_refresh(struct mc_target *target);

/* What one message on the server looks like. */
struct mc_seen {
	uint32_t uid;
	int64_t octets; /* RFC822.SIZE; -1 if not told */
	uint32_t flags; /* enum mc_flag */
	struct mc_words keywords;
	int64_t internaldate;  /* s UTC; MC_NO_TIME if not told */
	struct mc_span header; /* fields Message-ID, From, Date, Subject as
				* the server gives them, CRLF, blank line */
};

/* Calls seen() for every message of the selected mailbox with UID >= from, in
 * windows, ascending; nothing is marked \Seen.  Fails: ENET EPROTO EREFUSED,
 * and what seen() fails. */
typedef enum mc_rc mc_seen_fn(
	void *arg, const struct mc_seen *seen, struct mc_error *err);
MC_RC mc_target_look(struct mc_target *target, uint32_t from, mc_seen_fn *seen,
	void *arg, struct mc_error *err);

/* The same of those whose UIDs are given, ascending, each once; those that are
 * gone are passed over. */
MC_RC mc_target_look_at(struct mc_target *target, const uint32_t *uids,
	size_t n, mc_seen_fn *seen, void *arg, struct mc_error *err);

/* All UIDs of the selected mailbox, ascending; yours to free(). */
MC_RC mc_target_uids(struct mc_target *target, uint32_t **uids, size_t *n,
	struct mc_error *err);

/* Streams whole messages (BODY.PEEK[]) of the selected mailbox, uids
 * ascending, pipelined or in one FETCH a window.  begin() before and end()
 * behind each one's octets; a uid that is gone is passed over. */
struct mc_fetch {
	MC_RC (*begin)(struct mc_fetch *fetch, const struct mc_seen *seen,
		struct mc_error *err);
	MC_RC (*bytes)(struct mc_fetch *fetch, struct mc_span bytes,
		struct mc_error *err);
	MC_RC (*end)(struct mc_fetch *fetch, struct mc_error *err);
};
MC_RC mc_target_fetch(struct mc_target *target, const uint32_t *uids, size_t n,
	struct mc_fetch *fetch, struct mc_error *err);

/* One message to be appended. */
struct mc_letter {
	int64_t id;     /* the caller's own */
	uint32_t flags; /* enum mc_flag; \Deleted is never sent */
	struct mc_words keywords;
	int64_t internaldate; /* s UTC; MC_NO_TIME: the server's clock */
	int64_t octets;       /* canonical */
	uint32_t shape;       /* enum mc_shape: what must be added or avoided */
	int32_t longest_line; /* octets without CRLF */
	/* Alone in flight it cost a connection (BYE, BAD): the changes that a
	 * refusal would bring are made before. */
	bool careful;
	unsigned drop; /* what a fate with hope AGAIN told of it; 0 else */
};

/* What became of it.  Exactly one call a letter that was given to send(). */
struct mc_fate {
	int64_t id;
	bool sent;
	uint32_t uidvalidity; /* of APPENDUID; 0 if not told */
	uint32_t uid;
	/* If not sent: EREFUSED scope MESSAGE (this message; hope NEVER; hope
	 * AGAIN: it may pass over another connection with `drop` in its letter),
	 * scope FOLDER (quota, permission, TRYCREATE: nothing more into this
	 * mailbox), hope LATER if trying again later may help; sys is then the
	 * wait in ms that the server asked for, or 0.  Else what courier->open
	 * failed, scope MESSAGE, before it gave an octet. */
	const struct mc_error *why;
	unsigned drop;
	bool bad; /* not understood: it was answered with BAD */
	/* The changes that made it pass: "keywords dropped, NUL removed";
	 * NULL if sent as canonical (and mc_shape_tail() behind it); borrowed
	 * for the call.  With the digest of the octets then sent, tail and
	 * all. */
	const char *change;
	struct mc_digest sent_sha256;
};

/* What will leave in the place of a letter that was refused. */
struct mc_change {
	int64_t id;
	const char *text; /* as in its fate */
	/* Of the octets to be sent, tail and all; borrowed for the call. */
	const struct mc_facts *facts;
	/* Of what a server keeps of them that drops a CR alone (Courier);
	 * likewise.  NULL: they have none. */
	const struct mc_facts *kept;
};

/* A letter was refused as it was then, and it is changed (more), or was: a step. */
struct mc_tried {
	int64_t id;
	const char *change; /* as in its fate; with the digest: */
	struct mc_digest sent_sha256;
	const struct mc_error *why; /* the server's words */
};

struct mc_courier {
	/* Streams the canonical octets of letter id to sink; may be asked
	 * more than once for one letter.  No fate is told meanwhile. */
	MC_RC (*open)(struct mc_courier *courier, int64_t id,
		struct mc_sink *sink, struct mc_error *err);
	/* A letter is to be changed, or (called again for it) changed more;
	 * and what was told so is to be on disk: it leaves then. */
	MC_RC (*change)(struct mc_courier *courier,
		const struct mc_change *change, struct mc_error *err);
	MC_RC (*note)(struct mc_courier *courier, struct mc_error *err);
	MC_RC (*tried)(struct mc_courier *courier, const struct mc_tried *tried,
		struct mc_error *err);
	MC_RC (*fate)(struct mc_courier *courier, const struct mc_fate *fate,
		struct mc_error *err);
};

/* How many letters and octets one send() should carry at most: by MULTIAPPEND,
 * LITERAL+, MESSAGELIMIT (RFC 9738) and what the server is known to bear. */
void mc_target_batch(
	const struct mc_target *target, size_t *letters, int64_t *octets);
/* APPENDLIMIT of the selected mailbox, RFC 7889; -1: not told. */
int64_t mc_target_limit(const struct mc_target *target);

/* Does the selected mailbox keep all that a message has, by PERMANENTFLAGS?  What
 * no server could keep (a keyword that is no atom) is not kept. */
bool mc_target_keeps_all(const struct mc_target *target, uint32_t flags,
	struct mc_words keywords);
/* Flags that this server is known to lose when they come with a message, enum
 * mc_flag: they are to be added behind it. */
uint32_t mc_target_loses(const struct mc_target *target);

/* Appends letters to the selected mailbox.  Returns when they are on their
 * way: several batches may be in flight, and fates of earlier ones may be told
 * before this returns.  letters and courier stay until settled.
 * Fails: ENET EPROTO scope SESSION; ECANCEL; what courier fails; EDB if the
 * octets of a letter are not as many as it says.  After any failure the
 * connection is gone and fates not told are unknown.  A letter that makes the
 * server close (BYE, BAD; hope AGAIN) is found by sending one letter at a time:
 * alone in flight, one that is answered with BAD has its fate told. */
MC_RC mc_target_send(struct mc_target *target, const struct mc_letter *letters,
	size_t n, struct mc_courier *courier, struct mc_error *err);
/* Called from fate(): nothing more is to go into the selected mailbox.  What is
 * not on its way by then is told `why`, until all in flight has met its fate. */
void mc_target_stop(struct mc_target *target, const struct mc_error *why);
/* Waits until every letter in flight has met its fate. */
MC_RC mc_target_settle(struct mc_target *target, struct mc_error *err);

/* Adds flags and keywords to messages of the selected mailbox, as far as it
 * keeps them; takes none away.  uids: any number, in any order.
 * Fails: ENET EPROTO scope SESSION. */
struct mc_more_flags {
	const uint32_t *uids;
	size_t n;
	uint32_t flags; /* enum mc_flag; \Deleted is never set */
	struct mc_words keywords;
};
/* n of them, in one round trip.  refused: how many were, *err: as the last. */
MC_RC mc_target_add_flags(struct mc_target *target,
	const struct mc_more_flags *more, size_t n, size_t *refused,
	struct mc_error *err);

/* How much a server lets be kept, of all mailboxes of that root together;
 * RFC 9208.  max -1: not limited. */
struct mc_quota {
	char root[MC_QUOTA_ROOT_TEXT]; /* escaped for people */
	int64_t octets;
	int64_t octets_max;
	int64_t messages;
	int64_t messages_max;
};
struct mc_quotas {
	struct mc_quota list[MC_QUOTAS_MAX];
	size_t n; /* 0: the server tells nothing */
};
/* Those that hold for a mailbox.  Fails: ENET EPROTO scope SESSION. */
MC_RC mc_target_quota(struct mc_target *target, const char *mailbox,
	struct mc_quotas *out, struct mc_error *err);
/* "9.8 MB of 10.0 MB used in the quota 'root'", into out, which it returns; NULL:
 * nothing is limited. */
const char *mc_quota_text(const struct mc_quota *quota, char *out, size_t size);

/* One line a fact ("MULTIAPPEND: yes"), for probe.  Fails: ENET EPROTO. */
MC_RC mc_target_probe(struct mc_target *target,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err);

#endif
