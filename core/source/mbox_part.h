/* SPDX-License-Identifier: MIT
 * mbox_part: what an mbox file is made of, one piece after the other: messages,
 * and gaps that belong to none.  Each goes to a receiver while it is walked
 * through.  Private to mbox_file.c, which knows where one ends. */
#ifndef MC_SOURCE_MBOX_PART_H
#define MC_SOURCE_MBOX_PART_H

#include "base/buf.h"
#include "source/mbox_wrap.h"
#include "source/source.h"

/* What the octets under the cursor belong to. */
enum mc_mbox_part_kind {
	MC_PART_NONE,
	MC_PART_GAP,
	MC_PART_UNWANTED, /* a message that the receiver does not want */
	MC_PART_MESSAGE,
};

struct mc_mbox_part {
	const struct mc_source_conf *conf;
	const char *path;
	struct mc_receiver *rx;

	/* Octets walked and not yet delivered; they end at the cursor, and
	 * the last `held` of them are a blank line that may be the one which
	 * separates messages. */
	struct mc_span batch;
	size_t held;

	enum mc_mbox_part_kind kind;
	int64_t start; /* of the part in hand */
	bool mmdf;     /* an MMDF, not an mbox */
	const char *gap_name;
	int64_t gap_at;    /* offset of what is in gap */
	struct mc_buf gap; /* not told yet */

	struct mc_item item;
	char key[24];
	struct mc_mbox_wrap wrap;
	int64_t accounted; /* octets in finished parts */
};

/* All of these fail as the receiver does, or ELIMIT (memory). */

/* A part begins at p->start.  name: of the gap, borrowed until its end. */
void mc_mbox_part_begin_gap(struct mc_mbox_part *p, const char *name);
/* opening: the line that is kept of it, a From_ line or an MMDF's mark;
 * from_line: tells its date. */
MC_RC mc_mbox_part_begin_message(struct mc_mbox_part *p, struct mc_span opening,
	struct mc_span from_line, struct mc_error *err);
/* Delivers the batch but the blank line that is held back. */
MC_RC mc_mbox_part_flush(struct mc_mbox_part *p, struct mc_error *err);
/* Finishes the part in hand at that offset; `held` is what separates it from
 * the next.  why: as a receiver's end() has it. */
MC_RC mc_mbox_part_end(struct mc_mbox_part *p, int64_t at,
	const struct mc_error *why, struct mc_error *err);
/* The file is broken, in *why: what was in hand ends so. */
MC_RC mc_mbox_part_break(struct mc_mbox_part *p, const struct mc_error *why,
	struct mc_error *err);

#endif
