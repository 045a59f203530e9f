/* SPDX-License-Identifier: MIT
 * request: what was typed, as job understands it; owns what job borrows. */
#ifndef MC_CMD_REQUEST_H
#define MC_CMD_REQUEST_H

#include "cmd/secret.h"
#include "job/job.h"

struct mc_wish {
	struct mc_request req;
	struct mc_endpoint *places; /* one an operand, in that order */
	size_t places_n;
	struct mc_map *maps;
	char *texts; /* what maps points into */
	char *command;
	struct mc_secret_side source;
	struct mc_secret_side target;
};

/* What the operands of a command are. */
enum mc_operands {
	MC_OPERANDS_NONE,           /* no endpoints */
	MC_OPERANDS_SOURCES,        /* all of them */
	MC_OPERANDS_SOURCES_TARGET, /* the last one is the target */
};

/* Fills wish but for req.monitor; set and secrets are borrowed.  A password in
 * an address is overwritten where it stood, and the monitor that secrets has
 * is told so.  wish is disposed by the caller in any case.
 * Fails: EUSAGE, ELIMIT, scope RUN. */
MC_RC mc_wish_make(struct mc_wish *wish, const char *verb,
	enum mc_operands what, struct mc_settings *set,
	struct mc_secrets *secrets, struct mc_error *err);
void mc_wish_dispose(struct mc_wish *wish);

#endif
