/* SPDX-License-Identifier: MIT
 * departure: what is known of a message that may be removed at its source, and
 * what became of it there.
 *
 *            noted             said to be gone, or not listed any more
 *   (none) --------> asked ---------------------------------> gone
 *      ^               |  listed still                          |
 *      +-- surely -----+---------------> stayed <---------------+
 *          not done
 *
 * `asked` is committed before the source is told. */
#ifndef MC_ARCHIVE_DEPARTURE_H
#define MC_ARCHIVE_DEPARTURE_H

#include "archive/archive.h"

enum mc_departure {
	MC_DEPARTURE_ASKED,
	MC_DEPARTURE_GONE,
	MC_DEPARTURE_STAYED,
	MC_DEPARTURE_NONE, /* never asked */
};

/* What a folder holds under a key. */
struct mc_tenant {
	int64_t sighting; /* 0: nothing */
	bool several;     /* the key meant several messages */
	int64_t body;
	int64_t listed_octets; /* -1: the source did not tell */
	int64_t raw_octets;
	struct mc_digest raw_sha256;
	int64_t time; /* INTERNALDATE; MC_NO_TIME */
	int rank;     /* enum mc_date_rank, opaque */
	enum mc_departure state;
	int64_t run; /* that asked; 0: none */
};
/* Fails: EDB scope MESSAGE ("damaged: ..."); EDB EIO scope RUN. */
MC_RC mc_tenant_get(struct mc_archive *ar, int64_t folder, const char *key,
	struct mc_tenant *out, struct mc_error *err);

/* The newest date up to now that ranks better; MC_NO_TIME: there is none. */
MC_RC mc_tenant_newest(struct mc_archive *ar, int rank, int64_t now,
	int64_t *out, struct mc_error *err);

/* The source has something else under its key: by the next pull that is not
 * taken for it, whatever its size is, and fetched.  Inside a batch, or as one
 * of its own. */
MC_RC mc_tenant_doubt(
	struct mc_archive *ar, int64_t sighting, struct mc_error *err);

/* Every place on a target where a sighting's message was to go, as it is there
 * in this variant: placement 0: not.  state: enum mc_placement_state. */
typedef enum mc_rc mc_tenant_place_fn(
	void *arg, int64_t placement, int state, struct mc_error *err);
MC_RC mc_tenant_places(struct mc_archive *ar, int64_t target, int64_t sighting,
	mc_tenant_place_fn *fn, void *arg, struct mc_error *err);

/* Notes a state; NONE forgets it.  Inside a batch, or as one of its own. */
MC_RC mc_departure_put(struct mc_archive *ar, int64_t sighting, int64_t run,
	enum mc_departure state, struct mc_error *err);

/* The first sighting of a folder above `after` that was asked for, and not
 * settled since.  MC_DONE: there is none. */
struct mc_asked {
	int64_t sighting;
	int64_t run;
	char key[128]; /* UIDLs are shorter; others are cut */
};
MC_RC mc_departure_next(struct mc_archive *ar, int64_t folder, int64_t after,
	struct mc_asked *out, struct mc_error *err);

struct mc_departures {
	int64_t asked;
	int64_t gone;
	int64_t stayed;
};
MC_RC mc_departures_count(
	struct mc_archive *ar, struct mc_departures *out, struct mc_error *err);

#endif
