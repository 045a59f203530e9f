/* SPDX-License-Identifier: MIT
 * unite: what all sightings of a logical message say of it together.  Private
 * to archive/. */
#ifndef MC_ARCHIVE_UNITE_H
#define MC_ARCHIVE_UNITE_H

#include "archive/db.h"

/* Flags of all of them; of their dates the one of the best rank, of these the
 * earliest; MC_NO_TIME if none has one. */
MC_RC mc_unite(struct mc_archive *ar, int64_t logical, uint32_t *flags,
	int64_t *time, struct mc_error *err);

/* Appends the keywords of all of them, each once, ended by NUL. */
MC_RC mc_unite_keywords(struct mc_archive *ar, int64_t logical,
	struct mc_buf *words, struct mc_error *err);

#endif
