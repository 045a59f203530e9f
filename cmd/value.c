/* SPDX-License-Identifier: MIT */
#include "cmd/value.h"

#include "base/clock.h"
#include "base/text.h"

/* Takes exactly `digits` digits, and `end` behind them unless it is 0. */
static bool take_number(struct mc_span *rest, size_t digits, char end, int *out)
{
	int64_t number;

	if (rest->n < digits || !mc_text_decimal(mc_span_head(*rest, digits),
					INT32_MAX, &number))
		return false;
	*out = (int)number;
	*rest = mc_span_from(*rest, digits);
	if (!end)
		return true;
	if (rest->n == 0 || rest->p[0] != end)
		return false;
	*rest = mc_span_from(*rest, 1);
	return true;
}

/* ".25" */
static bool drop_fraction(struct mc_span *rest)
{
	size_t n = 1;

	if (rest->n == 0 || rest->p[0] != '.')
		return true;
	while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9')
		n++;
	*rest = mc_span_from(*rest, n);
	return n > 1;
}

/* "Z", "+01:00": nothing else, so that a zone is never guessed. */
static bool take_zone(struct mc_span rest, int *offset_minutes)
{
	if (mc_span_ieq(rest, MC_SPAN("Z"))) {
		*offset_minutes = 0;
		return true;
	}
	return rest.n == 6 && (rest.p[0] == '+' || rest.p[0] == '-') &&
	       rest.p[3] == ':' && mc_clock_zone(rest, offset_minutes);
}

bool mc_value_date(struct mc_span text, int64_t *out)
{
	struct mc_civil civil = { 0 };
	int64_t time;

	if (!take_number(&text, 4, '-', &civil.year) ||
		!take_number(&text, 2, '-', &civil.month) ||
		!take_number(&text, 2, 0, &civil.day))
		return false;
	if (text.n > 0) {
		if (!strchr("Tt ", text.p[0]))
			return false;
		text = mc_span_from(text, 1);
		if (!take_number(&text, 2, ':', &civil.hour) ||
			!take_number(&text, 2, ':', &civil.minute) ||
			!take_number(&text, 2, 0, &civil.second) ||
			!drop_fraction(&text) ||
			!take_zone(text, &civil.offset_minutes))
			return false;
	}
	if (!mc_clock_from_civil(&civil, &time) || time <= 0)
		return false;
	*out = time;
	return true;
}

bool mc_value_size(struct mc_span text, int64_t *out)
{
	static const char units[] = "KMG";
	int64_t factor = 1;

	for (int i = 0; text.n > 0 && units[i]; i++) {
		if ((text.p[text.n - 1] & ~0x20) != units[i])
			continue;
		factor = (int64_t)1 << (10 * (i + 1));
		text = mc_span_head(text, text.n - 1);
		break;
	}
	if (!mc_text_decimal(text, INT64_MAX / factor, out) || *out == 0)
		return false;
	*out *= factor;
	return true;
}
