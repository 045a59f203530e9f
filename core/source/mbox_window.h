/* SPDX-License-Identifier: MIT
 * mbox_window: a part of a file in memory, moved forwards.  By reading, so that
 * a file that shrinks under us is an answer and not a signal. */
#ifndef MC_SOURCE_MBOX_WINDOW_H
#define MC_SOURCE_MBOX_WINDOW_H

#include <stdint.h>

#include "base/error.h"
#include "source/input.h"
#include "source/mbox_split.h"

/* Half the time a fill may leave three quarters of it to new octets. */
enum { MC_MBOX_WINDOW = 512 * 1024 };

struct mc_mbox_window {
	struct mc_mbox_view view; /* the cursor and what lies ahead of it */
	struct mc_input *in;      /* borrowed */
	bool apart;    /* by looking ahead; the input stays where it stands */
	int64_t limit; /* the file counts up to here; INT64_MAX: unknown */
	int64_t end;   /* offset behind what is in memory */
	char *data;    /* MC_MBOX_WINDOW octets */
	/* Why the file ended where it did, if not by itself; else rc is 0. */
	struct mc_error why;
};

/* Nothing is read yet.  Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_mbox_window_open(
	struct mc_mbox_window *w, struct mc_input *in, struct mc_error *err);
/* On part of it, which must be one that can be looked into ahead. */
MC_RC mc_mbox_window_open_apart(struct mc_mbox_window *w, struct mc_input *in,
	int64_t from, int64_t limit, struct mc_error *err);
void mc_mbox_window_close(struct mc_mbox_window *w); /* not the input */

/* Makes room by forgetting what lies more than keep octets before the cursor,
 * and reads on.  What was borrowed from the view is void.  A file that cannot
 * be read on ends there, with a why. */
void mc_mbox_window_fill(struct mc_mbox_window *w, size_t keep);

/* Offset in the file of the cursor. */
int64_t mc_mbox_window_at(const struct mc_mbox_window *w);

/* The octets from offset on, up to n, of what is in memory: before the cursor,
 * too.  Empty if the first of them is not. */
struct mc_span mc_mbox_window_peek(
	const struct mc_mbox_window *w, int64_t offset, size_t n);

#endif
