/* SPDX-License-Identifier: MIT
 * extract: what is written back out: folders, and the messages of one in
 * order.  Changes nothing. */
#ifndef MC_ARCHIVE_EXTRACT_H
#define MC_ARCHIVE_EXTRACT_H

#include "archive/archive.h"
#include "base/buf.h"

/* From now to the archive's close all is read as it stands at the next call,
 * whoever writes meanwhile.  For an archive opened to READ. */
MC_RC mc_extract_begin(struct mc_archive *ar, struct mc_error *err);

/* Strings are borrowed for the call. */
struct mc_extract_folder {
	int64_t id;
	const char *source; /* name */
	const char *kind;
	const char *path;
	int64_t sightings; /* read there */
	int64_t standing;  /* messages that stand there: those read there, but
			    * for those whose labels say otherwise; and those
			    * that stand there by a label */
	int64_t labelled;  /* of these: by a label */
};
typedef enum mc_rc mc_extract_folder_fn(void *arg,
	const struct mc_extract_folder *folder, struct mc_error *err);
/* Every folder by id, those without messages too. */
MC_RC mc_extract_folders(struct mc_archive *ar, mc_extract_folder_fn *fn,
	void *arg, struct mc_error *err);

/* Strings and spans are borrowed for the call. */
struct mc_extract {
	int64_t logical;
	int64_t sighting;
	int64_t body;
	int64_t octets; /* canonical */
	uint32_t shape;
	uint32_t flags;
	struct mc_span keywords; /* words */
	int64_t time;            /* INTERNALDATE; MC_NO_TIME */
	int64_t raw_octets;      /* of the sighting */
	struct mc_digest raw_sha256;
	const char *sender; /* or NULL */
	const char *subject;
	/* Why nothing is known of it but the number of its sighting, since what
	 * should tell is damaged; or NULL. */
	const struct mc_error *lost;
};
typedef enum mc_rc mc_extract_fn(
	void *arg, const struct mc_extract *message, struct mc_error *err);

struct mc_extract_rules {
	bool all_variants; /* each variant once, not one of them */
	/* Flags that do not spread to copies, opaque here. */
	uint32_t deleted;
	uint32_t expunged;
};

/* The logical messages that stand in folders of that path, each once, as first
 * seen there.  Flags, keywords and date are those of all sightings of the message,
 * wherever; but those that do not spread are set only if every sighting here
 * has one.  fn may end it with MC_DONE. */
MC_RC mc_extract_messages(struct mc_archive *ar, const char *path,
	const struct mc_extract_rules *rules, mc_extract_fn *fn, void *arg,
	struct mc_error *err);
MC_RC mc_extract_count(struct mc_archive *ar, const char *path,
	const struct mc_extract_rules *rules, int64_t *n, struct mc_error *err);

/* Every sighting of a folder by id, with what it alone says.  fn may end it
 * with MC_DONE. */
MC_RC mc_extract_sightings(struct mc_archive *ar, int64_t folder,
	mc_extract_fn *fn, void *arg, struct mc_error *err);

/* A folder that is one file: its keys are offsets.  What no run from `since`
 * on has seen is of the past. */
struct mc_extract_file {
	int64_t folder;
	int64_t since;
};

/* The run that saw messages of the folder last, and whether it ended well; for
 * folders of which mc_reach_get() knows nothing.  0 and true: none did. */
MC_RC mc_extract_last_run(struct mc_archive *ar, int64_t folder, int64_t *run,
	bool *well, struct mc_error *err);

/* What begins at that offset: a message, or octets that belong to none.
 * MC_DONE: nothing. */
typedef enum mc_rc mc_extract_gap_fn(
	void *arg, struct mc_span octets, struct mc_error *err);
struct mc_extract_reader {
	mc_extract_fn *message;
	mc_extract_gap_fn *gap;
	void *arg;
};
MC_RC mc_extract_at(struct mc_archive *ar, const struct mc_extract_file *file,
	int64_t offset, const struct mc_extract_reader *reader,
	struct mc_error *err);
/* The first offset behind that one where something begins; MC_DONE: none. */
MC_RC mc_extract_behind(struct mc_archive *ar,
	const struct mc_extract_file *file, int64_t offset, int64_t *next,
	struct mc_error *err);

#endif
