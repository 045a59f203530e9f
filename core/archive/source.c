/* SPDX-License-Identifier: MIT
 * source: sources, their folders, how far these were read, and the runs. */
#include "archive/db.h"
#include "archive/ledger.h"
#include "archive/sighting.h"
#include "base/clock.h"

static MC_RC add_source(struct mc_archive *ar, const char *kind,
	const char *name, int64_t *id, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_SOURCE_ADD);
	mc_bind_text(&q, kind);
	mc_bind_text(&q, name);
	return mc_query_insert(&q, id, err);
}

MC_RC mc_source_put(struct mc_archive *ar, const char *kind, const char *name,
	int64_t *id, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_SOURCE_FIND);
	mc_bind_text(&q, kind);
	mc_bind_text(&q, name);
	rc = mc_query_int(&q, id, err);
	return rc == MC_DONE ? add_source(ar, kind, name, id, err) : rc;
}

static MC_RC find_folder(struct mc_archive *ar, int64_t source,
	const char *path, struct mc_folder_row *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	*out = (struct mc_folder_row){ 0 };
	mc_query_open(&q, ar, MC_SQL_FOLDER_FIND);
	mc_bind_int(&q, source);
	mc_bind_text(&q, path);
	rc = mc_query_next(&q, err);
	if (rc == MC_OK) {
		out->id = mc_column_int(&q, 0);
		out->special = (int)mc_column_int(&q, 1);
	}
	mc_query_close(&q);
	return rc == MC_OK ? mc_reach_get(ar, out->id, &out->reach, err) : rc;
}

MC_RC mc_folder_find(struct mc_archive *ar, int64_t source, const char *path,
	struct mc_folder_row *out, struct mc_error *err)
{
	enum mc_rc rc = find_folder(ar, source, path, out, err);

	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_folder_put(struct mc_archive *ar, int64_t source, const char *path,
	int special, struct mc_folder_row *out, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc = find_folder(ar, source, path, out, err);
	int before = out->special;

	out->special = special ? special : before;
	if (rc == MC_DONE) {
		mc_query_open(&q, ar, MC_SQL_FOLDER_ADD);
		mc_bind_int(&q, source);
		mc_bind_text(&q, path);
		mc_bind_int(&q, special);
		return mc_query_insert(&q, &out->id, err);
	}
	if (rc < 0 || before == special || special == 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_FOLDER_SPECIAL);
	mc_bind_int(&q, special);
	mc_bind_int(&q, out->id);
	return mc_query_run(&q, err);
}

static MC_RC each_folder(struct mc_archive *ar, enum mc_sql sql,
	mc_folder_fn *fn, void *arg, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, sql);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		const struct mc_folder_facts facts = {
			.id = mc_column_int(&q, 0),
			.source = mc_column_text(&q, 1),
			.kind = mc_column_text(&q, 2),
			.path = mc_column_text(&q, 3),
			.special = (int)mc_column_int(&q, 4),
			.sightings = mc_column_int(&q, 5),
		};

		if (!facts.source || !facts.kind || !facts.path)
			rc = mc_db_damaged(err, "folder", facts.id);
		else
			rc = fn(arg, &facts, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_folder_each(struct mc_archive *ar, mc_folder_fn *fn, void *arg,
	struct mc_error *err)
{
	return each_folder(ar, MC_SQL_FOLDER_EACH, fn, arg, err);
}

MC_RC mc_folder_empty(struct mc_archive *ar, mc_folder_fn *fn, void *arg,
	struct mc_error *err)
{
	return each_folder(ar, MC_SQL_FOLDER_EMPTY, fn, arg, err);
}

/* One that was there at an earlier read is claimed by this one. */
static MC_RC claim_gap(
	struct mc_archive *ar, const struct mc_gap *gap, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_GAP_CLAIM);
	mc_bind_int(&q, gap->run);
	mc_bind_int(&q, gap->folder);
	mc_bind_int(&q, gap->offset);
	mc_bind_blob(&q, gap->octets);
	rc = mc_query_run(&q, err);
	if (rc < 0)
		return rc;
	return mc_db_changes(ar) > 0 ? MC_OK : MC_DONE;
}

MC_RC mc_gap_put(
	struct mc_archive *ar, const struct mc_gap *gap, struct mc_error *err)
{
	enum mc_rc rc = claim_gap(ar, gap, err);
	struct mc_query q;

	if (rc != MC_DONE)
		return rc;
	mc_query_open(&q, ar, MC_SQL_GAP_ADD);
	mc_bind_int(&q, gap->folder);
	mc_bind_int(&q, gap->run);
	mc_bind_int(&q, gap->offset);
	mc_bind_int(&q, gap->total);
	mc_bind_text(&q, gap->name);
	mc_bind_blob(&q, gap->octets);
	return mc_query_run(&q, err);
}

MC_RC mc_run_begin(struct mc_archive *ar, const char *command, int64_t *run,
	struct mc_error *err)
{
	struct mc_query q;

	if (ar->lock)
		mc_lock_tell(ar->lock, command);
	mc_query_open(&q, ar, MC_SQL_RUN_ADD);
	mc_bind_text(&q, command);
	mc_bind_int(&q, mc_clock_now());
	return mc_query_insert(&q, run, err);
}

MC_RC mc_run_end(struct mc_archive *ar, int64_t run,
	const struct mc_counts *counts, int exit_status, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_RUN_END);
	mc_bind_int(&q, mc_clock_now());
	mc_bind_int(&q, exit_status);
	mc_bind_int(&q, counts->listed);
	mc_bind_int(&q, counts->stored);
	mc_bind_int(&q, counts->known);
	mc_bind_int(&q, counts->skipped);
	mc_bind_int(&q, counts->failed);
	mc_bind_int(&q, counts->octets);
	mc_bind_int(&q, run);
	return mc_query_run(&q, err);
}

MC_RC mc_run_item_put(struct mc_archive *ar, const struct mc_run_item *item,
	struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_RUN_ITEM_ADD);
	mc_bind_int(&q, item->run);
	if (item->folder)
		mc_bind_int(&q, item->folder);
	else
		mc_bind_null(&q);
	mc_bind_text(&q, item->key);
	mc_bind_int(&q, item->failed);
	mc_bind_text(&q, item->why);
	return mc_query_run(&q, err);
}
