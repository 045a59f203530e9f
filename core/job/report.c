/* SPDX-License-Identifier: MIT
 * report: sums that must be equal, and the exit status; sysexits(3). */
#include "job/report.h"

#include <string.h>
#include <sysexits.h>

#include "archive/query.h"

enum { SOME_FAILED = 1, INTERRUPTED = 130 };

MC_RC mc_report_archive(
	struct mc_archive *ar, struct mc_report *report, struct mc_error *err)
{
	struct mc_totals totals;
	enum mc_rc rc = mc_totals_get(ar, &totals, err);

	if (rc < 0)
		return rc;
	report->messages = totals.logical;
	report->reused_ids = totals.reused_ids;
	report->without_id = totals.without_id;
	report->variants_unsent = totals.variants - totals.logical;
	return MC_OK;
}

static bool sums_agree(const struct mc_report *r)
{
	const struct mc_pull_report *pull = &r->pull;
	const struct mc_push_report *push = &r->push;

	return pull->listed == pull->stored + pull->known + pull->skipped +
				       pull->failed &&
	       push->placements == push->sent + push->present + push->refused +
					   push->skipped + push->waiting &&
	       r->export.listed == r->export.written + r->export.skipped +
					   r->export.failed &&
	       r->remove.listed ==
		       r->remove.removed + r->remove.kept + r->remove.unknown &&
	       r->verify.checked == r->verify.identical + r->verify.altered +
					    r->verify.changed +
					    r->verify.missing;
}

bool mc_is_forbidden(const struct mc_error *err)
{
	static const char *const codes[] = { "SYS/PERM", "NOPERM", "CANNOT",
		"CONTACTADMIN" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (err->rc == MC_EREFUSED &&
			strncmp(err->code, codes[i], strlen(codes[i])) == 0)
			return true;
	return false;
}

static int status_of_cause(const struct mc_error *err)
{
	switch (err->rc) {
	case MC_EUSAGE:
		return EX_USAGE;
	case MC_EINPUT:
		return EX_DATAERR;
	case MC_ENOENT:
		return EX_NOINPUT;
	case MC_ECREATE:
		return EX_CANTCREAT;
	case MC_EIO:
	case MC_EDB:
		return EX_IOERR;
	case MC_ENET:
	case MC_ETLS:
		return EX_UNAVAILABLE;
	case MC_EAUTH:
		return EX_NOPERM;
	case MC_EPROTO:
		return EX_PROTOCOL;
	case MC_EREFUSED:
		return mc_is_forbidden(err) ? EX_NOPERM : EX_TEMPFAIL;
	case MC_ELIMIT:
	case MC_EBUSY:
		return EX_TEMPFAIL;
	case MC_ECANCEL:
		return INTERRUPTED;
	default:
		return EX_SOFTWARE;
	}
}

/* What was to go and did not, but for what the user's rules keep. */
static bool removal_failed(const struct mc_remove_report *r)
{
	return r->closed || r->unknown > 0 || r->kept_by[MC_KEPT_UNNAMED] > 0 ||
	       r->kept_by[MC_KEPT_CLOCK] > 0 ||
	       r->kept_by[MC_KEPT_DAMAGED] > 0 ||
	       r->kept_by[MC_KEPT_CHANGED] > 0 ||
	       r->kept_by[MC_KEPT_REFUSED] > 0;
}

int mc_exit_status(const struct mc_report *report, const struct mc_error *err)
{
	if (err && err->rc < 0)
		return status_of_cause(err);
	if (!sums_agree(report))
		return EX_SOFTWARE;
	if (report->idle_includes || report->pull.failed ||
		report->pull.folders_failed || report->pull.sources_failed ||
		report->pull.misnamed || report->push.refused ||
		report->push.mailboxes_failed || report->push.barred ||
		report->verify.damaged || report->verify.missing ||
		report->verify.twice || report->export.failed ||
		report->export.incomplete || report->salvage.lost ||
		report->salvage.unknown || report->salvage.bare ||
		report->salvage.parts || removal_failed(&report->remove))
		return SOME_FAILED;
	/* After a push of the same run the waiting ones are its. */
	if (report->verify.unsent && !report->pushed)
		return SOME_FAILED;
	return report->push.waiting ? EX_TEMPFAIL : EX_OK;
}
