/* SPDX-License-Identifier: MIT
 * unite: what all sightings of a logical message say of it together.  Private
 * to archive/. */
#ifndef MC_ARCHIVE_UNITE_H
#define MC_ARCHIVE_UNITE_H

#include "archive/db.h"

struct mc_united {
	uint32_t flags; /* of all of them */
	/* Of their dates the one of the best rank, of these the earliest;
	 * MC_NO_TIME if none has one. */
	int64_t time;
	int64_t rank;   /* of that; INT64_MAX if there is none */
	int64_t newest; /* of their ids */
};
MC_RC mc_unite(struct mc_archive *ar, int64_t logical, struct mc_united *out,
	struct mc_error *err);

/* Appends the keywords of all of them, each once, ended by NUL. */
MC_RC mc_unite_keywords(struct mc_archive *ar, int64_t logical,
	struct mc_buf *words, struct mc_error *err);

#endif
