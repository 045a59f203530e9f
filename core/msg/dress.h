/* SPDX-License-Identifier: MIT
 * dress: what a message wore in its store; rebuilds raw from canonical.
 *
 * A sequence of records, each: 1 octet kind, varint length, payload.
 *   'L' line ends: runs, each a varint count << 2 | kind (0 CRLF, 1 LF, 2 CR),
 *       that say how canonical's CRLFs stood in raw; lines behind the last
 *       run stand as in the last run.  Absent: all CRLF.
 *   'I' varint offset in canonical's octets, then raw octets that stand there
 *       (removed lines with their line ends; in order of offsets).
 * mbox adds (not needed for raw, only to write the same mbox again):
 *   'F' the From_ line with its line end
 *   'Q' how "From " was quoted: 'r', 'o' or 'n', then varint ordinals of the
 *       lines of raw matching ^>*From_ that stood unquoted all the same
 *   'S' octets between this message and the next separator (a blank line)
 * varint: 7 bits an octet, lowest first, top bit: more follow.
 */
#ifndef MC_MSG_DRESS_H
#define MC_MSG_DRESS_H

#include "base/buf.h"
#include "msg/scan.h"

/* Appends one record.  Fails: ELIMIT, scope MESSAGE. */
MC_RC mc_dress_put(struct mc_buf *dress, char kind, struct mc_span payload,
	struct mc_error *err);
MC_RC mc_varint_put(struct mc_buf *buf, uint64_t value, struct mc_error *err);
/* False: cut or over 64 bits.  Moves *s behind it. */
bool mc_varint_get(struct mc_span *s, uint64_t *out);

/* The next record; MC_DONE behind the last.  Fails: EDB ("damaged"). */
MC_RC mc_dress_next(struct mc_span *dress, char *kind, struct mc_span *payload,
	struct mc_error *err);

/* Rebuilds raw: canonical octets in, raw octets to sink.  dress is borrowed
 * until free().  Fails: EDB ("damaged"), scope MESSAGE; what sink fails. */
struct mc_undress;
MC_RC mc_undress_new(struct mc_undress **out, struct mc_span dress,
	struct mc_sink *sink, struct mc_error *err);
MC_RC mc_undress_bytes(struct mc_undress *undress, struct mc_span canonical,
	struct mc_error *err);
MC_RC mc_undress_end(struct mc_undress *undress, struct mc_error *err);
void mc_undress_free(struct mc_undress *undress); /* NULL is fine */

#endif
