/* SPDX-License-Identifier: MIT
 * ingest: one message's octets into the archive.
 *
 *   raw --scan--> canonical --> body
 *            \--> facts --identify--> sighting
 *
 * Holds no message: fixed buffers, the header's facts and the dress.
 */
#ifndef MC_JOB_INGEST_H
#define MC_JOB_INGEST_H

#include "archive/archive.h"
#include "archive/sighting.h"
#include "job/identify.h"
#include "job/job.h"
#include "job/labels.h"
#include "source/source.h"

struct mc_ingest {
	struct mc_sink sink; /* of the scan: canonical octets to the body */
	struct mc_archive *ar;
	struct mc_scan *scan;
	struct mc_identified id;
	struct mc_buf labels;
	struct mc_buf dress;
	struct mc_buf keywords;
	struct mc_labels sorted;
	int64_t stands[MC_LABELS_MAX]; /* folders that labels are */
	size_t stands_n;
};

MC_RC mc_ingest_init(
	struct mc_ingest *in, struct mc_archive *ar, struct mc_error *err);
void mc_ingest_dispose(struct mc_ingest *in);

/* Inside a batch of the archive: begin, bytes ..., then end or abort.
 * Fails: scope MESSAGE, if this one cannot be kept; else RUN. */
MC_RC mc_ingest_begin(
	struct mc_ingest *in, enum mc_store store, struct mc_error *err);
MC_RC mc_ingest_bytes(
	struct mc_ingest *in, struct mc_span raw, struct mc_error *err);

/* Where it was seen. */
struct mc_place {
	int64_t source;
	int64_t folder;
	bool labelled;                /* as struct mc_folder has it */
	const struct mc_rules *rules; /* for the folders that labels are */
	int64_t run;
	int64_t since_run; /* as struct mc_sighting has it */
	const struct mc_selection *select;
};
/* What the archive made of it; or, with MC_DONE, the rule that skipped it. */
struct mc_arrival {
	enum mc_skip_rule rule;
	enum mc_sighting_news news;
	int64_t sighting;
	bool in_place; /* it has lines that its store changes in place */
};
MC_RC mc_ingest_end(struct mc_ingest *in, const struct mc_item *item,
	const struct mc_place *place, struct mc_arrival *out,
	struct mc_error *err);

/* Does a rule skip what is known of a message so far?  octets -1 and
 * MC_NO_TIME: not known. */
bool mc_select_skips(const struct mc_selection *select, int64_t octets,
	int64_t time, enum mc_skip_rule *rule);
/* The date of an item before it is read: what the place says of it is believed
 * before its header, other dates behind it; those are MC_NO_TIME. */
int64_t mc_item_time(const struct mc_item *item);
void mc_ingest_abort(struct mc_ingest *in);

#endif
