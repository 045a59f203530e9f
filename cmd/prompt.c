/* SPDX-License-Identifier: MIT */
#include "cmd/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

enum { LOOK_MS = 100 };

static void say(int fd, const char *text)
{
	/* Who cannot see the question will not answer it. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

/* The terminal hands out whole lines: one read is one line, or a piece. */
static MC_RC read_line(int fd, struct mc_cancel *cancel, struct mc_buf *secret,
	struct mc_error *err)
{
	char piece[256];
	enum mc_rc rc = MC_OK;
	bool complete = false;

	while (rc == MC_OK && !complete) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		struct mc_span got = { piece, 0 };
		ssize_t n;

		if (mc_cancel_is(cancel, MC_CANCEL_SOON)) {
			rc = mc_fail_cancelled(err);
			break;
		}
		if (poll(&wait, 1, LOOK_MS) == 0)
			continue;
		n = read(fd, piece, sizeof(piece));
		if (n <= 0) {
			rc = mc_fail(err, n < 0 ? MC_EIO : MC_EAUTH, MC_RUN,
				n < 0 ? errno : 0, "no password was typed");
			break;
		}
		got.n = mc_span_index(
			(struct mc_span){ piece, (size_t)n }, '\n');
		complete = got.n < (size_t)n;
		rc = mc_buf_put(secret, got, err);
	}
	explicit_bzero(piece, sizeof(piece));
	return rc;
}

MC_RC mc_prompt(const char *text, struct mc_cancel *cancel,
	struct mc_buf *secret, struct mc_error *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios before;
	struct termios silent;
	enum mc_rc rc;

	if (fd < 0)
		return MC_DONE;
	if (tcgetattr(fd, &before) != 0) {
		close(fd);
		return MC_DONE;
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ICANON | ISIG;
	/* Stopped by ^Z we would leave the shell without echo. */
	silent.c_cc[VSUSP] = _POSIX_VDISABLE;
	if (tcsetattr(fd, TCSAFLUSH, &silent) != 0) {
		rc = mc_fail_errno(err, MC_EIO, MC_RUN,
			"cannot switch off the terminal's echo");
		goto out;
	}
	say(fd, text);
	rc = read_line(fd, cancel, secret, err);
	say(fd, "\n");
	tcsetattr(fd, TCSAFLUSH, &before);
out:
	close(fd);
	return rc;
}
