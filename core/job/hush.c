/* SPDX-License-Identifier: MIT */
#include "job/hush.h"

static void pass_on(void *arg, const struct mc_event *event)
{
	const struct mc_hush *hush = arg;

	if (event->kind != MC_EVENT_PROGRESS)
		mc_emit(&hush->above, event);
}

void mc_hush_begin(struct mc_hush *hush, struct mc_monitor *mon)
{
	hush->above = *mon;
	mon->event = pass_on;
	mon->arg = hush;
}
