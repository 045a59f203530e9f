/* SPDX-License-Identifier: MIT
 * veil: a password that a server says back ("BAD: LOGIN anna secret") is made
 * unreadable before anybody is told the server's words.
 *
 * While we log in it stands on no line that means anything else.  Afterwards it may
 * stand by chance in what is not told but taken: a UIDL, the name of a mailbox. */
#ifndef MC_NET_VEIL_H
#define MC_NET_VEIL_H

#include "base/buf.h"

/* In how many ways a password may stand on a line: as it is, as a quoted string,
 * in base64 by each of the three places where it may begin in a group. */
enum { MC_VEIL_FORMS = 5 };

/* Octets that anybody is shown of a line. */
enum { MC_VEIL_SHOWN = 1024 };

/* All zero: hides nothing. */
struct mc_veil {
	struct mc_buf forms[MC_VEIL_FORMS];
	struct mc_buf room; /* to show a line in */
};

/* Of less than four octets nothing is hidden: any line holds them.
 * Fails: ELIMIT (memory). */
MC_RC mc_veil_make(
	struct mc_veil *veil, struct mc_span secret, struct mc_error *err);
/* Puts '*' over each octet of it in line, and of the base64 around it. */
void mc_veil_over(const struct mc_veil *veil, char *line, size_t n);
/* The same of a copy, which goes into out as mc_text_escape() has it.  It needs no
 * memory: what a server said decides what becomes of a message.  size: at most
 * MC_VEIL_SHOWN. */
void mc_veil_escape(const struct mc_veil *veil, char *out, size_t size,
	struct mc_span line);
void mc_veil_dispose(struct mc_veil *veil); /* overwrites it */

#endif
