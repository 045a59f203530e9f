/* SPDX-License-Identifier: MIT
 * export_name: names of files and directories that any file system takes, no
 * two of them alike.  Pure. */
#ifndef MC_TARGET_EXPORT_NAME_H
#define MC_TARGET_EXPORT_NAME_H

#include "base/buf.h"
#include "target/export.h"

/* Appends text as one name of at most max octets: no '/' and none of the
 * characters that Windows forbids, no control character, no blank or dot at
 * the end and no dot at the start, none of the names of devices (CON, NUL,
 * LPT1, ...), never empty.  changed: set if it is not text itself; else as
 * before.  Fails: ELIMIT. */
MC_RC mc_export_safe(struct mc_buf *out, struct mc_span text, size_t max,
	bool *changed, struct mc_error *err);

struct mc_export_names;
MC_RC mc_export_names_new(struct mc_export_names **out,
	enum mc_export_format format, struct mc_error *err);
void mc_export_names_free(struct mc_export_names *names); /* NULL is fine */

/* Where folder `path` goes, below the directory: its file (mbox) or directory;
 * "" is the directory itself.  The same for the same path and twin, else
 * another, where case counts and where it does not.  Fails: ELIMIT. */
MC_RC mc_export_names_folder(struct mc_export_names *names, struct mc_buf *out,
	const char *path, int64_t twin, bool *mended, struct mc_error *err);

#endif
