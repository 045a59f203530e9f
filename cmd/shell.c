/* SPDX-License-Identifier: MIT */
#include "cmd/shell.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
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

/* How the command ended; rc is how reading went. */
static MC_RC judge(enum mc_rc rc, int status, const char *what,
	const struct mc_buf *line, struct mc_error *err)
{
	if (rc < 0 && rc != MC_ECANCEL)
		mc_while(err, "%s", what);
	if (rc < 0)
		return rc;
	if (WIFSIGNALED(status))
		return mc_fail(err, MC_EIO, MC_RUN, 0,
			"the %s was ended by signal %d", what,
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return mc_fail(err, MC_EIO, MC_RUN, 0,
			"the %s failed with exit status %d; run it by itself "
			"to see why",
			what, WEXITSTATUS(status));
	if (line->len == 0)
		return mc_fail(err, MC_EIO, MC_RUN, 0,
			"the %s printed nothing on its first line; run it by "
			"itself to see what it does",
			what);
	return MC_OK;
}

/* Tells the keeper which command to run, and where it prints to.  out < 0: to
 * end the one that it runs. */
static bool tell(const struct mc_shell *shell, int which, int out)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(out))];
	} with = { .room = { 0 } };
	struct iovec octets = { &which, sizeof(which) };
	struct msghdr message = { .msg_iov = &octets, .msg_iovlen = 1 };

	if (out >= 0) {
		with.head.cmsg_len = CMSG_LEN(sizeof(out));
		with.head.cmsg_level = SOL_SOCKET;
		with.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&with.head), &out, sizeof(out));
		message.msg_control = &with;
		message.msg_controllen = sizeof(with);
	}
	return sendmsg(shell->fd, &message, MSG_NOSIGNAL) >= 0;
}

/* How the command ended, or that the keeper did. */
static struct mc_shell_end hear(const struct mc_shell *shell)
{
	struct mc_shell_end end = { 0, 0 };
	ssize_t n;

	do
		n = recv(shell->fd, &end, sizeof(end), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(end))
		end.error = n < 0 ? errno : EPIPE;
	return end;
}

static int find(const struct mc_shell *shell, const char *command)
{
	int which = 0;

	while (which < MC_SHELL_COMMANDS &&
		(!shell->commands[which] ||
			strcmp(shell->commands[which], command) != 0))
		which++;
	assert(which < MC_SHELL_COMMANDS);
	return which;
}

MC_RC mc_shell_line(const struct mc_shell *shell, const char *command,
	const char *what, struct mc_cancel *cancel, struct mc_buf *line,
	struct mc_error *err)
{
	struct mc_shell_end end = { 0, 0 };
	int ends[2] = { -1, -1 };
	enum mc_rc rc;
	bool told;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return mc_fail_errno(err, MC_EIO, MC_RUN, "cannot make a pipe");
	told = tell(shell, find(shell, command), ends[1]);
	end.error = errno;
	close(ends[1]);
	rc = told ? mc_fd_line(ends[0], cancel, line, err) : MC_OK;
	close(ends[0]);
	if (rc < 0)
		(void)tell(shell, 0, -1);
	if (told)
		end = hear(shell);
	if (rc == MC_OK && end.error != 0) {
		errno = end.error;
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot run the %s", what);
	}
	return judge(rc, end.status, what, line, err);
}

MC_RC mc_shell_open(struct mc_shell *shell, struct mc_error *err)
{
	bool wanted = false;
	int ends[2];
	pid_t pid;

	for (int i = 0; i < MC_SHELL_COMMANDS; i++)
		wanted |= shell->commands[i] != NULL;
	if (!wanted)
		return MC_OK;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot make a pair of sockets");
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		mc_shell_keep(shell, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot start a process");
	}
	shell->fd = ends[0];
	shell->keeper = pid;
	return MC_OK;
}

void mc_shell_close(struct mc_shell *shell)
{
	if (shell->keeper == 0)
		return;
	close(shell->fd);
	while (waitpid(shell->keeper, NULL, 0) < 0 && errno == EINTR)
		continue;
	shell->keeper = 0;
}
