/* SPDX-License-Identifier: MIT
 * pop3_wire: commands and replies, for the parts of core/net/pop3 alone. */
#ifndef MC_NET_POP3_WIRE_H
#define MC_NET_POP3_WIRE_H

#include "base/limits.h"
#include "net/pop3.h"
#include "net/pop3_dot.h"
#include "net/stream.h"

struct mc_pop3 {
	struct mc_stream *stream;
	const struct mc_endpoint *at;
	const struct mc_monitor *mon;

	/* From the greeting; timestamp is dropped behind STLS. */
	char greeting[256];
	char timestamp[256]; /* "<...>", RFC 1939 7 APOP; or "" */
	bool bare_lf;        /* the server ends its lines with LF alone */

	bool no_capa; /* CAPA was not answered at all: never asked again */
	struct mc_pop3_caps before;
	struct mc_pop3_caps after;
	bool listing; /* STAT, LIST and UIDL were asked with the CAPA behind login */

	/* RETRs in flight, oldest first: their announced octets. */
	int64_t asked[MC_POP3_WINDOW];
	uint32_t first;
	uint32_t flying;
	int64_t awaited;

	struct mc_dot dot; /* of the message being read */
	int64_t listed;    /* its octets, or -1 */
	bool unmarked;     /* its end did not come, but all octets did */

	/* A status line that was read ahead. */
	struct mc_buf held;
	bool has_held;
};

/* How a reply begins. */
enum mc_pop3_status { MC_POP3_OK, MC_POP3_ERR, MC_POP3_NEITHER };
/* text: behind the status, trimmed; or the whole line if NEITHER.  Borrowed
 * until the next read. */
struct mc_pop3_reply {
	enum mc_pop3_status status;
	struct mc_span text;
};

/* A command without its CRLF, into the write buffer. */
MC_RC mc_pop3_send(struct mc_pop3 *pop3, const char *verb,
	struct mc_span argument, struct mc_error *err);
/* The same, flushed; then its reply.  Fails: EPROTO if it is NEITHER. */
MC_RC mc_pop3_command(struct mc_pop3 *pop3, const char *verb,
	struct mc_span argument, struct mc_pop3_reply *out,
	struct mc_error *err);
/* The next status line.  Fails: ENET, ECANCEL; NEITHER is no failure. */
MC_RC mc_pop3_status(
	struct mc_pop3 *pop3, struct mc_pop3_reply *out, struct mc_error *err);
/* The next status line, which must be +OK or -ERR. */
MC_RC mc_pop3_reply(
	struct mc_pop3 *pop3, struct mc_pop3_reply *out, struct mc_error *err);
enum mc_rc mc_pop3_fail_neither(
	const struct mc_pop3 *pop3, struct mc_span line, struct mc_error *err);

/* One line of a multi-line reply; MC_DONE behind the last. */
MC_RC mc_pop3_line(
	struct mc_pop3 *pop3, struct mc_span *line, struct mc_error *err);

/* Waits until something can be read.  MC_DONE: nothing within ms, or within
 * the endpoint's timeout if that is shorter.  Fails: ECANCEL. */
MC_RC mc_pop3_wait(struct mc_pop3 *pop3, int ms, struct mc_error *err);

/* Fills err from -ERR: rc and hope by response code (RFC 2449 8, 3206) or,
 * without one, as given; "<what>: <the server's words>". */
enum mc_rc mc_pop3_refused(const struct mc_pop3 *pop3, enum mc_rc rc,
	const char *what, struct mc_span text, struct mc_error *err);

/* pop3_capa.c: asks CAPA.  MC_OK in any case in which the connection is fine;
 * MC_DONE: no answer at all. */
MC_RC mc_pop3_capa(
	struct mc_pop3 *pop3, struct mc_pop3_caps *out, struct mc_error *err);
/* In two steps; hear() flushes what was sent. */
MC_RC mc_pop3_capa_ask(struct mc_pop3 *pop3, struct mc_error *err);
MC_RC mc_pop3_capa_hear(
	struct mc_pop3 *pop3, struct mc_pop3_caps *out, struct mc_error *err);
void mc_pop3_capa_line(struct mc_pop3_caps *caps, struct mc_span line);

/* pop3_login.c: from CAPA before TLS to the login done. */
MC_RC mc_pop3_secure(struct mc_pop3 *pop3, struct mc_error *err);
MC_RC mc_pop3_login(struct mc_pop3 *pop3, struct mc_error *err);

#endif
