/* SPDX-License-Identifier: MIT
 * deflate: what goes over a connection, packed; RFC 4978, 1951.  Private to
 * core/net.
 */
#ifndef MC_NET_DEFLATE_H
#define MC_NET_DEFLATE_H

#include "base/error.h"
#include "base/span.h"

struct mc_deflate;

/* early: what came behind the server's OK.  Fails: ELIMIT (memory). */
MC_RC mc_deflate_new(
	struct mc_deflate **out, struct mc_span early, struct mc_error *err);
void mc_deflate_free(struct mc_deflate *z); /* NULL is fine */

/* Packs the first octets of bytes, *taken of them, so that the other side can
 * read all of those at once; *out is borrowed until the next call. */
void mc_deflate_pack(struct mc_deflate *z, struct mc_span bytes, size_t *taken,
	struct mc_span *out);

/* Room for what is read next, of which n octets came. */
char *mc_deflate_room(struct mc_deflate *z, size_t *size);
void mc_deflate_came(struct mc_deflate *z, size_t n);
/* Unpacks up to max octets, *n of them; 0: more must be read first.  Only then
 * is there room.  Fails: EPROTO, scope SESSION. */
MC_RC mc_deflate_unpack(struct mc_deflate *z, void *to, size_t max, size_t *n,
	struct mc_error *err);

#endif
