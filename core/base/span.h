/* SPDX-License-Identifier: MIT
 * span: octets to look at, somebody else's.  NUL is an ordinary octet. */
#ifndef MC_BASE_SPAN_H
#define MC_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct mc_span {
	const char *p; /* not NUL-terminated; NULL only if n is 0 */
	size_t n;
};

#define MC_SPAN(literal) ((struct mc_span){ (literal), sizeof(literal) - 1 })

static inline struct mc_span mc_span_str(const char *s)
{
	return (struct mc_span){ s, s ? strlen(s) : 0 };
}

/* The octets from `from` on; empty, at its end, if there are none. */
static inline struct mc_span mc_span_from(struct mc_span s, size_t from)
{
	if (from > s.n)
		from = s.n;
	if (from == 0) /* NULL has no octets to go on from */
		return s;
	return (struct mc_span){ s.p + from, s.n - from };
}

static inline struct mc_span mc_span_head(struct mc_span s, size_t n)
{
	return (struct mc_span){ s.p, n < s.n ? n : s.n };
}

static inline bool mc_span_eq(struct mc_span a, struct mc_span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters alike in both cases; other octets as they are. */
bool mc_span_ieq(struct mc_span a, struct mc_span b);

static inline bool mc_span_starts(struct mc_span s, struct mc_span prefix)
{
	return mc_span_eq(mc_span_head(s, prefix.n), prefix);
}

bool mc_span_istarts(struct mc_span s, struct mc_span prefix);

/* Offset of the first c, or s.n. */
static inline size_t mc_span_index(struct mc_span s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

/* Octets of the lines that s begins with, as far as all are so long, CRLF
 * included, and have no other CR or LF in them.  Faster than to look for the end
 * of each, and most octets of all mail are of such lines: base64. */
size_t mc_span_even_lines(struct mc_span s, size_t line);

/* Is there an octet above 0x7F? */
bool mc_span_8bit(struct mc_span s);

/* Without SP, TAB, CR and LF at both ends. */
struct mc_span mc_span_trim(struct mc_span s);

#endif
