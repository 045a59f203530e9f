/* SPDX-License-Identifier: MIT
 * valgrind: stands in the place of PROGRAM, which is PROGRAM.bin now, and runs
 * that in memcheck; tests/under.py puts it there.  It is linked statically, so
 * that what a test loads before the program is loaded before that alone. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char self[PATH_MAX], program[PATH_MAX + 8], told[PATH_MAX + 64];
static const char *const options[] = { VALGRIND, "--quiet",
	"--error-exitcode=99", "--leak-check=full",
	"--errors-for-leak-kinds=definite", "--show-leak-kinds=definite",
	"--trace-children=no", "--run-libc-freeres=no",
	"--suppressions=" SUPPRESSIONS, told, program };
enum { OPTIONS = sizeof(options) / sizeof(*options) };

int main(int argc, char **argv)
{
	const char **words = calloc((size_t)argc + OPTIONS, sizeof(*words));
	struct timespec now;

	if (words == NULL || readlink("/proc/self/exe", self, PATH_MAX - 1) < 0)
		return 99;
	/* Numbers of processes come again within a run of all tests. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(program, sizeof(program), "%s.bin", self);
	snprintf(told, sizeof(told), "--log-file=" FOUND ".%%p.%lld.%09ld",
		(long long)now.tv_sec, now.tv_nsec);
	for (int i = 0; i < OPTIONS; i++)
		words[i] = options[i];
	for (int i = 1; i < argc; i++)
		words[OPTIONS + i - 1] = argv[i];
	execv(VALGRIND, (char *const *)words);
	perror("cannot exec valgrind");
	return 99;
}
