/* SPDX-License-Identifier: MIT
 * errand: what else goes into the archive on the way that messages take, in
 * order with them. */
#ifndef MC_JOB_ERRAND_H
#define MC_JOB_ERRAND_H

#include "archive/sighting.h"
#include "job/intake.h"

/* All of these copy what they are given.  Fails: as mc_intake_bytes(), ELIMIT
 * (memory). */

/* How far the folder is; listed: its items up to there. */
MC_RC mc_errand_mark(struct mc_intake *in, const struct mc_mark *mark,
	const struct mc_tally *listed, struct mc_error *err);
/* From here on messages are seen at this place; own: of it so far. */
MC_RC mc_errand_place(struct mc_intake *in, const struct mc_place *place,
	const struct mc_read_outcome *own, struct mc_error *err);
/* A known message's flags. */
MC_RC mc_errand_flags(struct mc_intake *in, const struct mc_item *item,
	int64_t sighting, struct mc_error *err);
/* Octets that are no message. */
MC_RC mc_errand_gap(
	struct mc_intake *in, const struct mc_gap *gap, struct mc_error *err);

#endif
