/* SPDX-License-Identifier: MIT
 * salvage: a new archive out of what can be read of a damaged one.
 *
 *   damaged file --pages--> rows --+--> new archive --prune--> whole again
 *                   \--> orphans --+
 *                    \-> indexes --+
 *
 * SQLite reads no further than to a page that is not as it was written.  Here
 * every page is read that is: those of a table, those to which a lost page led,
 * and the indexes, which repeat much of what their tables say.  What then is not
 * whole stays out, so that a pull brings it again.  The damaged file is not
 * changed, but for a WAL that belongs into it.
 */
#ifndef MC_ARCHIVE_SALVAGE_H
#define MC_ARCHIVE_SALVAGE_H

#include "archive/archive.h"
#include "base/hash.h"

/* Borrowed for the call. */
struct mc_salvage_line {
	int64_t logical;    /* as in the damaged archive; 0: not known */
	const char *folder; /* or NULL: not known */
	const char *subject;
	bool lost; /* else: there, but not how its folder held it: flags,
		    * keywords, date of arrival, lines that a store added */
};
typedef void mc_salvage_fn(void *arg, const struct mc_salvage_line *line);

struct mc_salvage_totals {
	int64_t messages; /* sightings that are in the new archive */
	int64_t lost;     /* lines that were told: */
	int64_t bare;
	int64_t parts;   /* of what is no message: told as notes */
	int64_t unknown; /* sightings of which nothing is left at all; -1: how
			  * many there were is lost, too */
};

/* What a body's octets say, where the archive cannot tell any more.  Borrowed
 * until the next one is asked for. */
struct mc_salvage_facts {
	uint32_t shape;
	int32_t longest_line;
	struct mc_digest key; /* of these to date as in mc_sighting */
	struct mc_span message_id;
	int64_t date;
	const char *from;    /* UTF-8 */
	const char *subject; /* UTF-8 */
};
/* Read it from `to`. */
typedef enum mc_rc mc_salvage_facts_fn(void *arg, int64_t body,
	struct mc_salvage_facts *facts, struct mc_error *err);

struct mc_salvage_wish {
	const char *from;      /* path of a damaged archive, with seals */
	struct mc_archive *to; /* new, empty, open to write */
	mc_salvage_facts_fn *facts;
	mc_salvage_fn *tell;
	void *arg;
	const struct mc_monitor *mon;
};
/* Nobody may write to `from` meanwhile.  Pages that cannot be read are no
 * failure.
 * Fails: ENOENT, EIO, EBUSY, EINPUT (no sealed archive), EDB, ECANCEL; RUN. */
MC_RC mc_salvage(const struct mc_salvage_wish *wish,
	struct mc_salvage_totals *totals, struct mc_error *err);

#endif
