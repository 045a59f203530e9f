/* SPDX-License-Identifier: MIT */
#include "base/index.h"

#include <search.h>
#include <stdlib.h>

#include "base/buf.h"

struct named {
	char *name;
	size_t at;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name,
		((const struct named *)b)->name);
}

static void free_named(void *node)
{
	struct named *named = node;

	free(named->name);
	free(named);
}

MC_RC mc_index_put(struct mc_index *index, const char *name, size_t at,
	struct mc_error *err)
{
	struct named *named = calloc(1, sizeof(*named));
	void *node;
	enum mc_rc rc;

	if (!named)
		return mc_fail_memory(err);
	named->at = at;
	rc = mc_strdup(&named->name, mc_span_str(name), err);
	if (rc < 0)
		goto out;
	node = tsearch(named, &index->tree, compare);
	if (!node)
		rc = mc_fail_memory(err);
	else if (*(struct named **)node == named)
		named = NULL;
	else
		rc = MC_DONE;
out:
	if (named)
		free_named(named);
	return rc;
}

size_t mc_index_find(
	const struct mc_index *index, const char *name, size_t none)
{
	const struct named key = { (char *)name, 0 };
	void *node = tfind(&key, &index->tree, compare);

	return node ? (*(struct named **)node)->at : none;
}

void mc_index_dispose(struct mc_index *index)
{
	tdestroy(index->tree, free_named);
	index->tree = NULL;
}
