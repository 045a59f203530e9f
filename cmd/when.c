/* SPDX-License-Identifier: MIT */
#include "cmd/when.h"

#include "base/clock.h"
#include "base/text.h"

/* n digits at *at, which moves behind them. */
static bool take(const char **at, size_t n, int *out)
{
	struct mc_span digits = { *at, strnlen(*at, n) };
	int64_t value;

	if (digits.n < n || !mc_text_decimal(digits, 9999, &value))
		return false;
	*out = (int)value;
	*at += n;
	return true;
}

MC_RC mc_when_parse(int64_t *out, const char *option, const char *text,
	struct mc_error *err)
{
	struct mc_civil day = { 0 };
	const char *at = text;

	*out = 0;
	if (!text)
		return MC_OK;
	if (!take(&at, 4, &day.year) || *at++ != '-' ||
		!take(&at, 2, &day.month) || *at++ != '-' ||
		!take(&at, 2, &day.day) || *at ||
		!mc_clock_from_civil(&day, out))
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"'%.40s' is no day: write --%s YYYY-MM-DD", text,
			option);
	*out += *out == 0;
	return MC_OK;
}
