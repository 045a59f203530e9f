/* SPDX-License-Identifier: MIT
 * mbox_window: a part of a file in memory, moved forwards.  By pread, so that
 * a file that shrinks under us is an answer and not a signal. */
#ifndef MC_SOURCE_MBOX_WINDOW_H
#define MC_SOURCE_MBOX_WINDOW_H

#include <stdint.h>

#include "base/error.h"
#include "source/mbox_split.h"

/* Half the time a fill may leave three quarters of it to new octets. */
enum { MC_MBOX_WINDOW = 512 * 1024 };

struct mc_mbox_window {
	struct mc_mbox_view view; /* the cursor and what lies ahead of it */
	int fd;                   /* borrowed */
	int64_t limit;            /* the file counts up to here */
	int64_t end;              /* offset behind what is in memory */
	char *data;               /* MC_MBOX_WINDOW octets */
	bool cut;                 /* the file ended before limit */
};

/* Nothing is read yet.  Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_mbox_window_open(struct mc_mbox_window *w, int fd, int64_t from,
	int64_t limit, struct mc_error *err);
void mc_mbox_window_close(struct mc_mbox_window *w); /* not the fd */

/* Makes room by forgetting what lies more than keep octets before the cursor,
 * and reads on.  What was borrowed from the view is void.
 * Fails: EIO, scope FOLDER. */
MC_RC mc_mbox_window_fill(
	struct mc_mbox_window *w, size_t keep, struct mc_error *err);

/* Offset in the file of the cursor. */
int64_t mc_mbox_window_at(const struct mc_mbox_window *w);

/* Reads n octets at offset, fewer only at the end of the file.
 * Fails: EIO, scope FOLDER. */
MC_RC mc_mbox_pread(int fd, int64_t offset, char *out, size_t n, size_t *got,
	struct mc_error *err);

#endif
