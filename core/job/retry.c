/* SPDX-License-Identifier: MIT */
#include "job/retry.h"

#include <poll.h>

#include "base/clock.h"

/* Five tries in a row: 1, 2, 4, 8, 16 s are half a minute, which outlasts a
 * server's restart but not a person's patience. */
enum { TRIES = 5, FIRST_MS = 1000, LATER_MS = 5000 };

bool mc_retry_pause(int64_t ms, struct mc_cancel *cancel)
{
	int64_t until = mc_clock_ms() + ms;

	while (!mc_cancel_is(cancel, MC_CANCEL_SOON)) {
		int64_t left = until - mc_clock_ms();

		if (left <= 0)
			return true;
		poll(NULL, 0, (int)(left < 100 ? left : 100));
	}
	return false;
}

MC_RC mc_retry_wait(struct mc_retry *retry, bool progress,
	const struct mc_monitor *mon, struct mc_error *err)
{
	int64_t ms;

	if (err->hope == MC_NEVER || err->rc == MC_EAUTH || err->rc == MC_ETLS)
		return err->rc;
	if (err->rc == MC_ENET && !retry->met)
		return err->rc;
	if (progress)
		retry->failures = 0;
	if (retry->failures >= TRIES)
		return err->rc;
	ms = (int64_t)(err->hope == MC_LATER ? LATER_MS : FIRST_MS)
	     << retry->failures;
	/* What the server asked for goes before what we would do. */
	if (err->hope == MC_LATER && err->sys > ms)
		ms = err->sys;
	retry->failures++;
	mc_note(mon, "%s; trying again in %d s", err->text, (int)(ms / 1000));
	if (!mc_retry_pause(ms, mon->cancel))
		return mc_fail_cancelled(err);
	return MC_OK;
}
