/* SPDX-License-Identifier: MIT
 * job: the commands' work; the only room that knows sources, archive, plan
 * and target at once, and the only one with retries.
 *
 * Each job returns MC_OK when it ran to its end, even if messages failed: the
 * report says so.  A failure is of the whole run; the report is then filled
 * as far as it got.  mc_exit_status() turns both into the documented status.
 *
 * One thread calls; others are started and ended within the call.  The room's
 * CMakeLists.txt is its map: which file does what, in which order.
 */
#ifndef MC_JOB_JOB_H
#define MC_JOB_JOB_H

#include <stdint.h>

#include "base/endpoint.h"
#include "base/event.h"
#include "base/hash.h"
#include "base/pace.h"
#include "msg/quote.h"
#include "plan/rules.h"

/* Which messages of a source are taken; a message without a date is. */
struct mc_selection {
	int64_t since;      /* INTERNALDATE at or after, s UTC; 0: any */
	int64_t before;     /* INTERNALDATE before, s UTC; 0: any */
	int64_t max_octets; /* --max-size, raw; 0: any */
};

/* The rules that a message can be skipped by. */
enum mc_skip_rule {
	MC_SKIP_FOLDER, /* --include, --exclude */
	MC_SKIP_SINCE,
	MC_SKIP_BEFORE,
	MC_SKIP_MAX_SIZE,
	MC_SKIP_RULES, /* how many there are */
};

/* Why a message is not removed at its source; of several reasons the first. */
enum mc_kept {
	MC_KEPT_UNNAMED,  /* no UIDL and size of its own to know it by */
	MC_KEPT_NEW,      /* not in the archive under this UIDL and size */
	MC_KEPT_RULE,     /* left out by a rule */
	MC_KEPT_UNDATED,  /* --delete-after, and it tells no date */
	MC_KEPT_YOUNG,    /* --delete-after */
	MC_KEPT_CLOCK,    /* --delete-after, and the clock may be wrong */
	MC_KEPT_UNPROVED, /* not fetched back from the target as it was sent */
	MC_KEPT_DAMAGED,  /* cannot be read again from the archive */
	MC_KEPT_CHANGED,  /* the source gives other octets than were archived */
	MC_KEPT_REFUSED,  /* the source does not give or does not remove it */
	MC_KEPT_REASONS,  /* how many there are */
};

/* The order of the words of --format. */
enum mc_job_format { MC_JOB_MBOXRD, MC_JOB_MBOXO, MC_JOB_MAILDIR, MC_JOB_EML };

/* export: what is written out, and how. */
struct mc_export_wish {
	const char *dir;
	enum mc_job_format format;
	bool original;              /* as the sources held it */
	const char *const *folders; /* paths; none: all */
	size_t folders_n;
};

/* How fast a run may be, each way by itself: what comes from servers, and what
 * goes to the target.  An amount of 0 is no limit. */
struct mc_paces;
MC_RC mc_paces_new(struct mc_paces **out, struct mc_pace_rate octets,
	struct mc_pace_rate messages, struct mc_error *err);
void mc_paces_free(struct mc_paces *paces); /* NULL is fine */

/* Something else may be needed before sources are read, though not before they
 * are opened. */
struct mc_leave {
	MC_RC (*wait)(struct mc_leave *leave, struct mc_error *err);
};

/* What the user asked for; borrowed while a job runs. */
struct mc_request {
	const char *command; /* for the archive's record of runs: "pull ..." */
	const char *archive; /* path */
	struct mc_endpoint *sources;
	size_t sources_n;
	const struct mc_endpoint *target; /* NULL: none */
	enum mc_mbox_quote quote;
	struct mc_rules rules; /* folders: those of sources by include and
				* exclude, those of the archive by all */
	struct mc_selection select;
	bool keep_deleted;
	bool all_variants;
	bool delete_source;   /* what is safe is removed at its source */
	int64_t delete_after; /* only what is so many days old; 0: all */
	bool dry_run;
	bool deep;             /* verify: fetch and compare every message */
	const char *plan_file; /* push --plan FILE, or NULL */
	bool retry_refused;    /* push: what was refused is tried again */
	const char *const *retry_in; /* of these mailboxes; none: of all */
	size_t retry_in_n;
	bool wrap_refused;  /* push: and what still is, goes as attachment */
	bool again_missing; /* push: what is not there any more is sent again */
	int connections;    /* to the target at a time; 0: as it pays */
	struct mc_export_wish export;
	const char *salvage_to; /* path of the new archive */
	struct mc_paces *paces; /* NULL: as fast as it can be */
	struct mc_leave *leave; /* to read a source that is open; NULL: given */
	struct mc_monitor monitor;
};

struct mc_pull_report {
	int64_t listed;
	int64_t stored;
	int64_t known;
	int64_t skipped;
	int64_t skipped_by[MC_SKIP_RULES]; /* their sum is skipped */
	int64_t failed;
	int64_t octets;
	int64_t gaps; /* pieces of mbox files that are no message */
	int64_t gap_octets;
	int64_t misnamed; /* folders and messages: names that are no UTF-8 */
	int64_t folders_failed; /* unreadable, or changed while read */
	int64_t sources_failed;
};

struct mc_push_report {
	int64_t placements;
	int64_t sent; /* over all runs; this run: sent_now */
	int64_t present;
	int64_t refused;
	int64_t skipped;
	int64_t waiting;
	int64_t mended;  /* of those sent: changed to be accepted */
	int64_t wrapped; /* of those sent: refused ones, as attachments */
	int64_t sent_now;
	int64_t found_now; /* recognised as present in this run */
	int64_t doubted;   /* in this run: on their way before, and not there */
	int64_t octets_now;
	int64_t connections; /* to the server, that sent at a time; 0: none */
	int64_t mailboxes_created;
	int64_t mailboxes_failed; /* of folders without mail: refused */
	bool dates_ignored;       /* the server does not keep INTERNALDATE */
	bool barred; /* what waits for some mailbox is refused there for good */
};

struct mc_verify_report {
	int64_t bodies;
	int64_t damaged;
	int64_t sightings; /* rebuilt raw, digest compared */
	int64_t octets;
	bool with_target;
	int64_t checked;
	int64_t identical;
	int64_t altered; /* as they were changed to be accepted */
	int64_t changed; /* there, but the server changed octets */
	int64_t missing;
	int64_t unsent; /* never were there: refused or waiting */
	int64_t twice;  /* there besides one that is counted, and the same */
};

struct mc_remove_report {
	int64_t listed;  /* = removed + kept + unknown */
	int64_t removed; /* dry run: would be */
	int64_t kept;
	int64_t kept_by[MC_KEPT_REASONS]; /* their sum is kept */
	int64_t unknown; /* asked for without an answer: to be seen */
	int64_t settled; /* not in the sum: asked for by an earlier run, which
			  * saw no answer, and gone */
	bool closed;     /* the archive is damaged: nothing was asked for */
};

struct mc_export_report {
	int64_t listed; /* messages, in each folder once; --original: each time
			 * that one was seen */
	int64_t written;
	int64_t skipped; /* by --since, --before; and: */
	int64_t deleted; /* of those: removed by a mail program */
	int64_t failed;
	int64_t folders;
	int64_t incomplete; /* folders that are not as their source held them:
			     * octets of them were never archived */
	int64_t octets;     /* of messages */
};

struct mc_salvage_report {
	int64_t messages; /* in the new archive, each time one was seen */
	int64_t lost;     /* that are known by name */
	int64_t unknown;  /* lost, and nothing is left that names them; -1: how
			   * many there were is lost, too */
	int64_t bare;     /* of messages: lack flags, dates, lines of a store */
	int64_t parts;    /* of what is no message: may be incomplete */
};

struct mc_report {
	struct mc_pull_report pull;
	struct mc_push_report push;
	struct mc_verify_report verify;
	struct mc_remove_report remove;
	struct mc_export_report export;
	struct mc_salvage_report salvage;
	bool pulled;
	bool pushed;
	bool verified;
	bool removed; /* mail at sources, or it was tried */
	bool exported;
	bool salvaged;
	int64_t idle_includes; /* --include that no folder fitted */
	int64_t messages; /* different ones in the archive, after the run */
	int64_t reused_ids;
	int64_t without_id;
	int64_t variants_unsent;
	int64_t planned; /* plan: messages that have a mailbox to go to */
	int64_t there;   /* plan: placements that are in place already */
};

MC_RC mc_job_pull(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err);
MC_RC mc_job_push(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err);
MC_RC mc_job_verify(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err);
MC_RC mc_job_migrate(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err);

/* Writes the archive out into req->export.dir, which is made; one that is there
 * must be empty.  Changes nothing in the archive. */
MC_RC mc_job_export(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err);

/* Makes a new archive, req->salvage_to, of what can be read of a damaged one,
 * req->archive, in which it changes nothing.  What is lost is told by events,
 * and is as if it had never been read, so that a pull brings it again. */
MC_RC mc_job_salvage(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err);

/* One row of what push would do, per source folder. */
struct mc_plan_line {
	const char *source;
	const char *folder;
	const char *mailbox; /* NULL: skipped */
	bool exists;
	int64_t messages; /* sightings in the folder */
	const char *note; /* "" or what was changed, or why skipped */
};
typedef enum mc_rc mc_plan_line_fn(
	void *arg, const struct mc_plan_line *line, struct mc_error *err);
/* Logs in to the target, changes nothing there nor in the archive.  With
 * sources it lists their folders as well.  report->planned: messages that
 * would be placed, before copies are put together.  With delete_source, which
 * wants dry_run, report->remove tells what would go by the ledger's word. */
MC_RC mc_job_plan(const struct mc_request *req, mc_plan_line_fn *fn, void *arg,
	struct mc_report *report, struct mc_error *err);

struct mc_status {
	int64_t logical;
	int64_t variants;
	int64_t bodies;
	int64_t sightings;
	int64_t octets_raw;
	int64_t octets_stored;
	int64_t octets_file;
	int64_t reused_ids;
	int64_t without_id;
	int64_t placements;
	int64_t sent;
	int64_t present;
	int64_t refused;
	int64_t skipped;
	int64_t waiting;
	int64_t unplaced; /* sightings that came since the last push */
	int64_t mended;   /* of those sent: changed to be accepted */
	int64_t removed;  /* at their sources, by mailcart */
	int64_t removing; /* asked for; whether they are gone is to be seen */
	int64_t renamed;  /* mailboxes whose names were refused */
};
/* refusal: called for every refused placement, then for every one that was
 * changed to be accepted, behind each of both for what was tried and refused on
 * the way; then for every one that waits for a reason, then for every mailbox that
 * has another name since its own was refused; may be NULL. */
struct mc_refusal_line {
	enum {
		MC_LINE_REFUSED,
		MC_LINE_CHANGED,
		MC_LINE_TRIED,
		MC_LINE_WAITING,
		MC_LINE_RENAMED,
	} kind;
	int64_t id;          /* logical; renamed: 0 */
	const char *mailbox; /* renamed: the name that was refused */
	const char *code;    /* or NULL */
	const char *text;    /* why; or what was changed; or the other name */
	const char *subject;
	const char *change; /* tried: what was changed by then; or NULL */
	char before[MC_SHA256_HEX]; /* changed, tried: digests of its octets, */
	char after[MC_SHA256_HEX];  /* hex: in the archive, and as sent */
};
typedef enum mc_rc mc_refusal_fn(
	void *arg, const struct mc_refusal_line *line, struct mc_error *err);
MC_RC mc_job_status(const struct mc_request *req, struct mc_status *out,
	mc_refusal_fn *refusal, void *arg, struct mc_error *err);

/* A folder of the archive, for list without arguments. */
struct mc_folder_line {
	const char *source;
	const char *folder;
	int64_t messages;
};
typedef enum mc_rc mc_folder_line_fn(
	void *arg, const struct mc_folder_line *line, struct mc_error *err);
MC_RC mc_job_folders(const struct mc_request *req, mc_folder_line_fn *fn,
	void *arg, struct mc_error *err);

/* A sighting, for list FOLDER and list --json. */
struct mc_message_line {
	int64_t id; /* logical */
	int64_t sighting;
	const char *source;
	const char *folder;
	const char *key;
	const char *message_id; /* UTF-8, other octets escaped; or NULL */
	const char *sha256;     /* canonical, hex */
	const char *raw_sha256;
	int64_t octets;       /* raw */
	int64_t internaldate; /* MC_NO_TIME if none */
	int64_t date;
	const char *from; /* or NULL */
	const char *subject;
	const char *flags;   /* IMAP names and keywords, split by blanks */
	const char *labels;  /* words, each ended by NUL, then an empty one */
	const char *folders; /* likewise: where it stands by its labels, and
			      * then not in folder, where it was read */
};
typedef enum mc_rc mc_message_line_fn(
	void *arg, const struct mc_message_line *line, struct mc_error *err);
/* folder NULL: all. Fails: ENOENT if no folder has that path. */
MC_RC mc_job_list(const struct mc_request *req, const char *folder,
	mc_message_line_fn *fn, void *arg, struct mc_error *err);

/* Octets of one message to `out`. */
enum mc_show { MC_SHOW_CANONICAL, MC_SHOW_RAW, MC_SHOW_HEADERS };
typedef enum mc_rc mc_octets_fn(
	void *arg, struct mc_span octets, struct mc_error *err);
struct mc_show_wish {
	int64_t id;       /* logical */
	int64_t sighting; /* 0: its first one */
	enum mc_show what;
};
/* Fails: ENOENT (no such message), EDB. */
MC_RC mc_job_show(const struct mc_request *req, const struct mc_show_wish *wish,
	mc_octets_fn *out, void *arg, struct mc_error *err);

/* Facts about an endpoint (req->target or the first source), a line each. */
typedef void mc_fact_fn(void *arg, const char *name, const char *text);
MC_RC mc_job_probe(const struct mc_request *req, const struct mc_endpoint *at,
	mc_fact_fn *fn, void *arg, struct mc_error *err);

/* The server never allows what was asked of it: no other run will fare better. */
bool mc_is_forbidden(const struct mc_error *err);
/* 0 or 1 for a run that ended; by cause for one that failed; sysexits(3). */
int mc_exit_status(const struct mc_report *report, const struct mc_error *err);

#endif
