/* SPDX-License-Identifier: MIT
 * hint: what a server's refusal says of another try.  Pure. */
#ifndef MC_NET_HINT_H
#define MC_NET_HINT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

/* Behind the words that refuse a login. */
#define MC_LOGIN_ADVICE                                                         \
	"; check user name and password (some providers want one that is made " \
	"for programs)"

/* Where TLS cannot begin later; with the scheme that has it at once. */
#define MC_WRAPPED_ADVICE(scheme) "; try " scheme "://, where TLS comes first"
/* The same, and others might read along. */
#define MC_CLEAR_ADVICE ", or allow clear text by --insecure-plaintext"

/* Behind a login that went well with who could not prove to know the password. */
#define MC_IMPOSTOR_ADVICE                                                     \
	"; it may not be the server that you mean: look at its name and "      \
	"certificate before you try again"

/* Behind what only a change at the server mends. */
#define MC_RUNNERS_ADVICE "; if it stays so, tell those who run the server"

struct mc_hint {
	bool later;   /* the moment is bad, not what was asked for */
	bool refused; /* of a login: it says that it knows us not */
	int wait_ms;  /* what the server asks for; 0: it does not say */
};

/* code: of RFC 5530, 9738, 2449, 3206, without brackets; n == 0: none.  text:
 * the server's words. */
struct mc_hint mc_hint_of(struct mc_span code, struct mc_span text);

/* The same of a login.  Accounts are locked where a wrong password is tried
 * again, so that only what surely speaks of something else is for later: a
 * code that says so, or words of connections and pace. */
struct mc_hint mc_hint_of_login(struct mc_span code, struct mc_span text);

#endif
