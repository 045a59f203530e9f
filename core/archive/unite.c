/* SPDX-License-Identifier: MIT */
#include "archive/unite.h"

#include "archive/word.h"

MC_RC mc_unite(struct mc_archive *ar, int64_t logical, struct mc_united *out,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_united){ .time = MC_NO_TIME, .rank = INT64_MAX };
	mc_query_open(&q, ar, MC_SQL_LOGICAL_SIGHTINGS);
	mc_bind_int(&q, logical);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		int64_t rank = mc_column_int(&q, 1);
		int64_t seen = mc_column_time(&q, 2);
		int64_t id = mc_column_int(&q, 3);

		out->flags |= mc_column_u32(&q, 0);
		if (id > out->newest)
			out->newest = id;
		if (seen == MC_NO_TIME || rank > out->rank)
			continue;
		if (rank < out->rank || seen < out->time)
			out->time = seen;
		out->rank = rank;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_unite_keywords(struct mc_archive *ar, int64_t logical,
	struct mc_buf *words, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_LOGICAL_KEYWORDS);
	mc_bind_int(&q, logical);
	return mc_words_take(&q, words, err);
}
