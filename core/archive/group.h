/* SPDX-License-Identifier: MIT
 * group: which logical message, and which variant of it, octets are.  Private to
 * archive/. */
#ifndef MC_ARCHIVE_GROUP_H
#define MC_ARCHIVE_GROUP_H

#include "archive/sighting.h"

/* Of octets that are new: makes what is not there yet.
 * news: MESSAGE, VARIANT or COPY. */
MC_RC mc_group_new(struct mc_archive *ar, const struct mc_sighting *in,
	int64_t *variant, enum mc_sighting_news *news, struct mc_error *err);

/* Of in->body, which is here; it may be there without its variant. */
MC_RC mc_group_known(struct mc_archive *ar, const struct mc_sighting *in,
	enum mc_sighting_news *news, struct mc_error *err);

#endif
