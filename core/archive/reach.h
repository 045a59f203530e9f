/* SPDX-License-Identifier: MIT
 * reach: how far a folder was read, and what came of the items so far. */
#ifndef MC_ARCHIVE_REACH_H
#define MC_ARCHIVE_REACH_H

#include "archive/archive.h"

/* Items that a rule kept out. */
struct mc_left_out {
	int rule;      /* opaque here */
	int64_t value; /* its date or size */
	int64_t items;
};
enum { MC_LEFT_OUT_MAX = 4 };

struct mc_reach {
	bool whole;            /* to its end and without failures */
	char fingerprint[256]; /* as it stood then; "": never read */
	int64_t listed;        /* items so far: held, or left out */
	struct mc_left_out left_out[MC_LEFT_OUT_MAX];
	size_t left_out_n;

	/* Of a folder that is one file, else 0. */
	int64_t offset; /* all before it is accounted for */
	int64_t run;    /* that began at its start */
	bool has_sha256;
	struct mc_digest sha256; /* of the octets right before offset */
};

/* All zero if it was never read. */
MC_RC mc_reach_get(struct mc_archive *ar, int64_t folder, struct mc_reach *out,
	struct mc_error *err);
/* Instead of what was noted before.  Inside a batch or as one of its own. */
MC_RC mc_reach_put(struct mc_archive *ar, int64_t folder,
	const struct mc_reach *reach, struct mc_error *err);

#endif
