/* SPDX-License-Identifier: MIT
 * salvage_rows: what the rows of an archive's tables look like, and how they go
 * into another one.  Private to archive/. */
#ifndef MC_ARCHIVE_SALVAGE_ROWS_H
#define MC_ARCHIVE_SALVAGE_ROWS_H

#include "archive/db.h"

/* A tree of which rows are taken over. */
struct mc_salvage_tree {
	const char *name;  /* of a table or index */
	const char *table; /* index: the one whose lost rows it can give back */
	const char *columns; /* as mc_record_fits() has them */
	int optional;        /* columns that older rows lack */
	bool rowids;         /* a table that has them */
	enum mc_sql sql;
	const char *what; /* is lost with its rows, where no message tells */
};
enum { MC_SALVAGE_TREES = 30 };
extern const struct mc_salvage_tree mc_salvage_trees[MC_SALVAGE_TREES];

/* Is it a row of that tree?  strict: it cannot be of an older archive. */
bool mc_salvage_is_row(
	const struct mc_salvage_tree *tree, struct mc_span record, bool strict);
/* Puts it into `to`, in a batch, where nothing is in its place.  What is no row
 * of that tree is left out: *put false. */
MC_RC mc_salvage_put(struct mc_archive *to, const struct mc_salvage_tree *tree,
	int64_t row, struct mc_span record, bool *put, struct mc_error *err);

#endif
