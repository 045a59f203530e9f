/* SPDX-License-Identifier: MIT */
#include "source/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"
#include "base/text.h"

enum { COMPLAINT = 200, CANNOT_RUN = 127, TICK_MS = 200, FILES_MAX = 256 };

/* What it said last. */
struct complaint {
	char text[COMPLAINT];
	size_t n;
	bool begun; /* behind the end of a line */
};

/* --- in the child, where nothing but system calls is allowed ---------- */

static void limit(int what, int64_t value)
{
	struct rlimit limits = { (rlim_t)value, (rlim_t)value };

	/* Less than asked for may be all there is: that will do as well. */
	(void)setrlimit((__rlimit_resource_t)what, &limits);
}

static _Noreturn void become(const struct mc_child *child, int null, int err)
{
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char locale[] = "LC_ALL=C.UTF-8";
	char *const environment[] = { path, locale, NULL };

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(null, 0) < 0 || dup2(err, 1) < 0 || dup2(err, 2) < 0)
		_exit(CANNOT_RUN);
	limit(RLIMIT_CPU, child->seconds);
	limit(RLIMIT_AS, child->memory);
	limit(RLIMIT_FSIZE, child->file);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	execvpe(child->argv[0], (char *const *)(uintptr_t)child->argv,
		environment);
	_exit(CANNOT_RUN);
}

/* --- in the parent ---------------------------------------------------- */

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
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN)
		return mc_fail(err, MC_ENOENT, MC_RUN, 0, "cannot run %s",
			child->argv[0]);
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

MC_RC mc_child_run(const struct mc_child *child, struct mc_error *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int pipes[2] = { -1, -1 };
	enum mc_rc rc = MC_OK;
	pid_t pid;

	if (null < 0 || pipe2(pipes, O_CLOEXEC) < 0) {
		rc = mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot run %s", child->argv[0]);
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		rc = mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot run %s", child->argv[0]);
		goto out;
	}
	if (pid == 0)
		become(child, null, pipes[1]);
	close(pipes[1]);
	pipes[1] = -1;
	rc = attend(child, pid, pipes[0], err);
out:
	if (null >= 0)
		close(null);
	if (pipes[0] >= 0)
		close(pipes[0]);
	if (pipes[1] >= 0)
		close(pipes[1]);
	return rc;
}
