/* SPDX-License-Identifier: MIT
 * reading: how far a folder is read; what an earlier run has accounted for is
 * not read again. */
#ifndef MC_JOB_READING_H
#define MC_JOB_READING_H

#include "archive/reach.h"
#include "job/job.h"
#include "source/source.h"

/* Items of a folder so far. */
struct mc_tally {
	int64_t listed;
	int64_t failed;
	int64_t skipped_by[MC_SKIP_RULES];
};

struct mc_reading {
	const struct mc_selection *select;
	struct mc_resume *resume; /* of the source; NULL: whole or not at all */
	char fingerprint[256];    /* of the folder when it was begun */
	int64_t since_run;        /* that began at its start; 0: this one */
	int64_t offset;           /* behind the last message that came */
	int64_t marked;           /* so far it was marked */
	bool in_place; /* what an earlier run read may change in its place */
};

/* A place in a folder, to be noted when all before it is in the archive. */
struct mc_mark {
	const struct mc_selection *select;
	struct mc_reach reach;
};

/* How much of a folder need not be read. */
enum mc_reading_held { MC_HELD_NONE, MC_HELD_PART, MC_HELD_WHOLE };

/* Begins with a folder as its source tells it, and as `held` was noted.  If a
 * part is held, the source will go on behind it. */
enum mc_reading_held mc_reading_begin(struct mc_reading *r,
	const struct mc_folder *folder, const struct mc_reach *held,
	const struct mc_selection *select);

/* What came of the items that need not be read. */
void mc_reading_tally(const struct mc_reach *held, struct mc_tally *out);

/* A message came whole, or not. */
void mc_reading_pass(struct mc_reading *r, const struct mc_item *item);

/* Marks where it is.  False: there is nothing to mark, or less than `least`
 * octets since it last was. */
bool mc_reading_mark(
	struct mc_reading *r, int64_t run, int64_t least, struct mc_mark *out);

/* Marks the folder's end. */
void mc_reading_mark_end(
	struct mc_reading *r, int64_t run, struct mc_mark *out);

/* How it went up to there. */
struct mc_read_outcome {
	struct mc_tally tally;
	bool in_place; /* there are messages that may change in their place */
};
/* listed: as far as listed; own: what turned out behind that. */
struct mc_read_outcome mc_read_outcome_of(
	const struct mc_tally *listed, const struct mc_read_outcome *own);

/* Notes a mark, if it can be gone on from there.  Inside a batch. */
MC_RC mc_mark_put(struct mc_mark *mark, struct mc_archive *ar, int64_t folder,
	const struct mc_read_outcome *outcome, struct mc_error *err);
/* Notes that the folder was read to its end, unless something came in
 * between. */
MC_RC mc_reading_end(struct mc_reading *r, struct mc_archive *ar,
	int64_t folder, int64_t run, const struct mc_read_outcome *outcome,
	struct mc_error *err);

#endif
