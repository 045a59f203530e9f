/* SPDX-License-Identifier: MIT */
#include "cmd/width.h"

#include <inttypes.h>
#include <wchar.h>

#include "base/text.h"

/* The code point of a valid sequence of n octets. */
static wchar_t code_point(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned long code = n == 1 ? u[0] : u[0] & (0xFFU >> (n + 1));

	for (size_t i = 1; i < n; i++)
		code = code << 6 | (u[i] & 0x3FU);
	return (wchar_t)code;
}

/* The first character of s: its octets, and its columns. */
static size_t character(struct mc_span s, size_t *columns)
{
	size_t n = mc_utf8_length(s);
	int width = n > 0 ? wcwidth(code_point(s.p, n)) : -1;

	*columns = width < 0 ? 1 : (size_t)width;
	return n > 0 ? n : 1;
}

struct mc_span mc_width_cut(struct mc_span s, size_t columns)
{
	size_t at = 0;
	size_t used = 0;

	while (at < s.n) {
		size_t width;
		size_t n = character(mc_span_from(s, at), &width);

		if (used + width > columns)
			break;
		used += width;
		at += n;
	}
	return mc_span_head(s, at);
}

size_t mc_width(struct mc_span s)
{
	size_t all = 0;

	while (s.n > 0) {
		size_t width;

		s = mc_span_from(s, character(s, &width));
		all += width;
	}
	return all;
}

void mc_width_print(FILE *out, struct mc_span s, size_t columns)
{
	s = mc_width_cut(s, columns);
	fwrite(s.p, 1, s.n, out);
	fprintf(out, "%*s", (int)(columns - mc_width(s)), "");
}

const char *mc_duration(char out[MC_AMOUNT_TEXT], int64_t seconds)
{
	int64_t hours = seconds / 3600;
	int minutes = (int)(seconds / 60 % 60);
	int rest = (int)(seconds % 60);

	if (hours > 0)
		mc_text_format(out, MC_AMOUNT_TEXT, "%" PRId64 ":%02d:%02d",
			hours, minutes, rest);
	else
		mc_text_format(out, MC_AMOUNT_TEXT, "%d:%02d", minutes, rest);
	return out;
}
