/* SPDX-License-Identifier: MIT
 * partial: a message of which Apple Mail keeps the attachments beside it, put
 * together again.  Private to core/source.
 *
 *   Messages/114892.partial.emlx     parts with X-Apple-Content-Length, empty
 *   Attachments/114892/2.4/a.doc     what was in part 2.4 (numbers as in IMAP)
 *
 * Line ends become CRLF.  Where Apple took a part's content out it wrote the
 * part's header anew, its fields in order of their names; it is put back in
 * the order in which Apple Mail writes it, which the true one may differ from.
 */
#ifndef MC_SOURCE_PARTIAL_H
#define MC_SOURCE_PARTIAL_H

#include "base/event.h"
#include "msg/scan.h"

struct mc_partial;

/* directory: of this message's attachments; borrowed. */
MC_RC mc_partial_new(struct mc_partial **out, const char *directory,
	struct mc_sink *sink, struct mc_error *err);
void mc_partial_free(struct mc_partial *partial); /* NULL is fine */

/* Fails: EIO, scope MESSAGE (an attachment); ELIMIT (memory); what sink
 * fails. */
MC_RC mc_partial_bytes(struct mc_partial *partial, struct mc_span octets,
	struct mc_error *err);
/* missing: attachments that are not there, which parts were left empty for;
 * inexact: that are not as long as Apple noted. */
MC_RC mc_partial_end(struct mc_partial *partial, int *missing, int *inexact,
	struct mc_error *err);

#endif
