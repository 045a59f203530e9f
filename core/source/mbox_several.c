/* SPDX-License-Identifier: MIT
 * mbox_several: does a file that should hold one message hold an mbox of many? */
#include "msg/date.h"
#include "source/input.h"
#include "source/mbox_file.h"
#include "source/mbox_window.h"

/* "From 1f3c... Mon Sep 17 00:00:00 2001": of a patch in the text, as git
 * writes them all. */
static bool is_patch(struct mc_span line)
{
	enum { ID = 40, SHA256_ID = 64 };
	size_t n = mc_span_index(mc_span_from(line, 5), ' ');

	return n == ID || n == SHA256_ID;
}

/* Stricter than who reads an mbox: here a message would be taken for one. */
static bool is_second(const struct mc_mbox_line *line)
{
	return line->kind == MC_MBOX_FROM && line->separates &&
	       line->after_blank &&
	       mc_date_from_line(line->text, &(int64_t){ 0 }) &&
	       !is_patch(line->text);
}

static bool look_for_second(struct mc_mbox_window *w)
{
	struct mc_mbox_line line;
	bool first = true;

	mc_mbox_window_fill(w, 0);
	w->view.eol = mc_mbox_eol(w->view.ahead);
	for (;;) {
		if (mc_mbox_low(&w->view))
			mc_mbox_window_fill(w, 0);
		if (!mc_mbox_next(&w->view, &line))
			return false;
		if (first && mc_mbox_is_mark(line.text))
			return true;
		if (first && line.kind != MC_MBOX_FROM)
			return false;
		if (!first && is_second(&line))
			return true;
		first = false;
	}
}

bool mc_mbox_may_begin(struct mc_input *in)
{
	struct mc_error ignored;
	struct mc_span head;
	char octets[5];
	size_t got = 0;

	if (!mc_input_seeks(in))
		return true;
	if (mc_input_peek(in, 0, octets, sizeof(octets), &got, &ignored) < 0)
		return false;
	head = (struct mc_span){ octets, got };
	return mc_span_starts(head, MC_SPAN("From ")) ||
	       mc_span_starts(head, MC_SPAN("\1\1\1\1"));
}

bool mc_mbox_is_several(const char *path)
{
	struct mc_mbox_window w = { .data = NULL };
	struct mc_input *in = NULL;
	struct mc_error ignored;
	bool several = false;

	if (mc_input_open(&in, path, MC_MESSAGE, &ignored) == MC_OK &&
		mc_mbox_may_begin(in) &&
		mc_mbox_window_open(&w, in, &ignored) == MC_OK)
		several = look_for_second(&w);
	mc_mbox_window_close(&w);
	mc_input_close(in);
	return several;
}

MC_RC mc_mbox_refuse(
	const char *path, enum mc_scope scope, struct mc_error *err)
{
	return mc_fail(err, MC_EINPUT, scope, 0,
		"'%s' is no message, but an mbox of several; they can be read "
		"as mbox:%s",
		path, path);
}
