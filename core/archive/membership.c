/* SPDX-License-Identifier: MIT */
#include "archive/membership.h"

#include "archive/word.h"

MC_RC mc_membership_put(struct mc_archive *ar, int64_t sighting,
	const struct mc_sighting *in, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < in->stands_n; i++) {
		struct mc_query q;

		mc_query_open(&q, ar, MC_SQL_MEMBERSHIP_ADD);
		mc_bind_int(&q, sighting);
		mc_bind_int(&q, in->stands[i]);
		rc = mc_query_run(&q, err);
	}
	return rc;
}

/* MC_DONE: other folders than those are held. */
static MC_RC compare(struct mc_archive *ar, int64_t sighting,
	const struct mc_sighting *in, struct mc_error *err)
{
	size_t n = 0;
	bool same = true;
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_MEMBERSHIP_GET);
	mc_bind_int(&q, sighting);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		same = same && n < in->stands_n &&
		       mc_column_int(&q, 0) == in->stands[n];
		n++;
	}
	mc_query_close(&q);
	if (rc < 0)
		return rc;
	return same && n == in->stands_n ? MC_OK : MC_DONE;
}

/* The placed sightings of a folder are no longer all that there are. */
static MC_RC unsettle(
	struct mc_archive *ar, int64_t folder, struct mc_error *err)
{
	enum mc_rc rc = mc_db_run_on(ar, MC_SQL_MEMBERSHIP_ROUTES, folder, err);

	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_MEMBERSHIP_TARGETS, folder, err);
	return rc;
}

static MC_RC unsettle_held(struct mc_archive *ar, int64_t sighting,
	int64_t folder, struct mc_error *err)
{
	enum mc_rc rc = unsettle(ar, folder, err);
	struct mc_query q;

	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_MEMBERSHIP_GET);
	mc_bind_int(&q, sighting);
	while ((rc = mc_query_next(&q, err)) == MC_OK) {
		rc = unsettle(ar, mc_column_int(&q, 0), err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_membership_set(struct mc_archive *ar, int64_t sighting,
	const struct mc_sighting *in, struct mc_error *err)
{
	enum mc_rc rc = compare(ar, sighting, in, err);

	if (rc != MC_DONE)
		return rc;
	rc = unsettle_held(ar, sighting, in->folder, err);
	if (rc == MC_OK)
		rc = mc_db_run_on(ar, MC_SQL_MEMBERSHIP_DROP, sighting, err);
	if (rc == MC_OK)
		rc = mc_membership_put(ar, sighting, in, err);
	for (size_t i = 0; rc == MC_OK && i < in->stands_n; i++)
		rc = unsettle(ar, in->stands[i], err);
	return rc;
}

MC_RC mc_membership_paths(struct mc_archive *ar, int64_t sighting,
	struct mc_buf *out, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_MEMBERSHIP_PATHS);
	mc_bind_int(&q, sighting);
	return mc_words_take(&q, out, err);
}
