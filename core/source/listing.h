/* SPDX-License-Identifier: MIT
 * listing: one directory's messages, in order, each with a key of its own.
 * Private to core/source. */
#ifndef MC_SOURCE_LISTING_H
#define MC_SOURCE_LISTING_H

#include "source/files.h"

/* path is borrowed. */
void mc_listing_init(struct mc_listing *listing, const char *path);
void mc_listing_dispose(struct mc_listing *listing);

/* Reads its directory, whose names are sorted out by their kind; or of it only
 * the file `lone`, if that is not NULL.
 * Fails: ENOENT, EIO, scope FOLDER; ELIMIT (memory), EIO, scope RUN. */
MC_RC mc_listing_make(struct mc_listing *listing,
	const struct mc_files_kind *kind, const char *lone,
	struct mc_error *err);

/* The next post; its name is borrowed until the next call.  MC_DONE: there is
 * none.  Fails: EIO, ELIMIT (memory), scope RUN. */
MC_RC mc_listing_next(
	struct mc_listing *listing, struct mc_post *post, struct mc_error *err);

/* Its fingerprint: the number of posts and a digest of their names and of the
 * files of flags; of sizes and times too if kind->stats.  Rewinds.
 * Fails: EIO, ELIMIT (memory), scope RUN. */
enum { MC_LISTING_PRINT = 64 };
MC_RC mc_listing_print(struct mc_listing *listing,
	const struct mc_files_kind *kind, char out[MC_LISTING_PRINT],
	struct mc_error *err);

#endif
