/* SPDX-License-Identifier: MIT
 * token: quoted strings and comments of header values; RFC 5322 3.2.
 * Inside of msg/ only. */
#ifndef MC_MSG_TOKEN_H
#define MC_MSG_TOKEN_H

#include "base/buf.h"

/* Octets of the quoted string or comment that starts at s.p[0], its end
 * included; 1 if it has no end, so that a lone '"' or '(' hides nothing. */
size_t mc_token_quoted(struct mc_span s);
size_t mc_token_comment(struct mc_span s);

/* Offset of the first c outside of quoted strings and, if asked, comments;
 * s.n if there is none. */
size_t mc_token_find(struct mc_span s, char c, bool comments);

/* Appends s without blanks, folding and control octets, which no address and
 * no id needs, and, if asked, without comments. */
MC_RC mc_token_clean(struct mc_buf *out, struct mc_span s, bool comments,
	struct mc_error *err);

#endif
