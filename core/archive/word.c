/* SPDX-License-Identifier: MIT
 * word: each word once, and which sighting has which. */
#include "archive/word.h"

#include "base/limits.h"

struct mc_span mc_word_next(struct mc_span *words)
{
	struct mc_span word = mc_span_head(*words, mc_span_index(*words, '\0'));

	*words = mc_span_from(*words, word.n + 1);
	return word;
}

static MC_RC put_word(struct mc_archive *ar, struct mc_span text, int64_t *id,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_WORD_FIND);
	mc_bind_words(&q, text);
	rc = mc_query_int(&q, id, err);
	if (rc != MC_DONE)
		return rc;
	mc_query_open(&q, ar, MC_SQL_WORD_ADD);
	mc_bind_words(&q, text);
	return mc_query_insert(&q, id, err);
}

MC_RC mc_words_put(struct mc_archive *ar, int64_t sighting,
	enum mc_word_kind kind, struct mc_span words, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (int64_t seq = 0; words.n > 0 && rc == MC_OK; seq++) {
		struct mc_query q;
		int64_t word;

		rc = put_word(ar, mc_word_next(&words), &word, err);
		if (rc < 0)
			break;
		mc_query_open(&q, ar, MC_SQL_SIGHTING_WORD_ADD);
		mc_bind_int(&q, sighting);
		mc_bind_int(&q, kind);
		mc_bind_int(&q, seq);
		mc_bind_int(&q, word);
		rc = mc_query_run(&q, err);
	}
	return rc;
}

MC_RC mc_words_take(
	struct mc_query *q, struct mc_buf *out, struct mc_error *err)
{
	enum mc_rc rc;

	for (rc = mc_query_next(q, err); rc == MC_OK;
		rc = mc_query_next(q, err)) {
		struct mc_span word = mc_column_blob(q, 0);

		/* A NUL inside would make two words of a damaged one. */
		word = mc_span_head(word, mc_span_index(word, '\0'));
		if (word.n >= out->max - out->len)
			break;
		rc = mc_buf_put(out, word, err);
		if (rc == MC_OK)
			rc = mc_buf_putc(out, '\0', err);
		if (rc < 0)
			break;
	}
	mc_query_close(q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_words_get(struct mc_archive *ar, int64_t sighting,
	enum mc_word_kind kind, struct mc_buf *out, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SIGHTING_WORDS);
	mc_bind_int(&q, sighting);
	mc_bind_int(&q, kind);
	return mc_words_take(&q, out, err);
}

MC_RC mc_words_set(struct mc_archive *ar, int64_t sighting,
	enum mc_word_kind kind, struct mc_span words, struct mc_error *err)
{
	struct mc_buf held;
	struct mc_query q;
	bool same;
	enum mc_rc rc;

	mc_buf_init(&held, MC_WORDS_MAX);
	rc = mc_words_get(ar, sighting, kind, &held, err);
	same = rc == MC_OK && mc_span_eq(mc_buf_span(&held), words);
	mc_buf_dispose(&held);
	if (rc < 0 || same)
		return rc;
	mc_query_open(&q, ar, MC_SQL_SIGHTING_WORD_DROP);
	mc_bind_int(&q, sighting);
	mc_bind_int(&q, kind);
	rc = mc_query_run(&q, err);
	if (rc < 0)
		return rc;
	return mc_words_put(ar, sighting, kind, words, err);
}
