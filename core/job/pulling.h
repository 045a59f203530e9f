/* SPDX-License-Identifier: MIT
 * pulling: one source on its way into the archive.
 *
 *   pull.c     sessions: open, read, close, try again
 *   receive.c  what a session tells: folders, messages, gaps
 *   pulling.c  the archive's side: batches, the run, the threads (intake.h)
 *
 * Private to these three.
 */
#ifndef MC_JOB_PULLING_H
#define MC_JOB_PULLING_H

#include "archive/sighting.h"
#include "job/intake.h"
#include "job/job.h"
#include "job/reading.h"
#include "job/snag.h"
#include "source/source.h"

struct mc_pulling {
	struct mc_receiver rx;
	/* The writer's, unless nothing is under way. */
	struct mc_archive *ar;
	struct mc_land land;   /* likewise, but for `place` as it is at first */
	struct mc_place place; /* of what is read now: the writer comes later */
	struct mc_intake *intake; /* NULL: nothing has come yet */
	struct mc_archive *look; /* to look things up while the writer writes */
	struct mc_landed landed; /* what came of it, of all sessions */

	const struct mc_request *req;
	struct mc_pull_report *report;
	const struct mc_source_ops *ops;
	bool remote;     /* its octets may let us wait */
	bool open_ended; /* how many are to come shows as they come */
	int64_t source;
	const char *account; /* its name */
	int64_t run;

	struct mc_folder_row folder;
	char *path;              /* its, as place has it */
	const char *folder_rule; /* skips the whole folder, or NULL */
	struct mc_reading reading;
	struct mc_tally tally; /* of the folder's items, as far as listed */
	int64_t gap_end;       /* offset behind the last gap */
	bool is_new;           /* nothing was seen in it before this run */
	bool moving;           /* keys shift: offsets */
	bool labelled;         /* labels are its folders */
	struct mc_snag snag;
	char told[MC_ERROR_TEXT]; /* the folder's last failure so far, or "" */

	/* A second session of one run knows what the first one brought. */
	int64_t earlier; /* brought by sessions before this one */
	int64_t again;   /* of those: listed by this one too */
};

/* In receive.c; rx is the first member. */
extern const struct mc_receiver mc_pulling_receiver;

/* Opens a batch if none is. */
MC_RC mc_pulling_batch(struct mc_pulling *p, struct mc_error *err);
/* Ends it where the source may let us wait: others may want to write then.
 * What files hold comes at once, so that a batch may as well stay open. */
MC_RC mc_pulling_leave(struct mc_pulling *p, struct mc_error *err);
/* Notes the run at its first change, so that a run with nothing to do changes
 * nothing.  Before that nothing is under way. */
MC_RC mc_pulling_run(struct mc_pulling *p, struct mc_error *err);
/* Likewise, and from here on the archive is the writer's. */
MC_RC mc_pulling_intake(struct mc_pulling *p, struct mc_error *err);
/* Where to look things up. */
struct mc_archive *mc_pulling_look(const struct mc_pulling *p);

/* Counts what the writer has committed. */
void mc_pulling_collect(struct mc_pulling *p);
/* Everything that has come is in the archive. */
MC_RC mc_pulling_settle(struct mc_pulling *p, struct mc_error *err);
/* ... and on disk, and how far the folder is. */
MC_RC mc_pulling_commit(struct mc_pulling *p, struct mc_error *err);

/* Can it be noted how far a folder is?  Which folders labels are depends on the
 * rules, which may be others then. */
bool mc_pulling_can_note(const struct mc_pulling *p);
/* Notes it, when nothing is under way. */
MC_RC mc_pulling_note(struct mc_pulling *p, struct mc_error *err);

void mc_pulling_progress(struct mc_pulling *p);
/* folder: in which the message is that key names; NULL: key says all. */
void mc_pulling_tell(struct mc_pulling *p, const char *folder, const char *key,
	const char *why);

#endif
