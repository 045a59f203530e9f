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
 * Fails: EAUTH, scope SESSION, if at->auth is not offered: names what is. */
MC_RC mc_sasl_choose(const char **out, const char *offered,
	const struct mc_endpoint *at, struct mc_error *err);

/* Logs in as at->user, acting as at->authzid if that is set. */
MC_RC mc_sasl_new(struct mc_sasl **out, const char *mechanism,
	const char *service, const struct mc_endpoint *at,
	struct mc_span secret, struct mc_error *err);
void mc_sasl_free(struct mc_sasl *sasl); /* wipes; NULL is fine */

/* The client speaks first (an initial response makes sense). */
bool mc_sasl_client_first(const struct mc_sasl *sasl);
/* challenge and reply in base64; MC_DONE: no more is to be sent and the
 * server proved itself where the mechanism asks that.
 * Fails: EAUTH (server's signature wrong), EPROTO. */
MC_RC mc_sasl_step(struct mc_sasl *sasl, struct mc_span challenge,
	struct mc_buf *reply, struct mc_error *err);

#endif
