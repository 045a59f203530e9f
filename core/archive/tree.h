/* SPDX-License-Identifier: MIT
 * tree: what stands in a page of the file.  Private to archive/.
 *
 * Reads SQLite's trees past SQLite, page by page, and around those that are
 * damaged.  https://sqlite.org/fileformat2.html */
#ifndef MC_ARCHIVE_TREE_H
#define MC_ARCHIVE_TREE_H

#include "archive/seal.h"
#include "base/span.h"

/* A page that is not as it was written. */
struct mc_flaw {
	int64_t page;
	bool broken; /* cannot be read; else: one bit, that was put right */
	size_t at;   /* its octet */
	bool told;
};

/* Rows of a table that stand in a flawed page, or would: first to last by
 * rowid, or by the first column where the table has none.  last < first: none
 * does. */
typedef enum mc_rc mc_tree_fn(void *arg, const struct mc_flaw *flaw,
	int64_t first, int64_t last, struct mc_error *err);

/* A row of a table, or an entry of an index or of a table without rowids.
 * record: "Record Format"; borrowed for the call. */
typedef enum mc_rc mc_tree_row_fn(
	void *arg, int64_t row, struct mc_span record, struct mc_error *err);
/* These rows cannot be reached. */
typedef enum mc_rc mc_tree_lost_fn(
	void *arg, int64_t first, int64_t last, struct mc_error *err);

struct mc_tree {
	struct mc_seal *seal;
	struct mc_flaw *flaws; /* ascending */
	size_t flaws_n;
	int64_t pages;  /* of the file */
	int64_t budget; /* pages to look at: trees of an enemy may be circles */
	mc_tree_fn *fn; /* may be NULL, as may be: */
	mc_tree_row_fn *row;
	mc_tree_lost_fn *lost;
	unsigned char *seen; /* a bit a page, from page 0 on: what was met */
	/* Of the last walk: the uppermost page that could not be read, and the
	 * leaves, which all stand equally deep; INT_MAX: none was met. */
	int lost_depth;
	int leaf_depth;
	void *arg;
};

/* Tells of every flawed page of the tree that begins at root.  A page with a
 * flaw is told once, whatever leads to it. */
MC_RC mc_tree_walk(struct mc_tree *tree, int64_t root, struct mc_error *err);
/* Tells of flawed pages that hold nothing. */
MC_RC mc_tree_walk_free(struct mc_tree *tree, struct mc_error *err);

/* What a page is by its own word. */
enum mc_tree_page {
	MC_PAGE_OTHER, /* of no tree, or not to be read */
	MC_PAGE_TABLE, /* rows of a table */
	MC_PAGE_INDEX, /* entries of an index */
	MC_PAGE_INNER, /* leads to rows of a table, and holds none */
};
MC_RC mc_tree_page(struct mc_tree *tree, int64_t page, enum mc_tree_page *kind,
	struct mc_error *err);
/* Tells the rows of this page alone. */
MC_RC mc_tree_page_rows(
	struct mc_tree *tree, int64_t page, struct mc_error *err);
bool mc_tree_seen(const struct mc_tree *tree, int64_t page);
/* Did more stand below what could not be read in the last walk? */
static inline bool mc_tree_lost_more(const struct mc_tree *tree)
{
	return tree->lost_depth < tree->leaf_depth;
}

#endif
