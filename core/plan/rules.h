/* SPDX-License-Identifier: MIT
 * rules: what the user said of folders, and what servers said to it; plain data. */
#ifndef MC_PLAN_RULES_H
#define MC_PLAN_RULES_H

#include <stdatomic.h>
#include <stddef.h>

/* --map FROM=TO: folder path (and all below it) to mailbox path. */
struct mc_map {
	const char *from; /* levels split by '/' */
	const char *to;   /* levels split by '/'; "" drops the level */
};

/* A server that refused a mailbox by the name `wanted` has it as `given`. */
struct mc_renamed {
	char *wanted; /* both whole, with the server's separator */
	char *given;
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
	/* Not said, but learnt. */
	const struct mc_renamed *renamed;
	size_t renamed_n;
};

#endif
