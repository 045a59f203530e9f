/* SPDX-License-Identifier: MIT
 * dial: from a host name to a connected socket.  Private to core/net. */
#ifndef MC_NET_DIAL_H
#define MC_NET_DIAL_H

#include "base/endpoint.h"
#include "base/event.h"

/* Connects to at->host and at->port: a new address is tried every quarter of
 * a second (RFC 8305 5) or as soon as one fails; the first to answer wins.
 * *fd is non-blocking, close-on-exec, without Nagle's delay, with keepalive.
 * Fails: ENET, scope SESSION (hope NEVER: no such host; else AGAIN), ECANCEL. */
MC_RC mc_dial(int *fd, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err);

/* The socket's peer is this machine: 127.0.0.0/8 or ::1. */
bool mc_dial_is_loopback(int fd);

#endif
