/* SPDX-License-Identifier: MIT
 * mbox_tree: the regular files below a directory, and the folders that mail
 * programs mean by their names.  Symbolic links are followed, but no directory
 * is walked twice; hidden names are passed over. */
#ifndef MC_SOURCE_MBOX_TREE_H
#define MC_SOURCE_MBOX_TREE_H

#include <stdbool.h>

#include "base/error.h"

struct mc_mbox_tree;

struct mc_mbox_entry {
	const char *path;   /* to open it */
	const char *folder; /* UTF-8, levels split by '/', none twice */
	/* rc < 0: a file or directory that cannot be read, scope FOLDER. */
	struct mc_error why;
	/* Neither file nor directory, or a directory met before: why it is
	 * passed over; else "". */
	char passed[160];
	bool hidden; /* a program's own, or what somebody put out of sight */
};

/* Fails: ENOENT, EIO, scope RUN. */
MC_RC mc_mbox_tree_open(
	struct mc_mbox_tree **out, const char *root, struct mc_error *err);
void mc_mbox_tree_close(struct mc_mbox_tree *tree); /* NULL is fine */

/* The next in order of names, a file before the directory of that name with
 * ".sbd"; MC_DONE behind the last.  Strings are borrowed until the next call.
 * Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_mbox_tree_next(struct mc_mbox_tree *tree, struct mc_mbox_entry *entry,
	struct mc_error *err);

/* Folder's name for a file or directory: without ".mbox", ".mbx" (of a
 * directory also ".sbd"), as UTF-8: in a name that is none, '%' and what is
 * no UTF-8 become %XX.  Yours to free(). */
MC_RC mc_mbox_label(
	char **out, const char *name, bool is_dir, struct mc_error *err);

#endif
