/* SPDX-License-Identifier: MIT */
#include "job/select.h"

bool mc_select_skips(const struct mc_selection *select, int64_t octets,
	int64_t time, enum mc_skip_rule *rule)
{
	bool dated = time != MC_NO_TIME;

	if (select->since != 0 && dated && time < select->since)
		*rule = MC_SKIP_SINCE;
	else if (select->before != 0 && dated && time >= select->before)
		*rule = MC_SKIP_BEFORE;
	else if (select->max_octets > 0 && octets > select->max_octets)
		*rule = MC_SKIP_MAX_SIZE;
	else
		return false;
	return true;
}

int64_t mc_item_time(const struct mc_item *item)
{
	return item->date.rank < MC_DATE_RECEIVED ? item->date.time
						  : MC_NO_TIME;
}
