/* SPDX-License-Identifier: MIT */
#include "job/retry.h"

#include <poll.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/text.h"

enum {
	/* 1, 2, 4 ... 64 s are two minutes, which outlasts a server's restart
	 * and a line that is dialled anew, but not a person's patience. */
	TRIES = 7,
	FIRST_MS = 1000,
	/* Where the server said that the moment is bad: 5, 10 ... 80 s. */
	LATER_TRIES = 5,
	LATER_MS = 5000,
	/* What a server asks for is waited for as long as this. */
	PATIENCE_MS = 30 * 60 * 1000,
	SECOND_MS = 1000,
	MINUTE_MS = 60 * 1000,
};

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

static void tell_rest(
	const struct mc_monitor *mon, const char *words, int64_t seconds)
{
	mc_emit(mon, &(struct mc_event){ .kind = MC_EVENT_WAIT,
			     .text = words,
			     .done = seconds });
}

bool mc_retry_rest(int64_t ms, const char *words, const struct mc_monitor *mon)
{
	int64_t until = mc_clock_ms() + ms;
	int64_t left = ms;
	bool goes_on = true;

	while (goes_on && left > 0) {
		tell_rest(mon, words, (left + SECOND_MS - 1) / SECOND_MS);
		goes_on = mc_retry_pause(
			left < SECOND_MS ? left : SECOND_MS, mon->cancel);
		left = until - mc_clock_ms();
	}
	tell_rest(mon, words, 0);
	return goes_on && mc_retry_pause(0, mon->cancel);
}

int64_t mc_retry_ms(
	int failures, bool later, int64_t asked, unsigned long chance)
{
	int64_t ms = (int64_t)(later ? LATER_MS : FIRST_MS) << failures;
	int64_t spread;

	/* What the server asks for goes before what we would do, unless it was
	 * not enough. */
	if (asked > 0 && (failures == 0 || asked > ms))
		ms = asked;
	spread = ms / 4;
	return ms + (int64_t)(chance % (unsigned long)(spread + 1));
}

/* Without it many would only come back together. */
static unsigned long chance(void)
{
	unsigned long n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) < 0)
		return (unsigned long)mc_clock_ms();
	return n;
}

static bool has_hope(const struct mc_retry *retry, const struct mc_error *err)
{
	if (err->hope == MC_NEVER || err->rc == MC_EAUTH || err->rc == MC_ETLS)
		return false;
	/* One that says that it is busy was reached. */
	if (err->rc == MC_ENET && err->hope != MC_LATER && !retry->met)
		return false;
	return retry->failures < (err->hope == MC_LATER ? LATER_TRIES : TRIES);
}

/* "90 s", "12 minutes" */
static const char *spell(char out[MC_NUMBER_TEXT], int64_t ms)
{
	char number[MC_NUMBER_TEXT];

	if (ms < (int64_t)2 * MINUTE_MS)
		mc_text_format(out, MC_NUMBER_TEXT, "%s s",
			mc_text_number(number, (ms + 999) / 1000));
	else
		mc_text_format(out, MC_NUMBER_TEXT, "%s minutes",
			mc_text_number(
				number, (ms + MINUTE_MS / 2) / MINUTE_MS));
	return out;
}

MC_RC mc_retry_wait(struct mc_retry *retry, bool progress,
	const struct mc_monitor *mon, struct mc_error *err)
{
	int64_t asked = err->hope == MC_LATER ? err->sys : 0;
	char wait[MC_NUMBER_TEXT];
	int64_t ms;

	if (progress)
		retry->failures = 0;
	if (!has_hope(retry, err))
		return err->rc;
	if (asked > PATIENCE_MS) {
		mc_text_append(err->text, sizeof(err->text), "; wait ");
		mc_text_append(
			err->text, sizeof(err->text), spell(wait, asked));
		mc_text_append(err->text, sizeof(err->text),
			", then run the same command again");
		return err->rc;
	}
	ms = mc_retry_ms(
		retry->failures, err->hope == MC_LATER, asked, chance());
	retry->failures++;
	mc_note(mon, "%s; trying again in %s", err->text, spell(wait, ms));
	if (!mc_retry_rest(ms, "trying again in", mon))
		return mc_fail_cancelled(err);
	return MC_OK;
}
