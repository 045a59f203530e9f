/* SPDX-License-Identifier: MIT
 * dear: preloaded into the program under test, makes all that a thread does seem
 * to take the processor a thousand times as long. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TIMES = 1000, NS = 1000000000 };

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);
	long long ns;

	if (rc != 0 || clock != CLOCK_THREAD_CPUTIME_ID)
		return rc;
	ns = ((long long)ts->tv_sec * NS + ts->tv_nsec) * TIMES;
	ts->tv_sec = (time_t)(ns / NS);
	ts->tv_nsec = (long)(ns % NS);
	return 0;
}
