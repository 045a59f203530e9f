/* SPDX-License-Identifier: MIT
 * exporter: messages of the archive on their way into files, and what of that
 * is told and counted. */
#ifndef MC_JOB_EXPORTER_H
#define MC_JOB_EXPORTER_H

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

/* Begins a folder, tells if it goes by another name, and ends it.  twin: as
 * struct mc_place_out has it.  Fails: as the writer does, scope RUN. */
MC_RC mc_exporter_begin_folder(struct mc_exporter *e, const char *path,
	int64_t twin, struct mc_error *err);
MC_RC mc_exporter_end_folder(struct mc_exporter *e, struct mc_error *err);

/* Writes a message, or counts why not; arg: struct mc_exporter.  A failure of
 * that message alone is told and counted.  Fails: scope RUN. */
mc_extract_fn mc_exporter_message;

#endif
