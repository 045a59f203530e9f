/* SPDX-License-Identifier: MIT
 * salvage_rebuild: what was lost of bodies and messages, told by the octets that
 * are left.  Private to archive/. */
#ifndef MC_ARCHIVE_SALVAGE_REBUILD_H
#define MC_ARCHIVE_SALVAGE_REBUILD_H

#include "archive/salvage.h"

/* Rows of wish->to that pieces or bodies alone stand for are made whole; a body
 * that is not as its digest was is marked as one that lacks octets.
 * Fails: EDB, ELIMIT (memory), what wish->facts fails. */
MC_RC mc_salvage_rebuild(
	const struct mc_salvage_wish *wish, struct mc_error *err);

#endif
