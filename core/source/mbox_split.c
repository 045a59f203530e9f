/* SPDX-License-Identifier: MIT */
#include "source/mbox_split.h"

#include "base/text.h"
#include "msg/date.h"

static const struct mc_span from_word = { "From ", 5 };

char mc_mbox_eol(struct mc_span head)
{
	size_t alone = 0;
	size_t lf = 0;
	size_t n;

	for (size_t i = 0; i < head.n; i++) {
		lf += head.p[i] == '\n';
		alone += head.p[i] == '\r' &&
			 (i + 1 == head.n || head.p[i + 1] != '\n');
	}
	/* The first line is the mail program's own; what mails hold must not
	 * turn the file. */
	n = mc_span_index(head, '\r');
	return alone > lf && n < mc_span_index(head, '\n') ? '\r' : '\n';
}

bool mc_mbox_low(const struct mc_mbox_view *view)
{
	if (view->last)
		return false;
	return view->inside ? view->ahead.n == 0 : view->ahead.n < MC_MBOX_LOOK;
}

/* Octets of the first line with its end; s.n if it has none. */
static size_t line_length(struct mc_span s, char eol)
{
	size_t n = mc_span_index(s, eol);

	return n < s.n ? n + 1 : n;
}

/* "\n", "\r\n", or where lines end so "\r". */
static bool is_blank(struct mc_span line, char eol)
{
	if (line.n == 1)
		return line.p[0] == eol;
	return line.n == 2 && line.p[0] == '\r' && line.p[1] == '\n';
}

/* RFC 5322 2.2: a name of printable ASCII and a colon.  "http://..." is none,
 * though it looks so: text speaks of places more often than headers do. */
static bool is_field(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && n <= MC_MBOX_NAME_MAX && s.p[n] > ' ' &&
		s.p[n] < 0x7F && s.p[n] != ':')
		n++;
	if (n == 0 || n >= s.n || s.p[n] != ':')
		return false;
	return !mc_span_starts(mc_span_from(s, n + 1), MC_SPAN("//"));
}

static bool is_continuation(struct mc_span s)
{
	return s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t');
}

/* Do two lines of a header stand at the start of s? */
static bool has_header(struct mc_span s, char eol)
{
	size_t n = line_length(mc_span_head(s, MC_MBOX_LINE_MAX), eol);
	struct mc_span second = mc_span_from(s, n);

	if (!is_field(s) || s.p[n - 1] != eol)
		return false;
	return is_field(second) || is_continuation(second);
}

/* ahead starts with "From ". */
static bool separates(const struct mc_mbox_view *view)
{
	struct mc_span line = mc_span_head(view->ahead, MC_MBOX_LINE_MAX);

	line.n = line_length(line, view->eol);
	if (line.p[line.n - 1] != view->eol &&
		(!view->last || line.n < view->ahead.n))
		return false;
	if (has_header(mc_span_from(view->ahead, line.n), view->eol))
		return true;
	return view->blank && mc_date_from_line(line, &(int64_t){ 0 });
}

static bool is_quoted(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && n < MC_MBOX_LINE_MAX && s.p[n] == '>')
		n++;
	return n > 0 && mc_span_starts(mc_span_from(s, n), from_word);
}

static enum mc_mbox_kind kind_of(
	struct mc_span ahead, struct mc_span line, char eol)
{
	switch (ahead.p[0]) {
	case 'F':
		return mc_span_starts(ahead, from_word) ? MC_MBOX_FROM
							: MC_MBOX_TEXT;
	case '>':
		return is_quoted(ahead) ? MC_MBOX_QUOTED : MC_MBOX_TEXT;
	case '\r':
	case '\n':
		return is_blank(line, eol) ? MC_MBOX_BLANK : MC_MBOX_TEXT;
	default:
		return MC_MBOX_TEXT;
	}
}

bool mc_mbox_next(struct mc_mbox_view *view, struct mc_mbox_line *line)
{
	struct mc_span text = view->ahead;

	if (text.n == 0)
		return false;
	text.n = line_length(text, view->eol);
	*line = (struct mc_mbox_line){ .text = text,
		.kind = MC_MBOX_TEXT,
		.starts = !view->inside,
		.ends = text.p[text.n - 1] == view->eol,
		.after_blank = view->blank };
	if (line->starts)
		line->kind = kind_of(view->ahead, text, view->eol);
	if (line->kind == MC_MBOX_FROM)
		line->separates = separates(view);
	view->inside = !line->ends;
	view->blank = line->kind == MC_MBOX_BLANK;
	view->ahead = mc_mbox_behind(view->ahead, text.n);
	return true;
}

bool mc_mbox_is_mark(struct mc_span text)
{
	return mc_span_eq(text, MC_SPAN("\1\1\1\1")) ||
	       mc_span_starts(text, MC_SPAN("\1\1\1\1\n")) ||
	       mc_span_starts(text, MC_SPAN("\1\1\1\1\r\n"));
}

int64_t mc_mbox_content_length(struct mc_span line)
{
	static const struct mc_span name = { "Content-Length:", 15 };
	int64_t length;

	if (!mc_span_istarts(line, name))
		return -1;
	line = mc_span_trim(mc_span_from(line, name.n));
	return mc_text_decimal(line, INT64_MAX / 2, &length) ? length : -1;
}

bool mc_mbox_is_internal(struct mc_span ahead)
{
	static const struct mc_span writer = { "From MAILER-DAEMON ", 19 };
	static const struct mc_span subject = { "Subject: DON'T DELETE THIS "
						"MESSAGE -- FOLDER INTERNAL "
						"DATA",
		58 };
	bool named = false;
	bool imap = false;

	if (!mc_span_starts(ahead, writer))
		return false;
	ahead = mc_span_head(ahead, MC_MBOX_LOOK);
	while (ahead.n > 0) {
		struct mc_span line = ahead;

		line.n = line_length(ahead, '\n');
		if (is_blank(line, '\n'))
			break;
		named |= mc_span_starts(line, subject);
		imap |= mc_span_istarts(line, MC_SPAN("X-IMAP:")) ||
			mc_span_istarts(line, MC_SPAN("X-IMAPbase:"));
		ahead = mc_span_from(ahead, line.n);
	}
	return named && imap;
}
