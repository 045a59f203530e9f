/* SPDX-License-Identifier: MIT */
#include "cmd/meter.h"

#include "base/text.h"
#include "cmd/width.h"

/* A rate taken over less is a guess. */
enum { RATE_MIN_MS = 1000, LEFT_MIN_MS = 3000 };

bool mc_meter_put(
	struct mc_meter *meter, const struct mc_event *event, int64_t now_ms)
{
	const char *phase = event->phase ? event->phase : "";
	bool changed =
		strncmp(phase, meter->phase, sizeof(meter->phase) - 1) != 0;

	if (changed) {
		mc_text_format(meter->phase, sizeof(meter->phase), "%s", phase);
		meter->start_ms = now_ms;
		meter->first_done = event->done;
		meter->first_octets = event->octets;
	}
	meter->done = event->done;
	meter->total = event->total;
	meter->octets = event->octets;
	return changed;
}

/* Shown amounts end somewhere; counts come from what a peer announced. */
static int64_t whole(double amount)
{
	const double most = 1e15;

	if (amount < 0)
		return 0;
	return (int64_t)(amount < most ? amount : most);
}

/* Seconds that the rest takes at the pace so far, or -1. */
static int64_t seconds_left(const struct mc_meter *meter, int64_t passed_ms)
{
	int64_t done = meter->done - meter->first_done;
	int64_t rest = meter->total - meter->done;

	if (passed_ms < LEFT_MIN_MS || done <= 0 || rest <= 0)
		return -1;
	return whole((double)passed_ms / 1000 * (double)rest / (double)done);
}

void mc_meter_text(
	const struct mc_meter *meter, int64_t now_ms, char out[MC_METER_TEXT])
{
	int64_t passed_ms = now_ms - meter->start_ms;
	double octets = (double)meter->octets - (double)meter->first_octets;
	int64_t left = seconds_left(meter, passed_ms);
	char done[MC_NUMBER_TEXT];
	char total[MC_NUMBER_TEXT];
	char amount[MC_AMOUNT_TEXT];
	size_t n;

	n = mc_text_format(out, MC_METER_TEXT, "%s  %s%s%s message%s  %s",
		meter->phase, mc_text_number(done, meter->done),
		meter->total >= 0 ? "/" : "",
		meter->total >= 0 ? mc_text_number(total, meter->total) : "",
		(meter->total >= 0 ? meter->total : meter->done) == 1 ? ""
								      : "s",
		mc_amount(amount, meter->octets));
	if (passed_ms >= RATE_MIN_MS && octets > 0)
		n += mc_text_format(out + n, MC_METER_TEXT - n, "  %s/s",
			mc_amount(amount,
				whole(octets * 1000 / (double)passed_ms)));
	if (left >= 0)
		mc_text_format(out + n, MC_METER_TEXT - n, "  %s left",
			mc_duration(amount, left));
}
