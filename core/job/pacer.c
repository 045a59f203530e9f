/* SPDX-License-Identifier: MIT */
#include "job/pacer.h"

#include "archive/archive.h"
#include "archive/traffic.h"
#include "base/clock.h"
#include "base/text.h"
#include "job/retry.h"

enum {
	MINUTE_MS = 60 * 1000,
	HOUR_MS = 60 * MINUTE_MS,
	/* What was not noted is forgotten by a kill: as little as this. */
	NOTE_MS = 5000,
	NOTE_PARTS = 20, /* of what is allowed */
	/* Shorter waits are seen in the rate. */
	TOLD_MS = 3000,
};

static bool is_window(const struct mc_pace_rate *rate)
{
	return rate->amount > 0 && rate->per_ms >= HOUR_MS;
}

static void take_rate(struct mc_pace *pace, struct mc_pace_rate *window,
	struct mc_pace_rate rate)
{
	const struct mc_pace_rate none = { 0, 1 };
	bool long_one = is_window(&rate);

	*window = long_one ? rate : none;
	mc_pace_init(pace, long_one ? none : rate, mc_clock_ms());
}

static void init(struct mc_pacer *pacer, struct mc_pace_rate octets,
	struct mc_pace_rate messages)
{
	take_rate(&pacer->octets, &pacer->octets_window, octets);
	take_rate(&pacer->messages, &pacer->messages_window, messages);
	pthread_mutex_init(&pacer->lock, NULL);
}

MC_RC mc_paces_new(struct mc_paces **out, struct mc_pace_rate octets,
	struct mc_pace_rate messages, struct mc_error *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return mc_fail_memory(err);
	init(&(*out)->in, octets, messages);
	init(&(*out)->out, octets, messages);
	return MC_OK;
}

void mc_paces_free(struct mc_paces *paces)
{
	if (!paces)
		return;
	pthread_mutex_destroy(&paces->in.lock);
	pthread_mutex_destroy(&paces->out.lock);
	free(paces);
}

/* Cut short by Ctrl-C; who called sees that for himself. */
static void pause_for(int64_t ms, const struct mc_monitor *mon)
{
	if (ms >= TOLD_MS)
		(void)mc_retry_rest(ms, "keeping the pace:", mon);
	else if (ms > 0)
		(void)mc_retry_pause(ms, mon->cancel);
}

void mc_pacer_octets(
	struct mc_pacer *pacer, int64_t n, const struct mc_monitor *mon)
{
	int64_t wait;

	if (!pacer)
		return;
	pthread_mutex_lock(&pacer->lock);
	pacer->octets_gone += n;
	pacer->octets_all += n;
	wait = mc_pace_take(&pacer->octets, n, mc_clock_ms());
	pthread_mutex_unlock(&pacer->lock);
	pause_for(wait, mon);
}

void mc_pacer_messages(
	struct mc_pacer *pacer, int64_t n, const struct mc_monitor *mon)
{
	int64_t wait;

	if (!pacer)
		return;
	pthread_mutex_lock(&pacer->lock);
	pacer->messages_gone += n;
	pacer->messages_all += n;
	wait = mc_pace_take(&pacer->messages, n, mc_clock_ms());
	pthread_mutex_unlock(&pacer->lock);
	pause_for(wait, mon);
}

int64_t mc_pacer_batch(const struct mc_pacer *pacer)
{
	const struct mc_pace_rate *rate;
	int64_t second;

	if (!pacer)
		return INT64_MAX;
	rate = &pacer->messages.rate;
	if (is_window(&pacer->messages_window))
		return pacer->messages_window.amount / NOTE_PARTS + 1;
	if (rate->amount == 0)
		return INT64_MAX;
	second = rate->amount * 1000 / rate->per_ms;
	return second > 0 ? second : 1;
}

int64_t mc_pacer_batch_octets(const struct mc_pacer *pacer)
{
	if (!pacer || !is_window(&pacer->octets_window))
		return INT64_MAX;
	return pacer->octets_window.amount / NOTE_PARTS + 1;
}

/* ---- hours and days ---- */

static bool is_part(int64_t gone, const struct mc_pace_rate *window)
{
	return is_window(window) && gone >= window->amount / NOTE_PARTS;
}

bool mc_pacer_is_due(struct mc_pacer *pacer)
{
	bool due = false;

	if (!pacer || (!is_window(&pacer->octets_window) &&
			      !is_window(&pacer->messages_window)))
		return false;
	pthread_mutex_lock(&pacer->lock);
	if (!pacer->noted)
		due = true; /* earlier runs may have used it up */
	else if (pacer->octets_gone > 0 || pacer->messages_gone > 0)
		due = is_part(pacer->octets_gone, &pacer->octets_window) ||
		      is_part(pacer->messages_gone, &pacer->messages_window) ||
		      mc_clock_ms() - pacer->noted_ms >= NOTE_MS;
	pthread_mutex_unlock(&pacer->lock);
	return due;
}

MC_RC mc_pacer_note(struct mc_pacer *pacer, struct mc_archive *ar,
	const char *account, struct mc_error *err)
{
	struct mc_traffic gone;
	enum mc_rc rc;

	if (!pacer || (!is_window(&pacer->octets_window) &&
			      !is_window(&pacer->messages_window)))
		return MC_OK;
	pthread_mutex_lock(&pacer->lock);
	gone = (struct mc_traffic){ pacer->octets_gone, pacer->messages_gone };
	pacer->octets_gone = 0;
	pacer->messages_gone = 0;
	pacer->noted = true;
	pacer->noted_ms = mc_clock_ms();
	pthread_mutex_unlock(&pacer->lock);
	if (gone.octets == 0 && gone.messages == 0)
		return MC_OK;
	rc = mc_archive_begin(ar, err);
	if (rc < 0)
		return rc;
	rc = mc_traffic_add(ar, account, mc_clock_now() / 60, &gone, err);
	if (rc == MC_OK)
		return mc_archive_commit(ar, err);
	mc_archive_rollback(ar);
	return rc;
}

/* Of one window; *until: s since 1970, when there is room; 0: there is. */
static MC_RC look(const struct mc_pacer_line *line,
	const struct mc_pace_rate *window, bool octets, int64_t *until,
	struct mc_error *err)
{
	const struct mc_traffic_window lately = { mc_clock_now() / 60,
		window->per_ms / MINUTE_MS };
	struct mc_traffic most = { 0 };
	int64_t last = 0;
	enum mc_rc rc;

	if (!is_window(window))
		return MC_OK;
	if (octets)
		most.octets = window->amount;
	else
		most.messages = window->amount;
	rc = mc_traffic_room(
		line->ar, line->account, &lately, &most, &last, err);
	if (rc == MC_OK && last > 0 &&
		(last + lately.minutes) * 60 + 1 > *until)
		*until = (last + lately.minutes) * 60 + 1;
	return rc;
}

/* "Tue 2026-11-24 03:10 UTC" */
enum { WHEN = 40 };
static const char *spell(char out[WHEN], int64_t t)
{
	/* 1970-01-01 was a Thursday. */
	static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon",
		"Tue", "Wed" };
	struct mc_civil c = mc_clock_to_civil(t);

	mc_text_format(out, WHEN, "%s %04d-%02d-%02d %02d:%02d UTC",
		days[t / MC_DAY % 7], c.year, c.month, c.day, c.hour, c.minute);
	return out;
}

/* When all is done, if it goes on as in this run. */
static int64_t finish(
	struct mc_pacer *pacer, const struct mc_pacer_line *line, int64_t until)
{
	const struct mc_pace_rate *o = &pacer->octets_window;
	const struct mc_pace_rate *m = &pacer->messages_window;
	double by_octets = 0;
	double by_messages = 0;
	double octets;
	double messages;

	pthread_mutex_lock(&pacer->lock);
	octets = (double)pacer->octets_all;
	messages = (double)pacer->messages_all;
	pthread_mutex_unlock(&pacer->lock);
	if (is_window(o) && messages > 0)
		by_octets = (double)line->left * octets / messages /
			    (double)o->amount * (double)o->per_ms / 1000;
	if (is_window(m))
		by_messages = (double)line->left / (double)m->amount *
			      (double)m->per_ms / 1000;
	if (by_octets < by_messages)
		by_octets = by_messages;
	return by_octets > 0 && by_octets < 1e9 ? until + (int64_t)by_octets
						: 0;
}

static void tell(
	struct mc_pacer *pacer, const struct mc_pacer_line *line, int64_t until)
{
	bool day = pacer->octets_window.per_ms > HOUR_MS ||
		   pacer->messages_window.per_ms > HOUR_MS;
	int64_t end = line->left > 0 ? finish(pacer, line, until) : 0;
	char when[WHEN];
	char done[WHEN];

	mc_note(line->mon,
		"what is allowed in %s is used up: waiting until %s%s%s",
		day ? "a day" : "an hour", spell(when, until),
		end ? "; at this pace all is done on " : "",
		end ? spell(done, end) : "");
}

MC_RC mc_pacer_settle(struct mc_pacer *pacer, const struct mc_pacer_line *line,
	struct mc_error *err)
{
	enum mc_rc rc = mc_pacer_note(pacer, line->ar, line->account, err);
	bool told = false;

	while (rc == MC_OK) {
		int64_t until = 0;
		int64_t left;

		rc = look(line, &pacer->octets_window, true, &until, err);
		if (rc == MC_OK)
			rc = look(line, &pacer->messages_window, false, &until,
				err);
		left = until - mc_clock_now();
		if (rc < 0 || until == 0)
			return rc;
		if (!told)
			tell(pacer, line, until);
		told = true;
		/* The clock may be set meanwhile: seen each minute. */
		if (left > 60)
			left = 60;
		if (!mc_retry_rest(left > 0 ? left * 1000 : 0,
			    "keeping the pace: at least", line->mon))
			return MC_OK;
	}
	return rc;
}
