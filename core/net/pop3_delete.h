/* SPDX-License-Identifier: MIT
 * pop3_delete: the part of POP3 that removes mail; RFC 1939 5 and 6.
 *
 * DELE only marks; nothing is removed before the server answers QUIT, or at all
 * if the connection ends without one.  Called while no RETR is in flight.
 */
#ifndef MC_NET_POP3_DELETE_H
#define MC_NET_POP3_DELETE_H

#include "net/pop3.h"

struct mc_pop3_numbers {
	const uint32_t *p;
	size_t n;
};

/* What became of one number: why NULL: as asked; else EREFUSED scope MESSAGE
 * or EPROTO scope MESSAGE, borrowed for the call. */
typedef enum mc_rc mc_pop3_fate_fn(void *arg, uint32_t number,
	const struct mc_error *why, struct mc_error *err);

/* Asks for UIDL and size of each once more: are they as in list?
 * Fails: EPROTO, ENET, ECANCEL scope SESSION; what fate() fails. */
MC_RC mc_pop3_recheck(struct mc_pop3 *pop3, const struct mc_pop3_list *list,
	struct mc_pop3_numbers numbers, mc_pop3_fate_fn *fate, void *arg,
	struct mc_error *err);

/* DELE of each, in that order.  Fails: likewise. */
MC_RC mc_pop3_delete(struct mc_pop3 *pop3, struct mc_pop3_numbers numbers,
	mc_pop3_fate_fn *fate, void *arg, struct mc_error *err);

/* Takes back all marks.  Fails: EREFUSED, EPROTO, ENET, ECANCEL scope SESSION:
 * the connection is to be closed then, without QUIT. */
MC_RC mc_pop3_reset(struct mc_pop3 *pop3, struct mc_error *err);

#endif
