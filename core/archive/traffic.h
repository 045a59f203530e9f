/* SPDX-License-Identifier: MIT
 * traffic: what went over a line in the last day, minute by minute, so that what
 * a server allows a day is kept over runs. */
#ifndef MC_ARCHIVE_TRAFFIC_H
#define MC_ARCHIVE_TRAFFIC_H

#include "archive/archive.h"

struct mc_traffic {
	int64_t octets;
	int64_t messages;
};

/* Adds to a minute (since 1970), and forgets what is older than a day. */
MC_RC mc_traffic_add(struct mc_archive *ar, const char *account, int64_t minute,
	const struct mc_traffic *more, struct mc_error *err);

struct mc_traffic_window {
	int64_t now; /* since 1970 */
	int64_t minutes;
};

/* Is it less than `most` (0: any) in the window?  *last: the newest minute that
 * must have passed out of sight for that; 0: it is so. */
MC_RC mc_traffic_room(struct mc_archive *ar, const char *account,
	const struct mc_traffic_window *window, const struct mc_traffic *most,
	int64_t *last, struct mc_error *err);

#endif
