/* SPDX-License-Identifier: MIT
 * fuzz: what a target is, and how it says that something is wrong. */
#ifndef MC_TESTS_FUZZ_H
#define MC_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's entry, and replay.c's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that must hold for any input. */
#define MC_PROMISE(condition)                                                  \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, "broken: %s\n", #condition);     \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
