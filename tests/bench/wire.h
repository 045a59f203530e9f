/* SPDX-License-Identifier: MIT
 *
 * bench: a connection to a server on loopback, plain or TLS, that never waits
 * by itself.  For the raw clients: it checks no certificate and trusts every
 * reply, for it talks to servers that the benchmark started.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>

struct wire;

/* What came in, line by line and literal by literal. */
struct inbox {
	char *data;
	size_t len, cap, at;
};

/* Ends the program with one line on stderr. */
_Noreturn void die(const char *what);

struct wire *wire_open(const char *port, bool tls);
void wire_close(struct wire *wire);

/* Moves octets both ways until something came in: sends what it can of
 * [*out, *out + *left), advancing both, and appends what there is to `in`.
 * False at the end of the connection. */
bool wire_pump(
	struct wire *wire, const char **out, size_t *left, struct inbox *in);

/* Sends all of it and waits for nothing. */
void wire_say(struct wire *wire, const char *text);

/* The next whole line, without its end; it lives until the next call.  Waits
 * for it.  Dies at the end of the connection. */
const char *wire_line(struct wire *wire, struct inbox *in, size_t *len);

/* The next whole line that is here already, or NULL. */
const char *inbox_line(struct inbox *in, size_t *len);

#endif
