/* SPDX-License-Identifier: MIT
 * membership: the folders in which a message stands by its labels.  Private to
 * archive/. */
#ifndef MC_ARCHIVE_MEMBERSHIP_H
#define MC_ARCHIVE_MEMBERSHIP_H

#include "archive/db.h"
#include "archive/sighting.h"

/* Notes in->stands of a sighting that is new. */
MC_RC mc_membership_put(struct mc_archive *ar, int64_t sighting,
	const struct mc_sighting *in, struct mc_error *err);
/* Replaces what a held one had, if it differs; targets will hear of it. */
MC_RC mc_membership_set(struct mc_archive *ar, int64_t sighting,
	const struct mc_sighting *in, struct mc_error *err);

/* Appends the folders' paths, as words, to out. */
MC_RC mc_membership_paths(struct mc_archive *ar, int64_t sighting,
	struct mc_buf *out, struct mc_error *err);

#endif
