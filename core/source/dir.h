/* SPDX-License-Identifier: MIT
 * dir: what a directory holds, and which directories have been met. */
#ifndef MC_SOURCE_DIR_H
#define MC_SOURCE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"

struct mc_name {
	const char *text;
	mode_t type; /* S_IFREG, S_IFDIR, ...: links are followed; 0: unknown */
	int error;   /* errno: why it is unknown */
};

struct mc_dir {
	struct mc_name *names; /* in order of octets, without . and .. */
	size_t n;
};

/* *dir is to be disposed in any case.
 * Fails: ENOENT, EIO, scope FOLDER; ELIMIT (memory), scope RUN. */
MC_RC mc_dir_read(struct mc_dir *dir, const char *path, struct mc_error *err);
void mc_dir_dispose(struct mc_dir *dir);

/* The same names one by one, however many there are; of a directory that may
 * hold a million messages.  Fails: as mc_dir_read(). */
struct mc_names;
MC_RC mc_names_open(
	struct mc_names **out, const char *path, struct mc_error *err);
void mc_names_close(struct mc_names *names); /* NULL is fine */
/* Borrowed until the next call.  MC_DONE: there is none.  Fails: EIO, RUN. */
MC_RC mc_names_next(
	struct mc_names *names, struct mc_name *name, struct mc_error *err);

const struct mc_name *mc_dir_find(const struct mc_dir *dir, const char *name);
bool mc_dir_has_dir(const struct mc_dir *dir, const char *name);

/* What a name is that is neither file nor directory: "a FIFO"; static. */
const char *mc_dir_oddity(mode_t type);

/* Notes that the directory is entered.  MC_DONE: it was before, by whatever
 * name.  *loops: then, that it holds itself: path leads to one above it.
 * Fails: ENOENT, scope FOLDER; ELIMIT (memory), scope RUN. */
MC_RC mc_dir_visit(
	void **met, const char *path, bool *loops, struct mc_error *err);
void mc_dir_forget(void *met); /* NULL is fine */

#endif
