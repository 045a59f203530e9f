/* SPDX-License-Identifier: MIT */
#include "base/span.h"

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool mc_span_ieq(struct mc_span a, struct mc_span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

bool mc_span_istarts(struct mc_span s, struct mc_span prefix)
{
	return mc_span_ieq(mc_span_head(s, prefix.n), prefix);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct mc_span mc_span_trim(struct mc_span s)
{
	while (s.n > 0 && blank(s.p[0]))
		s = mc_span_from(s, 1);
	while (s.n > 0 && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Octets taken together by instructions for many at once: compilers write them
 * for a loop only if it is known to be so long. */
enum { BLOCK = 64 };

static inline size_t block_ends(const char *p)
{
	unsigned char ends = 0;

	for (size_t i = 0; i < BLOCK; i++)
		ends += (p[i] == '\r') | (p[i] == '\n');
	return ends;
}

/* How many CR and LF. */
static size_t line_ends(struct mc_span s)
{
	size_t n = 0;

	for (; s.n >= BLOCK; s = mc_span_from(s, BLOCK))
		n += block_ends(s.p);
	for (size_t i = 0; i < s.n; i++)
		n += (s.p[i] == '\r') | (s.p[i] == '\n');
	return n;
}

static inline bool block_8bit(const char *p)
{
	unsigned char all = 0;

	for (size_t i = 0; i < BLOCK; i++)
		all |= (unsigned char)p[i];
	return all & 0x80;
}

bool mc_span_8bit(struct mc_span s)
{
	unsigned char all = 0;

	for (; s.n >= BLOCK; s = mc_span_from(s, BLOCK)) {
		if (block_8bit(s.p))
			return true;
	}
	for (size_t i = 0; i < s.n; i++)
		all |= (unsigned char)s.p[i];
	return all & 0x80;
}

size_t mc_span_even_lines(struct mc_span s, size_t line)
{
	/* Lines that are looked at together, of which one may spoil all. */
	enum { TOGETHER = 16 };
	size_t good = 0;

	while (line >= 2) {
		struct mc_span some =
			mc_span_head(mc_span_from(s, good), TOGETHER * line);
		size_t n = 0;

		while (some.n - n >= line && some.p[n + line - 2] == '\r' &&
			some.p[n + line - 1] == '\n')
			n += line;
		if (n == 0 || line_ends(mc_span_head(some, n)) != n / line * 2)
			break;
		good += n;
	}
	return good;
}
