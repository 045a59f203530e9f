/* SPDX-License-Identifier: MIT */
#include "source/mbox_window.h"

static MC_RC allot(struct mc_mbox_window *w, struct mc_error *err)
{
	w->view.eol = '\n';
	w->data = malloc(MC_MBOX_WINDOW);
	if (!w->data)
		return mc_fail_memory(err);
	w->view.ahead.p = w->data;
	return MC_OK;
}

MC_RC mc_mbox_window_open(
	struct mc_mbox_window *w, struct mc_input *in, struct mc_error *err)
{
	int64_t octets = mc_input_octets(in);

	*w = (struct mc_mbox_window){ .in = in,
		.limit = octets < 0 ? INT64_MAX : octets };
	return allot(w, err);
}

MC_RC mc_mbox_window_open_apart(struct mc_mbox_window *w, struct mc_input *in,
	int64_t from, int64_t limit, struct mc_error *err)
{
	*w = (struct mc_mbox_window){
		.in = in, .apart = true, .end = from, .limit = limit
	};
	return allot(w, err);
}

void mc_mbox_window_close(struct mc_mbox_window *w)
{
	free(w->data);
	w->data = NULL;
}

void mc_mbox_window_fill(struct mc_mbox_window *w, size_t keep)
{
	struct mc_span *ahead = &w->view.ahead;
	size_t stay = ahead->n + keep;
	size_t want = MC_MBOX_WINDOW - stay;
	size_t got = 0;
	enum mc_rc rc;

	memmove(w->data, ahead->p - keep, stay);
	ahead->p = w->data + keep;
	if ((int64_t)want > w->limit - w->end)
		want = (size_t)(w->limit - w->end);
	if (w->apart)
		rc = mc_input_peek(
			w->in, w->end, w->data + stay, want, &got, &w->why);
	else
		rc = mc_input_read(w->in, w->data + stay, want, &got, &w->why);
	ahead->n += got;
	w->end += (int64_t)got;
	if (rc == MC_OK && got < want && w->limit < INT64_MAX)
		rc = mc_fail(&w->why, MC_EIO, MC_FOLDER, 0,
			"became shorter while it was read; run the same "
			"command again");
	w->view.last = rc < 0 || got < want || w->end == w->limit;
}

int64_t mc_mbox_window_at(const struct mc_mbox_window *w)
{
	return w->end - (int64_t)w->view.ahead.n;
}

struct mc_span mc_mbox_window_peek(
	const struct mc_mbox_window *w, int64_t offset, size_t n)
{
	const char *end = w->view.ahead.p + w->view.ahead.n;
	int64_t back = w->end - offset;

	if (back < 0 || back > end - w->data)
		return (struct mc_span){ NULL, 0 };
	return mc_span_head((struct mc_span){ end - back, (size_t)back }, n);
}
