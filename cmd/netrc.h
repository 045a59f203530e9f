/* SPDX-License-Identifier: MIT
 * netrc: passwords from the text of a ~/.netrc, as ftp(1) and curl read it. */
#ifndef MC_CMD_NETRC_H
#define MC_CMD_NETRC_H

#include "base/buf.h"

/* The password of the first entry for that host (or `default`) whose login is
 * user, or that names no login, into secret.  Words may be in double quotes,
 * with \" \\ \n \r \t inside; '#' begins a comment; macdef is passed over.
 * MC_DONE: none.  Fails: ELIMIT (longer than secret may be). */
MC_RC mc_netrc_find(struct mc_span text, const char *host, const char *user,
	struct mc_buf *secret, struct mc_error *err);

#endif
