/* SPDX-License-Identifier: MIT
 * mend: octets of a message in, the same with the least change out that makes
 * a server take them which refused them as they were.
 *
 * Streams: holds a word of the header and a line.  What is changed:
 *
 *   NUL      left out                        (no message may have one)
 *   CR       left out where no LF follows    (RFC 5322 2.3)
 *   HEADER   words of header fields that hold 8-bit octets become encoded
 *            words (RFC 2047), of UTF-8 or, if they are none, of unknown-8bit
 *            (RFC 1428); those of names become '?'
 *   LINES    lines over 998 octets (RFC 5322 2.1.1) are folded in the header,
 *            at a blank if there is one, and broken in the body
 */
#ifndef MC_MSG_MEND_H
#define MC_MSG_MEND_H

#include "base/buf.h"
#include "msg/scan.h"

enum mc_mending {
	MC_MEND_NUL = 1u << 0,
	MC_MEND_CR = 1u << 1,
	MC_MEND_HEADER = 1u << 2,
	MC_MEND_LINES = 1u << 3,
	MC_MEND_ALL = (1u << 4) - 1,
};

enum { MC_MEND_LINE_MAX = 998 };

struct mc_mend {
	struct mc_sink sink; /* takes the octets; first member */
	struct mc_sink *to;
	unsigned what; /* enum mc_mending */
	enum { MC_MEND_START, MC_MEND_NAME, MC_MEND_VALUE, MC_MEND_BODY } in;
	bool cr;       /* one waits for what follows */
	bool encoded;  /* the last word was */
	bool split;    /* the word under way is: its end is encoded too */
	size_t column; /* of the header, behind what was encoded */
	struct mc_buf word;
	struct mc_buf line;
};

/* to is borrowed; dispose in any case. */
void mc_mend_init(struct mc_mend *mend, unsigned what, struct mc_sink *to);
/* What is held goes out.  Fails: ELIMIT (memory), and what `to` fails. */
MC_RC mc_mend_end(struct mc_mend *mend, struct mc_error *err);
void mc_mend_dispose(struct mc_mend *mend);

#endif
