/* SPDX-License-Identifier: MIT
 *
 * bench: the corpus that corpus.py made, to read.  DIR/mail holds the messages
 * with CRLF, one after another; DIR/index a line for each:
 * folder, offset, octets, flags, date-time, separated by tabs.
 */
#ifndef BENCH_CORPUS_H
#define BENCH_CORPUS_H

#include <stddef.h>

struct mail {
	const char *folder, *flags, *date;
	size_t at, octets;
};

struct corpus {
	const char *octets; /* mapped */
	size_t len;
	struct mail *mails;
	size_t count;
	char *index;
};

/* Dies if there is none. */
void corpus_open(struct corpus *corpus, const char *dir);
void corpus_close(struct corpus *corpus);

#endif
