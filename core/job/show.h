/* SPDX-License-Identifier: MIT
 * show: octets of one stored message. */
#ifndef MC_JOB_SHOW_H
#define MC_JOB_SHOW_H

#include "archive/archive.h"
#include "job/sound.h"
#include "msg/scan.h"

/* Canonical octets of a body to sink. */
MC_RC mc_show_body(struct mc_archive *ar, int64_t body, struct mc_sink *sink,
	struct mc_error *err);
/* Likewise, and compares them with the digest with which they came: the body is
 * added to sound if they are the same.  sound: NULL: no matter. */
MC_RC mc_show_body_to(struct mc_archive *ar, int64_t body, struct mc_sink *sink,
	struct mc_sound *sound, struct mc_error *err);
/* Raw octets of a sighting. */
MC_RC mc_show_raw(struct mc_archive *ar, int64_t sighting, int64_t body,
	struct mc_sink *sink, struct mc_error *err);

/* A sink that only digests. */
struct mc_hash_sink {
	struct mc_sink sink;
	struct mc_hash hash;
	int64_t octets;
};
void mc_hash_sink_init(struct mc_hash_sink *hs);

#endif
