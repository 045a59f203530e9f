/* SPDX-License-Identifier: MIT
 * A file pulled as an mbox, all the way: what was pulled adds up and verifies;
 * and written out as its source held it, it is the same file, unless it is
 * told that octets are missing.  Pulled again, nothing is new. */
#include <unistd.h>

#include "base/text.h"
#include "job/job.h"
#include "tools.h"

static char archive[96];
static char mbox[96];
static char out[96];

static bool adds_up(const struct mc_pull_report *r)
{
	return r->listed == r->stored + r->known + r->skipped + r->failed;
}

static void compare(struct mc_span text)
{
	char path[128];
	struct mc_buf again;

	mc_text_format(path, sizeof(path), "%s/in.mbox", out);
	if (access(path, F_OK) != 0) {
		MC_PROMISE(text.n == 0);
		return;
	}
	fuzz_read_file(path, &again);
	MC_PROMISE(mc_span_eq(mc_buf_span(&again), text));
	mc_buf_dispose(&again);
}

static void write_out(struct mc_request *req, struct mc_span text, bool whole)
{
	struct mc_report report = { 0 };
	struct mc_error err;

	req->export.dir = out;
	req->export.original = true;
	MC_PROMISE(mc_job_export(req, &report, &err) == MC_OK);
	MC_PROMISE(report.export.failed == 0);
	if (whole && report.export.incomplete == 0 && !fuzz_is_packed(text))
		compare(text);
	fuzz_drop_all(out);
}

/* Whether all of it came. */
static bool pull(struct mc_request *req, bool first)
{
	struct mc_report report = { 0 };
	struct mc_error err;

	if (mc_job_pull(req, &report, &err) < 0) {
		MC_PROMISE(err.text[0]);
		return false;
	}
	MC_PROMISE(adds_up(&report.pull));
	MC_PROMISE(first || report.pull.stored == 0);
	return report.pull.failed == 0 && report.pull.folders_failed == 0 &&
	       report.pull.sources_failed == 0;
}

static void drop_archive(void)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-lock" };
	char path[112];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		mc_text_format(path, sizeof(path), "%s%s", archive, tails[i]);
		(void)unlink(path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span text = { (const char *)data, size };
	unsigned how = fuzz_octet(&text);
	struct mc_endpoint source = { .scheme = MC_SCHEME_MBOX, .path = mbox };
	struct mc_request req = { .command = "pull",
		.archive = archive,
		.sources = &source,
		.sources_n = 1,
		.quote = (enum mc_mbox_quote)(how % 3) };
	struct mc_report report = { 0 };
	struct mc_error err;
	bool whole;

	mc_text_format(archive, sizeof(archive), "%s/a.db", fuzz_directory());
	mc_text_format(mbox, sizeof(mbox), "%s/in.mbox", fuzz_directory());
	mc_text_format(out, sizeof(out), "%s/out", fuzz_directory());
	drop_archive();
	fuzz_write_file(mbox, text);
	whole = pull(&req, true);
	if (access(archive, F_OK) != 0)
		return 0;
	MC_PROMISE(mc_job_verify(&req, &report, &err) == MC_OK);
	MC_PROMISE(report.verify.damaged == 0);
	write_out(&req, text, whole);
	(void)pull(&req, false);
	return 0;
}
