/* SPDX-License-Identifier: MIT */
#include "source/mbox_length.h"

enum {
	BEFORE = 4,    /* octets before the place: two line ends */
	GLANCE = 4096, /* is enough for nearly all */
};

/* How far a stream is looked into, since all up to there is written to the disk
 * first: a length beyond what any mail system takes is a lie. */
static const int64_t FARTHEST = (int64_t)2 << 30;

/* What stands around the place where a length points. */
struct place {
	char *octets;
	size_t n;
	int64_t from; /* offset of octets[0] */
	int64_t limit;
	char eol;
};

/* A stream has to be kept, unless what is to be looked at is in memory. */
static MC_RC reach(const struct mc_mbox_window *w, const struct place *place,
	struct mc_error *err)
{
	int64_t at = mc_mbox_window_at(w);
	bool here = place->from + BEFORE + MC_MBOX_LOOK <= w->end;

	if ((here || w->view.last) && !mc_input_reaches(w->in, at))
		return MC_OK;
	return mc_input_keep(w->in, at, w->view.ahead, err);
}

static MC_RC look(struct place *place, const struct mc_mbox_window *w,
	size_t most, struct mc_error *err)
{
	int64_t left = place->limit - place->from;
	struct mc_span seen;
	enum mc_rc rc = MC_OK;

	if ((int64_t)most > left)
		most = (size_t)left;
	if (mc_input_reaches(w->in, place->from)) {
		rc = mc_input_peek(w->in, place->from, place->octets, most,
			&place->n, err);
	} else {
		seen = mc_mbox_window_peek(w, place->from, most);
		place->n = seen.n;
		if (seen.n > 0)
			memcpy(place->octets, seen.p, seen.n);
	}
	/* Now it is known where a stream ends. */
	if (place->n < most && !mc_input_seeks(w->in))
		place->limit = place->from + (int64_t)place->n;
	return rc;
}

static bool ends_line(const struct place *place)
{
	return place->octets[BEFORE - 1] == place->eol;
}

static bool after_blank(const struct place *place)
{
	const char *p = place->octets + BEFORE;

	if (place->eol == '\r' || p[-2] != '\r')
		return p[-2] == place->eol;
	return p[-3] == '\n';
}

/* Does a message begin, or the file end, at the place or behind one blank line
 * there? */
static bool is_boundary(const struct place *place)
{
	struct mc_mbox_view view = {
		.ahead = { place->octets + BEFORE, place->n - BEFORE },
		.last = place->from + (int64_t)place->n == place->limit,
		.eol = place->eol,
		.blank = after_blank(place),
	};
	struct mc_mbox_line line;

	if (!mc_mbox_next(&view, &line))
		return true;
	if (line.kind == MC_MBOX_BLANK && !mc_mbox_next(&view, &line))
		return view.last;
	return line.kind == MC_MBOX_FROM && line.separates;
}

MC_RC mc_mbox_length_check(struct mc_mbox_length *length,
	const struct mc_mbox_window *w, struct mc_error *err)
{
	char octets[BEFORE + MC_MBOX_LOOK];
	int64_t at = mc_mbox_window_at(w);
	struct place place = {
		.octets = octets, .eol = w->view.eol, .limit = w->limit
	};
	enum mc_rc rc;

	if (w->view.last)
		place.limit = w->end;
	if (length->octets < 0 || length->octets > place.limit - at)
		return MC_OK;
	if (length->octets > FARTHEST && !mc_input_seeks(w->in))
		return MC_OK;
	length->body_at = at;
	at += length->octets;
	/* "From " and a blank line are before it: at least six octets. */
	place.from = at - BEFORE;
	rc = reach(w, &place, err);
	if (rc == MC_OK)
		rc = look(&place, w, GLANCE, err);
	if (rc < 0 || place.n < BEFORE || !ends_line(&place))
		return rc;
	if (is_boundary(&place)) {
		length->until = at;
		return MC_OK;
	}
	if (place.n < GLANCE || !memmem(octets + BEFORE, 2 + 5, "From ", 5))
		return MC_OK;
	rc = look(&place, w, sizeof(octets), err);
	if (rc == MC_OK && place.n >= BEFORE && is_boundary(&place))
		length->until = at;
	return rc;
}

/* Looks for such a line in the body, in a window of its own, so that the
 * reader's stays where it is. */
static MC_RC find_bare(struct mc_mbox_length *length,
	const struct mc_mbox_window *w, struct mc_error *err)
{
	struct mc_mbox_window own;
	struct mc_mbox_line line;
	enum mc_rc rc = mc_mbox_window_open_apart(
		&own, w->in, length->body_at, w->limit, err);

	if (rc < 0)
		return rc;
	own.view.eol = w->view.eol;
	own.view.blank = true;
	length->body = MC_MBOX_IS_QUOTED;
	while (mc_mbox_window_at(&own) < length->until) {
		if (mc_mbox_low(&own.view))
			mc_mbox_window_fill(&own, 0);
		if (!mc_mbox_next(&own.view, &line))
			break;
		if (line.separates) {
			length->body = MC_MBOX_IS_BARE;
			break;
		}
	}
	rc = own.why.rc;
	if (rc < 0)
		*err = own.why;
	mc_mbox_window_close(&own);
	return rc;
}

/* The same of a stream that is not kept: the body is in memory, or was when it
 * began. */
static void find_bare_here(
	struct mc_mbox_length *length, const struct mc_mbox_window *w)
{
	int64_t first = mc_mbox_window_at(w);
	struct mc_mbox_view view = { .eol = w->view.eol, .blank = true };
	struct mc_mbox_line line;

	view.ahead = mc_mbox_window_peek(w, length->body_at, MC_MBOX_WINDOW);
	view.inside = view.ahead.n == 0;
	if (view.inside)
		view.ahead = mc_mbox_window_peek(w, first, MC_MBOX_WINDOW);
	else
		first = length->body_at;
	length->body = MC_MBOX_IS_QUOTED;
	while (first < length->until && mc_mbox_next(&view, &line)) {
		first += (int64_t)line.text.n;
		if (line.separates)
			length->body = MC_MBOX_IS_BARE;
	}
}

MC_RC mc_mbox_length_quoted(struct mc_mbox_length *length,
	const struct mc_mbox_window *w, const struct mc_mbox_line *line,
	bool *quoted, struct mc_error *err)
{
	int64_t at = mc_mbox_window_at(w) - (int64_t)line->text.n;
	enum mc_rc rc = MC_OK;

	*quoted = true;
	if (at >= length->until)
		return MC_OK;
	if (length->body == MC_MBOX_UNKNOWN &&
		mc_input_reaches(w->in, length->body_at))
		rc = find_bare(length, w, err);
	else if (length->body == MC_MBOX_UNKNOWN)
		find_bare_here(length, w);
	*quoted = length->body != MC_MBOX_IS_BARE;
	return rc;
}
