/* SPDX-License-Identifier: MIT */
#include "msg/date.h"

#include "base/text.h"

/* A line's words, without the commas behind them.  Dates have a dozen, and
 * "remote from host" may follow. */
enum { WORDS_MAX = 24 };

struct words {
	size_t n;
	struct mc_span word[WORDS_MAX];
};

int mc_date_year(int written)
{
	return mc_clock_year(written);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool between(struct mc_span s, size_t at)
{
	return at > 0 && at + 1 < s.n &&
	       (digit(s.p[at - 1]) || letter(s.p[at - 1])) &&
	       (digit(s.p[at + 1]) || letter(s.p[at + 1]));
}

/* "3-Jan-1996" is three words; "-0800" is one. */
static bool splits(struct mc_span s, size_t at)
{
	char c = s.p[at];

	return (unsigned char)c <= ' ' || c == ',' ||
	       (c == '-' && between(s, at));
}

static void split(struct words *out, struct mc_span s)
{
	out->n = 0;
	for (size_t i = 0; i < s.n && out->n < WORDS_MAX;) {
		size_t end = i;

		while (end < s.n && !splits(s, end))
			end++;
		if (end > i)
			out->word[out->n++] =
				mc_span_from(mc_span_head(s, end), i);
		i = end + 1;
	}
}

static struct mc_span word_at(const struct words *words, size_t i)
{
	return i < words->n ? words->word[i] : MC_SPAN("");
}

static bool number(struct mc_span s, int max, int *out)
{
	int64_t value;

	if (!mc_text_decimal(s, max, &value))
		return false;
	*out = (int)value;
	return true;
}

/* "Jan", "JAN", "January" */
static bool month(struct mc_span s, struct mc_civil *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!letter(s.p[i]))
			return false;
	}
	if (s.n < 3)
		return false;
	out->month = mc_clock_month(s.p);
	return out->month > 0;
}

static bool day(struct mc_span s, struct mc_civil *out)
{
	return s.n <= 2 && number(s, 31, &out->day);
}

static bool year(struct mc_span s, struct mc_civil *out)
{
	int written;

	if (s.n < 2 || s.n > 4 || !number(s, 9999, &written))
		return false;
	out->year = s.n == 4 ? written : mc_date_year(written);
	return true;
}

/* "01:05", "1:05:34", "01:05:34.123"; seconds that are none count as 0: what
 * stands before them is still the day and the minute. */
static bool time_of_day(struct mc_span s, struct mc_civil *out)
{
	size_t colon = mc_span_index(s, ':');
	struct mc_span rest = mc_span_from(s, colon + 1);
	struct mc_span minute = mc_span_head(rest, mc_span_index(rest, ':'));
	struct mc_span second = mc_span_from(rest, minute.n + 1);
	size_t digits = 0;

	while (digits < second.n && digit(second.p[digits]))
		digits++;
	second = mc_span_head(second, digits);
	out->second = 0;
	if (colon == s.n || !number(mc_span_head(s, colon), 23, &out->hour) ||
		!number(minute, 59, &out->minute))
		return false;
	return second.n == 0 || number(second, 60, &out->second);
}

/* Words that may stand between a time and a year: zones, "MET DST". */
static bool zone(struct mc_span s, struct mc_civil *out)
{
	if (s.n > 0 && (s.p[0] == '+' || s.p[0] == '-'))
		return mc_clock_zone(s, &out->offset_minutes);
	for (size_t i = 0; i < s.n; i++) {
		if (!letter(s.p[i]))
			return false;
	}
	if (mc_span_ieq(s, MC_SPAN("DST")))
		out->offset_minutes += 60;
	else
		(void)mc_clock_zone(s, &out->offset_minutes);
	return s.n > 0;
}

/* "Jan 3 01:05:34 [zone] 1996 [zone]", as asctime writes. */
static bool month_first(
	const struct words *words, size_t at, struct mc_civil *out)
{
	size_t i = at + 3;

	if (!month(word_at(words, at), out) ||
		!day(word_at(words, at + 1), out) ||
		!time_of_day(word_at(words, at + 2), out))
		return false;
	while (i < at + 5 && zone(word_at(words, i), out))
		i++;
	if (!year(word_at(words, i), out))
		return false;
	if (i == at + 3)
		(void)mc_clock_zone(
			word_at(words, i + 1), &out->offset_minutes);
	return true;
}

/* "3 Jan 1996 01:05:34 [zone]", as RFC 5322 has it. */
static bool day_first(
	const struct words *words, size_t at, struct mc_civil *out)
{
	if (!day(word_at(words, at), out) ||
		!month(word_at(words, at + 1), out) ||
		!year(word_at(words, at + 2), out) ||
		!time_of_day(word_at(words, at + 3), out))
		return false;
	(void)mc_clock_zone(word_at(words, at + 4), &out->offset_minutes);
	return true;
}

/* The first date that stands anywhere in s. */
static bool find(struct mc_span s, int64_t *out)
{
	struct words words;

	split(&words, s);
	for (size_t i = 0; i < words.n; i++) {
		struct mc_civil civil = { 0 };

		if (month_first(&words, i, &civil) &&
			mc_clock_from_civil(&civil, out))
			return true;
		civil = (struct mc_civil){ 0 };
		if (day_first(&words, i, &civil) &&
			mc_clock_from_civil(&civil, out))
			return true;
	}
	return false;
}

bool mc_date_from_line(struct mc_span from_line, int64_t *out)
{
	if (mc_span_starts(from_line, MC_SPAN(">")))
		from_line = mc_span_from(from_line, 1);
	if (!mc_span_starts(from_line, MC_SPAN("From ")))
		return false;
	return find(mc_span_from(from_line, 5), out);
}

/* "1996-01-03" or "1996/01/03" */
static bool iso_day(struct mc_span s, struct mc_civil *out)
{
	if (s.n != 10 || (s.p[4] != '-' && s.p[4] != '/') || s.p[7] != s.p[4])
		return false;
	return number(mc_span_head(s, 4), 9999, &out->year) &&
	       number(mc_span_from(mc_span_head(s, 7), 5), 12, &out->month) &&
	       number(mc_span_from(s, 8), 31, &out->day);
}

/* Octets of s that are a time of day. */
static size_t time_length(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && (digit(s.p[n]) || s.p[n] == ':' || s.p[n] == '.'))
		n++;
	return n;
}

/* ISO 8601, as RFC 3339 has it, 'T' or a blank in the middle. */
static bool iso(struct mc_span s, int64_t *out)
{
	struct mc_civil civil = { 0 };
	struct mc_span rest = mc_span_from(s, 11);
	size_t n = time_length(rest);

	if (s.n < 16 || !strchr("Tt \t", s.p[10]) ||
		!iso_day(mc_span_head(s, 10), &civil) ||
		!time_of_day(mc_span_head(rest, n), &civil))
		return false;
	rest = mc_span_trim(mc_span_from(rest, n));
	if (rest.n > 0 && !mc_clock_zone(rest, &civil.offset_minutes))
		return false;
	return mc_clock_from_civil(&civil, out);
}

bool mc_date_odd(struct mc_span value, int64_t *out)
{
	value = mc_span_trim(value);
	return iso(value, out) || find(value, out);
}
