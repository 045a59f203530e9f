/* SPDX-License-Identifier: MIT
 * told: what people should hear of a walk, not more often than they can read.
 * Private to core/source. */
#ifndef MC_SOURCE_TOLD_H
#define MC_SOURCE_TOLD_H

#include "base/event.h"

/* Something counted, of which the first is named. */
struct mc_counted {
	int64_t n;
	char first[256];
};
void mc_counted_add(struct mc_counted *tally, const char *name);

struct mc_told {
	const struct mc_monitor *monitor;
	int64_t passed;
	struct mc_counted loose; /* messages where none should be */
	int64_t unfinished;      /* deliveries */
};

/* "'path' is passed over: why", the first few; the rest is counted. */
void mc_told_pass(struct mc_told *told, const char *path, const char *why);
/* What was counted.  title: "Maildir". */
void mc_told_end(
	const struct mc_told *told, const char *root, const char *title);

#endif
