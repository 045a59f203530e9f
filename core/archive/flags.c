/* SPDX-License-Identifier: MIT */
#include "archive/flags.h"

#include "archive/batch.h"
#include "archive/db.h"
#include "archive/word.h"

MC_RC mc_keywords_get(struct mc_archive *ar, int64_t sighting,
	struct mc_buf *keywords, struct mc_error *err)
{
	mc_buf_clear(keywords);
	return mc_words_get(ar, sighting, MC_KEYWORD, keywords, err);
}

/* By the statement that also notes when flags were touched, so that targets
 * hear of it; for new keywords too. */
static MC_RC set_flags(struct mc_archive *ar, int64_t sighting, uint32_t flags,
	struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SIGHTING_FLAGS);
	mc_bind_int(&q, flags);
	mc_bind_int(&q, sighting);
	return mc_query_run(&q, err);
}

MC_RC mc_flags_set(struct mc_archive *ar, int64_t sighting, uint32_t flags,
	struct mc_span keywords, struct mc_error *err)
{
	bool own;
	enum mc_rc rc = mc_batch_enter(ar, &own, err);

	if (rc < 0)
		return rc;
	rc = set_flags(ar, sighting, flags, err);
	if (rc == MC_OK)
		rc = mc_words_set(ar, sighting, MC_KEYWORD, keywords, err);
	return mc_batch_leave(ar, own, rc, err);
}

MC_RC mc_labels_get(struct mc_archive *ar, int64_t sighting,
	struct mc_buf *labels, struct mc_error *err)
{
	mc_buf_clear(labels);
	return mc_words_get(ar, sighting, MC_LABEL, labels, err);
}

MC_RC mc_folder_sightings(struct mc_archive *ar, int64_t folder,
	const char *life, int64_t *n, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_FOLDER_SIGHTINGS);
	mc_bind_int(&q, folder);
	mc_bind_text(&q, life);
	*n = 0;
	rc = mc_query_int(&q, n, err);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_folder_is_empty(struct mc_archive *ar, int64_t folder, bool *empty,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_FOLDER_ANY);
	mc_bind_int(&q, folder);
	rc = mc_query_next(&q, err);
	mc_query_close(&q);
	*empty = rc == MC_DONE;
	return rc < 0 ? rc : MC_OK;
}
