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
