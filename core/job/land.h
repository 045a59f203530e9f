/* SPDX-License-Identifier: MIT
 * land: messages that were worked out become rows of the archive, and are
 * counted: stored, known, skipped or failed. */
#ifndef MC_JOB_LAND_H
#define MC_JOB_LAND_H

#include "archive/archive.h"
#include "job/cargo.h"
#include "job/job.h"
#include "job/labels.h"
#include "job/reading.h"

/* Where messages are seen; the same for all between two syncs. */
struct mc_place {
	int64_t source;
	int64_t folder;
	const char *path; /* the folder's, for people; NULL: it has none */
	bool labelled;    /* as struct mc_folder has it */
	bool moving;      /* keys shift */
	const struct mc_rules *rules; /* for the folders that labels are */
	const struct mc_selection *select;
	int64_t run;
	int64_t since_run; /* if they do: as struct mc_sighting has it; 0: run */
};

/* A message that could not be kept; yours to free().  There are as many at a
 * time as the intake's queues hold messages. */
struct mc_lost {
	struct mc_lost *next;
	const char *folder; /* its path, behind key, or NULL */
	char why[MC_ERROR_TEXT];
	char key[];
};

/* What came of messages. */
struct mc_landed {
	int64_t stored;
	int64_t known;
	int64_t skipped_by[MC_SKIP_RULES];
	int64_t failed;
	struct mc_lost *lost; /* those, the last one first */
	int64_t brought;      /* stored or known by their content, now */
	int64_t copies;       /* of those: known by their content */
	int64_t again; /* of those: brought by an earlier session of the run */
	int64_t first_sighting; /* made in this run, all later have higher ids;
				 * 0: none */
};

struct mc_land {
	struct mc_archive *ar;
	struct mc_place place; /* its path: a copy */
	bool resumed; /* an earlier session of this run brought messages */
	struct mc_read_outcome
		own; /* of the folder: what reading could not know */
	struct mc_landed now;
	bool body_open;
	char *path;
	struct mc_buf keywords;
	struct mc_labels sorted;
	int64_t stands[MC_LABELS_MAX]; /* folders that labels are */
	size_t stands_n;
};

void mc_land_init(struct mc_land *land, struct mc_archive *ar);
void mc_land_dispose(struct mc_land *land);

/* From here on messages are seen there; own: of it so far.
 * Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_land_place(struct mc_land *land, const struct mc_place *place,
	const struct mc_read_outcome *own, struct mc_error *err);

/* Inside a batch.  Fails: scope RUN. */
MC_RC mc_land_piece(struct mc_land *land, const struct mc_piece *piece,
	struct mc_error *err);
MC_RC mc_land_parcel(struct mc_land *land, const struct mc_parcel *parcel,
	struct mc_error *err);

/* Adds from to sum, and empties it. */
void mc_landed_move(struct mc_landed *sum, struct mc_landed *from);

#endif
