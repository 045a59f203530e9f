/* SPDX-License-Identifier: MIT
 * open: a further way to open a file, for salvage.c.  Private to archive/. */
#ifndef MC_ARCHIVE_OPEN_H
#define MC_ARCHIVE_OPEN_H

#include "archive/db.h"

/* A file of which nothing is believed yet, not even that it is an archive:
 * locked against writers, for its seal alone. */
MC_RC mc_archive_open_pages(struct mc_archive **out, const char *path,
	const struct mc_monitor *mon, struct mc_error *err);

#endif
