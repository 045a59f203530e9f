/* SPDX-License-Identifier: MIT */
#include "cmd/rate.h"

#include <ctype.h>

#include "base/text.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS,

	/* Fewer octets are another unit, forgotten. */
	OCTETS_LEAST = 1024,
};

static const struct {
	const char *name;
	int64_t ms;
} spans[] = {
	{ "", SECOND_MS },
	{ "/s", SECOND_MS },
	{ "/min", MINUTE_MS },
	{ "/h", HOUR_MS },
	{ "/day", DAY_MS },
};

static int64_t factor_of(struct mc_span *rest)
{
	static const char letters[] = "kmg";
	const char *found;
	int64_t factor = 1024;

	if (rest->n == 0)
		return 1;
	found = strchr(letters, tolower((unsigned char)rest->p[0]));
	if (!found || rest->p[0] == '\0')
		return 1;
	*rest = mc_span_from(*rest, 1);
	for (; found > letters; found--)
		factor *= 1024;
	return factor;
}

static bool parse(struct mc_pace_rate *out, struct mc_span text, bool sizes)
{
	struct mc_span rest;
	int64_t number;
	size_t n = 0;

	while (n < text.n && isdigit((unsigned char)text.p[n]))
		n++;
	rest = mc_span_from(text, n);
	if (!mc_text_decimal(mc_span_head(text, n), MC_PACE_MAX, &number) ||
		number == 0)
		return false;
	number *= sizes ? factor_of(&rest) : 1;
	if (number > MC_PACE_MAX)
		return false;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		if (!mc_span_eq(rest, mc_span_str(spans[i].name)))
			continue;
		*out = (struct mc_pace_rate){ number, spans[i].ms };
		return true;
	}
	return false;
}

MC_RC mc_rate_parse(struct mc_pace_rate *out, const char *option,
	const char *text, bool sizes, struct mc_error *err)
{
	*out = (struct mc_pace_rate){ 0, SECOND_MS };
	if (!text)
		return MC_OK;
	if (!parse(out, mc_span_str(text), sizes))
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"'%.80s' is no rate for --%s: write a number%s and, "
			"where it is not for a second, /min, /h or /day, as in "
			"%s",
			text, option, sizes ? " (k, M or G behind it)" : "",
			sizes ? "500k or 2G/day" : "10 or 5000/day");
	if (sizes && out->amount < OCTETS_LEAST)
		return mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"--%s counts octets, and '%s' are too few: write k, M "
			"or G behind the number (1k is the least), as in 500k "
			"or 2G/day",
			option, text);
	return MC_OK;
}
