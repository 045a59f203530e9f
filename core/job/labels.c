/* SPDX-License-Identifier: MIT */
#include "job/labels.h"

#include "base/limits.h"
#include "net/imf.h"

/* One word without its quotes; an empty one is dropped. */
static MC_RC put_word(
	struct mc_buf *words, struct mc_span word, struct mc_error *err)
{
	enum mc_rc rc;

	word = mc_span_trim(word);
	if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
		word = mc_span_from(mc_span_head(word, word.n - 1), 1);
	if (word.n == 0)
		return MC_OK;
	rc = mc_buf_put(words, word, err);
	return rc == MC_OK ? mc_buf_putc(words, '\0', err) : rc;
}

MC_RC mc_labels_split(
	struct mc_buf *words, struct mc_span value, struct mc_error *err)
{
	struct mc_buf text;
	struct mc_span rest;
	enum mc_rc rc;

	mc_buf_init(&text, MC_HEADER_MAX);
	rc = mc_imf_text(&text, value, err);
	rest = mc_buf_span(&text);
	while (rc == MC_OK && rest.n > 0) {
		bool quoted = false;
		size_t i = 0;

		for (; i < rest.n && (quoted || rest.p[i] != ','); i++) {
			if (rest.p[i] == '"')
				quoted = !quoted;
		}
		rc = put_word(words, mc_span_head(rest, i), err);
		rest = mc_span_from(rest, i + 1);
	}
	mc_buf_dispose(&text);
	return rc;
}
