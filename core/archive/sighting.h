/* SPDX-License-Identifier: MIT
 * sighting: which place held which message, under which name, in which dress;
 * and the grouping of sightings into logical messages. */
#ifndef MC_ARCHIVE_SIGHTING_H
#define MC_ARCHIVE_SIGHTING_H

#include "archive/archive.h"
#include "archive/reach.h"

/* name: the endpoint as people read it, without password. Creates or finds. */
MC_RC mc_source_put(struct mc_archive *ar, const char *kind, const char *name,
	int64_t *id, struct mc_error *err);

struct mc_folder_row {
	int64_t id;
	int special;
	struct mc_reach reach;
};
/* Creates or finds.  special: enum mc_special, opaque here; 0 leaves what was
 * told before. */
MC_RC mc_folder_put(struct mc_archive *ar, int64_t source, const char *path,
	int special, struct mc_folder_row *out, struct mc_error *err);

/* All zero if there is none. */
MC_RC mc_folder_find(struct mc_archive *ar, int64_t source, const char *path,
	struct mc_folder_row *out, struct mc_error *err);

/* A message seen in a folder; plain data, strings borrowed for the call. */
struct mc_sighting {
	int64_t folder;
	const char *key;
	int64_t body;
	int64_t run;
	/* Keys shift (offsets): the run that began at the folder's start.  What
	 * it and later ones have claimed is where they say.  0: keys stay. */
	int64_t since_run;
	int64_t listed_octets; /* as the source counted; -1 if it did not */
	int64_t raw_octets;
	const struct mc_digest *raw_sha256; /* NULL: raw is canonical */
	struct mc_span dress;               /* n == 0: raw is canonical */
	int64_t time;                       /* INTERNALDATE; MC_NO_TIME */
	int rank;                           /* enum mc_date_rank, opaque */
	uint32_t flags;                     /* enum mc_flag, opaque */
	struct mc_span keywords;            /* words, each ended by NUL */
	struct mc_span labels;              /* likewise */
	/* Folders of the same source in which it stands by its labels, and
	 * then not in `folder`, where it was read; ascending, none twice. */
	const int64_t *stands;
	size_t stands_n;

	/* Identity, of which the same octets always have the same: they are
	 * looked for by it.  No two logical messages have one key. */
	const struct mc_digest *logical_key;
	const struct mc_digest *variant;
	struct mc_span message_id; /* normalised; n == 0: NULL */
	struct mc_span aliases;    /* words */
	int64_t date;              /* Date field; MC_NO_TIME */
	const char *from;          /* UTF-8, decoded, or NULL */
	const char *subject;       /* UTF-8, decoded, or NULL */
};

enum mc_sighting_news {
	MC_NEWS_SAME,    /* this very sighting was held: nothing stored */
	MC_NEWS_REKEYED, /* same message in the same folder under a new key */
	MC_NEWS_COPY,    /* known message (same octets or variant), new place */
	MC_NEWS_VARIANT, /* known logical message, other octets */
	MC_NEWS_MESSAGE, /* new logical message */
};

/* Notes a message of which the body came in pieces since mc_body_begin()
 * (body.h): it is added if it is new, and forgotten if not; fills body->id and
 * in->body.  Same (folder, key, body): SAME; flags, words, date and dress are
 * refreshed.  Where keys shift, a sighting of the same body in the same folder
 * that no run since in->since_run has claimed is REKEYED.  Inside a batch. */
struct mc_body;
MC_RC mc_message_put(struct mc_archive *ar, struct mc_body *body,
	struct mc_sighting *in, enum mc_sighting_news *news, int64_t *sighting,
	struct mc_error *err);

/* The same octets at the same offset again: this run has seen them last. */
struct mc_gap {
	int64_t folder;
	int64_t run;
	int64_t offset;
	int64_t total;
	const char *name;
	struct mc_span octets;
};
MC_RC mc_gap_put(
	struct mc_archive *ar, const struct mc_gap *gap, struct mc_error *err);

/* Runs: what was asked, and how each ended. */
struct mc_counts {
	int64_t listed;
	int64_t stored;
	int64_t known;
	int64_t skipped;
	int64_t failed;
	int64_t octets; /* raw, read */
};
MC_RC mc_run_begin(struct mc_archive *ar, const char *command, int64_t *run,
	struct mc_error *err);
MC_RC mc_run_end(struct mc_archive *ar, int64_t run,
	const struct mc_counts *counts, int exit_status, struct mc_error *err);
/* An item that ended skipped or failed, and why. */
struct mc_run_item {
	int64_t run;
	int64_t folder; /* 0: of no folder */
	const char *key;
	bool failed;
	const char *why;
};
MC_RC mc_run_item_put(struct mc_archive *ar, const struct mc_run_item *item,
	struct mc_error *err);

#endif
