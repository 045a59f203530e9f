/* SPDX-License-Identifier: MIT
 * clock: instants as int64_t seconds since 1970-01-01 00:00 UTC, no leap
 * seconds; durations in ms of the monotonic clock. */
#ifndef MC_BASE_CLOCK_H
#define MC_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define MC_NO_TIME INT64_MIN

enum { MC_DAY = 24 * 60 * 60 }; /* s */

int64_t mc_clock_now(void);       /* s, wall clock */
int64_t mc_clock_ms(void);        /* ms, monotonic, arbitrary start */
int64_t mc_clock_worked_ms(void); /* of the processor, by this thread */

/* A date and time of the proleptic Gregorian calendar. */
struct mc_civil {
	int year;  /* 1..9999 */
	int month; /* 1..12 */
	int day;   /* 1..31 */
	int hour;  /* 0..23 */
	int minute;
	int second;         /* 0..60; 60 counts as the next minute's 0 */
	int offset_minutes; /* east of UTC is positive */
};

/* False: a part is out of range (31 Feb too); *out is then unchanged. */
bool mc_clock_from_civil(const struct mc_civil *civil, int64_t *out);

/* In UTC.  t is clamped to the years 1..9999. */
struct mc_civil mc_clock_to_civil(int64_t t);

/* RFC 3339 in UTC, "2026-11-21T20:00:00Z", into out, which it returns. */
enum { MC_TIME_TEXT = 24 };
const char *mc_clock_format(char out[MC_TIME_TEXT], int64_t t);

/* English month by its first three letters, any case: 1..12, or 0. */
int mc_clock_month(const char *name);
extern const char mc_clock_months[12][4]; /* "Jan" ... */

/* Years that mail programs wrote with 2 or 3 digits: 97 is 1997, 4 is 2004,
 * 104 is 2004; others as they are.  RFC 5322 4.3. */
int mc_clock_year(int written);

/* "+0130", "-03:30", "+01", "Z", or a name ("EST", "CET"), any case, in
 * minutes east of UTC.  False: no zone that we know.  RFC 5322 3.3 and 4.3. */
bool mc_clock_zone(struct mc_span zone, int *offset_minutes);

#endif
