/* SPDX-License-Identifier: MIT
 * source: a place that holds mail, only ever read; unless its driver can
 * remove mail, and who asks for that has made sure that it may go.
 *
 * open, read, close; one thread.  The driver walks its messages in its own
 * order and asks of each whether it is wanted, as far ahead as its window
 * reaches; the octets of the wanted ones follow in the order asked.  So POP3
 * can have hundreds of RETR in flight and an mbox is read in one pass, and
 * no message is ever whole in memory.
 * Knows base/, net/ and msg/; never archive/, target/ or plan/.
 */
#ifndef MC_SOURCE_SOURCE_H
#define MC_SOURCE_SOURCE_H

#include <stdint.h>

#include "base/endpoint.h"
#include "base/event.h"
#include "base/hash.h"
#include "msg/mailbox.h"
#include "msg/quote.h"
#include "msg/scan.h"

struct mc_source;

/* All is borrowed until the source is closed. */
struct mc_source_conf {
	const struct mc_endpoint *at;
	enum mc_mbox_quote quote;
	const struct mc_monitor *monitor;
};

/* A folder that is one file, read from its start to its end, and that can be
 * begun later than at its start.  Borrowed until folder_end() returns, or
 * read() fails. */
struct mc_resume {
	int64_t octets; /* of the file, which may grow meanwhile */
	/* Set in folder(): read from there; 0: from the start. */
	int64_t from;
	/* Digest of the octets right before offset: it tells a file that has
	 * only grown from one that is another.  False: there are not so many,
	 * or they cannot be read. */
	bool (*digest)(struct mc_resume *resume, int64_t offset,
		struct mc_digest *out);
	/* Can it be read from there: does a message begin, or the file end? */
	bool (*begins)(struct mc_resume *resume, int64_t offset);
};

/* How a folder stood when it was read; two equal fingerprints mean that
 * nothing in it has changed. */
struct mc_folder {
	const char *path; /* UTF-8, levels split by '/'; "INBOX" for POP3 */
	enum mc_special special; /* told by the source, else NONE */
	/* Text that changes when the folder does (device, inode, size, mtime
	 * of a file); "" if there is no cheap one.  Borrowed for the call. */
	const char *fingerprint;
	/* With what all its keys begin, if they are others when the folder has
	 * been made anew: UIDVALIDITY; or NULL.  Once it has been read. */
	const char *life;
	int64_t total; /* messages in it; -1 if not known before reading */
	struct mc_resume *resume; /* NULL: read whole or not at all */
	/* Its keys shift, as mc_source_ops has it, though the source's do not
	 * everywhere. */
	bool moving;
	/* Names that are no UTF-8 and stand here with %XX for what is none:
	 * the folder's own, where it lies, or NULL; and those of messages in
	 * it, of which the first is named, or 0. */
	const char *misnamed;
	int64_t items_misnamed;
	const char *first_misnamed;
	/* Gmail: this is no folder but a heap of mail in which labels are the
	 * folders.  They stand in item->labels, or in X-Gmail-Labels, which then
	 * tells the flags too. */
	bool labelled;
};

/* A message as listed, before its octets are read. */
struct mc_item {
	/* What finds it again: UIDL (RFC 1939 7), UIDVALIDITY and UID, file
	 * name, offset in decimal.  Borrowed until its end().  "": the source
	 * cannot name it (no usable UIDL); it is then known by its content. */
	const char *key;
	int64_t octets;      /* as the source counts, a hint; -1 if not told */
	struct mc_date date; /* server's, From_ line's or file's, if any */
	uint32_t flags;      /* enum mc_flag, as the source tells them */
	struct mc_words keywords;
	/* In a labelled folder: labels as Gmail's IMAP has them ("\\Inbox",
	 * "\\Sent", "\\Draft", "\\Junk", "\\Trash", "\\Starred", "\\Important",
	 * else the user's own, levels split by '/'), decoded to UTF-8. */
	struct mc_words labels;
	bool told_labels;    /* labels are all of them, even if there is none */
	enum mc_store store; /* which header lines are the store's */

	/* mbox only, else empty: dress records F, Q and S (msg/dress.h).  F is
	 * there at begin(), all are at end(). */
	struct mc_span wrap;
	/* mbox only: where in the file it begins, and how many octets of it
	 * it takes, From_ line and separator included; known at end(). */
	int64_t file_offset;
	int64_t file_octets;
};

/* Who reads a source.  A failing call ends the read with its error.
 * Order: folder { want* (begin bytes* end)* } folder_end, and gap anywhere
 * inside a folder.  A driver may ask want() far ahead of begin(). */
struct mc_receiver {
	/* MC_OK: read this folder.  MC_DONE: not (unchanged, or by a rule);
	 * nothing more is said of it. */
	MC_RC (*folder)(struct mc_receiver *rx, const struct mc_folder *folder,
		struct mc_error *err);
	/* MC_OK: its octets are wanted.  MC_DONE: not (known, by a rule). */
	MC_RC (*want)(struct mc_receiver *rx, const struct mc_item *item,
		struct mc_error *err);
	MC_RC (*begin)(struct mc_receiver *rx, const struct mc_item *item,
		struct mc_error *err);
	MC_RC (*bytes)(struct mc_receiver *rx, struct mc_span bytes,
		struct mc_error *err);
	/* why: NULL if the message came whole, else what is wrong with it;
	 * may come without begin() when there is nothing to read. */
	MC_RC (*end)(struct mc_receiver *rx, const struct mc_item *item,
		const struct mc_error *why, struct mc_error *err);
	/* Octets of a folder that belong to no message, all of them, in pieces
	 * of at most MC_HEADER_MAX; total is octets.n.  name: "before the first
	 * From_ line", ... */
	MC_RC (*gap)(struct mc_receiver *rx, int64_t offset, int64_t total,
		const char *name, struct mc_span octets, struct mc_error *err);
	/* why: NULL if the folder was read to its end, else the reason.
	 * fingerprint: as it stands now; differs from folder()'s if it
	 * changed meanwhile. */
	MC_RC (*folder_end)(struct mc_receiver *rx,
		const struct mc_folder *folder, const struct mc_error *why,
		struct mc_error *err);
	/* Everything wanted has come: what is kept must be safe on disk now,
	 * before the source takes leave (QUIT). */
	MC_RC (*flush)(struct mc_receiver *rx, struct mc_error *err);
	/* NULL, or told of folders before the first of them is begun.
	 * MC_DONE: folder() will say so, too; MC_OK: perhaps not.
	 * *all: want() will most likely say MC_OK to all of it. */
	MC_RC (*foresee)(struct mc_receiver *rx, const struct mc_folder *folder,
		bool *all, struct mc_error *err);
};

/* What a session of a source that removes mail lists. */
struct mc_roll {
	const char *folder; /* path */
	int64_t total;
	int64_t unnamed; /* of these have no key of their own */
	bool (*has)(const struct mc_roll *roll, const char *key);
};

/* How a session that was to remove mail ended. */
enum mc_removal {
	MC_REMOVAL_DONE,    /* the source says so */
	MC_REMOVAL_UNDONE,  /* nothing was removed, surely */
	MC_REMOVAL_CUT,     /* nor should anything be, of a source that waits to
			     * the end; the session has none */
	MC_REMOVAL_UNKNOWN, /* it was asked to, and what became of it is to be
			     * seen by looking */
};

/* Who says what may go.  Order of calls, for several messages at a time:
 *
 *   begin { want* (fetch bytes* judge)* (leave | stays)* flush stays* }* end
 *
 * A failing call ends the session, and nothing is removed in it. */
struct mc_remover {
	/* roll: borrowed for the call. */
	MC_RC (*begin)(struct mc_remover *rm, const struct mc_roll *roll,
		struct mc_error *err);
	/* MC_OK: it may go if its octets are the right ones; MC_DONE: it
	 * stays. */
	MC_RC (*want)(struct mc_remover *rm, const struct mc_item *item,
		struct mc_error *err);
	/* Its octets as they are there now. */
	MC_RC (*fetch)(struct mc_remover *rm, const struct mc_item *item,
		struct mc_error *err);
	MC_RC (*bytes)(struct mc_remover *rm, struct mc_span bytes,
		struct mc_error *err);
	/* why: NULL if all octets came, else why not; without fetch() if there
	 * was nothing to read.  MC_OK: it may go; MC_DONE: it stays. */
	MC_RC (*judge)(struct mc_remover *rm, const struct mc_item *item,
		const struct mc_error *why, struct mc_error *err);
	/* It is about to be asked for: to be noted. */
	MC_RC (*leave)(struct mc_remover *rm, const struct mc_item *item,
		struct mc_error *err);
	/* All notes are safe on disk when this returns. */
	MC_RC (*flush)(struct mc_remover *rm, struct mc_error *err);
	/* It does not go after all, whatever was said of it before. */
	MC_RC (*stays)(struct mc_remover *rm, const struct mc_item *item,
		const struct mc_error *why, struct mc_error *err);
	/* Always, if begin() was called. */
	MC_RC (*end)(struct mc_remover *rm, enum mc_removal how,
		struct mc_error *err);
};

struct mc_source_ops {
	const char *kind; /* "pop3", "mbox": the archive's word for it */
	/* Keys shift when the place changes (offsets in a file): the job then
	 * knows messages again by their content. */
	bool moving;
	MC_RC (*open)(struct mc_source **out, const struct mc_source_conf *conf,
		struct mc_error *err);
	/* Fails: ENET ETLS EPROTO EREFUSED ECANCEL, scope SESSION or RUN; what
	 * touches one message or folder only goes to end() or folder_end()
	 * and the walk goes on. */
	MC_RC (*read)(struct mc_source *src, struct mc_receiver *rx,
		struct mc_error *err);
	/* One line a fact ("PIPELINING: yes"), through `line`, for probe.
	 * NULL of IMAP: such a server is probed as a target. */
	MC_RC (*probe)(struct mc_source *src,
		void (*line)(void *arg, const char *name, const char *text),
		void *arg, struct mc_error *err);
	/* One session that removes what rm lets go; MC_DONE: all that is listed
	 * was looked at, else there is more for another session.  NULL: this
	 * source is only ever read.
	 * Fails: as read(), and what rm fails; end() has told how far it came. */
	MC_RC (*remove)(struct mc_source *src, struct mc_remover *rm,
		struct mc_error *err);
	void (*close)(struct mc_source *src); /* NULL is fine */
};

extern const struct mc_source_ops mc_source_pop3;
extern const struct mc_source_ops mc_source_mbox;
extern const struct mc_source_ops mc_source_maildir;
extern const struct mc_source_ops mc_source_mh;
extern const struct mc_source_ops mc_source_eml;
extern const struct mc_source_ops mc_source_imap;

/* The driver for at, looking at the file if it is a bare path.
 * Fails: ENOENT, EINPUT ("... is no mbox: ..."), EUSAGE; scope RUN. */
MC_RC mc_source_find(const struct mc_source_ops **out,
	const struct mc_endpoint *at, struct mc_error *err);

#endif
