/* SPDX-License-Identifier: MIT */
#include "cmd/out.h"

#include <errno.h>
#include <poll.h>

/* errno may be another call's by now; of a reader that has gone, the pipe
 * itself tells. */
static int cause(const struct mc_out *out)
{
	struct pollfd end = { .fd = fileno(out->file), .events = POLLOUT };

	if (end.fd >= 0 && poll(&end, 1, 0) == 1 && (end.revents & POLLERR))
		return EPIPE;
	return errno ? errno : EIO;
}

static MC_RC fail(struct mc_out *out, struct mc_error *err)
{
	if (!out->error)
		out->error = cause(out);
	errno = out->error;
	return mc_fail_errno(
		err, MC_EIO, MC_RUN, "cannot write to standard output");
}

MC_RC mc_out_check(struct mc_out *out, struct mc_error *err)
{
	return ferror(out->file) ? fail(out, err) : MC_OK;
}

MC_RC mc_out_flush(struct mc_out *out, struct mc_error *err)
{
	if (ferror(out->file) || fflush(out->file) != 0)
		return fail(out, err);
	return MC_OK;
}

bool mc_out_is_closed(const struct mc_out *out)
{
	return out->error == EPIPE;
}
