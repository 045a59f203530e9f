/* SPDX-License-Identifier: MIT
 * pop3_dot: the octets of one message out of a multi-line reply; RFC 1939 3.
 * Pure: no I/O.  Private to core/net and its tests.
 *
 *               '.'          CR             LF
 *   LINE_START -----> DOT --------> DOT_CR -----> OVER
 *     ^    \           \ other       \ other
 *     |     \ other     \ (dot dropped)\ (dot dropped, CR kept)
 *     |      v           v             v
 *     +---- INSIDE <-------------------
 *      CRLF
 *
 * A line ends at CRLF alone, so that bare CR, bare LF and NUL pass as they
 * are; where the server itself ends its replies with LF (bare_lf), also there.
 */
#ifndef MC_NET_POP3_DOT_H
#define MC_NET_POP3_DOT_H

#include <stdint.h>

#include "base/span.h"

enum mc_dot_state {
	MC_DOT_LINE_START,
	MC_DOT_INSIDE,
	MC_DOT_INSIDE_CR, /* INSIDE, and the last octet was CR */
	MC_DOT_DOT,
	MC_DOT_DOT_CR,
	MC_DOT_OVER,
};

struct mc_dot {
	enum mc_dot_state state;
	bool bare_lf;
	int64_t octets; /* of the message so far, unstuffed */
	char tail[3];   /* the last octets given out, right-aligned */
};

void mc_dot_begin(struct mc_dot *dot, bool bare_lf);

/* Looks at in and sets out to octets of the message (of in, or static; may be
 * none).  Returns how many octets of in are done with: the rest is to be fed
 * again.  After MC_DOT_OVER nothing is taken any more. */
size_t mc_dot_feed(struct mc_dot *dot, struct mc_span in, struct mc_span *out);

#endif
