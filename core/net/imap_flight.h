/* SPDX-License-Identifier: MIT
 * imap_flight: commands on their way at once, each with who takes what it
 * brings, so that the link is never idle.
 *
 *   launch launch launch ... { turn }   until nothing is under way
 *
 * A server may answer several together, and tells of data not for which command
 * it is: whoever knows it for its own takes it, the oldest first.
 */
#ifndef MC_NET_IMAP_FLIGHT_H
#define MC_NET_IMAP_FLIGHT_H

#include "net/imap.h"

/* Embed as first member; its owner's until done() was called, or until the
 * connection is closed. */
struct mc_imap_flight {
	/* As struct mc_imap_taker has them, but data() says MC_DONE to what
	 * is not its own.  Each may be NULL. */
	MC_RC (*data)(struct mc_imap_flight *flight,
		const struct mc_imap_response *response, struct mc_error *err);
	MC_RC (*literal)(struct mc_imap_flight *flight,
		const struct mc_imap_response *sofar, int64_t octets,
		bool *take, struct mc_error *err);
	MC_RC (*bytes)(struct mc_imap_flight *flight, struct mc_span bytes,
		struct mc_error *err);
	/* The tagged response, also NO and BAD.  The flight is over: it may be
	 * launched again. */
	MC_RC (*done)(struct mc_imap_flight *flight,
		const struct mc_imap_response *response, struct mc_error *err);

	uint32_t tag;
	struct mc_imap_flight *next;
};

/* "before [mailbox]", ended; mailbox.p == NULL: none, else it is printable
 * ASCII, for a literal might have to be waited for.  After a failure it is not
 * under way.  Fails: as mc_imap_command(), but for what the server says. */
MC_RC mc_imap_launch(struct mc_imap *imap, struct mc_imap_flight *flight,
	const char *before, struct mc_span mailbox, struct mc_error *err);
/* One response, to whom it concerns.  Something is under way.
 * Fails: EPROTO ENET ECANCEL, scope SESSION; what the flights fail. */
MC_RC mc_imap_turn(struct mc_imap *imap, struct mc_error *err);
/* Something is under way. */
bool mc_imap_in_flight(const struct mc_imap *imap);

/* Waits for all that is under way and passes it over, for its answers would be
 * taken for another's; closes the connection if they do not come.  No flight is
 * told. */
void mc_imap_drain(struct mc_imap *imap);

/* Of a done(): MC_OK, or what NO and BAD mean, scope FOLDER. */
MC_RC mc_imap_flight_result(struct mc_imap *imap,
	const struct mc_imap_response *response, struct mc_error *err);

#endif
