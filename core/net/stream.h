/* SPDX-License-Identifier: MIT
 * stream: a connection, in clear text or TLS, under libetpan's mailstream.
 *
 * dial finds an address that answers, tls guards it; both plug into a
 * mailstream_low_driver of ours.  Octets wait in one read buffer, which the
 * line and block readers share.
 */
#ifndef MC_NET_STREAM_H
#define MC_NET_STREAM_H

#include <stdint.h>

#include "base/endpoint.h"
#include "base/event.h"
#include "base/span.h"

struct mc_stream;

/* Connects to at (every address, deadline MC_TIMEOUT_MS), with TLS at once if
 * the scheme has it (chain, name, dates, pin checked inside the handshake).
 * Clear text beyond loopback only with at->insecure_plaintext; else the
 * caller must mc_stream_starttls() before a secret leaves.
 * at and mon are borrowed until mc_stream_close(); mon may be NULL.
 * Fails: ENET (hope AGAIN; NEVER: no such host), ETLS, ECANCEL, scope SESSION;
 * EUSAGE (at->tls_fingerprint), ENOENT, EINPUT (at->tls_ca), scope RUN.
 * After a failure each later call fails with the same error; but where a write
 * fails because the server hung up, what it said before (its BYE, its -ERR) can
 * still be read, and then the end: such a read never waits. */
MC_RC mc_stream_open(struct mc_stream **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err);
/* Closes at once, saying no good-bye in the protocol.  NULL is fine. */
void mc_stream_close(struct mc_stream *stream);

/* After the server's OK to STLS or STARTTLS.  Fails: EPROTO if octets came
 * behind that OK in clear text (injected), ETLS, ENET. */
MC_RC mc_stream_starttls(struct mc_stream *stream, struct mc_error *err);
bool mc_stream_is_secure(const struct mc_stream *stream);
/* A password may leave: TLS, loopback, or the user said so.
 * Fails: ETLS, scope SESSION, naming --insecure-plaintext. */
MC_RC mc_stream_may_login(const struct mc_stream *stream, struct mc_error *err);

/* After the server's OK to COMPRESS: all is packed from here on, both ways.
 * Fails: ELIMIT (memory), ENET. */
MC_RC mc_stream_compress(struct mc_stream *stream, struct mc_error *err);
/* Enough was written to tell that the link is slow, not the server; never so on
 * loopback. */
bool mc_stream_is_link_bound(const struct mc_stream *stream);
/* Likewise of what is read, since it was asked before. */
bool mc_stream_comes_slowly(struct mc_stream *stream);

/* Write into a buffer; flush, or its being full, sends.  While secret is on,
 * the trace shows "***" instead. */
MC_RC mc_stream_write(
	struct mc_stream *stream, struct mc_span bytes, struct mc_error *err);
MC_RC mc_stream_flush(struct mc_stream *stream, struct mc_error *err);
void mc_stream_secret(struct mc_stream *stream, bool on);
/* Until it is unveiled the secret, in place of any before it, is unreadable in
 * lines that the server says, for whoever reads them.  Behind that, until the
 * stream is closed, it is so in the trace and in mc_stream_words().
 * Fails: ELIMIT (memory). */
MC_RC mc_stream_veil(
	struct mc_stream *stream, struct mc_span secret, struct mc_error *err);
void mc_stream_unveil(struct mc_stream *stream);
/* The server's words as they may be told: escaped, and without the secret. */
void mc_stream_words(const struct mc_stream *stream, char *out, size_t size,
	struct mc_span said);
/* While hide is on, the trace shows "+ ***" for a server's "+ challenge": with
 * salt and proof of SCRAM one may guess passwords at leisure. */
void mc_stream_hide(struct mc_stream *stream, bool on);
/* While quiet is on, what is written is not traced at all: message bodies. */
void mc_stream_quiet(struct mc_stream *stream, bool on);

/* One line without its CRLF or LF, borrowed until the next read.
 * Fails: ELIMIT (over MC_REPLY_LINE_MAX), ENET (closed, timeout; hope AGAIN),
 * ECANCEL; scope SESSION. */
MC_RC mc_stream_line(
	struct mc_stream *stream, struct mc_span *line, struct mc_error *err);
/* At least one octet and at most max, borrowed until the next read; blocks
 * only if nothing waits. */
MC_RC mc_stream_some(struct mc_stream *stream, size_t max,
	struct mc_span *bytes, struct mc_error *err);
/* Gives back the last n octets of what mc_stream_some() gave. */
void mc_stream_unread(struct mc_stream *stream, size_t n);
/* Octets can be read without blocking (in the buffer or on the wire). */
bool mc_stream_readable(struct mc_stream *stream);

/* Since open, on the wire's plain side. */
int64_t mc_stream_octets_in(const struct mc_stream *stream);
int64_t mc_stream_octets_out(const struct mc_stream *stream);

#endif
