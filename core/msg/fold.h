/* SPDX-License-Identifier: MIT
 * fold: the digest of a body without what copies of one mail differ in: line
 * ends are CRLF, blanks at the end of lines and blank lines at the end of the
 * body are left out.  Inside of msg/ only. */
#ifndef MC_MSG_FOLD_H
#define MC_MSG_FOLD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

/* A longer run of blanks is content: RFC 5322 2.1.1 ends lines here. */
enum { MC_FOLD_BLANKS = 998, MC_FOLD_BLOCK = 64 * 1024 };

struct mc_fold {
	struct mc_hash hash;
	int64_t newlines;            /* held back until content follows */
	bool long_run;               /* inside a run of blanks kept */
	size_t nblanks;              /* held back */
	size_t nblock;               /* waiting to be hashed */
	char blanks[MC_FOLD_BLANKS]; /* SP and TAB as they stood */
	char block[MC_FOLD_BLOCK];
};

void mc_fold_begin(struct mc_fold *fold);
void mc_fold_text(struct mc_fold *fold, struct mc_span text);
void mc_fold_newline(struct mc_fold *fold);
/* Whole lines at once, each of which ends in CRLF and has no blank before it; the
 * first begins where a line begins. */
void mc_fold_lines(struct mc_fold *fold, struct mc_span lines);
/* The same, but what is left to be hashed of them is given back: it goes into
 * fold->hash before anything else is done with fold. */
struct mc_span mc_fold_rest(struct mc_fold *fold, struct mc_span lines);
/* What waits to be hashed, likewise. */
struct mc_span mc_fold_waiting(struct mc_fold *fold);
struct mc_digest mc_fold_end(struct mc_fold *fold);

/* SP, TAB, CR or LF. */
bool mc_fold_white(char c);

/* Appends s with every run of blanks and line ends as one SP, trimmed. */
MC_RC mc_fold_blanks(
	struct mc_buf *out, struct mc_span s, struct mc_error *err);

#endif
