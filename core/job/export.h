/* SPDX-License-Identifier: MIT
 * export: the archive written out into a directory.  Inside of job/ only. */
#ifndef MC_JOB_EXPORT_H
#define MC_JOB_EXPORT_H

#include "archive/extract.h"
#include "base/buf.h"
#include "job/job.h"
#include "target/export.h"

struct mc_exporter {
	const struct mc_request *req;
	struct mc_export_report *report;
	struct mc_archive *ar;
	struct mc_export *out; /* NULL: a dry run */
	struct mc_extract_rules rules;
	int64_t total;       /* messages, for progress */
	struct mc_buf dress; /* of the message in hand */
};

/* A folder of the archive; without --original, all of that path. */
struct mc_place_out {
	int64_t id;
	int64_t twin; /* its id if one before it has the same path, else 0 */
	char *path;
	int64_t sightings; /* as in struct mc_extract_folder */
	int64_t standing;
	int64_t labelled;
};

/* Begins, tells if it goes by another name, and ends. */
MC_RC mc_export_begin_folder(struct mc_exporter *e, const char *path,
	int64_t twin, struct mc_error *err);
MC_RC mc_export_end_folder(struct mc_exporter *e, struct mc_error *err);

/* Writes a message, or counts why not; arg: struct mc_exporter.  A failure of
 * that message alone is told and counted. */
mc_extract_fn mc_export_message;

/* --original: one folder with what its source held. */
MC_RC mc_export_original(struct mc_exporter *e,
	const struct mc_place_out *place, struct mc_error *err);

#endif
