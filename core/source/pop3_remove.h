/* SPDX-License-Identifier: MIT
 * pop3_remove: a session that removes mail.
 *
 * What may go is fetched once more and shown to who decides; right before DELE
 * its UIDL and size are asked again, and before QUIT whether all else is still
 * listed.  On any doubt the marks are taken back, or the connection is dropped
 * without QUIT, which removes nothing (RFC 1939 6).
 *
 * From the highest number down, so that a server which renumbers what is left
 * has nothing to renumber below.
 */
#ifndef MC_SOURCE_POP3_REMOVE_H
#define MC_SOURCE_POP3_REMOVE_H

#include "net/pop3.h"
#include "source/source.h"

/* One session, as mc_source_ops.remove has it.  pop3 is not closed. */
MC_RC mc_source_pop3_remove(struct mc_pop3 *pop3, const struct mc_monitor *mon,
	struct mc_remover *rm, struct mc_error *err);

#endif
