/* SPDX-License-Identifier: MIT */
#include "cmd/signals.h"

#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

enum { STATUS_INTERRUPTED = 130 };

static void on_outgrown(int sig)
{
	static const char words[] =
		"mailcart: a file may grow no larger (ulimit -f); the "
		"archive keeps what it has: allow more, and run the same "
		"command again\n";

	(void)sig;
	if (isatty(STDERR_FILENO))
		(void)!write(STDERR_FILENO, "\r\x1b[K", 4);
	(void)!write(STDERR_FILENO, words, sizeof(words) - 1);
	_exit(EX_IOERR);
}

void mc_signals_end_outgrown(void)
{
	const struct sigaction action = { .sa_handler = on_outgrown };

	(void)sigaction(SIGXFSZ, &action, NULL);
}

void mc_signals_ignore_outgrown(void)
{
	(void)signal(SIGXFSZ, SIG_IGN);
}

static void say(struct mc_signals *s, int count)
{
	/* At a prompt nothing is in hand; its end says all. */
	if (mc_progress_is_paused(s->progress))
		return;
	if (count == 1)
		mc_progress_say(s->progress,
			"finishing the message in hand; interrupt again to "
			"stop now");
	else
		mc_progress_say(s->progress, "stopping now");
}

static void *wait_for_signals(void *arg)
{
	struct mc_signals *s = arg;
	int sig;

	for (int count = 1; sigwait(&s->set, &sig) == 0; count++) {
		if (atomic_load(&s->stop))
			break;
		/* The archive stands a kill at any instant. */
		if (count > 2)
			_exit(STATUS_INTERRUPTED);
		mc_cancel_raise(s->cancel);
		if (s->at_once)
			mc_cancel_raise(s->cancel);
		else
			say(s, count);
	}
	return NULL;
}

/* A signal that whoever started us has switched off (nohup) stays so. */
static void add_unless_ignored(sigset_t *set, int sig)
{
	struct sigaction old;

	if (sigaction(sig, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaddset(set, sig);
}

MC_RC mc_signals_start(struct mc_signals *s, struct mc_error *err)
{
	sigemptyset(&s->set);
	add_unless_ignored(&s->set, SIGINT);
	add_unless_ignored(&s->set, SIGTERM);
	add_unless_ignored(&s->set, SIGHUP);
	sigaddset(&s->set, SIGUSR1); /* ours: to stop the thread */
	atomic_init(&s->stop, false);
	errno = pthread_sigmask(SIG_BLOCK, &s->set, NULL);
	if (errno == 0)
		errno = pthread_create(&s->thread, NULL, wait_for_signals, s);
	if (errno != 0)
		return mc_fail_errno(
			err, MC_EIO, MC_RUN, "cannot watch for signals");
	s->started = true;
	return MC_OK;
}

void mc_signals_stop(struct mc_signals *s)
{
	if (!s->started)
		return;
	atomic_store(&s->stop, true);
	pthread_kill(s->thread, SIGUSR1);
	pthread_join(s->thread, NULL);
	s->started = false;
}
