/* SPDX-License-Identifier: MIT
 * stop_at: a pull or push that dies, as by a kill, at the n-th point where one
 * may strike (MC_EVENT_STEP).
 *
 *   stop_at N pull ARCHIVE SOURCE PASSWORD CA
 *   stop_at N push ARCHIVE TARGET PASSWORD CA
 *
 * Exit 99: died at step N.  Else the job's own status, and its number of steps
 * on standard output; N = 0 never dies.  CA "-": the system's.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job/job.h"

enum { DIED = 99, ARGS = 7 };

struct watch {
	long stop; /* die here; 0: nowhere */
	long steps;
};

static void count(void *arg, const struct mc_event *event)
{
	struct watch *watch = arg;

	if (event->kind == MC_EVENT_NOTE)
		(void)fprintf(stderr, "%s\n", event->text);
	if (event->kind != MC_EVENT_STEP)
		return;
	if (++watch->steps == watch->stop)
		_exit(DIED);
}

static MC_RC secret(void *arg, const struct mc_endpoint *at, struct mc_buf *out,
	struct mc_error *err)
{
	(void)at;
	return mc_buf_put(out, mc_span_str(arg), err);
}

static MC_RC run(struct mc_request *req, struct mc_endpoint *at, bool push,
	struct mc_report *report, struct mc_error *err)
{
	if (push) {
		req->target = at;
		return mc_job_push(req, report, err);
	}
	req->sources = at;
	req->sources_n = 1;
	return mc_job_pull(req, report, err);
}

int main(int argc, char **argv)
{
	struct watch watch = { 0 };
	struct mc_report report = { 0 };
	struct mc_request req = { .monitor = {
					  .event = count, .arg = &watch } };
	struct mc_endpoint at = { 0 };
	struct mc_error err = { 0 };
	enum mc_rc rc;
	int status;

	if (argc != ARGS) {
		(void)fprintf(
			stderr, "stop_at: N VERB ARCHIVE PLACE PASSWORD CA\n");
		return EXIT_FAILURE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	watch.stop = strtol(argv[1], NULL, 10);
	req.command = argv[2];
	req.archive = argv[3];
	rc = mc_endpoint_parse(&at, argv[4], &err);
	if (rc == MC_OK) {
		at.secret = secret;
		at.secret_arg = argv[5];
		at.tls_ca = strcmp(argv[6], "-") ? argv[6] : NULL;
		rc = run(&req, &at, !strcmp(argv[2], "push"), &report, &err);
	}
	if (rc < 0)
		(void)fprintf(stderr, "stop_at: %s\n", err.text);
	status = mc_exit_status(&report, rc < 0 ? &err : NULL);
	mc_endpoint_dispose(&at);
	printf("%ld\n", watch.steps);
	return status;
}
