/* SPDX-License-Identifier: MIT
 * tree: pages, cells, chains.  What the file says is not trusted. */
#include "archive/tree.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

enum {
	INTERIOR_INDEX = 2,
	INTERIOR_TABLE = 5,
	LEAF_INDEX = 10,
	LEAF_TABLE = 13,
	FILE_HEADER = 100, /* in front of the first page's own */
	FIRST_FREE_AT = 32,
	DEPTH_MAX = 20, /* as SQLite's own */
	LINK = 4,       /* octets of a page's number */
	READS_MAX = 2,  /* of a page */
	/* The largest value is a packed dress. */
	RECORD_MAX = MC_DRESS_MAX + MC_DRESS_MAX / 128 + 4096,
};

/* One page on the way down. */
struct node {
	unsigned char *p;
	int64_t page;
	const struct mc_flaw *flaw; /* or NULL */
	int type;
	size_t cells_at; /* offset of the cells' offsets */
	size_t cells_n;
	int64_t first; /* rows that may be in it */
	int64_t last;
	int depth;
};

struct cell {
	size_t at;
	size_t record_at;
	int64_t octets; /* of the record */
	size_t end;     /* behind what of it is in this page */
	int64_t child;
	int64_t row;   /* rowid, or the first column */
	int64_t chain; /* first page of what is not in this one; 0: all is */
};

static size_t be16(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static int64_t be32(const unsigned char *p)
{
	return (int64_t)be16(p) << 16 | (int64_t)be16(p + 2);
}

/* False: it ends behind `end`. */
static bool varint(
	const unsigned char *p, size_t end, size_t *at, int64_t *value)
{
	uint64_t v = 0;

	for (int i = 0; i < 9; i++) {
		if (*at >= end)
			return false;
		if (i == 8) {
			v = v << 8 | p[(*at)++];
			break;
		}
		v = v << 7 | (p[*at] & 0x7f);
		if (!(p[(*at)++] & 0x80))
			break;
	}
	*value = (int64_t)v;
	return true;
}

static struct mc_flaw *find_flaw(const struct mc_tree *tree, int64_t page)
{
	size_t low = 0;
	size_t high = tree->flaws_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tree->flaws[middle].page == page)
			return &tree->flaws[middle];
		if (tree->flaws[middle].page < page)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static MC_RC tell(struct mc_tree *tree, int64_t page, int64_t first,
	int64_t last, struct mc_error *err)
{
	struct mc_flaw *flaw = find_flaw(tree, page);

	if (!flaw || flaw->told || !tree->fn)
		return MC_OK;
	flaw->told = true;
	return tree->fn(tree->arg, flaw, first, last, err);
}

bool mc_tree_seen(const struct mc_tree *tree, int64_t page)
{
	return tree->seen[page / 8] >> page % 8 & 1;
}

static void see(struct mc_tree *tree, int64_t page)
{
	if (tree->seen && page > 0 && page <= tree->pages)
		tree->seen[page / 8] |= (unsigned char)(1 << page % 8);
}

static bool is_whole(struct mc_tree *tree, int64_t page, unsigned char *p)
{
	size_t at;

	return mc_seal_read(tree->seal, page, p) &&
	       mc_seal_check(p, mc_seal_page_octets(tree->seal), page, &at) !=
		       MC_SEAL_BROKEN;
}

/* False: there is none that can be read.  A disk that begins to fail often gives
 * at the second time what it did not give at the first. */
static bool get(struct mc_tree *tree, int64_t page, unsigned char *p)
{
	bool whole = false;

	see(tree, page);
	if (tree->budget-- <= 0 || page <= 0 || page > tree->pages)
		return false;
	for (int i = 0; i < READS_MAX && !whole; i++)
		whole = is_whole(tree, page, p);
	return whole;
}

static MC_RC walk_chain(
	struct mc_tree *tree, int64_t page, int64_t row, struct mc_error *err)
{
	unsigned char *p = malloc(mc_seal_page_octets(tree->seal));
	enum mc_rc rc = p ? MC_OK : mc_fail_memory(err);

	for (int64_t i = 0; rc == MC_OK && page != 0 && i < tree->pages; i++) {
		rc = tell(tree, page, row, row, err);
		if (!get(tree, page, p))
			break;
		page = be32(p);
	}
	free(p);
	return rc;
}

/* How much of a cell's octets is in its page: "Cell Payload Overflow Pages". */
static int64_t local_octets(size_t page_octets, bool table, int64_t octets)
{
	int64_t usable = (int64_t)page_octets - MC_SEAL_OCTETS;
	int64_t most = table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
	int64_t least = (usable - 12) * 32 / 255 - 23;
	int64_t some = least + (octets - least) % (usable - LINK);

	if (octets <= most)
		return octets;
	return some <= most ? some : least;
}

/* The first column of a record that is a whole number; 0: it is none. */
static int64_t first_column(const unsigned char *p, size_t at, size_t end)
{
	static const size_t widths[] = { 0, 1, 2, 3, 4, 6, 8 };
	size_t start = at;
	uint64_t value = 0;
	int64_t header;
	int64_t type;

	if (!varint(p, end, &at, &header) || !varint(p, end, &at, &type))
		return 0;
	if (type == 9)
		return 1;
	if (type < 1 || type > 6 || header < 0 ||
		(size_t)header > end - start ||
		widths[type] > end - start - (size_t)header)
		return 0;
	at = start + (size_t)header;
	if (p[at] & 0x80)
		value = UINT64_MAX;
	for (size_t i = 0; i < widths[type]; i++)
		value = value << 8 | p[at + i];
	return (int64_t)value;
}

/* False: it is none. */
static bool read_cell(const struct mc_tree *tree, const struct node *node,
	size_t number, struct cell *cell)
{
	size_t size = mc_seal_page_octets(tree->seal);
	size_t end = size - MC_SEAL_OCTETS;
	size_t at = be16(node->p + node->cells_at + 2 * number);
	int64_t octets = 0;
	int64_t local;

	*cell = (struct cell){ .at = at };
	if (node->type == INTERIOR_TABLE || node->type == INTERIOR_INDEX) {
		if (at + LINK > end)
			return false;
		cell->child = be32(node->p + at);
		at += LINK;
	}
	if (node->type != INTERIOR_TABLE && !varint(node->p, end, &at, &octets))
		return false;
	if ((node->type == INTERIOR_TABLE || node->type == LEAF_TABLE) &&
		!varint(node->p, end, &at, &cell->row))
		return false;
	if (octets < 0)
		return false;
	cell->record_at = at;
	cell->octets = octets;
	local = local_octets(size, node->type == LEAF_TABLE, octets);
	if (local < 0 || (size_t)local > end - at)
		return false;
	cell->end = at + (size_t)local;
	if (node->type == LEAF_INDEX || node->type == INTERIOR_INDEX)
		cell->row = first_column(node->p, at, cell->end);
	if (local < octets) {
		if (cell->end + LINK > end)
			return false;
		cell->chain = be32(node->p + cell->end);
		cell->end += LINK;
	}
	return true;
}

/* What of a record is not in its page.  MC_DONE: it cannot be had. */
static MC_RC add_chain(struct mc_tree *tree, const struct cell *cell,
	struct mc_buf *record, struct mc_error *err)
{
	size_t most = mc_seal_page_octets(tree->seal) - MC_SEAL_OCTETS - LINK;
	unsigned char *p = malloc(mc_seal_page_octets(tree->seal));
	enum mc_rc rc = p ? MC_OK : mc_fail_memory(err);
	int64_t page = cell->chain;

	while (rc == MC_OK && (int64_t)record->len < cell->octets) {
		size_t left = (size_t)cell->octets - record->len;

		if (!get(tree, page, p)) {
			rc = MC_DONE;
			break;
		}
		rc = mc_buf_put(record,
			(struct mc_span){ (const char *)p + LINK,
				left < most ? left : most },
			err);
		page = be32(p);
	}
	free(p);
	return rc;
}

/* MC_DONE: it cannot be had. */
static MC_RC get_record(struct mc_tree *tree, const struct node *node,
	const struct cell *cell, struct mc_buf *record, struct mc_error *err)
{
	const char *p = (const char *)node->p + cell->record_at;
	size_t here = cell->end - cell->record_at - (cell->chain ? LINK : 0);

	if (cell->octets > RECORD_MAX)
		return MC_DONE;
	if (mc_buf_put(record, (struct mc_span){ p, here }, err) < 0)
		return err->rc;
	return cell->chain ? add_chain(tree, cell, record, err) : MC_OK;
}

static MC_RC lose(
	struct mc_tree *tree, int64_t first, int64_t last, struct mc_error *err)
{
	return tree->lost ? tree->lost(tree->arg, first, last, err) : MC_OK;
}

static MC_RC tell_row(struct mc_tree *tree, const struct node *node,
	const struct cell *cell, struct mc_error *err)
{
	struct mc_buf record;
	enum mc_rc rc;

	if (!tree->row || node->type == INTERIOR_TABLE)
		return MC_OK;
	mc_buf_init(&record, RECORD_MAX);
	rc = get_record(tree, node, cell, &record, err);
	if (rc == MC_OK)
		rc = tree->row(tree->arg, cell->row, mc_buf_span(&record), err);
	else if (rc == MC_DONE)
		rc = lose(tree, cell->row, cell->row, err);
	mc_buf_dispose(&record);
	return rc;
}

/* MC_DONE: nothing to go down from. */
static MC_RC open_node(
	struct mc_tree *tree, struct node *node, struct mc_error *err)
{
	size_t size = mc_seal_page_octets(tree->seal);
	size_t at = node->page == 1 ? FILE_HEADER : 0;
	bool leaf;

	if (node->depth > DEPTH_MAX)
		return MC_DONE;
	node->p = malloc(size);
	if (!node->p)
		return mc_fail_memory(err);
	node->flaw = find_flaw(tree, node->page);
	if (!get(tree, node->page, node->p))
		return MC_DONE;
	node->type = node->p[at];
	leaf = node->type == LEAF_TABLE || node->type == LEAF_INDEX;
	if (leaf)
		tree->leaf_depth = node->depth;
	if (!leaf && node->type != INTERIOR_TABLE &&
		node->type != INTERIOR_INDEX)
		return MC_DONE;
	node->cells_n = be16(node->p + at + 3);
	node->cells_at = at + (leaf ? 8 : 12);
	if (node->cells_n > (size - node->cells_at) / 2)
		return MC_DONE;
	return MC_OK;
}

/* A tree is walked as it is built; DEPTH_MAX and the budget end it. */
/* NOLINTBEGIN(misc-no-recursion) */
static MC_RC walk(
	struct mc_tree *tree, struct node *node, struct mc_error *err);

static MC_RC walk_child(struct mc_tree *tree, const struct node *parent,
	int64_t child, int64_t last, struct mc_error *err)
{
	struct node node = { .page = child,
		.first = parent->first,
		.last = last,
		.depth = parent->depth + 1 };
	enum mc_rc rc = walk(tree, &node, err);

	free(node.p);
	return rc;
}

/* A flaw that was put right hit the row in whose cell it is, if in any. */
static bool is_hit(const struct node *node, const struct cell *cell)
{
	return node->flaw && node->flaw->at >= cell->at &&
	       node->flaw->at < cell->end && node->type != INTERIOR_TABLE;
}

static MC_RC walk_cells(
	struct mc_tree *tree, struct node *node, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	struct cell cell;

	for (size_t i = 0; i < node->cells_n && rc == MC_OK; i++) {
		if (!read_cell(tree, node, i, &cell))
			continue;
		if (is_hit(node, &cell))
			rc = tell(tree, node->page, cell.row, cell.row, err);
		if (rc == MC_OK && cell.chain && tree->fn)
			rc = walk_chain(tree, cell.chain, cell.row, err);
		if (rc == MC_OK)
			rc = tell_row(tree, node, &cell, err);
		if (rc == MC_OK && cell.child)
			rc = walk_child(tree, node, cell.child, cell.row, err);
		if (node->type == INTERIOR_TABLE && cell.row < INT64_MAX)
			node->first = cell.row + 1;
	}
	return rc;
}

static MC_RC walk(struct mc_tree *tree, struct node *node, struct mc_error *err)
{
	enum mc_rc rc = open_node(tree, node, err);

	if (rc == MC_DONE) {
		if (node->depth < tree->lost_depth)
			tree->lost_depth = node->depth;
		rc = tell(tree, node->page, node->first, node->last, err);
		return rc == MC_OK ? lose(tree, node->first, node->last, err)
				   : rc;
	}
	if (rc == MC_OK)
		rc = walk_cells(tree, node, err);
	if (rc == MC_OK &&
		(node->type == INTERIOR_TABLE || node->type == INTERIOR_INDEX))
		rc = walk_child(tree, node,
			be32(node->p + node->cells_at - LINK), node->last, err);
	/* In its header, between its cells: no row is hit. */
	return rc == MC_OK ? tell(tree, node->page, 0, -1, err) : rc;
}

/* NOLINTEND(misc-no-recursion) */

MC_RC mc_tree_walk(struct mc_tree *tree, int64_t root, struct mc_error *err)
{
	struct node node = {
		.page = root, .first = INT64_MIN, .last = INT64_MAX
	};
	enum mc_rc rc;

	tree->lost_depth = INT_MAX;
	tree->leaf_depth = INT_MAX;
	rc = walk(tree, &node, err);
	free(node.p);
	return rc;
}

/* A page of the list of free pages: the next of the list, and pages. */
static MC_RC walk_list(struct mc_tree *tree, const unsigned char *p,
	size_t size, struct mc_error *err)
{
	size_t n = (size_t)be32(p + LINK);
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < n && (i + 3) * LINK <= size;
		i++) {
		int64_t page = be32(p + (i + 2) * LINK);

		see(tree, page);
		rc = tell(tree, page, 0, -1, err);
	}
	return rc;
}

MC_RC mc_tree_walk_free(struct mc_tree *tree, struct mc_error *err)
{
	size_t size = mc_seal_page_octets(tree->seal);
	unsigned char *p = malloc(size);
	int64_t page = 0;
	enum mc_rc rc = p ? MC_OK : mc_fail_memory(err);

	if (rc == MC_OK && get(tree, 1, p))
		page = be32(p + FIRST_FREE_AT);
	for (int64_t i = 0; rc == MC_OK && page != 0 && i < tree->pages; i++) {
		rc = tell(tree, page, 0, -1, err);
		if (rc != MC_OK || !get(tree, page, p))
			break;
		rc = walk_list(tree, p, size, err);
		page = be32(p);
	}
	free(p);
	return rc;
}

MC_RC mc_tree_page(struct mc_tree *tree, int64_t page, enum mc_tree_page *kind,
	struct mc_error *err)
{
	struct node node = { .page = page };
	enum mc_rc rc = open_node(tree, &node, err);

	*kind = MC_PAGE_OTHER;
	if (rc == MC_OK && node.type == INTERIOR_TABLE)
		*kind = MC_PAGE_INNER;
	else if (rc == MC_OK)
		*kind = node.type == LEAF_TABLE ? MC_PAGE_TABLE : MC_PAGE_INDEX;
	free(node.p);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_tree_page_rows(
	struct mc_tree *tree, int64_t page, struct mc_error *err)
{
	struct node node = { .page = page };
	enum mc_rc rc = open_node(tree, &node, err);
	struct cell cell;

	for (size_t i = 0; rc == MC_OK && i < node.cells_n; i++)
		if (read_cell(tree, &node, i, &cell))
			rc = tell_row(tree, &node, &cell, err);
	free(node.p);
	return rc < 0 ? rc : MC_OK;
}
