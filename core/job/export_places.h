/* SPDX-License-Identifier: MIT
 * export_places: the folders that are to be written. */
#ifndef MC_JOB_EXPORT_PLACES_H
#define MC_JOB_EXPORT_PLACES_H

#include "archive/archive.h"
#include "job/job.h"

/* A folder of the archive; without --original, all of that path. */
struct mc_place_out {
	int64_t id;
	int64_t twin; /* its id if one before it has the same path, else 0 */
	char *path;
	int64_t sightings; /* as in struct mc_extract_folder */
	int64_t standing;
	int64_t labelled;
	bool meant; /* by a name that req->export has */
};

struct mc_places {
	struct mc_place_out *list; /* by path, then by id */
	size_t n;
	size_t cap;
};

/* Those that req->export names (in any case, if none has that very name), else
 * all; but for those in which no message is to be seen: where labelled mail was
 * read, and with --original where only labels say that it stands there.
 * Disposed in any case.
 * Fails: ENOENT (one of them is not there), EDB, ELIMIT, scope RUN. */
MC_RC mc_places_load(struct mc_places *places, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err);
void mc_places_dispose(struct mc_places *places);

#endif
