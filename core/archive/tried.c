/* SPDX-License-Identifier: MIT
 * tried: each step by which a message was changed so that a server takes it. */
#include "archive/db.h"
#include "archive/ledger.h"

MC_RC mc_placement_tried(struct mc_archive *ar, int64_t placement,
	const struct mc_try *tried, struct mc_error *err)
{
	struct mc_query q;

	mc_query_open(&q, ar, MC_SQL_TRIED_PUT);
	mc_bind_int(&q, placement);
	mc_bind_text(&q, tried->change);
	mc_bind_digest(&q, tried->sha256);
	mc_bind_text(&q, tried->code);
	mc_bind_text(&q, tried->text);
	return mc_query_run(&q, err);
}

static MC_RC tell(
	struct mc_query *q, mc_try_fn *fn, void *arg, struct mc_error *err)
{
	struct mc_digest sha256;
	const struct mc_try tried = { .change = mc_column_text(q, 0),
		.sha256 = mc_column_digest(q, 1, &sha256) ? &sha256 : NULL,
		.code = mc_column_text(q, 2),
		.text = mc_column_text(q, 3) };

	return fn(arg, &tried, err);
}

MC_RC mc_placement_tries(struct mc_archive *ar, int64_t placement,
	mc_try_fn *fn, void *arg, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_TRIED_EACH);
	mc_bind_int(&q, placement);
	for (rc = mc_query_next(&q, err); rc == MC_OK;
		rc = mc_query_next(&q, err)) {
		rc = tell(&q, fn, arg, err);
		if (rc < 0)
			break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}
