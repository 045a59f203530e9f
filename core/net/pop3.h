/* SPDX-License-Identifier: MIT
 * pop3: our side of the POP3 dialogue; RFC 1939, 2449, 2595, 3206, 5034.
 *
 * open: greeting, CAPA, STLS, login, CAPA.  Then list once, any number of
 * messages, quit or close:
 *
 *   ask(n) ask(m) ... flush   { begin bytes* settle }   in the order asked
 *
 * DELE and RSET are in pop3_delete.h, and nowhere else.  What the server says
 * is believed for one connection only, and what it said before TLS not at all.
 */
#ifndef MC_NET_POP3_H
#define MC_NET_POP3_H

#include <stdint.h>

#include "base/endpoint.h"
#include "base/event.h"
#include "net/pop3_list.h"

struct mc_pop3;

/* What CAPA told; RFC 2449 6.  Texts are escaped, "" if not told. */
struct mc_pop3_caps {
	bool known; /* CAPA was answered with +OK */
	bool stls;
	bool uidl;
	bool top;
	bool pipelining;
	char sasl[256]; /* mechanisms, upper case, split by blanks */
	char expire[64];
	char login_delay[64];
	char implementation[128];
	char words[480]; /* all names, split by blanks; for people */
};

/* Connects and logs in as at->user.  TLS at once (pop3s), else by STLS if the
 * server offers it, and demanded where no clear text is allowed.  The way in:
 * the strongest SASL mechanism of ours that CAPA offers, else APOP in clear
 * text, else USER and PASS; or just at->auth, which may be APOP or USER too.
 * at and mon are borrowed until close.
 * Fails: EAUTH (login refused; hope NEVER), EREFUSED (in use, login delay,
 * server's trouble: hope LATER; code tells), ETLS, EPROTO, ENET, ECANCEL,
 * scope SESSION; EUSAGE (user or password hold CR, LF or NUL) scope RUN;
 * what at->secret fails. */
MC_RC mc_pop3_open(struct mc_pop3 **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err);
/* Closes the connection as it is.  NULL is fine. */
void mc_pop3_close(struct mc_pop3 *pop3);
/* Says good-bye; only when nothing asked is still to come.
 * Fails: EREFUSED, ENET, EPROTO, ECANCEL; scope SESSION. */
MC_RC mc_pop3_quit(struct mc_pop3 *pop3, struct mc_error *err);

/* After login; what was told before it (but behind STLS) where the server
 * does not answer CAPA any more then. */
const struct mc_pop3_caps *mc_pop3_caps(const struct mc_pop3 *pop3);
/* Before login. */
const struct mc_pop3_caps *mc_pop3_caps_before(const struct mc_pop3 *pop3);
bool mc_pop3_is_secure(const struct mc_pop3 *pop3);
/* The greeting behind +OK, escaped; "" where it came before TLS. */
const char *mc_pop3_greeting(const struct mc_pop3 *pop3);

/* STAT, LIST, UIDL; the first thing to be done behind open, which has asked
 * already where the server can pipeline.  out is initialised, and to be
 * disposed in any case.
 * Fails: EREFUSED (neither STAT nor LIST), ELIMIT, EPROTO, ENET, ECANCEL;
 * scope SESSION. */
MC_RC mc_pop3_list(
	struct mc_pop3 *pop3, struct mc_pop3_list *out, struct mc_error *err);

/* LIST and UIDL once more, of the numbers that were listed before: those that
 * are not any more have neither size nor name.  Fails: likewise. */
MC_RC mc_pop3_list_again(struct mc_pop3 *pop3,
	const struct mc_pop3_list *before, struct mc_pop3_list *out,
	struct mc_error *err);

/* RETR of a message, listed with that many octets (-1: not told).  It leaves
 * with flush, or earlier. */
MC_RC mc_pop3_ask(struct mc_pop3 *pop3, uint32_t number, int64_t octets,
	struct mc_error *err);
MC_RC mc_pop3_flush(struct mc_pop3 *pop3, struct mc_error *err);

/* RETRs that may be in flight: 1 without PIPELINING. */
enum { MC_POP3_WINDOW = 512 };
uint32_t mc_pop3_window(const struct mc_pop3 *pop3);
uint32_t mc_pop3_in_flight(const struct mc_pop3 *pop3);
/* Octets announced for them, with a guess for those not told. */
int64_t mc_pop3_awaited(const struct mc_pop3 *pop3);

/* The reply to the oldest RETR in flight, which must be there.
 * Fails: EREFUSED scope MESSAGE (-ERR: nothing more comes of it; the next may
 * be begun); EPROTO, ENET, ECANCEL scope SESSION. */
MC_RC mc_pop3_begin(struct mc_pop3 *pop3, struct mc_error *err);
/* Octets of the message, byte for byte after dot-unstuffing; borrowed until
 * the next call.  MC_DONE: it is over.
 * Fails: ENET, ECANCEL; scope SESSION. */
MC_RC mc_pop3_bytes(
	struct mc_pop3 *pop3, struct mc_span *bytes, struct mc_error *err);
/* After MC_DONE: was that the message's end?  Looks at what stands behind it:
 * the next reply in flight, or where octets are missing that of a NOOP.
 * whole: no octet is known to be missing.  MC_DONE: the end was not marked,
 * all announced octets came.
 * Fails: EPROTO scope MESSAGE: the server does not double dots, and the message
 * was cut at one; EPROTO, ENET, ECANCEL, scope SESSION: what is behind it.
 * But for MC_OK the connection is of no more use. */
MC_RC mc_pop3_settle(struct mc_pop3 *pop3, bool *whole, struct mc_error *err);

#endif
