/* SPDX-License-Identifier: MIT
 * reread: what a body and a sighting of it are in octets, read once. */
#ifndef MC_JOB_REREAD_H
#define MC_JOB_REREAD_H

#include "archive/archive.h"

/* What was read of one of them. */
struct mc_reread_part {
	struct mc_hash hash;
	int64_t octets;
	enum mc_rc rc; /* MC_OK, or err says why it cannot be read */
	struct mc_error err;
};

struct mc_reread {
	mc_hash_two_fn *hash_two; /* set by the caller */
	struct mc_reread_part canonical;
	struct mc_reread_part raw;
};

/* Unpacks the body, and makes raw octets of it on the way. */
void mc_reread(struct mc_reread *to, struct mc_archive *ar, int64_t sighting,
	int64_t body);

#endif
