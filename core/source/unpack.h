/* SPDX-License-Identifier: MIT
 * unpack: compressed octets in, plain ones out, in bounded memory.  gzip
 * (RFC 1952), bzip2, xz and zstd (RFC 8878), several streams one behind the
 * other as those programs read them.  The only file that sees these libraries.
 */
#ifndef MC_SOURCE_UNPACK_H
#define MC_SOURCE_UNPACK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

struct mc_unpacker;

/* Where octets are to go. */
struct mc_unpack_space {
	char *p;
	size_t n;
};

/* How many octets mc_unpacker_new() must see to tell. */
enum { MC_UNPACK_MAGIC = 6 };

/* By its first octets.  MC_DONE: not compressed, *out is NULL.
 * Fails: ELIMIT (memory), scope RUN. */
MC_RC mc_unpacker_new(
	struct mc_unpacker **out, struct mc_span head, struct mc_error *err);
void mc_unpacker_free(struct mc_unpacker *unpack); /* NULL is fine */

/* Takes octets off the front of *in and fills *out from its front; both then
 * are what is left.  last: nothing comes behind *in.  MC_OK: *in is used up or
 * *out is full.  MC_DONE: that was all.  Whatever it returns, what is in *out
 * is good.
 * Fails: EINPUT scope FOLDER: damaged, cut, or asking for more memory than we
 * give; ELIMIT (memory), scope RUN. */
MC_RC mc_unpacker_run(struct mc_unpacker *unpack, struct mc_span *in, bool last,
	struct mc_unpack_space *out, struct mc_error *err);

#endif
