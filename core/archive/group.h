/* SPDX-License-Identifier: MIT
 * group: which logical message, and which variant of it, octets are.  Private to
 * archive/. */
#ifndef MC_ARCHIVE_GROUP_H
#define MC_ARCHIVE_GROUP_H

#include "archive/sighting.h"

struct mc_group {
	int64_t logical; /* 0: not here yet */
	int64_t variant; /* likewise */
};

MC_RC mc_group_find(struct mc_archive *ar, const struct mc_sighting *in,
	struct mc_group *out, struct mc_error *err);
/* What find did not find. */
MC_RC mc_group_make(struct mc_archive *ar, const struct mc_sighting *in,
	struct mc_group *group, struct mc_error *err);
/* What the logical message, if it was known before, did not know of itself, and
 * what else it is called here. */
MC_RC mc_group_fill(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t logical, bool known, struct mc_error *err);

#endif
