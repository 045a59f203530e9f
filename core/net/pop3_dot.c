/* SPDX-License-Identifier: MIT */
#include "net/pop3_dot.h"

void mc_dot_begin(struct mc_dot *dot, bool bare_lf)
{
	*dot = (struct mc_dot){ .state = MC_DOT_LINE_START,
		.bare_lf = bare_lf };
}

static void give(struct mc_dot *dot, struct mc_span *out, struct mc_span piece)
{
	size_t n = piece.n < sizeof(dot->tail) ? piece.n : sizeof(dot->tail);

	*out = piece;
	dot->octets += (int64_t)piece.n;
	memmove(dot->tail, dot->tail + n, sizeof(dot->tail) - n);
	if (n > 0)
		memcpy(dot->tail + sizeof(dot->tail) - n, piece.p + piece.n - n,
			n);
}

/* Where a line has ended that reached to in.p[at], or not. */
static enum mc_dot_state state_at(
	const struct mc_dot *dot, struct mc_span in, size_t at)
{
	bool cr = dot->state == MC_DOT_INSIDE_CR;

	if (in.p[at - 1] == '\r')
		return MC_DOT_INSIDE_CR;
	if (in.p[at - 1] != '\n')
		return MC_DOT_INSIDE;
	if (at > 1)
		cr = in.p[at - 2] == '\r';
	return cr || dot->bare_lf ? MC_DOT_LINE_START : MC_DOT_INSIDE;
}

/* Content up to the first line that starts with a dot, or all of in.  Dots are
 * rarer than lines, for lines of base64 have none. */
static size_t take_lines(
	struct mc_dot *dot, struct mc_span in, struct mc_span *out)
{
	enum mc_dot_state state;
	size_t at = 0;

	do {
		at++;
		at += mc_span_index(mc_span_from(in, at), '.');
		state = state_at(dot, in, at);
	} while (at < in.n && state != MC_DOT_LINE_START);
	dot->state = state;
	give(dot, out, mc_span_head(in, at));
	return at;
}

/* One octet behind a dot at the start of a line. */
static size_t after_dot(struct mc_dot *dot, char c)
{
	if (c == '\r') {
		dot->state = MC_DOT_DOT_CR;
		return 1;
	}
	if (c == '\n' && dot->bare_lf) {
		dot->state = MC_DOT_OVER;
		return 1;
	}
	dot->state = MC_DOT_INSIDE; /* RFC 1939 3: exactly one dot goes */
	return 0;
}

static size_t after_dot_cr(struct mc_dot *dot, char c, struct mc_span *out)
{
	if (c == '\n') {
		dot->state = MC_DOT_OVER;
		return 1;
	}
	dot->state = MC_DOT_INSIDE_CR; /* the CR held back is content */
	give(dot, out, MC_SPAN("\r"));
	return 0;
}

size_t mc_dot_feed(struct mc_dot *dot, struct mc_span in, struct mc_span *out)
{
	size_t done = 0;

	*out = (struct mc_span){ NULL, 0 };
	while (done < in.n && out->n == 0) {
		char c = in.p[done];

		switch (dot->state) {
		case MC_DOT_LINE_START:
			if (c == '.') {
				dot->state = MC_DOT_DOT;
				done++;
				break;
			}
			dot->state = MC_DOT_INSIDE;
			break;
		case MC_DOT_INSIDE:
		case MC_DOT_INSIDE_CR:
			done += take_lines(dot, mc_span_from(in, done), out);
			break;
		case MC_DOT_DOT:
			done += after_dot(dot, c);
			break;
		case MC_DOT_DOT_CR:
			done += after_dot_cr(dot, c, out);
			break;
		case MC_DOT_OVER:
			return done;
		}
	}
	return done;
}
