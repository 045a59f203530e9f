/* SPDX-License-Identifier: MIT
 * peak: the memory that this process has had at most. */
#ifndef MC_TESTS_SOURCE_PEAK_H
#define MC_TESTS_SOURCE_PEAK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not getrusage(): its peak counts what stood here before exec. */
static inline long peak_kib(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (status)
		(void)fclose(status);
	return kib;
}

#endif
