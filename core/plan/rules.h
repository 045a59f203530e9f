/* SPDX-License-Identifier: MIT
 * rules: what the user said of folders; plain data. */
#ifndef MC_PLAN_RULES_H
#define MC_PLAN_RULES_H

#include <stdatomic.h>
#include <stddef.h>

/* --map FROM=TO: folder path (and all below it) to mailbox path. */
struct mc_map {
	const char *from; /* levels split by '/' */
	const char *to;   /* levels split by '/'; "" drops the level */
};

struct mc_rules {
	const struct mc_map *maps;
	size_t maps_n;
	const char *const *include; /* globs on folder paths; none: all */
	size_t include_n;
	const char *const *exclude;
	size_t exclude_n;
	/* Which have fitted a folder: those of include, then of exclude; set by
	 * whoever asks, in whatever thread.  NULL: nobody wants to know. */
	atomic_bool *fits;
	const char *into; /* --into: everything below this mailbox; or NULL */
};

#endif
