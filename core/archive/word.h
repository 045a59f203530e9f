/* SPDX-License-Identifier: MIT
 * word: keywords and labels of sightings.  Words stand one behind the other,
 * each ended by NUL.  Private to archive/. */
#ifndef MC_ARCHIVE_WORD_H
#define MC_ARCHIVE_WORD_H

#include "archive/db.h"

enum mc_word_kind { MC_KEYWORD = 0, MC_LABEL = 1 };

/* Takes the first word, without its NUL, off *words, which is not empty. */
struct mc_span mc_word_next(struct mc_span *words);

/* Notes the words of a sighting that has none of that kind. */
MC_RC mc_words_put(struct mc_archive *ar, int64_t sighting,
	enum mc_word_kind kind, struct mc_span words, struct mc_error *err);
/* Replaces them if they differ. */
MC_RC mc_words_set(struct mc_archive *ar, int64_t sighting,
	enum mc_word_kind kind, struct mc_span words, struct mc_error *err);
/* Appends them to out. */
MC_RC mc_words_get(struct mc_archive *ar, int64_t sighting,
	enum mc_word_kind kind, struct mc_buf *out, struct mc_error *err);
/* Appends the words that are the only column of q's rows, as far as out's
 * maximum allows, and closes q. */
MC_RC mc_words_take(
	struct mc_query *q, struct mc_buf *out, struct mc_error *err);

#endif
