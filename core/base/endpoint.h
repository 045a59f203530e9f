/* SPDX-License-Identifier: MIT
 * endpoint: where mail is or goes, as the user writes it, and how to get in.
 *
 *   pop3s://USER@HOST[:PORT]   pops://      TLS from the first octet, 995
 *   pop3://USER@HOST[:PORT]    pop://       STLS demanded, 110
 *   imaps://USER@HOST[:PORT][/MAILBOX]      TLS from the first octet, 993
 *   imap://USER@HOST[:PORT][/MAILBOX]       STARTTLS demanded, 143
 *   mbox:PATH maildir:PATH mh:PATH eml:PATH thunderbird:PATH applemail:PATH
 *   evolution:PATH kmail:PATH eudora:PATH vault:PATH outlook:PATH
 *                                           or a bare path
 */
#ifndef MC_BASE_ENDPOINT_H
#define MC_BASE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum mc_scheme {
	MC_SCHEME_PATH, /* bare: its kind is still to be recognised */
	MC_SCHEME_POP3,
	MC_SCHEME_POP3S,
	MC_SCHEME_IMAP,
	MC_SCHEME_IMAPS,
	MC_SCHEME_MBOX,
	MC_SCHEME_MAILDIR,
	MC_SCHEME_MH,
	MC_SCHEME_EML,
	MC_SCHEME_THUNDERBIRD,
	MC_SCHEME_APPLEMAIL,
	MC_SCHEME_EVOLUTION,
	MC_SCHEME_KMAIL,
	MC_SCHEME_EUDORA,
	MC_SCHEME_VAULT,
	MC_SCHEME_OUTLOOK, /* .pst and .ost files */
};

/* RFC 4978: what goes over the connection is packed. */
enum mc_compress {
	MC_COMPRESS_AUTO, /* where the link is what is slow */
	MC_COMPRESS_YES,  /* where the server can */
	MC_COMPRESS_NO,
};

struct mc_endpoint;

/* Puts the password (or OAuth token) of `at` into secret, which its owner
 * wipes.  Called right before it is needed, so that a token is fresh, in
 * whatever thread connects, also in several at once.
 * Fails: EUSAGE EIO EAUTH, scope RUN. */
typedef enum mc_rc mc_secret_fn(void *arg, const struct mc_endpoint *at,
	struct mc_buf *secret, struct mc_error *err);

struct mc_endpoint {
	enum mc_scheme scheme;
	char *user;     /* %-decoded, never empty; NULL for paths */
	char *password; /* from the URL, %-decoded; NULL if none */
	char *host;     /* lower case; an IPv6 literal without brackets */
	uint16_t port;
	char *path; /* of a local store; or the mailbox, UTF-8; or NULL */

	/* How to get in: set by the caller after parsing, borrowed. */
	const char *tls_ca;          /* PEM file trusted instead of system's */
	const char *tls_fingerprint; /* SHA-256, hex with or without ':' */
	const char *auth;            /* SASL mechanism demanded, or NULL */
	const char *authzid;         /* act as this user (RFC 4616), or NULL */
	bool is_second; /* its options are called --target-tls-ca and so on */
	bool insecure_plaintext;   /* clear text allowed beyond loopback */
	int timeout_ms;            /* of each wait; 0: MC_TIMEOUT_MS */
	enum mc_compress compress; /* by IMAP */
	bool no_quit; /* of a POP3 source: it is read without QUIT at the end */
	mc_secret_fn *secret;
	void *secret_arg;
};

/* The schemes by name, "pop3s" first; NULL behind the last. */
const char *mc_endpoint_scheme_name(size_t i);

/* A ':' in a bare path is fine unless what stands before it is a scheme that
 * we know or is followed by "//".  *out is to be disposed in any case.
 * Fails: EUSAGE, scope RUN: the text says what is wrong and never shows a
 * password. */
MC_RC mc_endpoint_parse(
	struct mc_endpoint *out, const char *text, struct mc_error *err);
void mc_endpoint_dispose(struct mc_endpoint *at); /* wipes the password */

/* For people and as the archive's name of the place: no password, default
 * port left out, %-escapes where they are needed.  Cut at size. */
void mc_endpoint_format(const struct mc_endpoint *at, char *out, size_t size);

bool mc_endpoint_is_remote(const struct mc_endpoint *at);
bool mc_endpoint_is_imap(const struct mc_endpoint *at);
/* Of Gmail, by its name; its user may be "recent:NAME". */
bool mc_endpoint_is_gmail_pop3(const struct mc_endpoint *at);

/* TLS from the first octet (pop3s, imaps). */
bool mc_endpoint_is_wrapped(const struct mc_endpoint *at);

#endif
