/* SPDX-License-Identifier: MIT
 * shell: the first line of what a command prints, or of a file. */
#ifndef MC_CMD_SHELL_H
#define MC_CMD_SHELL_H

#include "base/buf.h"
#include "base/cancel.h"

/* Runs command by sh -c with our standard input and error; line gets the
 * first line of its output without the line end.  `what` names the command in
 * errors; its text is never shown, it may hold a secret.  A cancel ends the
 * command.  Fails: EIO (cannot be run, ended badly, printed nothing),
 * ELIMIT, ECANCEL, scope RUN. */
MC_RC mc_shell_line(const char *command, const char *what,
	struct mc_cancel *cancel, struct mc_buf *line, struct mc_error *err);

/* The first line of what can be read from fd, without the line end; the rest
 * is read and forgotten.  Ends early at a cancel.  Fails: EIO ELIMIT. */
MC_RC mc_fd_line(int fd, struct mc_cancel *cancel, struct mc_buf *line,
	struct mc_error *err);

#endif
