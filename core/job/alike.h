/* SPDX-License-Identifier: MIT
 * alike: messages that a server refused with the same words, or did not understand
 * (BAD), one behind the other and none taken between, and what is concluded of
 * that: it is the messages, or it is the mailbox, which takes none. */
#ifndef MC_JOB_ALIKE_H
#define MC_JOB_ALIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	/* So many, and the mailbox has taken none in this run. */
	MC_ALIKE_MAX = 5,
	/* So many, where it has taken others before: more speaks for it then that
	 * it is the messages. */
	MC_ALIKE_ROW_MAX = 20,
	/* Mail of one kind stands together: before it is the mailbox, or the
	 * server, so many of the last that wait for it are tried. */
	MC_ALIKE_LAST = 3,
};

struct mc_alike_one {
	int64_t placement;
	int64_t logical;
};

struct mc_alike {
	struct mc_error why; /* the words, of the first */
	struct mc_alike_one *list;
	size_t n;
	size_t cap;
	bool bad;  /* they were not understood */
	bool took; /* the mailbox has taken a message in this run */
};

/* May it be said of any message?  Words that name what is wrong with one are of
 * that one. */
bool mc_alike_may_be(const struct mc_error *why);
/* The same words; a number (of a time, of a process) may be another one.  With
 * what was not understood (bad) no words need be the same. */
bool mc_alike_fits(
	const struct mc_alike *alike, const struct mc_error *why, bool bad);
/* bad: of all in the list.  Fails: ELIMIT (memory). */
MC_RC mc_alike_add(struct mc_alike *alike, const struct mc_alike_one *one,
	const struct mc_error *why, bool bad, struct mc_error *err);
bool mc_alike_has(const struct mc_alike *alike, int64_t placement);
/* So many that it may be the mailbox. */
bool mc_alike_is_many(const struct mc_alike *alike);
/* Nothing is concluded of those: their list is empty. */
void mc_alike_forget(struct mc_alike *alike);
void mc_alike_dispose(struct mc_alike *alike);

#endif
