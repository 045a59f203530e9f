/* SPDX-License-Identifier: MIT */
#include "archive/departure.h"

#include "archive/db.h"
#include "base/text.h"

static MC_RC take_tenant(
	struct mc_query *q, struct mc_tenant *out, struct mc_error *err)
{
	out->sighting = mc_column_int(q, 0);
	out->body = mc_column_int(q, 1);
	out->listed_octets = mc_column_is_null(q, 2) ? -1 : mc_column_int(q, 2);
	out->raw_octets = mc_column_int(q, 3);
	out->time = mc_column_time(q, 5);
	out->rank = (int)mc_column_int(q, 6);
	if (!mc_column_is_null(q, 7)) {
		out->state = (enum mc_departure)mc_column_int(q, 7);
		out->run = mc_column_int(q, 8);
	}
	if (!mc_column_digest(q, 4, &out->raw_sha256))
		return mc_db_damaged(err, "sighting", out->sighting);
	return MC_OK;
}

MC_RC mc_tenant_get(struct mc_archive *ar, int64_t folder, const char *key,
	struct mc_tenant *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_tenant){ .state = MC_DEPARTURE_NONE };
	mc_query_open(&q, ar, MC_SQL_TENANT_GET);
	mc_bind_int(&q, folder);
	mc_bind_text(&q, key);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		rc = take_tenant(&q, out, err);
	if (rc == MC_OK) {
		rc = mc_query_next(&q, err);
		out->several = rc == MC_OK;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_tenant_newest(struct mc_archive *ar, int rank, int64_t now,
	int64_t *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = MC_NO_TIME;
	mc_query_open(&q, ar, MC_SQL_TENANT_NEWEST);
	mc_bind_int(&q, rank);
	mc_bind_int(&q, now);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		*out = mc_column_time(&q, 0);
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_tenant_doubt(
	struct mc_archive *ar, int64_t sighting, struct mc_error *err)
{
	return mc_db_run_on(ar, MC_SQL_TENANT_DOUBT, sighting, err);
}

MC_RC mc_tenant_places(struct mc_archive *ar, int64_t target, int64_t sighting,
	mc_tenant_place_fn *fn, void *arg, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_TENANT_PLACES);
	mc_bind_int(&q, target);
	mc_bind_int(&q, sighting);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		rc = fn(arg, mc_column_int(&q, 0), (int)mc_column_int(&q, 1),
			err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_departure_put(struct mc_archive *ar, int64_t sighting, int64_t run,
	enum mc_departure state, struct mc_error *err)
{
	struct mc_query q;

	if (state == MC_DEPARTURE_NONE)
		return mc_db_run_on(ar, MC_SQL_DEPARTURE_DROP, sighting, err);
	mc_query_open(&q, ar, MC_SQL_DEPARTURE_PUT);
	mc_bind_int(&q, sighting);
	mc_bind_int(&q, run);
	mc_bind_int(&q, state);
	mc_bind_int(&q, mc_clock_now());
	return mc_query_run(&q, err);
}

MC_RC mc_departure_next(struct mc_archive *ar, int64_t folder, int64_t after,
	struct mc_asked *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_asked){ 0 };
	mc_query_open(&q, ar, MC_SQL_DEPARTURE_ASKED_OF);
	mc_bind_int(&q, after);
	mc_bind_int(&q, folder);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK) {
		const char *key = mc_column_text(&q, 2);

		out->sighting = mc_column_int(&q, 0);
		out->run = mc_column_int(&q, 1);
		mc_text_format(
			out->key, sizeof(out->key), "%s", key ? key : "");
	}
	mc_query_close(&q);
	return rc;
}

MC_RC mc_departures_count(
	struct mc_archive *ar, struct mc_departures *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_departures){ 0 };
	mc_query_open(&q, ar, MC_SQL_DEPARTURE_COUNT);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK)
		*out = (struct mc_departures){
			.asked = mc_column_int(&q, MC_DEPARTURE_ASKED),
			.gone = mc_column_int(&q, MC_DEPARTURE_GONE),
			.stayed = mc_column_int(&q, MC_DEPARTURE_STAYED),
		};
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}
