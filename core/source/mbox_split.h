/* SPDX-License-Identifier: MIT
 * mbox_split: lines of an mbox, and which of them begins a message.  Pure:
 * looks at octets that are in memory and keeps nothing.
 *
 * A From_ line is a separator if it is the first line of the file, or the two
 * lines behind it look like header fields (the second may continue the
 * first), or a blank line stands before it and a date is in it.  RFC 4155,
 * and what twenty years of mail programs made of it: demanding a blank line
 * or a date merges messages of files that lack them.
 */
#ifndef MC_SOURCE_MBOX_SPLIT_H
#define MC_SOURCE_MBOX_SPLIT_H

#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"

/* UTF-8's mark of octet order. */
#define MC_MBOX_BOM "\xEF\xBB\xBF"

enum {
	/* A From_ line, the line behind it and a run of '>' end within this
	 * or are not seen as such; real ones are below 1,000 octets. */
	MC_MBOX_LINE_MAX = MC_FIELD_MAX,

	/* A field's name; RFC 5322 2.1.1: no line is longer. */
	MC_MBOX_NAME_MAX = 998,

	/* What must lie ahead of a line's start to judge it. */
	MC_MBOX_LOOK = 2 * MC_MBOX_LINE_MAX + MC_MBOX_NAME_MAX + 8,
};

enum mc_mbox_kind {
	MC_MBOX_TEXT,
	MC_MBOX_BLANK,
	MC_MBOX_FROM,   /* "From " */
	MC_MBOX_QUOTED, /* ">From ", ">>From ", ... */
};

/* A line with its line end, or a part of one that is longer than the view. */
struct mc_mbox_line {
	struct mc_span text;
	enum mc_mbox_kind kind; /* TEXT for all parts but the first */
	bool starts;            /* the first part */
	bool ends;              /* the last part */
	bool after_blank;       /* a blank line stands before it */
	bool separates;         /* kind FROM: by the rule above, but for "first
				 * line of the file", which the caller knows */
};

/* Where a walk over lines stands. */
struct mc_mbox_view {
	struct mc_span ahead; /* not yet walked */
	bool last;            /* the file has nothing behind ahead */
	bool inside;          /* ahead begins inside a line */
	bool blank;           /* the line before ahead is blank */
	char eol;             /* '\n' (CRLF too), or '\r': CR alone */
};

/* s behind its first n octets, n <= s.n; p moves to the end too, so that what
 * lies before it can be found from there. */
static inline struct mc_span mc_mbox_behind(struct mc_span s, size_t n)
{
	return (struct mc_span){ n ? s.p + n : s.p, s.n - n };
}

/* The octet that ends lines: CR if it ends the first line and head has more
 * CRs alone than LFs. */
char mc_mbox_eol(struct mc_span head);

/* More octets are needed before mc_mbox_next() may be called. */
bool mc_mbox_low(const struct mc_mbox_view *view);

/* Walks one line.  False: ahead is empty. */
bool mc_mbox_next(struct mc_mbox_view *view, struct mc_mbox_line *line);

/* Does text begin with the line that stands before and behind the messages of
 * an MMDF file, four ^A? */
bool mc_mbox_is_mark(struct mc_span text);

/* Content-Length of a header line, or -1. */
int64_t mc_mbox_content_length(struct mc_span line);

/* Is this the header of the message in which UW-IMAP and Pine keep a folder's
 * UIDs?  ahead starts at a From_ line. */
bool mc_mbox_is_internal(struct mc_span ahead);

#endif
