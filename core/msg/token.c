/* SPDX-License-Identifier: MIT */
#include "msg/token.h"

/* A longer quoted string or comment is none: each lone '(' is looked for an
 * end this far only, so that thousands of them cost little. */
enum { TOKEN_MAX = 998 };

size_t mc_token_quoted(struct mc_span s)
{
	s = mc_span_head(s, TOKEN_MAX);
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 1;
}

size_t mc_token_comment(struct mc_span s)
{
	size_t depth = 0;

	s = mc_span_head(s, TOKEN_MAX);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 1;
}

size_t mc_token_find(struct mc_span s, char c, bool comments)
{
	size_t i = 0;

	while (i < s.n) {
		struct mc_span rest = mc_span_from(s, i);

		if (s.p[i] == c)
			return i;
		if (s.p[i] == '"')
			i += mc_token_quoted(rest);
		else if (s.p[i] == '(' && comments)
			i += mc_token_comment(rest);
		else
			i++;
	}
	return s.n;
}

static bool noise(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7F;
}

MC_RC mc_token_clean(struct mc_buf *out, struct mc_span s, bool comments,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t i = 0;

	while (i < s.n && rc == MC_OK) {
		size_t n = 1;

		if (s.p[i] == '(' && comments)
			n = mc_token_comment(mc_span_from(s, i));
		if (n == 1 && !noise(s.p[i]))
			rc = mc_buf_putc(out, s.p[i], err);
		i += n;
	}
	return rc;
}
