/* SPDX-License-Identifier: MIT
 * count: a receiver that counts messages and octets, for probe.  Private to
 * core/source. */
#ifndef MC_SOURCE_COUNT_H
#define MC_SOURCE_COUNT_H

#include "source/source.h"

struct mc_counter {
	struct mc_receiver rx; /* to hand to a read() */
	/* Is told "12 messages, 34,567 octets" under each folder's name, and of
	 * several folders what they have "in all". */
	void (*line)(void *arg, const char *name, const char *text);
	void *arg;
	struct mc_count {
		int64_t messages;
		int64_t octets;
		int64_t unreadable;
	} folder, all;
	int64_t folders;
};

void mc_counter_init(struct mc_counter *counter,
	void (*line)(void *arg, const char *name, const char *text), void *arg);

#endif
