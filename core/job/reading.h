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
	struct mc_reach reach;    /* behind the last message that ended well */
	bool in_place; /* what stands before that may change in its place */
	bool moved;    /* since it was last noted */
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

/* A message ended; so far all went as in tally. */
void mc_reading_pass(struct mc_reading *r, const struct mc_item *item,
	bool in_place, const struct mc_tally *tally);

/* Since which run sightings of the folder are where they say; run: this one. */
int64_t mc_reading_since(const struct mc_reading *r, int64_t run);

/* Notes how far it is, if it can be gone on from there.  Inside a batch. */
MC_RC mc_reading_note(struct mc_reading *r, struct mc_archive *ar,
	int64_t folder, int64_t run, struct mc_error *err);
/* Notes that it was read to its end, unless something came in between. */
MC_RC mc_reading_end(struct mc_reading *r, struct mc_archive *ar,
	int64_t folder, int64_t run, const struct mc_tally *tally,
	struct mc_error *err);

#endif
