/* SPDX-License-Identifier: MIT
 * stop_at: a run that dies, as by a kill, at the n-th point where one may strike
 * (MC_EVENT_STEP).
 *
 *   stop_at N pull ARCHIVE SOURCE PASSWORD CA
 *   stop_at N push ARCHIVE TARGET PASSWORD CA
 *   stop_at N empty ARCHIVE SOURCE PASSWORD CA         pull --delete-source
 *   stop_at N move ARCHIVE SOURCE PASSWORD CA TARGET   migrate --delete-source
 *
 * Exit 99: died at step N.  Else the job's own status, and its number of steps
 * on standard output; N = 0 never dies.  CA "-": the system's.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "job/job.h"

enum { DIED = 99, ARGS = 7, PLACES = 2 };

struct watch {
	long stop;         /* die here; 0: nowhere */
	atomic_long steps; /* several threads push */
};

static void count(void *arg, const struct mc_event *event)
{
	struct watch *watch = arg;

	if (event->kind == MC_EVENT_NOTE)
		(void)fprintf(stderr, "%s\n", event->text);
	if (event->kind != MC_EVENT_STEP)
		return;
	if (atomic_fetch_add(&watch->steps, 1) + 1 == watch->stop)
		/* Nothing comes behind it, as after a kill. */
		(void)syscall(SYS_exit_group, DIED);
}

static MC_RC secret(void *arg, const struct mc_endpoint *at, struct mc_buf *out,
	struct mc_error *err)
{
	(void)at;
	return mc_buf_put(out, mc_span_str(arg), err);
}

static MC_RC run(struct mc_request *req, struct mc_endpoint *places,
	struct mc_report *report, struct mc_error *err)
{
	bool move = !strcmp(req->command, "move");

	if (!strcmp(req->command, "push")) {
		req->target = places;
		return mc_job_push(req, report, err);
	}
	req->sources = places;
	req->sources_n = 1;
	req->delete_source = move || !strcmp(req->command, "empty");
	if (!move)
		return mc_job_pull(req, report, err);
	req->target = &places[1];
	return mc_job_migrate(req, report, err);
}

static MC_RC parse(
	struct mc_endpoint *at, char **argv, int place, struct mc_error *err)
{
	enum mc_rc rc = mc_endpoint_parse(at, argv[place], err);

	at->secret = secret;
	at->secret_arg = argv[5];
	at->tls_ca = strcmp(argv[6], "-") ? argv[6] : NULL;
	return rc;
}

int main(int argc, char **argv)
{
	struct watch watch = { 0 };
	struct mc_report report = { 0 };
	struct mc_request req = { .monitor = {
					  .event = count, .arg = &watch } };
	struct mc_endpoint places[PLACES] = { { 0 } };
	struct mc_error err = { 0 };
	enum mc_rc rc;
	int status;

	if (argc != ARGS && argc != ARGS + 1) {
		(void)fprintf(stderr,
			"stop_at: N VERB ARCHIVE PLACE PASSWORD CA [TARGET]\n");
		return EXIT_FAILURE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	watch.stop = strtol(argv[1], NULL, 10);
	req.command = argv[2];
	req.archive = argv[3];
	rc = parse(&places[0], argv, 4, &err);
	if (rc == MC_OK && argc > ARGS)
		rc = parse(&places[1], argv, ARGS, &err);
	if (rc == MC_OK)
		rc = run(&req, places, &report, &err);
	if (rc < 0)
		(void)fprintf(stderr, "stop_at: %s\n", err.text);
	status = mc_exit_status(&report, rc < 0 ? &err : NULL);
	for (int i = 0; i < PLACES; i++)
		mc_endpoint_dispose(&places[i]);
	printf("%ld\n", watch.steps);
	return status;
}
