/* SPDX-License-Identifier: MIT */
#include "job/idle.h"

#include <stdlib.h>

MC_RC mc_idle_begin(struct mc_request *own, const struct mc_request *req,
	struct mc_error *err)
{
	size_t n = req->rules.include_n + req->rules.exclude_n;

	*own = *req;
	own->rules.fits = calloc(n + 1, sizeof(*own->rules.fits));
	return own->rules.fits ? MC_OK : mc_fail_memory(err);
}

void mc_idle_doubt(const struct mc_rules *rules)
{
	for (size_t i = 0; i < rules->include_n + rules->exclude_n; i++)
		rules->fits[i] = true;
}

static void tell_include(const struct mc_request *own, const char *glob)
{
	struct mc_error why;

	mc_fail(&why, MC_EINPUT, MC_RUN, 0,
		"--include '%s' fits no folder, so that nothing was taken by "
		"it; the whole path is compared, and what is below A is A/**",
		glob);
	mc_emit(&own->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
				       .text = why.text });
}

void mc_idle_end(struct mc_request *own, bool tell, struct mc_report *report)
{
	const struct mc_rules *rules = &own->rules;

	for (size_t i = 0; tell && i < rules->include_n; i++) {
		if (rules->fits[i])
			continue;
		report->idle_includes++;
		tell_include(own, rules->include[i]);
	}
	for (size_t i = 0; tell && i < rules->exclude_n; i++) {
		if (!rules->fits[rules->include_n + i])
			mc_note(&own->monitor,
				"--exclude '%s' fits no folder, so that nothing "
				"was left out by it; the whole path is "
				"compared, and what is below A is A/**",
				rules->exclude[i]);
	}
	free(rules->fits);
}
