/* SPDX-License-Identifier: MIT */
#include "base/cancel.h"

#include <fcntl.h>
#include <unistd.h>

MC_RC mc_cancel_init(struct mc_cancel *cancel, struct mc_error *err)
{
	atomic_init(&cancel->level, MC_CANCEL_NONE);
	if (pipe2(cancel->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return mc_fail_errno(err, MC_EIO, MC_RUN, "cannot make a pipe");
	return MC_OK;
}

void mc_cancel_dispose(struct mc_cancel *cancel)
{
	close(cancel->pipe[0]);
	close(cancel->pipe[1]);
}

void mc_cancel_raise(struct mc_cancel *cancel)
{
	int saved = errno;
	int before = atomic_fetch_add(&cancel->level, 1);

	/* A full pipe is readable already; nothing else can be done here. */
	if (before >= MC_CANCEL_SOON && write(cancel->pipe[1], "", 1) < 0)
		errno = saved;
	errno = saved;
}

bool mc_cancel_is(struct mc_cancel *cancel, enum mc_cancel_level level)
{
	return cancel && atomic_load(&cancel->level) >= (int)level;
}

int mc_cancel_fd(const struct mc_cancel *cancel)
{
	return cancel ? cancel->pipe[0] : -1;
}

enum mc_rc mc_fail_cancelled(struct mc_error *err)
{
	return mc_fail(err, MC_ECANCEL, MC_RUN, 0, "interrupted");
}
