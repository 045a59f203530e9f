/* SPDX-License-Identifier: MIT
 * tls: whom we talk to, and that nobody listens.  Private to core/net. */
#ifndef MC_NET_TLS_H
#define MC_NET_TLS_H

#include "net/low.h"

/* at->tls_fingerprint can be read, if it is set.
 * Fails: EUSAGE, scope RUN. */
MC_RC mc_tls_check_pin(const struct mc_endpoint *at, struct mc_error *err);

/* Begins TLS on the connected socket.  Within the handshake, before an octet
 * of ours is sent under it, the peer's certificate must match the pin, or
 * without a pin: chain to a trusted issuer, be in time, and bear the name (or
 * address) of the host.  TLS 1.2 or newer.  RFC 8314, 6125.
 * Fails: ETLS (which check, and the fingerprint; hope NEVER), ENET, ECANCEL;
 * scope SESSION; ENOENT, EINPUT (at->tls_ca), scope RUN. */
MC_RC mc_tls_start(struct mc_low *low, struct mc_error *err);

/* In TLS the client speaks first: what waits in the kernel when an upgrade is
 * agreed on is not the peer's TLS, but clear text that someone wants us to
 * believe later.  RFC 9051 11.2, CVE-2020-15953.  Fails: EPROTO, SESSION. */
MC_RC mc_tls_nothing_waits(struct mc_low *low, struct mc_error *err);
enum mc_rc mc_tls_fail_injected(struct mc_low *low, struct mc_error *err);

#endif
