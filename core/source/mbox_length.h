/* SPDX-License-Identifier: MIT
 * mbox_length: whether a Content-Length in an mbox is to be believed (mboxcl,
 * mboxcl2), and whether the body it measures was quoted. */
#ifndef MC_SOURCE_MBOX_LENGTH_H
#define MC_SOURCE_MBOX_LENGTH_H

#include "source/mbox_window.h"

struct mc_mbox_length {
	int64_t octets;  /* as the header says; -1: it does not */
	int64_t until;   /* no separator is looked for before this offset */
	int64_t body_at; /* where the measured body begins */
	enum {
		MC_MBOX_UNKNOWN,
		MC_MBOX_IS_QUOTED,
		MC_MBOX_IS_BARE,
	} body; /* has it been seen to be quoted? */
};

/* w's cursor stands behind the header's blank line: sets until if a separator
 * or the end of the file is exactly `octets` from there, or behind one blank
 * line there.  Fails: EIO, scope FOLDER. */
MC_RC mc_mbox_length_check(struct mc_mbox_length *length,
	const struct mc_mbox_window *w, struct mc_error *err);

/* line, just walked, looks quoted.  quoted: false if a line of the same
 * measured body would split the message, were it not for its length: then
 * nothing in it was quoted.  Fails: EIO, scope FOLDER; ELIMIT. */
MC_RC mc_mbox_length_quoted(struct mc_mbox_length *length,
	const struct mc_mbox_window *w, const struct mc_mbox_line *line,
	bool *quoted, struct mc_error *err);

#endif
