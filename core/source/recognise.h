/* SPDX-License-Identifier: MIT
 * recognise: which kinds of local stores a path holds.  Private to
 * core/source. */
#ifndef MC_SOURCE_RECOGNISE_H
#define MC_SOURCE_RECOGNISE_H

#include "source/source.h"

/* Kinds that are found by looking; the first path of each, or NULL. */
enum mc_seen_kind {
	MC_SEEN_MAILDIR,
	MC_SEEN_MH,
	MC_SEEN_EML,
	MC_SEEN_MBOX,
	MC_SEEN_APPLE,
	MC_SEEN_KINDS,
};
struct mc_seen {
	char *first[MC_SEEN_KINDS];
	char *foreign; /* first file that is named as mc_foreign_name() has it */
};

/* Looks through a directory and all below it.  What cannot be read is left to
 * the driver to tell.  *seen is to be disposed in any case.
 * Fails: ENOENT, EIO (the directory itself), ELIMIT (memory), scope RUN. */
MC_RC mc_recognise(
	struct mc_seen *seen, const char *path, struct mc_error *err);
void mc_seen_dispose(struct mc_seen *seen);

#endif
