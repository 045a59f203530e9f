/* SPDX-License-Identifier: MIT
 * imap_window: some messages of a mailbox, from their listing until their octets
 * have come.  Private to core/source.
 *
 *   FREE --list--> LISTING --its OK--> LISTED --ask--> FETCHING --> FREE
 *     '-----------------direct----------------------------^
 *
 * Where all will be wanted, messages come at once, by their numbers, each with
 * what a list would tell.
 */
#ifndef MC_SOURCE_IMAP_WINDOW_H
#define MC_SOURCE_IMAP_WINDOW_H

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

/* A message as listed. */
struct mc_imap_entry {
	uint32_t uid;
	char key[24]; /* "UIDVALIDITY:UID", once it is asked about */
	int64_t octets;
	int64_t internaldate;
	uint32_t flags;
	size_t keywords_at; /* in words */
	size_t keywords_n;
	size_t labels_at;
	size_t labels_n;
	bool over; /* end() was said */
};

enum mc_imap_window_state {
	MC_IMAP_WINDOW_FREE,
	MC_IMAP_WINDOW_LISTING,
	MC_IMAP_WINDOW_LISTED,
	MC_IMAP_WINDOW_FETCHING,
};

struct mc_imap_window {
	const struct mc_imap_reading *r;
	enum mc_imap_window_state state;
	struct mc_imap_looking *looking;
	struct mc_imap_look look;
	int tries;
	struct mc_imap_entry *entry; /* by UID, once listed */
	size_t n;
	bool direct;
	bool overfull;       /* there were more than it can hold */
	struct mc_buf words; /* keywords and labels of them all */
	struct mc_buf some;  /* those of one */
	struct mc_buf name;  /* a label, decoded */
	uint32_t *uids;      /* wanted, ascending */
	int64_t *octets;     /* of those */
	size_t *wanted;      /* their entries */
	struct mc_imap_batch batch;
};

MC_RC mc_imap_window_init(struct mc_imap_window *w,
	const struct mc_imap_reading *r, struct mc_error *err);
void mc_imap_window_dispose(struct mc_imap_window *w);

/* Asks for a list of what look names; its items, each and arg are ours. */
MC_RC mc_imap_window_list(struct mc_imap_window *w,
	const struct mc_imap_look *look, struct mc_error *err);
/* Or not listed: batch is then all numbers from first to last, at most
 * MC_IMAP_LOOK_MAX. */
void mc_imap_window_direct(
	struct mc_imap_window *w, uint32_t first, uint32_t last);
/* ... and this is one of them: it is asked about.  MC_DONE: not wanted. */
MC_RC mc_imap_window_came(struct mc_imap_window *w,
	const struct mc_imap_message *message, struct mc_imap_entry **out,
	struct mc_error *err);
/* Takes notice of what has come.  Fails: EREFUSED, scope FOLDER. */
MC_RC mc_imap_window_step(struct mc_imap_window *w, struct mc_error *err);
/* Asks want() of each that is listed; batch is then what is wanted. */
MC_RC mc_imap_window_ask(struct mc_imap_window *w, struct mc_error *err);
/* What was wanted and did not come has an end, too.  Nothing of it is on its
 * way. */
MC_RC mc_imap_window_end(struct mc_imap_window *w, const struct mc_error *why,
	struct mc_error *err);

/* NULL: it is none of its. */
struct mc_imap_entry *mc_imap_window_find(
	struct mc_imap_window *w, uint32_t uid);
/* Borrowed from the window. */
struct mc_item mc_imap_window_item(
	const struct mc_imap_window *w, const struct mc_imap_entry *entry);
/* The message goes no further. */
MC_RC mc_imap_window_give_up(struct mc_imap_window *w,
	struct mc_imap_entry *entry, const struct mc_error *why,
	struct mc_error *err);

#endif
