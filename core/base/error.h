/* SPDX-License-Identifier: MIT
 * error: how a call went, told once, by value.  Knows no other module.
 *
 * A function that can fail returns enum mc_rc and takes a struct mc_error *
 * as its last parameter: 0 fine, 1 an iteration is over, below 0 failed with
 * *err filled.  The room that knows the cause writes it; each floor above may
 * put its own name in front with mc_while().  Nobody logs and returns.
 */
#ifndef MC_BASE_ERROR_H
#define MC_BASE_ERROR_H

#include <errno.h>

#include "base/attr.h"

enum mc_rc {
	MC_DONE = 1,       /* an iteration is over; no failure */
	MC_OK = 0,         /* failures are below, so `rc < 0` is the test */
	MC_EUSAGE = -1,    /* the user asked for something impossible */
	MC_EINPUT = -2,    /* input not understood: no mbox, no archive */
	MC_ENOENT = -3,    /* the input named does not exist or is unreadable */
	MC_ECREATE = -4,   /* an output cannot be made */
	MC_EIO = -5,       /* a local file; sys = errno */
	MC_ENET = -6,      /* the connection; sys = errno or 0 */
	MC_ETLS = -7,      /* a check of TLS failed; never tried again */
	MC_EAUTH = -8,     /* credentials refused; never tried again */
	MC_EPROTO = -9,    /* the peer broke its RFC */
	MC_EREFUSED = -10, /* the peer said NO or -ERR; text holds its words */
	MC_ELIMIT = -11,   /* larger than we accept */
	MC_EDB = -12,      /* SQLite; sys = extended result code */
	MC_ECANCEL = -13,  /* the user pressed ^C */
	MC_EBUSY = -14,    /* somebody else holds it: try again later */
};

/* How much is broken: a loop skips exactly that much and goes on. */
enum mc_scope { MC_MESSAGE, MC_FOLDER, MC_SESSION, MC_RUN };

/* Whether trying again may help: retries live in job/. */
enum mc_hope { MC_NEVER, MC_LATER, MC_AGAIN };

enum { MC_ERROR_TEXT = 480, MC_ERROR_CODE = 32 };

struct mc_error {
	enum mc_rc rc;
	enum mc_scope scope;
	enum mc_hope hope;
	int sys;                  /* see mc_rc; 0 if none */
	char code[MC_ERROR_CODE]; /* peer's response code: "OVERQUOTA"; or "" */
	int said_at; /* in text: the peer's words; before them stand ours */
	char text[MC_ERROR_TEXT]; /* UTF-8, one line, no secret; cut "..." */
};

/* Fills err (hope MC_NEVER, code ""), returns rc, so that a failing line reads
 * `return mc_fail(err, ...)`.  Control octets in the text are escaped. */
enum mc_rc mc_fail(struct mc_error *err, enum mc_rc rc, enum mc_scope scope,
	int sys, const char *fmt, ...) MC_PRINTF(5, 6);

/* rc with errno in sys and its words behind the text: "<fmt>: permission
 * denied", and what to do, where that is the same whatever was asked for.  If
 * memory is lacking rc is MC_ELIMIT: what was named may well be there. */
enum mc_rc mc_fail_errno(struct mc_error *err, enum mc_rc rc,
	enum mc_scope scope, const char *fmt, ...) MC_PRINTF(4, 5);

/* Puts "<fmt>: " before the text; once a floor, where the name is known. */
void mc_while(struct mc_error *err, const char *fmt, ...) MC_PRINTF(2, 3);

/* The peer's words of MC_EREFUSED, without what mc_while() put before them. */
static inline const char *mc_error_said(const struct mc_error *err)
{
	return err->text + err->said_at;
}

/* Out of memory: MC_ELIMIT, scope RUN.  Here, so that who analyses a caller
 * sees that it never returns MC_OK. */
static inline enum mc_rc mc_fail_memory(struct mc_error *err)
{
	(void)mc_fail(err, MC_ELIMIT, MC_RUN, ENOMEM, "out of memory");
	return MC_ELIMIT;
}

#endif
