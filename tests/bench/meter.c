/* SPDX-License-Identifier: MIT
 *
 * bench_meter: runs a program and writes what it took, of the program and of
 * what it waited for.  It is small on purpose: a process inherits the peak of
 * memory of the one that it was forked from.
 *
 *	bench_meter OUT SECONDS NICE PROGRAM [WORD]...
 *
 * OUT becomes one line: wall user sys (seconds), peak (octets), exit status, 1
 * if it was stopped after SECONDS.  The program gets a session of its own, so
 * that a question for a password is read from stdin.  Started by root it runs
 * as `nobody`: some mail programs do nothing for root.  NICE is the priority of
 * that session, which Linux groups by itself: nice(2) alone would compare it
 * with nothing outside.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t child, stopped;

static void stop(int number)
{
	stopped = number == SIGALRM ? 1 : 2;
	kill(-(pid_t)child, SIGKILL);
}

static double seconds(struct timeval span)
{
	return (double)span.tv_sec + (double)span.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec clock;

	clock_gettime(CLOCK_MONOTONIC, &clock);
	return (double)clock.tv_sec + (double)clock.tv_nsec / 1e9;
}

static void be_nobody(void)
{
	const struct passwd *nobody = getpwnam("nobody");

	if (!nobody || setgroups(0, NULL) || setgid(nobody->pw_gid) ||
		setuid(nobody->pw_uid))
		_exit(126);
}

static void be_nice(const char *nice)
{
	FILE *group;

	if (!strcmp(nice, "0"))
		return;
	group = fopen("/proc/self/autogroup", "we");
	if (group) {
		fputs(nice, group);
		fclose(group);
	}
	setpriority(PRIO_PROCESS, 0, (int)strtol(nice, NULL, 10));
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = stop };
	struct rusage usage;
	double began;
	int status;
	FILE *out;

	if (argc < 5)
		return 64;
	out = fopen(argv[1], "we");
	if (!out)
		return 73;
	began = now();
	child = (sig_atomic_t)fork();
	if (!child) {
		setsid();
		be_nice(argv[3]);
		if (!geteuid())
			be_nobody();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[4], argv + 4);
		fprintf(stderr, "%s: %s\n", argv[4], strerror(errno));
		_exit(127);
	}
	sigaction(SIGALRM, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	alarm((unsigned)strtoul(argv[2], NULL, 10));
	while (wait4((pid_t)child, &status, 0, &usage) < 0 && errno == EINTR)
		;
	fprintf(out, "%.6f %.6f %.6f %ld %d %d\n", now() - began,
		seconds(usage.ru_utime), seconds(usage.ru_stime),
		usage.ru_maxrss * 1024L,
		WIFEXITED(status) ? WEXITSTATUS(status)
				  : 128 + WTERMSIG(status),
		(int)stopped);
	return fclose(out) ? 74 : 0;
}
