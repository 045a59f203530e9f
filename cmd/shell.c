/* SPDX-License-Identifier: MIT */
#include "cmd/shell.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 100 };

/* Takes piece up to the line end.  True: the line is complete. */
static MC_RC take(struct mc_buf *line, struct mc_span piece, bool *complete,
	struct mc_error *err)
{
	size_t end = mc_span_index(piece, '\n');

	if (*complete)
		return MC_OK;
	*complete = end < piece.n;
	return mc_buf_put(line, mc_span_head(piece, end), err);
}

static void trim_end(struct mc_buf *line)
{
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->data[--line->len] = '\0';
}

MC_RC mc_fd_line(int fd, struct mc_cancel *cancel, struct mc_buf *line,
	struct mc_error *err)
{
	char piece[512];
	bool complete = false;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (mc_cancel_is(cancel, MC_CANCEL_SOON)) {
			rc = mc_fail_cancelled(err);
			break;
		}
		if (poll(&wait, 1, LOOK_MS) == 0)
			continue;
		n = read(fd, piece, sizeof(piece));
		if (n < 0)
			rc = mc_fail_errno(err, MC_EIO, MC_RUN, "cannot read");
		if (n <= 0)
			break;
		rc = take(line, (struct mc_span){ piece, (size_t)n }, &complete,
			err);
	}
	explicit_bzero(piece, sizeof(piece));
	trim_end(line);
	return rc;
}

/* The child gets signals as if nobody had blocked them. */
static int spawn(const char *command, int out, pid_t *pid)
{
	char sh[] = "sh";
	char c[] = "-c";
	char *copy = strdup(command);
	char *const argv[] = { sh, c, copy, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	sigset_t pipe;
	int error;

	if (!copy)
		return ENOMEM;
	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipe);
	posix_spawnattr_setflags(
		&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn(pid, "/bin/sh", &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	explicit_bzero(copy, strlen(copy));
	free(copy);
	return error;
}

/* How the command ended; rc is how reading went. */
static MC_RC judge(enum mc_rc rc, int status, const char *what,
	const struct mc_buf *line, struct mc_error *err)
{
	if (rc < 0)
		return rc;
	if (WIFSIGNALED(status))
		return mc_fail(err, MC_EIO, MC_RUN, 0,
			"the %s was ended by signal %d", what,
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return mc_fail(err, MC_EIO, MC_RUN, 0,
			"the %s failed with exit status %d", what,
			WEXITSTATUS(status));
	if (line->len == 0)
		return mc_fail(err, MC_EIO, MC_RUN, 0,
			"the %s printed nothing on its first line", what);
	return MC_OK;
}

MC_RC mc_shell_line(const char *command, const char *what,
	struct mc_cancel *cancel, struct mc_buf *line, struct mc_error *err)
{
	int ends[2] = { -1, -1 };
	int status = 0;
	int error;
	pid_t pid;
	enum mc_rc rc;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return mc_fail_errno(err, MC_EIO, MC_RUN, "cannot make a pipe");
	error = spawn(command, ends[1], &pid);
	close(ends[1]);
	if (error != 0) {
		errno = error;
		rc = mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot run the %s", what);
		close(ends[0]);
		return rc;
	}
	rc = mc_fd_line(ends[0], cancel, line, err);
	close(ends[0]);
	if (rc < 0)
		kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return judge(rc, status, what, line, err);
}
