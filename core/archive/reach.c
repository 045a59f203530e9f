/* SPDX-License-Identifier: MIT */
#include "archive/reach.h"

#include "archive/batch.h"
#include "archive/db.h"
#include "base/text.h"

static MC_RC get_left_out(struct mc_archive *ar, int64_t folder,
	struct mc_reach *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_LEFT_OUT_GET);
	mc_bind_int(&q, folder);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		if (out->left_out_n == MC_LEFT_OUT_MAX) {
			rc = mc_db_damaged(err, "folder", folder);
			break;
		}
		out->left_out[out->left_out_n++] = (struct mc_left_out){
			.rule = (int)mc_column_u32(&q, 0),
			.value = mc_column_int(&q, 1),
			.items = mc_column_int(&q, 2),
		};
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_reach_get(struct mc_archive *ar, int64_t folder, struct mc_reach *out,
	struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_reach){ 0 };
	mc_query_open(&q, ar, MC_SQL_REACH_GET);
	mc_bind_int(&q, folder);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK) {
		const char *print = mc_column_text(&q, 1);

		out->whole = mc_column_int(&q, 0) != 0;
		mc_text_format(out->fingerprint, sizeof(out->fingerprint), "%s",
			print ? print : "");
		out->listed = mc_column_int(&q, 2);
		out->offset = mc_column_int(&q, 3);
		out->has_sha256 = mc_column_digest(&q, 4, &out->sha256);
		out->run = mc_column_int(&q, 5);
	}
	mc_query_close(&q);
	if (rc == MC_OK)
		rc = get_left_out(ar, folder, out, err);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC put_left_out(struct mc_archive *ar, int64_t folder,
	const struct mc_left_out *one, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_LEFT_OUT_ADD);
	mc_bind_int(&q, folder);
	mc_bind_int(&q, one->rule);
	mc_bind_int(&q, one->value);
	mc_bind_int(&q, one->items);
	return mc_query_run(&q, err);
}

static MC_RC put_row(struct mc_archive *ar, int64_t folder,
	const struct mc_reach *reach, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_REACH_PUT);
	mc_bind_int(&q, folder);
	mc_bind_int(&q, reach->whole);
	mc_bind_text(&q, reach->fingerprint);
	mc_bind_int(&q, reach->listed);
	mc_bind_int(&q, reach->offset);
	mc_bind_digest(&q, reach->has_sha256 ? &reach->sha256 : NULL);
	if (reach->run)
		mc_bind_int(&q, reach->run);
	else
		mc_bind_null(&q);
	return mc_query_run(&q, err);
}

static MC_RC put(struct mc_archive *ar, int64_t folder,
	const struct mc_reach *reach, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc = put_row(ar, folder, reach, err);

	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_LEFT_OUT_DROP);
	mc_bind_int(&q, folder);
	rc = mc_query_run(&q, err);
	for (size_t i = 0; rc == MC_OK && i < reach->left_out_n; i++)
		rc = put_left_out(ar, folder, &reach->left_out[i], err);
	return rc;
}

MC_RC mc_reach_put(struct mc_archive *ar, int64_t folder,
	const struct mc_reach *reach, struct mc_error *err)
{
	bool own;
	enum mc_rc rc = mc_batch_enter(ar, &own, err);

	if (rc < 0)
		return rc;
	rc = put(ar, folder, reach, err);
	return mc_batch_leave(ar, own, rc, err);
}
