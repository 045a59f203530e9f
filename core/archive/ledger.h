/* SPDX-License-Identifier: MIT
 * ledger: what became of every message on every target.
 *
 *            look finds it           APPEND sent       OK [APPENDUID]
 *   waiting ---------------> present
 *   waiting --- noted ----> sending ----------------------> sent
 *      ^                       |  NO: refused   lost: look again
 *      +-- not on server ------+---------> refused
 *   skipped: by a rule, told when placed
 *
 * `sending` is committed, with the mailbox's UIDVALIDITY and UIDNEXT, before
 * the first octet leaves; and so is what is changed of it to be accepted.
 */
#ifndef MC_ARCHIVE_LEDGER_H
#define MC_ARCHIVE_LEDGER_H

#include "archive/archive.h"
#include "base/buf.h"

enum mc_placement_state {
	MC_WAITING,
	MC_SENDING,
	MC_SENT,
	MC_PRESENT,
	MC_REFUSED,
	MC_SKIPPED,
};

/* name: endpoint without password.  find: 0 if it is not known; put makes it
 * then. */
MC_RC mc_target_find(struct mc_archive *ar, const char *name, int64_t *target,
	struct mc_error *err);
MC_RC mc_target_put(struct mc_archive *ar, const char *name, int64_t *target,
	struct mc_error *err);

struct mc_mailbox_row {
	int64_t id;
	uint32_t uidvalidity; /* 0: never selected */
	uint32_t looked;      /* UIDs below this are in `remote` */
};
MC_RC mc_mailbox_put(struct mc_archive *ar, int64_t target, const char *name,
	struct mc_mailbox_row *out, struct mc_error *err);
/* What was seen now.  Another uidvalidity than before forgets what was known
 * of the mailbox's messages and turns sent, present and sending into waiting
 * again, to be looked for. */
MC_RC mc_mailbox_selected(struct mc_archive *ar, int64_t mailbox,
	uint32_t uidvalidity, struct mc_error *err);
/* It holds nothing.  *anew: the next UID there (0: not told) is none beyond those
 * of our messages: it was removed and made anew under the same uidvalidity, and
 * what was known is forgotten likewise. */
MC_RC mc_mailbox_empty(struct mc_archive *ar, int64_t mailbox,
	uint32_t uidvalidity, uint32_t uidnext, bool *anew,
	struct mc_error *err);
MC_RC mc_mailbox_looked(struct mc_archive *ar, int64_t mailbox, uint32_t uid,
	struct mc_error *err);

/* A message found on the server; key as in sightings, message_id n == 0: none.
 * Put again, it replaces what was known, but for a key by NULL. */
struct mc_remote {
	int64_t mailbox;
	uint32_t uid;
	int64_t octets;
	/* NULL: not known yet, since without a usable Message-ID the content
	 * must be fetched to know it. */
	const struct mc_digest *key;
	struct mc_span message_id;
};
MC_RC mc_remote_put(struct mc_archive *ar, const struct mc_remote *in,
	struct mc_error *err);
/* UIDs of the mailbox whose key is not known, ascending, above `after`. */
MC_RC mc_remote_unkeyed(struct mc_archive *ar, int64_t mailbox, uint32_t after,
	uint32_t *uids, size_t *n, struct mc_error *err);
MC_RC mc_remote_key(struct mc_archive *ar, int64_t mailbox, uint32_t uid,
	const struct mc_digest *key, struct mc_error *err);

/* Every folder that holds sightings, with what plan/ must know. */
struct mc_folder_facts {
	int64_t id;
	const char *source; /* name; borrowed until the next call */
	const char *kind;
	const char *path;
	int special;
	int64_t sightings;
};
typedef enum mc_rc mc_folder_fn(
	void *arg, const struct mc_folder_facts *folder, struct mc_error *err);
MC_RC mc_folder_each(struct mc_archive *ar, mc_folder_fn *fn, void *arg,
	struct mc_error *err);
/* Every folder that was read to its end and held nothing; sightings is 0. */
MC_RC mc_folder_empty(struct mc_archive *ar, mc_folder_fn *fn, void *arg,
	struct mc_error *err);

/* Where a folder goes on a target; mailbox 0: nowhere (rule says why). */
MC_RC mc_route_put(struct mc_archive *ar, int64_t target, int64_t folder,
	int64_t mailbox, const char *rule, struct mc_error *err);

/* The mailbox a folder goes to so far, into an emptied out; "" for nowhere or
 * not decided yet. */
MC_RC mc_route_get(struct mc_archive *ar, int64_t target, int64_t folder,
	struct mc_buf *out, struct mc_error *err);

/* A mailbox that the server refused by the name `wanted` is called `given`
 * there.  Put again, the later holds. */
MC_RC mc_renamed_put(struct mc_archive *ar, int64_t target, const char *wanted,
	const char *given, struct mc_error *err);
/* All of a target, or (0) of all; by name. */
typedef enum mc_rc mc_renamed_fn(
	void *arg, const char *wanted, const char *given, struct mc_error *err);
MC_RC mc_renamed_each(struct mc_archive *ar, int64_t target, mc_renamed_fn *fn,
	void *arg, struct mc_error *err);

struct mc_place_rules {
	bool all_variants;
	bool keep_deleted;
	uint32_t deleted_flags; /* any of these: marked as deleted */
	uint32_t sent_flags;    /* those that a target is told */
};
/* Makes a placement of every (logical message, mailbox) that the routes ask
 * for and that has none; linear in what is new.  One whose sightings there are
 * all marked deleted, or whose folder goes nowhere, is `skipped` with the
 * rule.  One that was sent before a copy came which brings further flags, or
 * keywords, is owing them from then on.  placed: how many were made. */
MC_RC mc_placements_make(struct mc_archive *ar, int64_t target,
	const struct mc_place_rules *rules, int64_t *placed,
	struct mc_error *err);

/* waiting or sending ones that a looked-at message answers become present
 * (or sent, if sending and uid >= the noted UIDNEXT); the others that were
 * sending become waiting again.  No remote message answers for two. */
struct mc_matched {
	int64_t found;
	int64_t lost; /* that were sending */
	int64_t gone; /* that had been sent, before UIDVALIDITY changed */
};
MC_RC mc_placements_match(struct mc_archive *ar, int64_t mailbox,
	struct mc_matched *matched, struct mc_error *err);

/* How a message goes that is refused as it is: not at all, or in the wrapping of
 * another (job/wrap.h). */
enum mc_wrapping { MC_WRAP_NOT, MC_WRAP_MESSAGE, MC_WRAP_OCTETS };

/* A placement ready to be sent. */
struct mc_placement {
	int64_t id;
	int64_t logical;
	int64_t body;
	int64_t octets;
	uint32_t shape;
	int32_t longest_line;
	uint32_t flags; /* united over all sightings of the message */
	char *keywords; /* words, each ended by NUL; keywords_n octets */
	size_t keywords_n;
	int64_t internaldate; /* best of all sightings; MC_NO_TIME */
	int attempts;         /* times it was sending before */
	int64_t rank;         /* how far to trust that; less is better */
	int64_t newest;       /* the last of its sightings */
	uint32_t uid;         /* of one that is owing; else 0 */
	bool changed;         /* one that is owing: to be accepted */
	bool nameless;        /* without a Message-ID that tells which it is */
	bool refused; /* it was, in an earlier run, and is tried again */
	enum mc_wrapping wrapped;
};
/* Up to *n waiting ones of the mailbox with id > after, ascending; *n: how
 * many came.  Each is to be disposed. */
MC_RC mc_placements_next(struct mc_archive *ar, int64_t mailbox, int64_t after,
	struct mc_placement *out, size_t *n, struct mc_error *err);
void mc_placement_dispose(struct mc_placement *placement);
/* Behind which of them only the last n wait; 0: no more than these do. */
MC_RC mc_placements_tail(struct mc_archive *ar, int64_t mailbox, int64_t n,
	int64_t *after, struct mc_error *err);
/* What a mailbox has yet to get; waiting: of those placements behind `after`. */
struct mc_dues {
	int64_t waiting;
	int64_t sending; /* noted so, and not heard of since */
	int64_t owing;   /* flags, to messages that are there */
};
MC_RC mc_mailbox_dues(struct mc_archive *ar, int64_t mailbox, int64_t after,
	struct mc_dues *out, struct mc_error *err);
/* How many wait for all mailboxes of a target, and of what size. */
MC_RC mc_placements_size(struct mc_archive *ar, int64_t target,
	int64_t *messages, int64_t *octets, struct mc_error *err);
/* The last placement of all, 0: none. */
MC_RC mc_placement_last(
	struct mc_archive *ar, int64_t *placement, struct mc_error *err);
/* As mc_placements_next() those that are owing and whose UID is known.  Sending
 * one anew pays, and so does paid(). */
MC_RC mc_placements_owing(struct mc_archive *ar, int64_t mailbox, int64_t after,
	struct mc_placement *out, size_t *n, struct mc_error *err);
/* What was, or is about to be, sent is owing its flags: the server loses them. */
MC_RC mc_placement_owes(
	struct mc_archive *ar, int64_t placement, struct mc_error *err);
/* All that was sent to the mailbox, under UIDs from `first` on, and has one of
 * the flags. */
MC_RC mc_placements_lost(struct mc_archive *ar, int64_t mailbox, uint32_t first,
	uint32_t flags, struct mc_error *err);
MC_RC mc_placement_paid(
	struct mc_archive *ar, int64_t placement, struct mc_error *err);

MC_RC mc_placement_sending(struct mc_archive *ar, int64_t placement,
	uint32_t uidvalidity, uint32_t uidnext, struct mc_error *err);
/* It was noted as sending, and surely not an octet of it left: as if it had
 * never been noted. */
MC_RC mc_placement_unsent(
	struct mc_archive *ar, int64_t placement, struct mc_error *err);
/* What APPEND made of it. */
struct mc_landing {
	uint32_t uidvalidity;
	uint32_t uid;       /* 0: not told */
	const char *change; /* see target; NULL if sent as canonical */
	const struct mc_digest *sent_sha256; /* likewise */
};
MC_RC mc_placement_sent(struct mc_archive *ar, int64_t placement,
	const struct mc_landing *landing, struct mc_error *err);
/* What leaves in the place of one that is sending, for the server refuses it as
 * it is.  To be committed before: it is looked for by its keys and sizes, too, and
 * known as changed where it is found, until something else of it was sent. */
struct mc_altered {
	const char *change; /* see target */
	struct mc_digest sha256;
	struct mc_digest key; /* as in sightings, of what leaves */
	int64_t octets;
	struct mc_digest kept_key; /* of what some servers make of that */
	int64_t kept_octets;       /* likewise; 0: of that, both */
};
MC_RC mc_placement_altered(struct mc_archive *ar, int64_t placement,
	const struct mc_altered *as, struct mc_error *err);
/* Some servers make this of what is sent as it is: it is looked for as that, too.
 * Of `as` key and octets alone. */
MC_RC mc_placement_likely(struct mc_archive *ar, int64_t placement,
	const struct mc_altered *as, struct mc_error *err);
MC_RC mc_placement_refused(struct mc_archive *ar, int64_t placement,
	const char *code, const char *text, struct mc_error *err);
MC_RC mc_placement_waiting(struct mc_archive *ar, int64_t placement,
	const char *why, struct mc_error *err);
/* A step on the way to what is accepted, or to none: as what it was sent, and what
 * the server said when it refused that. */
struct mc_try {
	const char *change; /* as in mc_landing */
	const struct mc_digest *sha256;
	const char *code; /* "": none */
	const char *text;
};
MC_RC mc_placement_tried(struct mc_archive *ar, int64_t placement,
	const struct mc_try *tried, struct mc_error *err);
/* All of one placement, in their order. */
typedef enum mc_rc mc_try_fn(
	void *arg, const struct mc_try *tried, struct mc_error *err);
MC_RC mc_placement_tries(struct mc_archive *ar, int64_t placement,
	mc_try_fn *fn, void *arg, struct mc_error *err);

/* Refused ones wait again, of that mailbox or (NULL) of all; *n: how many. */
MC_RC mc_placements_retry(struct mc_archive *ar, int64_t target,
	const char *mailbox, int64_t *n, struct mc_error *err);
/* Those that are refused anywhere on the target are to go, each once, into that
 * mailbox, which is for such alone; as MC_WRAP_MESSAGE but where the shape has
 * a bit of offending, or a line is too long. */
MC_RC mc_placements_wrap(struct mc_archive *ar, int64_t target, int64_t mailbox,
	uint32_t offending, struct mc_error *err);
/* Those of them that were refused as MC_WRAP_MESSAGE wait as MC_WRAP_OCTETS. */
MC_RC mc_placements_wrap_again(struct mc_archive *ar, int64_t mailbox,
	int64_t *n, struct mc_error *err);
/* How many arrived there. */
MC_RC mc_placements_wrapped(struct mc_archive *ar, int64_t mailbox, int64_t *n,
	struct mc_error *err);

struct mc_ledger_counts {
	int64_t placements;
	int64_t sent;
	int64_t present;
	int64_t refused;
	int64_t skipped;
	int64_t waiting; /* and sending */
	int64_t sending; /* of these: on their way when a session ended */
	int64_t mended;  /* of those sent: changed to be accepted */
};
/* target 0: all targets. */
MC_RC mc_ledger_count(struct mc_archive *ar, int64_t target,
	struct mc_ledger_counts *out, struct mc_error *err);

/* Placements by state, for reports: each with mailbox, logical, words. */
struct mc_placement_line {
	int64_t id;
	int64_t logical;
	const char *mailbox; /* "" for what goes nowhere: skipped */
	enum mc_placement_state state;
	uint32_t uidvalidity;
	uint32_t uid;
	int64_t octets; /* canonical */
	uint32_t shape;
	int64_t body;
	const struct mc_digest *key;         /* logical */
	const struct mc_digest *sha256;      /* canonical */
	const struct mc_digest *sent_sha256; /* NULL: as canonical */
	const struct mc_digest *sent_key;    /* of that; NULL: not known */
	int64_t sent_octets;                 /* of that; 0: not known */
	int64_t likely_octets; /* of what a server is likely to make of what was
				* sent; 0: of that, or not known */
	const char *change;    /* what was changed to be accepted; or NULL */
	enum mc_wrapping wrapped;
	const char *code; /* refused: response code or NULL */
	const char *text; /* refused, waiting, skipped: why; or NULL */
	const char *subject;
	const char *message_id;
};
typedef enum mc_rc mc_placement_fn(
	void *arg, const struct mc_placement_line *line, struct mc_error *err);
/* states: bits 1 << state.  mailbox 0: all; ordered by mailbox, uid. */
struct mc_placement_filter {
	int64_t target;  /* 0: all */
	int64_t mailbox; /* 0: all */
	unsigned states; /* bits 1 << state */
	/* Only those sent or present that no migrate has found there since;
	 * states: those two. */
	bool unverified;
	bool changed; /* instead: sent, and changed to be accepted */
	/* Of sources of that kind ("pop3") that have a copy still; and those;
	 * or NULL. */
	const char *leaving;
};
MC_RC mc_placement_each(struct mc_archive *ar,
	const struct mc_placement_filter *filter, mc_placement_fn *fn,
	void *arg, struct mc_error *err);
/* One that was sent or present under that UID (0: none was told) is not there any
 * more: it is as if it were on its way, and is looked for. */
MC_RC mc_placement_doubt(struct mc_archive *ar, int64_t placement,
	int64_t mailbox, uint32_t uid, struct mc_error *err);
/* Which one was sent or present under that UID; 0: none. */
MC_RC mc_placement_at(struct mc_archive *ar, int64_t mailbox, uint32_t uid,
	int64_t *placement, struct mc_error *err);
/* Which logical message it is: that one's key. */
MC_RC mc_placement_key(struct mc_archive *ar, int64_t placement,
	struct mc_digest *key, struct mc_error *err);
/* One by its row: where it is, or is to go, and what is said of it.
 * Fails: EDB scope RUN: there is none. */
struct mc_placed {
	enum mc_placement_state state;
	uint32_t uid; /* 0: not known */
	int64_t logical;
	char *mailbox; /* "" for what goes nowhere */
	char *subject; /* NULL: none */
};
MC_RC mc_placement_get(struct mc_archive *ar, int64_t placement,
	struct mc_placed *out, struct mc_error *err);
void mc_placed_dispose(struct mc_placed *placed);
/* It was found on its server. */
MC_RC mc_placement_verified(
	struct mc_archive *ar, int64_t placement, struct mc_error *err);
typedef enum mc_rc mc_mailbox_fn(void *arg, int64_t id, const char *name,
	uint32_t uidvalidity, struct mc_error *err);
MC_RC mc_mailbox_each(struct mc_archive *ar, int64_t target, mc_mailbox_fn *fn,
	void *arg, struct mc_error *err);

#endif
