/* SPDX-License-Identifier: MIT
 * Words about a message: X-Gmail-Labels as Takeout writes them and as IMAP
 * tells them, flags in header lines, keywords. */
#include "base/limits.h"
#include "base/text.h"
#include "job/labels.h"
#include "msg/token.h"
#include "tools.h"

static void check_words(struct mc_words words)
{
	const char *word;
	size_t at = 0;

	while ((word = mc_words_next(words, &at)))
		MC_PROMISE(at <= words.n);
	MC_PROMISE(at == words.n);
}

static void sort(struct mc_words words, bool attributes)
{
	struct mc_labels out;
	struct mc_error err;

	mc_buf_init(&out.keywords, MC_WORDS_MAX);
	MC_PROMISE(mc_labels_sort(&out, words, attributes, &err) == MC_OK);
	MC_PROMISE(out.n > 0 && out.n <= MC_LABELS_MAX);
	for (size_t i = 0; i < out.n; i++)
		MC_PROMISE(out.folders[i].sense == MC_GMAIL_FOLDER &&
			   out.folders[i].path.n > 0);
	mc_buf_dispose(&out.keywords);
}

static void labels(struct mc_span value)
{
	struct mc_words words;
	struct mc_error err;
	struct mc_buf text;
	enum mc_rc rc;

	mc_buf_init(&text, MC_HEADER_MAX);
	rc = mc_labels_split(&text, value, &err);
	MC_PROMISE(rc == MC_OK || rc == MC_ELIMIT);
	if (rc == MC_OK) {
		words = (struct mc_words){ text.data, text.len };
		MC_PROMISE(mc_utf8_valid(mc_buf_span(&text)));
		check_words(words);
		sort(words, false);
		sort(words, true);
	}
	mc_buf_dispose(&text);
}

static void keywords(struct mc_span data)
{
	struct mc_buf words;
	struct mc_buf more;
	struct mc_error err;
	uint32_t flags;

	mc_buf_init(&words, MC_WORDS_MAX);
	mc_buf_init(&more, MC_WORDS_MAX);
	while (data.n > 0)
		MC_PROMISE(
			mc_words_add(&words, fuzz_line(&data), &err) == MC_OK);
	MC_PROMISE(mc_utf8_valid(mc_buf_span(&words)));
	check_words((struct mc_words){ words.data, words.len });
	MC_PROMISE(
		mc_flags_from_imap((struct mc_words){ words.data, words.len },
			&flags, &more, &err) == MC_OK);
	check_words((struct mc_words){ more.data, more.len });
	mc_buf_dispose(&words);
	mc_buf_dispose(&more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span value = { (const char *)data, size };

	labels(value);
	keywords(value);
	(void)mc_flags_from_status(value);
	(void)mc_flags_from_mozilla(value);
	(void)mc_flags_from_mozilla2(value);
	(void)mc_flags_from_evolution(value);
	(void)mc_flags_from_maildir(value);
	MC_PROMISE(mc_token_find(value, ',', true) <= size);
	if (size > 0) {
		MC_PROMISE(mc_token_quoted(value) <= size);
		MC_PROMISE(mc_token_comment(value) <= size);
	}
	return 0;
}
