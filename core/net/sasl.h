/* SPDX-License-Identifier: MIT
 * sasl: GNU SASL's mechanisms, and the two that are a line of text.
 *
 * The strongest that both sides offer: SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5,
 * PLAIN; OAUTHBEARER or XOAUTH2 if the user names it (then the secret is a
 * token) or if the server offers nothing else.  RFC 4422, 5802, 7677, 7628.
 */
#ifndef MC_NET_SASL_H
#define MC_NET_SASL_H

#include "base/buf.h"
#include "base/endpoint.h"

struct mc_sasl;

/* The mechanism to use of those offered (upper case words split by blanks),
 * or at->auth if it is offered; borrowed, static.  "" if none fits.
 * With at->authzid only such as can carry it.
 * Fails, scope SESSION: EAUTH if at->auth is not offered (names what is), or
 * nothing offered can act for at->authzid; EUSAGE if at->auth is none of ours.
 * The protocols' own ways in (USER, APOP, LOGIN) are none of ours: look at
 * at->auth first. */
MC_RC mc_sasl_choose(const char **out, const char *offered,
	const struct mc_endpoint *at, struct mc_error *err);

/* Logs in as at->user, acting as at->authzid if that is set; service is
 * "pop" or "imap".  The secret is copied; at is borrowed.
 * Fails: EAUTH, scope SESSION (secret not fit for the mechanism). */
MC_RC mc_sasl_new(struct mc_sasl **out, const char *mechanism,
	const char *service, const struct mc_endpoint *at,
	struct mc_span secret, struct mc_error *err);
void mc_sasl_free(struct mc_sasl *sasl); /* wipes; NULL is fine */

/* The client speaks first (an initial response makes sense). */
bool mc_sasl_client_first(const struct mc_sasl *sasl);
/* What the server says in it helps to guess the password: no trace of it. */
bool mc_sasl_hides(const struct mc_sasl *sasl);
/* One turn: challenge (base64 without "+ "; empty for the initial response or
 * where the server's "+" holds nothing) to reply (base64, cleared first; holds
 * a secret: mc_buf_wipe it; its max 2 * MC_SECRET_MAX or more).  The reply is
 * always to be sent, after MC_OK and after MC_DONE; an empty one is an empty
 * line (as initial response: "=").
 * MC_DONE: this reply is our last, and the server proved itself where the
 * mechanism asks that.  So the caller believes the server's OK only if the last
 * step gave MC_DONE; OK after MC_OK is EAUTH.  A challenge after MC_DONE goes
 * through mc_sasl_step() too: OAuth servers tell their errors so (RFC 7628
 * 3.2.3).  On failure send "*" to cancel, or drop the connection.
 * Fails: EAUTH (server's signature wrong), EPROTO; scope SESSION. */
MC_RC mc_sasl_step(struct mc_sasl *sasl, struct mc_span challenge,
	struct mc_buf *reply, struct mc_error *err);

#endif
