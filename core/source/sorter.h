/* SPDX-License-Identifier: MIT
 * sorter: short records in order, however many there are.  What goes beyond
 * its room in memory waits, sorted, in a file that has no name.  Private to
 * core/source. */
#ifndef MC_SOURCE_SORTER_H
#define MC_SOURCE_SORTER_H

#include "base/error.h"
#include "base/span.h"

enum {
	/* A million names of 80 octets are 40 pieces of this. */
	MC_SORTER_ROOM = 2 * 1024 * 1024,
	MC_SORTER_RECORD_MAX = 4096,
};

struct mc_sorter;

/* room: octets held in memory; MC_SORTER_ROOM, but for tests. */
MC_RC mc_sorter_new(struct mc_sorter **out, size_t room, struct mc_error *err);
void mc_sorter_free(struct mc_sorter *s); /* NULL is fine */

/* Before sort().  Fails: EIO (the file), ELIMIT, scope RUN. */
MC_RC mc_sorter_add(
	struct mc_sorter *s, struct mc_span record, struct mc_error *err);
/* Once.  Fails: likewise. */
MC_RC mc_sorter_sort(struct mc_sorter *s, struct mc_error *err);

/* The next one by its octets; a shorter one is before what goes on behind it.
 * Borrowed until the next call.  MC_DONE: there is none.  Fails: EIO, RUN. */
MC_RC mc_sorter_next(
	struct mc_sorter *s, struct mc_span *record, struct mc_error *err);
/* From the first one again.  Fails: EIO, RUN. */
MC_RC mc_sorter_rewind(struct mc_sorter *s, struct mc_error *err);

#endif
