/* SPDX-License-Identifier: MIT */
#include "cmd/run.h"

#include <errno.h>
#include <unistd.h>

#include "cmd/confine.h"
#include "cmd/refused.h"
#include "cmd/report.h"

enum { PLACE_MAX = 1024 };

static enum mc_progress_mode choose_mode(const struct mc_settings *set)
{
	const char *term = getenv("TERM");
	bool dumb = !term || strcmp(term, "dumb") == 0;

	if (set->quiet || set->no_progress)
		return MC_PROGRESS_NONE;
	if (set->json)
		return MC_PROGRESS_JSON;
	if (isatty(STDERR_FILENO) && !dumb)
		return MC_PROGRESS_TERMINAL;
	return MC_PROGRESS_LINES;
}

MC_RC mc_run_open(struct mc_run *run)
{
	const struct mc_settings *set = run->set;

	run->progress = (struct mc_progress){ .mode = choose_mode(set),
		.err = stderr,
		.out = run->out,
		.json = set->json,
		.quiet = set->quiet,
		.verbose = set->verbose };
	run->monitor = (struct mc_monitor){ .event = mc_progress_event,
		.arg = &run->progress,
		.cancel = &run->cancel,
		.trace = set->verbose >= 2 };
	run->secrets = (struct mc_secrets){ .monitor = &run->monitor,
		.progress = &run->progress,
		.shell = &run->shell };
	run->shell =
		(struct mc_shell){ .commands = { set->source.password_command,
					   set->target.password_command } };
	mc_progress_open(&run->progress);
	mc_secrets_open(&run->secrets);
	run->cancel.pipe[0] = -1;
	run->cancel.pipe[1] = -1;
	return mc_cancel_init(&run->cancel, &run->err);
}

void mc_run_close(struct mc_run *run)
{
	mc_signals_stop(&run->signals);
	mc_wish_dispose(&run->wish);
	mc_secrets_close(&run->secrets);
	mc_shell_close(&run->shell);
	mc_progress_close(&run->progress);
	mc_cancel_dispose(&run->cancel);
}

MC_RC mc_run_wish(
	struct mc_run *run, enum mc_operands what, enum mc_run_signals signals)
{
	enum mc_rc rc = mc_wish_make(&run->wish, run->verb, what, run->set,
		&run->secrets, &run->err);

	if (rc < 0)
		return rc;
	rc = mc_shell_open(&run->shell, &run->err);
	if (rc < 0)
		return rc;
	mc_confine(&run->wish.req);
	run->wish.req.monitor = run->monitor;
	if (signals == MC_RUN_DIES)
		return MC_OK;
	run->signals = (struct mc_signals){ .cancel = &run->cancel,
		.progress = &run->progress,
		.at_once = signals == MC_RUN_STOPS };
	return mc_signals_start(&run->signals, &run->err);
}

/* What to do, where neither the error nor a report behind it tells. */
static const char *advice(const struct mc_error *err)
{
	if (strstr(err->text, "; "))
		return "";
	switch (err->rc) {
	case MC_ENET:
		return "; look at its name and port, or try again later";
	case MC_EPROTO:
		return "; -v -v shows what it said, for those who run it; try "
		       "again later";
	case MC_EREFUSED:
		return mc_is_forbidden(err) ? "; those who run the server can "
					      "tell why"
					    : "; try again later";
	case MC_EAUTH:
		return "; check user name and password, or try --auth, another "
		       "way to log in";
	case MC_ETLS:
		return "; look at its name and port, and ask those who run it";
	case MC_EDB:
		return err->scope == MC_MESSAGE
			       ? "; 'mailcart verify' tells what else is, and "
				 "'salvage' makes a new archive of what can be "
				 "read"
			       : "";
	case MC_ENOENT:
		return err->sys == ENOENT ? "; look at its name" : "";
	case MC_ECREATE:
		return err->sys == ENOENT ? "; make its directory first, or "
					    "name another"
					  : "";
	default:
		return "";
	}
}

/* The exit status; an error goes to standard error, once.  last: nothing comes
 * behind it. */
static int conclude(struct mc_run *run, enum mc_rc rc, bool last)
{
	if (rc >= 0)
		run->err = (struct mc_error){ .rc = MC_OK };
	mc_progress_finish(&run->progress);
	if (rc < 0 && !mc_out_is_closed(run->out)) {
		mc_progress_say(&run->progress, "%s%s", run->err.text,
			last ? advice(&run->err) : "");
		run->out->told = run->out->error != 0;
	}
	return mc_exit_status(&run->report, &run->err);
}

int mc_run_status(struct mc_run *run, enum mc_rc rc)
{
	return conclude(run, rc, true);
}

static MC_RC print_report(struct mc_run *run, const struct mc_outcome *o)
{
	const struct mc_report *r = &run->report;
	struct mc_error err;
	enum mc_rc rc = mc_report_print(o, run->out->file, &err);

	if (rc == MC_OK && r->pushed &&
		(r->push.refused > 0 || r->push.waiting > 0 ||
			r->push.mended > 0))
		rc = mc_refused_print(run, MC_REFUSED_SHOWN, NULL);
	else if (rc < 0)
		run->err = err;
	if (rc < 0)
		return rc;
	mc_report_next(o, run->out->file);
	return mc_out_check(run->out, &run->err);
}

int mc_run_report(struct mc_run *run, enum mc_rc rc)
{
	const struct mc_endpoint *target = run->wish.req.target;
	char place[PLACE_MAX];
	bool wanted = !run->set->json && !run->set->quiet;
	struct mc_error ended = { .rc = MC_OK };
	bool due;
	struct mc_outcome o = { .verb = run->verb,
		.archive = run->set->archive,
		.host = target ? target->host : NULL,
		.target = target ? place : NULL,
		.sources = run->wish.req.sources,
		.sources_n = run->wish.req.sources_n,
		.dir = run->report.salvaged ? run->wish.req.salvage_to
					    : run->wish.req.export.dir,
		.set = run->set,
		.dry_run = run->set->dry_run,
		.select = run->wish.req.select,
		.report = &run->report,
		.err = &ended };

	if (rc < 0)
		ended = run->err;
	due = wanted && mc_report_is_due(&o);
	o.exit = conclude(run, rc, !due);
	if (target)
		mc_endpoint_format(target, place, sizeof(place));
	if (run->set->json)
		mc_report_json(&o, run->out->file);
	else if (due && print_report(run, &o) < 0)
		return conclude(run, run->err.rc, true);
	return o.exit;
}

static size_t count_servers(const struct mc_request *req)
{
	size_t servers = req->target != NULL;

	for (size_t i = 0; i < req->sources_n; i++)
		servers += mc_endpoint_is_remote(&req->sources[i]);
	return servers;
}

/* A server that is alone is asked for its password when it was found to be the
 * right one.  Of several all are asked for before, in the order in which they
 * were typed: some are logged in to at the same time, in any order, and before
 * others much mail may have to come. */
static MC_RC ask_at_once(struct mc_run *run)
{
	const struct mc_request *req = &run->wish.req;
	enum mc_rc rc = MC_OK;

	if (count_servers(req) < 2)
		return MC_OK;
	for (size_t i = 0; i < req->sources_n && rc == MC_OK; i++) {
		if (mc_endpoint_is_remote(&req->sources[i]))
			rc = mc_secret_ask(
				&run->wish.source, &req->sources[i], &run->err);
	}
	if (rc == MC_OK && req->target)
		rc = mc_secret_ask(&run->wish.target, req->target, &run->err);
	return rc;
}

int mc_run_job(struct mc_run *run, enum mc_operands what, mc_job_fn *job)
{
	enum mc_rc rc = mc_run_wish(run, what, MC_RUN_FINISHES);

	if (rc == MC_OK)
		rc = ask_at_once(run);
	/* A server may take its time. */
	if (rc == MC_OK && count_servers(&run->wish.req) > 0)
		mc_progress_begin(&run->progress, "connecting");
	if (rc == MC_OK)
		rc = job(&run->wish.req, &run->report, &run->err);
	return mc_run_report(run, rc);
}
