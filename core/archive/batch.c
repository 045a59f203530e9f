/* SPDX-License-Identifier: MIT */
#include "archive/batch.h"

#include <assert.h>

#include "archive/body.h"

MC_RC mc_archive_hold(struct mc_archive *ar, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!ar->in_batch && !ar->held) {
		rc = mc_db_ready(ar, MC_SQL_ROLLBACK, err);
		if (rc == MC_OK)
			rc = mc_db_run(ar, MC_SQL_HOLD, err);
	}
	ar->held = rc == MC_OK && !ar->in_batch;
	return rc;
}

void mc_archive_release(struct mc_archive *ar)
{
	struct mc_error ignored; /* nothing was written */

	if (!ar)
		return;
	mc_known_end(ar);
	if (ar->held && mc_db_run(ar, MC_SQL_ROLLBACK, &ignored) < 0)
		assert(sqlite3_get_autocommit(ar->db));
	ar->held = false;
}

MC_RC mc_archive_begin(struct mc_archive *ar, struct mc_error *err)
{
	enum mc_rc rc;

	assert(!ar->in_batch);
	mc_archive_release(ar);
	mc_turn_take(ar->turn);
	/* What is begun can be undone. */
	rc = mc_db_ready(ar, MC_SQL_ROLLBACK, err);
	if (rc == MC_OK)
		rc = mc_db_run(ar, MC_SQL_BEGIN, err);
	ar->in_batch = rc == MC_OK;
	if (!ar->in_batch)
		mc_turn_give(ar->turn);
	return rc;
}

/* What the batch brought goes into the totals. */
static MC_RC add_totals(struct mc_archive *ar, struct mc_error *err)
{
	static const struct mc_totals none;
	const struct mc_totals *new = &ar->counted;
	struct mc_query q;
	enum mc_rc rc;

	if (memcmp(new, &none, sizeof(none)) == 0)
		return MC_OK;
	mc_query_open(&q, ar, MC_SQL_TOTALS_ADD);
	mc_bind_int(&q, new->logical);
	mc_bind_int(&q, new->variants);
	mc_bind_int(&q, new->bodies);
	mc_bind_int(&q, new->sightings);
	mc_bind_int(&q, new->octets_raw);
	mc_bind_int(&q, new->octets_stored);
	mc_bind_int(&q, new->reused_ids);
	mc_bind_int(&q, new->without_id);
	rc = mc_query_run(&q, err);
	if (rc == MC_OK)
		ar->counted = none;
	return rc;
}

MC_RC mc_archive_commit(struct mc_archive *ar, struct mc_error *err)
{
	enum mc_rc rc;

	assert(ar->in_batch && !ar->in.open);
	mc_step(&ar->mon, "commit");
	rc = add_totals(ar, err);
	if (rc == MC_OK)
		rc = mc_db_run(ar, MC_SQL_COMMIT, err);
	if (rc < 0) {
		mc_archive_rollback(ar);
		return rc;
	}
	ar->in_batch = false;
	mc_turn_give(ar->turn);
	mc_step(&ar->mon, "committed");
	return MC_OK;
}

void mc_archive_rollback(struct mc_archive *ar)
{
	struct mc_error ignored; /* what cannot be undone is undone already */

	mc_body_abort(ar);
	if (ar->in_batch && !sqlite3_get_autocommit(ar->db) &&
		mc_db_run(ar, MC_SQL_ROLLBACK, &ignored) < 0)
		/* A change of the schema makes SQLite prepare it again, for
		 * which there may be no memory; who made that one closes the
		 * handle then, which undoes it. */
		assert(sqlite3_get_autocommit(ar->db) ||
			ignored.rc == MC_ELIMIT);
	if (ar->in_batch)
		mc_turn_give(ar->turn);
	ar->in_batch = false;
	ar->counted = (struct mc_totals){ 0 };
}

bool mc_archive_in_batch(const struct mc_archive *ar)
{
	return ar->in_batch;
}

MC_RC mc_batch_enter(struct mc_archive *ar, bool *own, struct mc_error *err)
{
	*own = !ar->in_batch;
	return *own ? mc_archive_begin(ar, err) : MC_OK;
}

MC_RC mc_batch_leave(
	struct mc_archive *ar, bool own, enum mc_rc rc, struct mc_error *err)
{
	if (!own)
		return rc;
	if (rc < 0) {
		mc_archive_rollback(ar);
		return rc;
	}
	return mc_archive_commit(ar, err);
}
