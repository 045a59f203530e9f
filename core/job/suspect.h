/* SPDX-License-Identifier: MIT
 * suspect: messages that cost a connection when they are sent alone, and what is
 * concluded of that: it is the message, or it is the server, or the way to it. */
#ifndef MC_JOB_SUSPECT_H
#define MC_JOB_SUSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "job/alike.h"

enum {
	/* So many messages cost connections, and none was taken: it may be that
	 * the server takes none. */
	MC_SUSPECT_BAD_MAX = 5,
	/* The last that wait are tried, too, before that is said. */
	MC_SUSPECT_BAD_ROOM = MC_SUSPECT_BAD_MAX + MC_ALIKE_LAST,
	/* So many cost connections, one behind the other, where others were
	 * taken before: it takes none any more. */
	MC_SUSPECT_ROW_MAX = 10,
};

/* One that was lost before anything was taken. */
struct mc_bad {
	int64_t placement;
	int64_t logical;
	struct mc_error why;
};

struct mc_suspect {
	int64_t placement; /* that is found out about; 0: none */
	int losses;        /* of connections, with nothing but it on its way */
	unsigned drop;     /* changes that the target wants made of it */
	struct mc_bad bad[MC_SUSPECT_BAD_ROOM];
	size_t bad_n;
	int row;     /* messages that cost connections since one was taken */
	bool damage; /* one broke off in the middle, since the archive is
		      * damaged: what has a middle is read before it is sent */
};

/* The connection was lost: is the message to blame? */
bool mc_suspect_lost(struct mc_suspect *suspect, int64_t placement);
/* It is to be tried again with these changes. */
void mc_suspect_drop(
	struct mc_suspect *suspect, int64_t placement, unsigned drop);

/* Is it put aside? */
bool mc_suspect_has_bad(const struct mc_suspect *suspect, int64_t placement);
void mc_suspect_add_bad(struct mc_suspect *suspect, int64_t placement,
	int64_t logical, const struct mc_error *why);
/* Something was there all the same: nothing is concluded of what was. */
void mc_suspect_forget(struct mc_suspect *suspect);
/* So many that it may be the server. */
bool mc_suspect_is_many(const struct mc_suspect *suspect);
/* Nothing more fits there, or so many were lost in a row: it is the server. */
bool mc_suspect_is_server(const struct mc_suspect *suspect);
/* Messages that it was concluded of. */
int mc_suspect_tried(const struct mc_suspect *suspect);

#endif
