/* SPDX-License-Identifier: MIT
 * variant: what interchangeable copies of a mail have in common, as a digest. */
#ifndef MC_MSG_VARIANT_H
#define MC_MSG_VARIANT_H

#include "base/hash.h"
#include "msg/header.h"

/* Of the fields that tell messages apart and of the folded body (msg/fold.h);
 * where that is nothing but a body, of all of the header that is no trace: it
 * may be text without one.  header: ended; scratch: any.  Fails: ELIMIT. */
MC_RC mc_variant(const struct mc_header *header, const struct mc_digest *body,
	struct mc_buf *scratch, struct mc_digest *out, struct mc_error *err);

#endif
