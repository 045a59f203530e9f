/* SPDX-License-Identifier: MIT
 * recognise: which kinds of local stores a path holds.  Private to
 * core/source. */
#ifndef MC_SOURCE_RECOGNISE_H
#define MC_SOURCE_RECOGNISE_H

#include "source/source.h"

/* Kinds that are found by looking; the first path of each, or NULL. */
enum mc_recognised_kind {
	MC_RECOGNISED_MAILDIR,
	MC_RECOGNISED_MH,
	MC_RECOGNISED_EML,
	MC_RECOGNISED_MBOX,
	MC_RECOGNISED_APPLE,
	MC_RECOGNISED_KINDS,
};
struct mc_recognised {
	char *first[MC_RECOGNISED_KINDS];
	char *foreign; /* first file that is named as mc_foreign_name() has it */
};

/* Looks through a directory and all below it.  What cannot be read is left to
 * the driver to tell.  *seen is to be disposed in any case.
 * Fails: ENOENT, EIO (the directory itself), ELIMIT (memory), scope RUN. */
MC_RC mc_recognise(
	struct mc_recognised *seen, const char *path, struct mc_error *err);
void mc_recognised_dispose(struct mc_recognised *seen);

#endif
