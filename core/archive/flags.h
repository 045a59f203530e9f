/* SPDX-License-Identifier: MIT
 * flags: what is held of a sighting's flags, to be brought up to date without
 * its octets; and how many sightings a folder has. */
#ifndef MC_ARCHIVE_FLAGS_H
#define MC_ARCHIVE_FLAGS_H

#include "archive/archive.h"
#include "base/buf.h"

/* keywords: words, each ended by NUL, replace what is in the buffer.
 * Flags are told by known.h.  Fails: EDB, scope RUN. */
MC_RC mc_keywords_get(struct mc_archive *ar, int64_t sighting,
	struct mc_buf *keywords, struct mc_error *err);

/* Replaces flags and keywords.  Inside a batch or as one of its own. */
MC_RC mc_flags_set(struct mc_archive *ar, int64_t sighting, uint32_t flags,
	struct mc_span keywords, struct mc_error *err);

/* Labels, likewise. */
MC_RC mc_labels_get(struct mc_archive *ar, int64_t sighting,
	struct mc_buf *labels, struct mc_error *err);

/* How many there are in a folder; of those whose keys do not begin with `life`,
 * only those whose body has no key that does. */
MC_RC mc_folder_sightings(struct mc_archive *ar, int64_t folder,
	const char *life, int64_t *n, struct mc_error *err);

/* It never held a message. */
MC_RC mc_folder_is_empty(struct mc_archive *ar, int64_t folder, bool *empty,
	struct mc_error *err);

#endif
