/* SPDX-License-Identifier: MIT */
#include "source/told.h"

#include <inttypes.h>

#include "base/text.h"

/* What is passed over is named this often. */
enum { PASSED_TOLD = 10 };

void mc_counted_add(struct mc_counted *tally, const char *name)
{
	if (tally->n++ == 0)
		mc_text_escape(
			tally->first, sizeof(tally->first), mc_span_str(name));
}

void mc_told_pass(struct mc_told *told, const char *path, const char *why)
{
	if (told->passed++ < PASSED_TOLD)
		mc_note(told->monitor, "'%s' is passed over: %s", path, why);
}

void mc_told_end(
	const struct mc_told *told, const char *root, const char *title)
{
	const struct mc_monitor *mon = told->monitor;

	if (told->passed > PASSED_TOLD)
		mc_note(mon, "%" PRId64 " more below '%s' are passed over",
			told->passed - PASSED_TOLD, root);
	if (told->loose.n > 0)
		mc_note(mon,
			"messages that lie where a %s has none are read all "
			"the same: %" PRId64 ", the first is '%s'",
			title, told->loose.n, told->loose.first);
	if (told->unfinished > 0)
		mc_note(mon,
			"deliveries that were never finished are not read: "
			"%" PRId64 " files in tmp",
			told->unfinished);
}
