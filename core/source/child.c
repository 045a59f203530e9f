/* SPDX-License-Identifier: MIT */
#include "source/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"
#include "base/text.h"

enum { COMPLAINT = 200, TICK_MS = 200, FILES_MAX = 256 };

/* Where a child tells that it could not begin. */
enum { TOLD = 3 };

/* What it said last. */
struct complaint {
	char text[COMPLAINT];
	size_t n;
	bool begun; /* behind the end of a line */
};

static void take(struct complaint *c, struct mc_span octets)
{
	for (size_t i = 0; i < octets.n; i++) {
		char octet = octets.p[i];

		if (octet == '\n') {
			c->begun = true;
			continue;
		}
		if (c->begun)
			c->n = 0;
		c->begun = false;
		if (c->n < sizeof(c->text))
			c->text[c->n++] = octet;
	}
}

/* Waits a little; false: its end of the pipe is closed. */
static bool listen(struct complaint *c, int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char octets[512];
	ssize_t n;

	if (poll(&wait, 1, TICK_MS) <= 0)
		return true;
	n = read(fd, octets, sizeof(octets));
	if (n > 0)
		take(c, (struct mc_span){ octets, (size_t)n });
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* What it said at its end, but no waiting for whoever else has the pipe. */
static void drain(struct complaint *c, int fd)
{
	char octets[512];
	ssize_t n = 1;

	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	while (n > 0) {
		n = read(fd, octets, sizeof(octets));
		if (n > 0)
			take(c, (struct mc_span){ octets, (size_t)n });
	}
}

static enum mc_rc fail_status(const struct mc_child *child,
	const struct complaint *c, int status, struct mc_error *err)
{
	char said[COMPLAINT * 2 + 8];

	mc_text_escape(said, sizeof(said), (struct mc_span){ c->text, c->n });
	if (WIFSIGNALED(status))
		return mc_fail(err, MC_ELIMIT, MC_RUN, 0,
			"%s was ended by signal %d%s%s", child->argv[0],
			WTERMSIG(status), c->n ? ": " : "", said);
	return mc_fail(err, MC_EINPUT, MC_RUN, 0, "%s failed%s%s",
		child->argv[0], c->n ? ": " : "", said);
}

/* Until it has ended, or must. */
static MC_RC attend(
	const struct mc_child *child, pid_t pid, int fd, struct mc_error *err)
{
	int64_t end = mc_clock_ms() + child->seconds * 1000;
	struct complaint complaint = { .n = 0 };
	bool open = true;
	enum mc_rc rc = MC_OK;
	int status = 0;

	while (rc == MC_OK) {
		pid_t ended;

		if (open)
			open = listen(&complaint, fd);
		else
			(void)poll(NULL, 0, TICK_MS);
		ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid || (ended < 0 && errno != EINTR))
			break;
		if (mc_cancel_is(child->monitor->cancel, MC_CANCEL_SOON))
			rc = mc_fail_cancelled(err);
		else if (mc_clock_ms() > end)
			rc = mc_fail(err, MC_ELIMIT, MC_RUN, 0,
				"%s took longer than %lld s", child->argv[0],
				(long long)child->seconds);
	}
	if (rc < 0) {
		(void)kill(-pid, SIGKILL);
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return rc;
	}
	drain(&complaint, fd);
	return status == 0 ? MC_OK
			   : fail_status(child, &complaint, status, err);
}

/* Less than asked for may be all there is: that will do as well. */
static void limit(int what, int64_t value)
{
	const struct rlimit limits = { (rlim_t)value, (rlim_t)value };

	(void)setrlimit((enum __rlimit_resource)what, &limits);
}

static void limit_all(const struct mc_child *child)
{
	limit(RLIMIT_CPU, child->seconds);
	limit(RLIMIT_AS, child->memory);
	limit(RLIMIT_FSIZE, child->file);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
}

/* In a group of its own, with nothing to read and no other file, saying all to
 * fd. */
static bool set_up(int fd, int told)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (nothing < 0 || setpgid(0, 0) < 0 || dup2(nothing, 0) < 0 ||
		dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		return false;
	if (told != TOLD && dup3(told, TOLD, O_CLOEXEC) < 0)
		return false;
	closefrom(TOLD + 1);
	return true;
}

/* Behind fork(): other threads may have held any lock, so that nothing here may
 * ask for one.  told: gets an errno, if this does not become the program. */
static _Noreturn void become(const struct mc_child *child, int fd, int told)
{
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char locale[] = "LC_ALL=C.UTF-8";
	char *const environment[] = { path, locale, NULL };
	int error;

	if (set_up(fd, told)) {
		told = TOLD;
		limit_all(child);
		(void)execvpe(child->argv[0], child->argv, environment);
	}
	error = errno;
	_exit(write(told, &error, sizeof(error)) < 0 ? 126 : 127);
}

/* What become() tells; 0: it is the program now. */
static int hear(int fd)
{
	int error = 0;
	ssize_t n;

	do
		n = read(fd, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(error) ? error : 0;
}

/* 0, or an errno. */
static int begin(const struct mc_child *child, int fd, pid_t *pid)
{
	int told[2];
	int error;

	if (pipe2(told, O_CLOEXEC) < 0)
		return errno;
	*pid = fork();
	if (*pid == 0)
		become(child, fd, told[1]);
	error = *pid < 0 ? errno : 0;
	close(told[1]);
	if (!error)
		error = hear(told[0]);
	close(told[0]);
	while (error && *pid > 0 && waitpid(*pid, NULL, 0) < 0 &&
		errno == EINTR)
		;
	return error;
}

MC_RC mc_child_run(const struct mc_child *child, struct mc_error *err)
{
	int pipes[2];
	pid_t pid = -1;
	int error;
	enum mc_rc rc;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot run %s", child->argv[0]);
	error = begin(child, pipes[1], &pid);
	close(pipes[1]);
	if (error) {
		errno = error;
		rc = mc_fail_errno(err, error == ENOENT ? MC_ENOENT : MC_EIO,
			MC_RUN, "cannot run %s", child->argv[0]);
	} else {
		rc = attend(child, pid, pipes[0], err);
	}
	close(pipes[0]);
	return rc;
}
