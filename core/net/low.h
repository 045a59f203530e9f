/* SPDX-License-Identifier: MIT
 * low: one socket, in clear text or under TLS, as libetpan's mailstream wants
 * it.  Private to core/net.
 *
 * libetpan's own drivers take an end of file for an empty read, die at a
 * descriptor above 1023, know no certificate check and no deadline.  This one
 * polls, and keeps the precise cause of a failure for stream to hand on.
 */
#ifndef MC_NET_LOW_H
#define MC_NET_LOW_H

#include <gnutls/gnutls.h>
#include <libetpan/mailstream_types.h>

#include "base/endpoint.h"
#include "base/event.h"
#include "base/hash.h"
#include "net/deflate.h"

/* When it was last judged how fast octets come, and how it stood then. */
struct mc_low_judged {
	int64_t at_ms; /* 0: never */
	int64_t octets_in;
	int64_t waited_ms;
};

struct mc_low {
	int fd;                       /* non-blocking */
	const struct mc_endpoint *at; /* borrowed */
	const struct mc_monitor *mon; /* borrowed; may be NULL */
	int timeout_ms;               /* of each wait */
	gnutls_session_t tls;         /* NULL: clear text */
	gnutls_certificate_credentials_t trust;
	struct mc_digest leaf;      /* of the peer's certificate, DER */
	struct mc_deflate *deflate; /* NULL: not compressed */
	bool no_wait;               /* a read that would block gives -1 */
	int64_t octets_in;
	int64_t octets_out; /* before they are packed */
	int64_t waited_ms;  /* for what is read */
	struct mc_low_judged judged;
	struct mc_error error;       /* rc < 0: broken for good */
	struct mc_error write_error; /* same, for writing alone */
};

/* The wait of at, in ms. */
int mc_low_timeout(const struct mc_endpoint *at);

/* Takes fd in any case.  The stream's close frees it all.
 * Fails: ELIMIT (memory). */
MC_RC mc_low_new(mailstream_low **out, int fd, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err);

/* Enough went over the link to tell, and it is slow, not the server. */
bool mc_low_is_link_bound(const struct mc_low *low);
/* Enough has come since the last answer to tell, slowly, and whoever reads it
 * mostly waited.  To be asked while much is on its way. */
bool mc_low_comes_slowly(struct mc_low *low);

/* Waits until fd is ready for events (or failed), at most to the deadline of
 * mc_clock_ms().  Fails: ENET (timeout; hope AGAIN), ECANCEL. */
MC_RC mc_low_wait(struct mc_low *low, short events, int64_t deadline,
	struct mc_error *err);

#endif
