/* SPDX-License-Identifier: MIT
 *
 * bench: a connection to a server on loopback.  See wire.h.
 */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PIECE = 256 << 10,
	/* A record of TLS; a larger call would be cut to it anyway. */
	RECORD = 16 << 10
};

struct wire {
	int fd;
	gnutls_session_t tls;
	gnutls_certificate_credentials_t trust;
};

void die(const char *what)
{
	fprintf(stderr, "bench_raw: %s%s%s\n", what, errno ? ": " : "",
		errno ? strerror(errno) : "");
	exit(1);
}

static void start_tls(struct wire *wire)
{
	int rc;

	gnutls_certificate_allocate_credentials(&wire->trust);
	gnutls_init(&wire->tls, GNUTLS_CLIENT);
	gnutls_set_default_priority(wire->tls);
	gnutls_credentials_set(wire->tls, GNUTLS_CRD_CERTIFICATE, wire->trust);
	gnutls_transport_set_int(wire->tls, wire->fd);
	do {
		rc = gnutls_handshake(wire->tls);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc < 0)
		die(gnutls_strerror(rc));
}

struct wire *wire_open(const char *port, bool tls)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	struct sockaddr_in to = { .sin_family = AF_INET };
	int one = 1;

	if (!wire)
		die("memory");
	to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (wire->fd < 0 ||
		connect(wire->fd, (struct sockaddr *)&to, sizeof(to)))
		die("cannot connect");
	setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (tls)
		start_tls(wire);
	if (fcntl(wire->fd, F_SETFL, O_NONBLOCK))
		die("fcntl");
	return wire;
}

void wire_close(struct wire *wire)
{
	close(wire->fd);
	if (wire->tls) {
		gnutls_deinit(wire->tls);
		gnutls_certificate_free_credentials(wire->trust);
	}
	free(wire);
}

/* Octets sent, or 0 if that must wait. */
static size_t some_out(struct wire *wire, const char *data, size_t len)
{
	ssize_t n;

	if (!wire->tls) {
		n = send(wire->fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			die("cannot send");
		return n < 0 ? 0 : (size_t)n;
	}
	n = gnutls_record_send(wire->tls, data, len < RECORD ? len : RECORD);
	if (n < 0 && gnutls_error_is_fatal((int)n))
		die(gnutls_strerror((int)n));
	return n < 0 ? 0 : (size_t)n;
}

/* Octets read, 0 if there are none yet, -1 at the end. */
static ssize_t some_in(struct wire *wire, char *data, size_t len)
{
	ssize_t n;

	if (!wire->tls) {
		n = recv(wire->fd, data, len, 0);
		if (n < 0 && errno != EAGAIN)
			die("cannot receive");
		return n < 0 ? 0 : n == 0 ? -1 : n;
	}
	n = gnutls_record_recv(wire->tls, data, len);
	if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION)
		return -1;
	if (n < 0 && gnutls_error_is_fatal((int)n))
		die(gnutls_strerror((int)n));
	return n < 0 ? 0 : n;
}

/* Room for a piece more; what was read already makes way. */
static void make_room(struct inbox *in)
{
	if (in->at) {
		memmove(in->data, in->data + in->at, in->len - in->at);
		in->len -= in->at;
		in->at = 0;
	}
	if (in->cap - in->len >= PIECE)
		return;
	in->cap = in->len + PIECE;
	in->data = realloc(in->data, in->cap);
	if (!in->data)
		die("memory");
}

bool wire_pump(
	struct wire *wire, const char **out, size_t *left, struct inbox *in)
{
	struct pollfd look = { .fd = wire->fd };
	ssize_t got;
	size_t sent;

	for (;;) {
		sent = *left ? some_out(wire, *out, *left) : 0;
		*out += sent;
		*left -= sent;
		make_room(in);
		got = some_in(wire, in->data + in->len, in->cap - in->len);
		if (got < 0)
			return false;
		in->len += (size_t)got;
		if (got > 0 || (sent && !*left))
			return true;
		if (sent)
			continue;
		look.events = (short)(POLLIN | (*left ? POLLOUT : 0));
		poll(&look, 1, -1);
	}
}

void wire_say(struct wire *wire, const char *text)
{
	struct pollfd look = { .fd = wire->fd, .events = POLLOUT };
	size_t left = strlen(text), sent;

	while (left) {
		sent = some_out(wire, text, left);
		text += sent;
		left -= sent;
		if (!sent)
			poll(&look, 1, -1);
	}
}

const char *inbox_line(struct inbox *in, size_t *len)
{
	char *line = in->data + in->at;
	char *end =
		in->len > in->at ? memchr(line, '\n', in->len - in->at) : NULL;

	if (!end)
		return NULL;
	in->at += (size_t)(end - line) + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*len = (size_t)(end - line);
	*end = '\0';
	return line;
}

const char *wire_line(struct wire *wire, struct inbox *in, size_t *len)
{
	const char *none = NULL, *line;
	size_t nothing = 0;

	while (!(line = inbox_line(in, len))) {
		if (!wire_pump(wire, &none, &nothing, in)) {
			errno = 0;
			die("the server closed the connection");
		}
	}
	return line;
}
