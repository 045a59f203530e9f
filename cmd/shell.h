/* SPDX-License-Identifier: MIT
 * shell: the first line of what a command prints, or of a file.  Commands are
 * run by a process of its own, the keeper: made before ours gives up its rights
 * (confine), it keeps them, for a command that prints a password may need them
 * (sudo).  It runs nothing but the commands that it was made with. */
#ifndef MC_CMD_SHELL_H
#define MC_CMD_SHELL_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/cancel.h"

enum { MC_SHELL_COMMANDS = 2 }; /* for the sources, for the target */

struct mc_shell {
	const char *commands[MC_SHELL_COMMANDS]; /* NULL: none */
	int fd;                                  /* to the keeper */
	pid_t keeper;                            /* 0: none was needed */
};

/* commands are set by the caller, and stay his; the rest is 0.
 * Fails: EIO, scope RUN. */
MC_RC mc_shell_open(struct mc_shell *shell, struct mc_error *err);
void mc_shell_close(struct mc_shell *shell);

/* Runs one of shell's commands by sh -c, with our standard input and error, our
 * environment but for the passwords in it, and no other file of ours; line gets
 * the first line of its output without the line end.  `what` names the command
 * in errors; its text is never shown, it may hold a secret.  A cancel ends the
 * command.  Fails: EIO (cannot be run, ended badly, printed nothing),
 * ELIMIT, ECANCEL, scope RUN. */
MC_RC mc_shell_line(const struct mc_shell *shell, const char *command,
	const char *what, struct mc_cancel *cancel, struct mc_buf *line,
	struct mc_error *err);

/* What the keeper is sent is an int, which command, with a descriptor, the
 * command's output; or, without one: end it.  What it answers is this. */
struct mc_shell_end {
	int error;  /* it could not be run: an errno */
	int status; /* as of waitpid */
};

/* The keeper's life: answers at fd until nobody is there any more. */
_Noreturn void mc_shell_keep(const struct mc_shell *shell, int fd);

/* The first line of what can be read from fd, without the line end; the rest
 * is read and forgotten.  Ends early at a cancel.  Fails: EIO ELIMIT. */
MC_RC mc_fd_line(int fd, struct mc_cancel *cancel, struct mc_buf *line,
	struct mc_error *err);

#endif
