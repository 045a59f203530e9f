/* SPDX-License-Identifier: MIT
 * Lines of an IMAP server, one response; literals are held as they come. */
#include "fuzz.h"
#include "net/imap_lex.h"

static void walk(const struct mc_imap_tokens *t)
{
	size_t i = 0;

	while (i < t->n) {
		size_t behind = mc_imap_behind(t, i);
		struct mc_span span = mc_imap_span(t, i);
		int64_t number;

		MC_PROMISE(behind > i);
		MC_PROMISE(span.n <= t->text.len);
		(void)mc_imap_number(t, i, INT64_MAX, &number);
		(void)mc_imap_is_nil(t, i);
		i++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span rest = { (const char *)data, size };
	struct mc_imap_tokens tokens;
	enum mc_rc rc = MC_OK;
	struct mc_error err;

	mc_imap_tokens_init(&tokens);
	while (rc == MC_OK && rest.n > 0) {
		size_t end = mc_span_index(rest, '\n');
		int64_t literal = -1;

		rc = mc_imap_lex(
			&tokens, mc_span_head(rest, end), &literal, &err);
		rest = mc_span_from(rest, end + 1);
		if (rc == MC_OK && literal >= 0 && literal <= (int64_t)rest.n) {
			rc = mc_imap_lex_literal(&tokens,
				mc_span_head(rest, (size_t)literal), &err);
			rest = mc_span_from(rest, (size_t)literal);
		}
		walk(&tokens);
		if (literal < 0)
			mc_imap_tokens_clear(&tokens);
	}
	mc_imap_tokens_dispose(&tokens);
	return 0;
}
