/* SPDX-License-Identifier: MIT
 * index: where names stand in a list, found without a walk through it. */
#ifndef MC_BASE_INDEX_H
#define MC_BASE_INDEX_H

#include <stddef.h>

#include "base/error.h"

struct mc_index {
	void *tree; /* NULL: no names */
};

/* MC_DONE: the name is there already, and stands where it stood. */
MC_RC mc_index_put(struct mc_index *index, const char *name, size_t at,
	struct mc_error *err);
/* Where the name stands; or none. */
size_t mc_index_find(
	const struct mc_index *index, const char *name, size_t none);
void mc_index_dispose(struct mc_index *index); /* may be used again */

#endif
