/* SPDX-License-Identifier: MIT
 * date: instants in mail; RFC 5322 3.3 and 4.3, asctime of From_ lines. */
#ifndef MC_MSG_DATE_H
#define MC_MSG_DATE_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/span.h"

/* Where an instant comes from; a smaller one is believed before a larger one
 * when INTERNALDATE is chosen. */
enum mc_date_rank {
	MC_DATE_SERVER,   /* the source's own INTERNALDATE */
	MC_DATE_FROM,     /* From_ line */
	MC_DATE_RECEIVED, /* newest Received */
	MC_DATE_HEADER,   /* Date */
	MC_DATE_FILE,     /* the file's time of last change */
	MC_DATE_NONE,
};

struct mc_date {
	int64_t time; /* s since 1970 UTC; MC_NO_TIME with rank NONE */
	enum mc_date_rank rank;
};

/* The date of a From_ line ("From a@b Sat Jan  3 01:05:34 1996", with or
 * without seconds, zone name or offset, before or behind the year, remote
 * behind; mboxcl's and Thunderbird's "From - ..."; Takeout's "From id@xxx Sat
 * Jan 03 01:05:34 +0000 1996").  Without a zone: UTC.  False: no date in it. */
bool mc_date_from_line(struct mc_span from_line, int64_t *out);

/* asctime or ISO 8601 in a Date field, which RFC 5322 parsers refuse. */
bool mc_date_odd(struct mc_span value, int64_t *out);

/* Years that mail programs wrote with 2 or 3 digits; RFC 5322 4.3. */
int mc_date_year(int written);

#endif
