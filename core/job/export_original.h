/* SPDX-License-Identifier: MIT
 * export_original: a folder with what its source held, octet for octet.
 *
 * An mbox is put together piece by piece: where one ends another began, a
 * message in its wrap or octets that belong to none.
 */
#ifndef MC_JOB_EXPORT_ORIGINAL_H
#define MC_JOB_EXPORT_ORIGINAL_H

#include "job/export_places.h"
#include "job/exporter.h"

/* Writes that folder.  Fails: scope RUN; what is wrong with one message is told
 * and counted. */
MC_RC mc_export_original(struct mc_exporter *e,
	const struct mc_place_out *place, struct mc_error *err);

#endif
