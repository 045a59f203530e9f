/* SPDX-License-Identifier: MIT
 * mbox_wrap: what an mbox put around a message, as records of msg/dress.h, so
 * that the same mbox can be written again.
 *
 *   'F' the From_ line with its line end
 *   'Q' 'r' or 'o': lines were quoted so, but for those whose ordinals follow,
 *       counted from 0 among the lines of raw that match ^>*From_ ; 'n': no
 *       line was quoted, each stands in the file as it does in raw
 *   'S' the blank line before the next separator, or nothing
 */
#ifndef MC_SOURCE_MBOX_WRAP_H
#define MC_SOURCE_MBOX_WRAP_H

#include "base/buf.h"
#include "source/source.h"

struct mc_mbox_wrap {
	struct mc_buf out; /* the records */
	struct mc_buf odd; /* ordinals of lines not quoted */
	uint64_t lines;
	bool unquoted; /* a line was */
	bool lost;     /* too many ordinals to keep: Q is left out */
};

void mc_mbox_wrap_init(struct mc_mbox_wrap *wrap);
void mc_mbox_wrap_dispose(struct mc_mbox_wrap *wrap);

/* out is record F.  Fails: ELIMIT. */
MC_RC mc_mbox_wrap_begin(struct mc_mbox_wrap *wrap, struct mc_span from_line,
	struct mc_error *err);
/* A line of raw that matches ^>*From_ .  Fails: ELIMIT, scope RUN. */
MC_RC mc_mbox_wrap_line(
	struct mc_mbox_wrap *wrap, bool unquoted, struct mc_error *err);
/* out is records F, Q and S.  Fails: ELIMIT. */
MC_RC mc_mbox_wrap_end(struct mc_mbox_wrap *wrap, enum mc_mbox_quote quote,
	struct mc_span separator, struct mc_error *err);

#endif
