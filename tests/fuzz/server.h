/* SPDX-License-Identifier: MIT
 * server: one that says what it was told to say, whatever it is asked, and
 * hangs up; and keeps what the first connection sent to it. */
#ifndef MC_TESTS_FUZZ_SERVER_H
#define MC_TESTS_FUZZ_SERVER_H

#include "base/endpoint.h"
#include "fuzz.h"

/* says: borrowed until the server is stopped.  One at a time. */
void fuzz_server_start(struct mc_span says);
void fuzz_server_stop(void);

/* Of the running server, with a user and a password. */
struct mc_endpoint fuzz_server_endpoint(enum mc_scheme scheme);

/* Once it is stopped; the first 256 KiB. */
struct mc_span fuzz_server_heard(void);

#endif
