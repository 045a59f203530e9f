/* SPDX-License-Identifier: MIT
 * refresh: flags of messages that are known, as the source lists them now. */
#ifndef MC_JOB_REFRESH_H
#define MC_JOB_REFRESH_H

#include "archive/archive.h"
#include "archive/known.h"
#include "source/source.h"

enum mc_refresh {
	MC_REFRESH_SAME,  /* nothing has changed */
	MC_REFRESH_FLAGS, /* mc_refresh() will do */
	/* Its header may hold flags as well (X-Mozilla-Status): only reading
	 * it again tells what they are together.  Or its labels changed, and
	 * with them the folders in which it stands. */
	MC_REFRESH_READ,
};

/* Does a dress hold lines that a store keeps in its mails' headers, and may
 * change there? */
MC_RC mc_refresh_has_lines(
	struct mc_span dress, bool *has, struct mc_error *err);

/* How a known message differs from what the source lists; changes nothing. */
MC_RC mc_refresh_look(struct mc_archive *ar, const struct mc_known *known,
	const struct mc_item *item, enum mc_refresh *out, struct mc_error *err);
/* Flags and keywords become the item's.  Inside a batch. */
MC_RC mc_refresh(struct mc_archive *ar, int64_t sighting,
	const struct mc_item *item, struct mc_error *err);

#endif
