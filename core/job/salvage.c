/* SPDX-License-Identifier: MIT
 * salvage: a new archive beside a damaged one, under its name when it is whole. */
#include "archive/salvage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "base/text.h"
#include "job/identify.h"
#include "job/job.h"
#include "job/report.h"
#include "job/show.h"
#include "target/export_file.h"

struct job {
	const struct mc_request *req;
	struct mc_salvage_report *report;
	struct mc_archive *to;
	struct mc_scan *scan;
	struct mc_identified id;
};

static enum mc_rc find_facts(void *arg, int64_t body,
	struct mc_salvage_facts *out, struct mc_error *err)
{
	struct job *job = arg;
	struct mc_scan_sink scanner = mc_scan_sink(job->scan);
	struct mc_facts facts;

	if (mc_scan_begin(job->scan, MC_STORE_WIRE, NULL, err) < 0 ||
		mc_show_body(job->to, body, &scanner.sink, err) < 0 ||
		mc_scan_end(job->scan, &facts, err) < 0 ||
		mc_identify(&job->id, &facts, err) < 0)
		return err->rc;
	*out = (struct mc_salvage_facts){ .shape = facts.shape,
		.longest_line = facts.longest_line,
		.key = job->id.key,
		.message_id = facts.message_id,
		.date = job->id.date,
		.from = mc_buf_str(&job->id.from),
		.subject = mc_buf_str(&job->id.subject) };
	return MC_OK;
}

static void tell(void *arg, const struct mc_salvage_line *line)
{
	const struct job *job = arg;
	char what[64];
	char text[512];

	if (line->logical)
		mc_text_format(
			what, sizeof(what), "message %" PRId64, line->logical);
	else
		mc_text_format(what, sizeof(what), "a message");
	mc_text_format(text, sizeof(text), "%s%.200s%s '%.200s'%s",
		line->folder ? "in '" : "", line->folder ? line->folder : "",
		line->folder ? "'," : "", line->subject ? line->subject : "",
		line->lost ? ": lost"
			   : ": its octets are safe; flags, keywords, date of "
			     "arrival or how it stood in its folder are lost");
	mc_emit(&job->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_FAILURE,
			.phase = "salvage",
			.mailbox = what,
			.text = text });
}

static MC_RC run(struct job *job, struct mc_error *err)
{
	const struct mc_salvage_wish wish = { .from = job->req->archive,
		.to = job->to,
		.facts = find_facts,
		.tell = tell,
		.arg = job,
		.mon = &job->req->monitor };
	struct mc_salvage_totals found;
	enum mc_rc rc = mc_salvage(&wish, &found, err);

	*job->report = (struct mc_salvage_report){ .messages = found.messages,
		.lost = found.lost,
		.bare = found.bare,
		.parts = found.parts,
		.unknown = found.unknown };
	return rc == MC_OK ? mc_archive_settle(job->to, err) : rc;
}

/* Also of a run that was killed. */
static MC_RC remove_part(const char *part, struct mc_error *err)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char name[PATH_MAX + 16];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		mc_text_format(name, sizeof(name), "%s%s", part, tails[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			return mc_fail_errno(err, MC_ECREATE, MC_RUN,
				"cannot remove '%s'", name);
	}
	return MC_OK;
}

static void discard(
	const struct mc_request *req, const char *part, struct mc_archive *to)
{
	struct mc_error ignored;

	mc_archive_close(to);
	if (remove_part(part, &ignored) < 0)
		mc_note(&req->monitor, "'%s' is of no use", part);
}

/* The name is given last, so that what has it is whole. */
static MC_RC make(struct job *job, const char *part, struct mc_report *report,
	struct mc_error *err)
{
	const struct mc_request *req = job->req;
	enum mc_rc rc = mc_archive_open(
		&job->to, part, MC_ARCHIVE_CREATE, &req->monitor, err);

	if (rc == MC_OK)
		rc = run(job, err);
	if (rc == MC_OK)
		rc = mc_report_archive(job->to, report, err);
	if (rc == MC_OK) {
		mc_archive_close(job->to);
		job->to = NULL;
		rc = mc_export_file_place(
			AT_FDCWD, part, AT_FDCWD, req->salvage_to, err);
	}
	if (rc < 0)
		discard(req, part, job->to);
	return rc;
}

/* Before it is claimed too: what is there may be in use. */
static MC_RC check_name(const char *path, struct mc_error *err)
{
	if (access(path, F_OK) != 0)
		return MC_OK;
	return mc_fail(err, MC_ECREATE, MC_RUN, 0,
		"'%s' exists; name a file that does not", path);
}

MC_RC mc_job_salvage(const struct mc_request *req, struct mc_report *report,
	struct mc_error *err)
{
	struct job job = { .req = req, .report = &report->salvage };
	struct mc_lock *claim = NULL;
	char part[PATH_MAX];
	enum mc_rc rc;

	report->salvaged = true;
	mc_text_format(part, sizeof(part), "%s.part", req->salvage_to);
	rc = check_name(req->salvage_to, err);
	if (rc == MC_OK)
		rc = mc_archive_claim(&claim, req->salvage_to, err);
	if (rc < 0)
		return rc;
	mc_identified_init(&job.id);
	rc = check_name(req->salvage_to, err);
	if (rc == MC_OK)
		rc = remove_part(part, err);
	if (rc == MC_OK)
		rc = mc_scan_new(&job.scan, err);
	if (rc == MC_OK)
		rc = make(&job, part, report, err);
	mc_scan_free(job.scan);
	mc_identified_dispose(&job.id);
	mc_archive_unclaim(claim);
	return rc;
}
