/* SPDX-License-Identifier: MIT
 * known: what a folder holds under a key, asked for message by message.  Keys
 * that are asked for in their order, as most servers list them, cost a step
 * each, others a search. */
#ifndef MC_ARCHIVE_KNOWN_H
#define MC_ARCHIVE_KNOWN_H

#include "archive/archive.h"

struct mc_known {
	int64_t sighting; /* the latest; 0: none, and no more is said */
	uint32_t flags;   /* enum mc_flag, opaque */
	bool worded;      /* it has keywords or labels */
};

/* octets: as the source counts them; -1: they are not compared.  Outside of a
 * batch the archive is held (mc_archive_hold()). */
MC_RC mc_known_find(struct mc_archive *ar, int64_t folder, const char *key,
	int64_t octets, struct mc_known *out, struct mc_error *err);

#endif
