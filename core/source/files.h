/* SPDX-License-Identifier: MIT
 * files: stores in which every message is a file of its own.  Walks the
 * directories and reads the messages; what a directory's names mean is told by
 * a kind: Maildir, MH, or a tree of .eml files.  Private to core/source.
 *
 *   directory --read--> names --kind--> messages, directories below, others
 *   messages  --folder(), want(), begin() ...-->  receiver
 *
 * Links are followed, but no directory is walked twice.
 */
#ifndef MC_SOURCE_FILES_H
#define MC_SOURCE_FILES_H

#include "source/dir.h"
#include "source/filter.h"
#include "source/source.h"
#include "source/told.h"

/* A file in a folder. */
struct mc_post {
	const char *name; /* its path from the folder's directory */
	size_t base;      /* in it: where the last part begins */
	size_t key_n;     /* octets from there that never change: its key */
	int64_t order;    /* smaller ones first; then by key, then by name */
	uint32_t bits;    /* the kind's own notes */
	bool doubtful;    /* a message only if its head looks like one */
	bool twin;        /* its key has been used by the one before */
	mode_t type;      /* as struct mc_name has it */
	int error;
	int64_t octets; /* by stat(), if kind->stats */
	struct timespec changed;
};

/* The kind's own notes of a message, by its order. */
struct mc_files_mark {
	int64_t order;
	uint32_t bits;
};

/* A directory below a folder's. */
struct mc_below {
	char *name;
	char *label; /* UTF-8, one or more levels split by '/' */
};

/* A directory as a kind understands it.  Its posts are asked for one by one:
 * there may be more than memory holds. */
struct mc_listing {
	const char *path;
	bool is_folder; /* even without messages */
	int64_t posts_n;
	struct mc_below *below;
	size_t below_n;
	size_t below_room;
	struct mc_buf notes;  /* the kind's own: text of a file of flags */
	struct mc_buf notes2; /* likewise */
	struct mc_files_mark
		*marks;     /* of all posts, if kind->mark; else NULL */
	int64_t unfinished; /* files that a delivery has not finished */
	/* Posts whose names are no UTF-8; the path of the first. */
	struct mc_counted misnamed;
	/* Who is told of what is passed over; NULL: nobody. */
	void (*passed)(void *arg, const char *path, const char *why);
	void *arg;

	/* Private to listing. */
	struct mc_sorter *sorter;
	int fd; /* of the directory, where sizes and times are asked; or -1 */
	int64_t next;
	struct mc_buf name;
	struct mc_buf key; /* of the post before */
};

/* What a post is, beside its octets. */
struct mc_post_facts {
	int64_t beside; /* octets of other files that it is made of */
	uint32_t flags;
	struct mc_buf keywords;
	struct mc_date date; /* rank and time */
};

struct mc_files_kind {
	const char *title; /* "Maildir", for people */
	enum mc_store store;
	bool stats;      /* the fingerprint has sizes and times of files */
	bool lone;       /* a file by itself will do */
	const char *top; /* folder of messages at the top; NULL: as the
			  * directory is called */

	/* Sorts the names of a directory out.
	 * Fails: EIO, ENOENT, scope FOLDER; ELIMIT (memory), EIO, scope RUN. */
	MC_RC (*list)(struct mc_listing *listing, struct mc_names *names,
		struct mc_error *err);
	/* Sets the bits of listing->marks; may be NULL. */
	void (*mark)(struct mc_listing *listing);
	/* facts->date is the file's time when called. */
	MC_RC (*describe)(const struct mc_listing *listing,
		const struct mc_post *post, struct mc_post_facts *facts,
		struct mc_error *err);
	/* Of the file at path; NULL: the file is the message.
	 * Fails: ELIMIT (memory). */
	MC_RC (*filter)(struct mc_filter **out, const char *path,
		struct mc_sink *sink, const struct mc_monitor *monitor,
		struct mc_error *err);
};

/* For list().  sub: "cur", or "" for the directory itself.  Of post, key_n (0:
 * the whole last part), order and doubtful are taken. */
MC_RC mc_listing_add(struct mc_listing *listing, const char *sub,
	const struct mc_name *name, const struct mc_post *post,
	struct mc_error *err);
MC_RC mc_listing_below(struct mc_listing *listing, const char *name,
	struct mc_span label, struct mc_error *err);
/* A name that is neither file nor directory will be told as a failure. */
MC_RC mc_listing_odd(struct mc_listing *listing, const struct mc_name *name,
	struct mc_error *err);
void mc_listing_pass(
	struct mc_listing *listing, const char *name, const char *why);

/* The ops of a kind's driver. */
MC_RC mc_files_open(struct mc_source **out, const struct mc_source_conf *conf,
	const struct mc_files_kind *kind, struct mc_error *err);
MC_RC mc_files_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err);
MC_RC mc_files_probe(struct mc_source *src,
	void (*line)(void *arg, const char *name, const char *text), void *arg,
	struct mc_error *err);
void mc_files_close(struct mc_source *src);

#endif
