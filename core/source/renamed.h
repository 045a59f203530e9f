/* SPDX-License-Identifier: MIT
 * renamed: files of messages that bear another name than when their directory
 * was listed: mail programs rename them when flags change, all of a folder at
 * once if somebody marks it as read.  Private to core/source. */
#ifndef MC_SOURCE_RENAMED_H
#define MC_SOURCE_RENAMED_H

#include "source/files.h"

/* All 0 at first, but for kind and path. */
struct mc_renames {
	const struct mc_files_kind *kind;
	const char *path; /* of the directory */

	struct mc_listing listing; /* made when a file was missed */
	bool made;
	struct mc_post post; /* of it, the next to look at, if has_post */
	bool has_post;
	int64_t listed; /* names, in all listings so far */
};

/* The post with the key of `missed`, which are asked for in their order, as
 * the directory stands now.  stale: what the last listing said of it is
 * not true any more.  out->name is borrowed until the next call.  MC_DONE: it
 * has gone, or the directory changes too often to be listed each time.
 * Fails: as mc_listing_make(). */
MC_RC mc_renames_find(struct mc_renames *renamed, const struct mc_post *missed,
	bool stale, struct mc_post *out, struct mc_error *err);
void mc_renames_dispose(struct mc_renames *renamed);

#endif
