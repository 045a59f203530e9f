/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/secret.h"
#include "cmd/shell.h"

/* Ends a wait: see attend(). */
static void on_child(int sig)
{
	(void)sig;
}

/* A Ctrl-C is for the command, and for those whose keeper this is. */
static void block_signals(void)
{
	const struct sigaction action = { .sa_handler = on_child };
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)sigaction(SIGCHLD, &action, NULL);
}

/* A descriptor that came with a message; -1: none. */
static int descriptor_of(struct msghdr *message)
{
	const struct cmsghdr *with = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (with && with->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(with), sizeof(fd));
	return fd;
}

/* False: nobody is there any more. */
static bool receive(int fd, int *which, int *out)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(*out))];
	} with;
	int word = -1;
	struct iovec octets = { &word, sizeof(word) };
	struct msghdr message = { .msg_iov = &octets,
		.msg_iovlen = 1,
		.msg_control = &with,
		.msg_controllen = sizeof(with) };
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

	*which = word;
	*out = n > 0 ? descriptor_of(&message) : -1;
	return n > 0;
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
	free(copy);
	return error;
}

/* Until the command has ended; it is ended if that is said, or if nobody is
 * there any more.  SIGCHLD comes in while we wait, and at no other time: so no
 * end of a child falls between a look and a wait. */
static int attend(pid_t pid, int fd)
{
	struct pollfd word = { .fd = fd, .events = POLLIN };
	sigset_t but_child;
	int status = 0;
	int which;
	int out;

	sigfillset(&but_child);
	sigdelset(&but_child, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (ppoll(&word, 1, NULL, &but_child) <= 0)
			continue;
		(void)kill(pid, SIGTERM);
		if (!receive(fd, &which, &out))
			_exit(0);
	}
	return status;
}

_Noreturn void mc_shell_keep(const struct mc_shell *shell, int fd)
{
	int which;
	int out;

	block_signals();
	unsetenv(MC_SECRET_VARIABLE);
	unsetenv(MC_SECRET_TARGET_VARIABLE);
	while (receive(fd, &which, &out)) {
		struct mc_shell_end end = { EINVAL, 0 };
		pid_t pid;

		if (out < 0)
			continue; /* to end one that had ended already */
		if (which >= 0 && which < MC_SHELL_COMMANDS &&
			shell->commands[which])
			end.error = spawn(shell->commands[which], out, &pid);
		close(out);
		if (end.error == 0)
			end.status = attend(pid, fd);
		(void)send(fd, &end, sizeof(end), MSG_NOSIGNAL);
	}
	_exit(0);
}
