/* SPDX-License-Identifier: MIT
 * spool: octets of a stream from some offset on, in a file without a name in
 * /var/tmp, so that they can be read again. */
#ifndef MC_SOURCE_SPOOL_H
#define MC_SOURCE_SPOOL_H

#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

struct mc_spool {
	int fd;       /* -1: closed */
	int64_t base; /* offset in the stream of the file's first octet */
	int64_t end;  /* and behind its last */
	int64_t gone; /* before it the disk has been given back */
};

/* An empty one, that begins at offset `base` of the stream.
 * Fails: EIO, scope FOLDER. */
MC_RC mc_spool_open(struct mc_spool *spool, int64_t base, struct mc_error *err);
void mc_spool_close(struct mc_spool *spool); /* closed is fine */

/* Fails: EIO, scope FOLDER: the disk may be full. */
MC_RC mc_spool_append(
	struct mc_spool *spool, struct mc_span octets, struct mc_error *err);

/* n octets at `offset` of the stream, which is not before `gone`; fewer only
 * at the end.  Fails: EIO, scope FOLDER. */
MC_RC mc_spool_read(const struct mc_spool *spool, int64_t offset, char *out,
	size_t n, size_t *got, struct mc_error *err);

/* Nothing before `offset` will be read: its place on the disk is given back,
 * where the file system can. */
void mc_spool_forget(struct mc_spool *spool, int64_t offset);

#endif
