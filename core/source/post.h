/* SPDX-License-Identifier: MIT
 * post: one message that is a file, from its directory to the receiver.
 * Private to core/source. */
#ifndef MC_SOURCE_POST_H
#define MC_SOURCE_POST_H

#include "source/files.h"
#include "source/renamed.h"
#include "source/told.h"

struct mc_post_reader {
	const struct mc_files_kind *kind;
	struct mc_receiver *rx;
	struct mc_told *told;
	struct mc_listing listing;
	struct mc_renames renamed;
	struct mc_post_facts facts;
	char *chunk; /* MC_POST_CHUNK octets, borrowed */
};

/* Octets read at a time. */
enum { MC_POST_CHUNK = 128 * 1024 };

/* want(), and begin() to end() if it is.  What is wrong with the file goes to
 * end().  Fails: what the receiver fails; ECANCEL, ELIMIT (memory). */
MC_RC mc_post_read(struct mc_post_reader *r, const struct mc_post *post,
	struct mc_error *err);

/* MC_DONE: a doubtful file is no message, or cannot be looked at, and is
 * passed over.  Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_post_settle(struct mc_post_reader *r, const struct mc_post *post,
	struct mc_error *err);

#endif
