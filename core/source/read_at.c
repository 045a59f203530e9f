/* SPDX-License-Identifier: MIT */
#include "source/read_at.h"

#include <errno.h>
#include <unistd.h>

bool mc_read_at(int fd, int64_t offset, char *out, size_t n, size_t *got)
{
	*got = 0;
	while (*got < n) {
		ssize_t r =
			pread(fd, out + *got, n - *got, offset + (int64_t)*got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return false;
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return true;
}
