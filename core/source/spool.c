/* SPDX-License-Identifier: MIT */
#include "source/spool.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

#include "source/read_at.h"

/* Holes are made this far apart: each is a call. */
enum { HOLE = 16 << 20 };

MC_RC mc_spool_open(struct mc_spool *spool, int64_t base, struct mc_error *err)
{
	char path[] = "/var/tmp/mailcart-XXXXXX";

	*spool = (struct mc_spool){ .fd = mkostemp(path, O_CLOEXEC),
		.base = base,
		.end = base,
		.gone = base };
	if (spool->fd < 0)
		return mc_fail_errno(err, MC_EIO, MC_FOLDER,
			"cannot make a file in /var/tmp");
	(void)unlink(path);
	return MC_OK;
}

void mc_spool_close(struct mc_spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
}

MC_RC mc_spool_append(
	struct mc_spool *spool, struct mc_span octets, struct mc_error *err)
{
	while (octets.n > 0) {
		ssize_t r = pwrite(spool->fd, octets.p, octets.n,
			spool->end - spool->base);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return mc_fail_errno(err, MC_EIO, MC_FOLDER,
				"cannot write to a file in /var/tmp, to look "
				"ahead; unpack the mbox and pull that");
		spool->end += r;
		octets = mc_span_from(octets, (size_t)r);
	}
	return MC_OK;
}

MC_RC mc_spool_read(const struct mc_spool *spool, int64_t offset, char *out,
	size_t n, size_t *got, struct mc_error *err)
{
	assert(offset >= spool->gone);
	if (!mc_read_at(spool->fd, offset - spool->base, out, n, got))
		return mc_fail_errno(err, MC_EIO, MC_FOLDER,
			"cannot read from a file in /var/tmp");
	return MC_OK;
}

void mc_spool_forget(struct mc_spool *spool, int64_t offset)
{
	if (offset - spool->gone < HOLE)
		return;
	(void)fallocate(spool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		spool->gone - spool->base, offset - spool->gone);
	spool->gone = offset;
}
