/* SPDX-License-Identifier: MIT */
#include "source/mbox_window.h"

#include <unistd.h>

MC_RC mc_mbox_window_open(struct mc_mbox_window *w, int fd, int64_t from,
	int64_t limit, struct mc_error *err)
{
	*w = (struct mc_mbox_window){ .fd = fd, .end = from, .limit = limit };
	w->view.eol = '\n';
	w->data = malloc(MC_MBOX_WINDOW);
	if (!w->data)
		return mc_fail_memory(err);
	w->view.ahead.p = w->data;
	return MC_OK;
}

void mc_mbox_window_close(struct mc_mbox_window *w)
{
	free(w->data);
	w->data = NULL;
}

MC_RC mc_mbox_pread(int fd, int64_t offset, char *out, size_t n, size_t *got,
	struct mc_error *err)
{
	*got = 0;
	while (*got < n) {
		ssize_t r =
			pread(fd, out + *got, n - *got, offset + (int64_t)*got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return mc_fail_errno(err, MC_EIO, MC_FOLDER,
				"cannot read at octet %lld",
				(long long)offset + (long long)*got);
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return MC_OK;
}

MC_RC mc_mbox_window_fill(
	struct mc_mbox_window *w, size_t keep, struct mc_error *err)
{
	struct mc_span *ahead = &w->view.ahead;
	size_t stay = ahead->n + keep;
	size_t want = MC_MBOX_WINDOW - stay;
	size_t got;
	enum mc_rc rc;

	memmove(w->data, ahead->p - keep, stay);
	ahead->p = w->data + keep;
	if ((int64_t)want > w->limit - w->end)
		want = (size_t)(w->limit - w->end);
	rc = mc_mbox_pread(w->fd, w->end, w->data + stay, want, &got, err);
	if (rc < 0)
		return rc;
	ahead->n += got;
	w->end += (int64_t)got;
	w->cut = got < want;
	w->view.last = w->cut || w->end == w->limit;
	return MC_OK;
}

int64_t mc_mbox_window_at(const struct mc_mbox_window *w)
{
	return w->end - (int64_t)w->view.ahead.n;
}
