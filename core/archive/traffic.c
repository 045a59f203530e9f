/* SPDX-License-Identifier: MIT */
#include "archive/traffic.h"

#include "archive/db.h"

/* What was noted by a clock that was further ahead says nothing of today. */
enum { DAY_MINUTES = 24 * 60, AHEAD_MINUTES = 60 };

MC_RC mc_traffic_add(struct mc_archive *ar, const char *account, int64_t minute,
	const struct mc_traffic *more, struct mc_error *err)
{
	struct mc_query q;
	enum mc_rc rc;

	mc_query_open(&q, ar, MC_SQL_TRAFFIC_ADD);
	mc_bind_text(&q, account);
	mc_bind_int(&q, minute);
	mc_bind_int(&q, more->octets);
	mc_bind_int(&q, more->messages);
	rc = mc_query_run(&q, err);
	if (rc < 0)
		return rc;
	mc_query_open(&q, ar, MC_SQL_TRAFFIC_FORGET);
	mc_bind_text(&q, account);
	mc_bind_int(&q, minute - DAY_MINUTES);
	mc_bind_int(&q, minute + AHEAD_MINUTES);
	return mc_query_run(&q, err);
}

MC_RC mc_traffic_room(struct mc_archive *ar, const char *account,
	const struct mc_traffic_window *window, const struct mc_traffic *most,
	int64_t *last, struct mc_error *err)
{
	struct mc_traffic sum = { 0 };
	struct mc_query q;
	enum mc_rc rc;

	*last = 0;
	mc_query_open(&q, ar, MC_SQL_TRAFFIC_SINCE);
	mc_bind_text(&q, account);
	mc_bind_int(&q, window->now - window->minutes);
	mc_bind_int(&q, window->now + AHEAD_MINUTES);
	while ((rc = mc_query_next(&q, err)) == MC_OK) {
		sum.octets += mc_column_int(&q, 1);
		sum.messages += mc_column_int(&q, 2);
		if ((most->octets == 0 || sum.octets < most->octets) &&
			(most->messages == 0 || sum.messages < most->messages))
			continue;
		*last = mc_column_int(&q, 0);
		break;
	}
	mc_query_close(&q);
	return rc < 0 ? rc : MC_OK;
}
