/* SPDX-License-Identifier: MIT */
#include "base/pace.h"

enum { SECOND_MS = 1000, DAY_MS = 24 * 60 * 60 * 1000 };

/* What may gather, times per_ms. */
static int64_t most(const struct mc_pace *pace)
{
	int64_t second = pace->rate.amount * SECOND_MS;

	return second > pace->rate.per_ms ? second : pace->rate.per_ms;
}

void mc_pace_init(
	struct mc_pace *pace, struct mc_pace_rate rate, int64_t now_ms)
{
	*pace = (struct mc_pace){ .rate = rate, .at_ms = now_ms };
	pace->credit = most(pace);
}

int64_t mc_pace_take(struct mc_pace *pace, int64_t n, int64_t now_ms)
{
	int64_t gone;
	int64_t wait = 0;

	if (pace->rate.amount == 0)
		return 0;
	gone = now_ms - pace->at_ms;
	gone = gone < 0 ? 0 : gone > DAY_MS ? DAY_MS : gone;
	pace->at_ms = now_ms;
	pace->credit += gone * pace->rate.amount;
	if (pace->credit > most(pace))
		pace->credit = most(pace);
	pace->credit -= (n < MC_PACE_MAX ? n : MC_PACE_MAX) * pace->rate.per_ms;
	/* Nobody waits longer than a day for one message. */
	if (pace->credit < -(int64_t)DAY_MS * pace->rate.amount)
		pace->credit = -(int64_t)DAY_MS * pace->rate.amount;
	if (pace->credit < 0)
		wait = (-pace->credit + pace->rate.amount - 1) /
		       pace->rate.amount;
	return wait;
}
