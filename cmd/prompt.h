/* SPDX-License-Identifier: MIT
 * prompt: asks on the terminal, without echo. */
#ifndef MC_CMD_PROMPT_H
#define MC_CMD_PROMPT_H

#include "base/buf.h"
#include "base/cancel.h"

/* Shows text on /dev/tty and reads a line into secret; the terminal is as
 * before afterwards, at a cancel too.  MC_DONE: there is no terminal.
 * Fails: EIO ELIMIT ECANCEL, scope RUN. */
MC_RC mc_prompt(const char *text, struct mc_cancel *cancel,
	struct mc_buf *secret, struct mc_error *err);

#endif
