/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include "base/text.h"

const char mc_clock_months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

int64_t mc_clock_now(void)
{
	return (int64_t)time(NULL);
}

static int64_t read_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t mc_clock_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t mc_clock_worked_ms(void)
{
	return read_ms(CLOCK_THREAD_CPUTIME_ID);
}

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01; years counted from March, so that the leap day is a
 * year's last and months follow the pattern of 153 days in five. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

static bool in_range(const struct mc_civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 &&
	       c->month <= 12 && c->day >= 1 &&
	       c->day <= month_days(c->year, c->month) && c->hour >= 0 &&
	       c->hour <= 23 && c->minute >= 0 && c->minute <= 59 &&
	       c->second >= 0 && c->second <= 60 &&
	       c->offset_minutes > -24 * 60 && c->offset_minutes < 24 * 60;
}

bool mc_clock_from_civil(const struct mc_civil *civil, int64_t *out)
{
	int64_t minutes;

	if (!in_range(civil))
		return false;
	minutes = civil->hour * 60 + civil->minute - civil->offset_minutes;
	*out = days_from_civil(civil->year, civil->month, civil->day) * MC_DAY +
	       minutes * 60 + civil->second;
	return true;
}

struct mc_civil mc_clock_to_civil(int64_t t)
{
	const int64_t first = days_from_civil(1, 1, 1) * MC_DAY;
	const int64_t last =
		days_from_civil(9999, 12, 31) * MC_DAY + MC_DAY - 1;
	struct mc_civil c = { .year = 1 };
	int64_t day;
	int64_t era;
	int64_t doe;
	int64_t yoe;
	int64_t doy;
	int64_t mp;

	t = t < first ? first : t > last ? last : t;
	day = (t >= 0 ? t : t - MC_DAY + 1) / MC_DAY;
	t -= day * MC_DAY;
	day += 719468;
	era = (day >= 0 ? day : day - 146096) / 146097;
	doe = day - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c.year = (int)(yoe + era * 400 + (c.month <= 2));
	c.hour = (int)(t / 3600);
	c.minute = (int)(t / 60 % 60);
	c.second = (int)(t % 60);
	return c;
}

const char *mc_clock_format(char out[MC_TIME_TEXT], int64_t t)
{
	struct mc_civil c = mc_clock_to_civil(t);

	mc_text_format(out, MC_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		(unsigned)c.year % 10000, (unsigned)c.month % 100,
		(unsigned)c.day % 100, (unsigned)c.hour % 100,
		(unsigned)c.minute % 100, (unsigned)c.second % 100);
	return out;
}

int mc_clock_month(const char *name)
{
	struct mc_span three = { name, strnlen(name, 3) };

	for (int i = 0; i < 12; i++) {
		if (mc_span_ieq(three, mc_span_str(mc_clock_months[i])))
			return i + 1;
	}
	return 0;
}

int mc_clock_year(int written)
{
	if (written < 0 || written > 999)
		return written;
	return written < 50 ? written + 2000 : written + 1900;
}

/* Those of RFC 5322 4.3, and what mail programs of Europe and Asia wrote. */
static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{ "Z", 0 },
	{ "UT", 0 },
	{ "UTC", 0 },
	{ "GMT", 0 },
	{ "EST", -5 * 60 },
	{ "EDT", -4 * 60 },
	{ "CST", -6 * 60 },
	{ "CDT", -5 * 60 },
	{ "MST", -7 * 60 },
	{ "MDT", -6 * 60 },
	{ "PST", -8 * 60 },
	{ "PDT", -7 * 60 },
	{ "WET", 0 },
	{ "WEST", 60 },
	{ "BST", 60 },
	{ "CET", 60 },
	{ "MET", 60 },
	{ "MEZ", 60 },
	{ "CEST", 2 * 60 },
	{ "MEST", 2 * 60 },
	{ "MESZ", 2 * 60 },
	{ "EET", 2 * 60 },
	{ "EEST", 3 * 60 },
	{ "MSK", 3 * 60 },
	{ "JST", 9 * 60 },
	{ "KST", 9 * 60 },
};

/* hh, hhmm or hh:mm; minutes, or -1. */
static int zone_digits(struct mc_span s)
{
	struct mc_span hours = mc_span_head(s, 2);
	struct mc_span minutes = mc_span_from(s, s.n == 5 ? 3 : 2);
	int64_t h;
	int64_t m = 0;

	if (s.n == 5 && s.p[2] != ':')
		return -1;
	if (hours.n != 2 || !mc_text_decimal(hours, 23, &h))
		return -1;
	if (s.n != 2 && (minutes.n != 2 || !mc_text_decimal(minutes, 59, &m)))
		return -1;
	return (int)(h * 60 + m);
}

bool mc_clock_zone(struct mc_span zone, int *offset_minutes)
{
	if (zone.n > 0 && (zone.p[0] == '+' || zone.p[0] == '-')) {
		int minutes = zone_digits(mc_span_from(zone, 1));

		if (minutes < 0)
			return false;
		*offset_minutes = zone.p[0] == '-' ? -minutes : minutes;
		return true;
	}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (mc_span_ieq(zone, mc_span_str(zones[i].name))) {
			*offset_minutes = zones[i].minutes;
			return true;
		}
	}
	return false;
}
