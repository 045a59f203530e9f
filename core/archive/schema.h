/* SPDX-License-Identifier: MIT
 * schema: is the file ours, and of which version; lifts older ones.  Private
 * to archive/. */
#ifndef MC_ARCHIVE_SCHEMA_H
#define MC_ARCHIVE_SCHEMA_H

#include "archive/db.h"

enum {
	MC_APPLICATION_ID = 0x4d435254, /* "MCRT" */
	MC_SCHEMA_VERSION = 11,
};

/* Is it an archive that mode can work with?  version: its schema's, 0 for an
 * empty file, which is fine for CREATE only.
 * Fails: EINPUT (no archive, newer, older for READ, triggers or views that are
 * not ours), EDB EIO. */
MC_RC mc_schema_check(struct mc_archive *ar, enum mc_archive_mode mode,
	int64_t *version, struct mc_error *err);

/* Gives messages the keys that ours has, where `version` had others.  In a
 * batch.  Fails: EDB EIO ELIMIT. */
MC_RC mc_schema_rekey(
	struct mc_archive *ar, int64_t version, struct mc_error *err);

/* Lifts it from there to ours, a step a transaction.  Fails: EDB EIO. */
MC_RC mc_schema_lift(
	struct mc_archive *ar, int64_t version, struct mc_error *err);

#endif
