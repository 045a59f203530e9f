/* SPDX-License-Identifier: MIT
 * secret: finds the password for an endpoint: the one in its address, the
 * option of its side, the environment, ~/.netrc, or a prompt.  Shows none,
 * stores none, and keeps only what was typed, until it is closed. */
#ifndef MC_CMD_SECRET_H
#define MC_CMD_SECRET_H

#include <pthread.h>

#include "base/endpoint.h"
#include "base/event.h"
#include "cmd/progress.h"
#include "cmd/settings.h"
#include "cmd/shell.h"

/* Of the environment. */
#define MC_SECRET_VARIABLE "MAILCART_PASSWORD"
#define MC_SECRET_TARGET_VARIABLE "MAILCART_TARGET_PASSWORD"

struct mc_typed; /* a password that was typed, and for whom */

struct mc_secrets {
	const struct mc_monitor *monitor; /* for notes and cancels */
	struct mc_progress *progress;     /* out of the prompt's way */
	const struct mc_shell *shell;     /* which runs the commands */
	pthread_mutex_t lock;             /* one question at a time */
	struct mc_typed *typed;
};

/* What an endpoint's secret_arg points to. */
struct mc_secret_side {
	struct mc_secrets *secrets;
	const struct mc_side *side;
	const char *variable; /* of the environment */
	const char *option;   /* "--password": with -file, -command */
};

/* monitor, progress and shell are set by the caller. */
void mc_secrets_open(struct mc_secrets *secrets);
void mc_secrets_close(struct mc_secrets *secrets);

/* An mc_secret_fn; arg is a struct mc_secret_side. */
enum mc_rc mc_secret_get(void *arg, const struct mc_endpoint *at,
	struct mc_buf *secret, struct mc_error *err);

/* Asks on the terminal now if that is what would be done later, perhaps hours
 * into a run, when nobody sits there any more.
 * Fails: EAUTH (nothing was typed), EIO, ECANCEL; scope RUN. */
MC_RC mc_secret_ask(struct mc_secret_side *s, const struct mc_endpoint *at,
	struct mc_error *err);

/* Overwrites the password in an address as it stood in argv, which others
 * can read in the list of processes.  True: there was one. */
bool mc_secret_wipe_address(char *address);

#endif
