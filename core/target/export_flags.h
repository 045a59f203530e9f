/* SPDX-License-Identifier: MIT
 * export_flags: flags, keywords, dates and senders in the words of local
 * stores.  Pure. */
#ifndef MC_TARGET_EXPORT_FLAGS_H
#define MC_TARGET_EXPORT_FLAGS_H

#include "base/buf.h"
#include "msg/flags.h"

/* Appends Status, X-Status, X-Keywords, each with CRLF, as far as they say
 * something; and X-Mozilla-Status for what only that can say.  all: every
 * keyword is in it.  Fails: ELIMIT. */
MC_RC mc_export_status(struct mc_buf *out, uint32_t flags,
	struct mc_words keywords, bool *all, struct mc_error *err);

/* "From anna@example.org Sat Jan  3 01:05:34 1996\n", in UTC; sender: a From
 * field as UTF-8, or NULL.  Fails: ELIMIT. */
MC_RC mc_export_from_line(struct mc_buf *out, const char *sender, int64_t time,
	struct mc_error *err);

/* Letters of Maildir's ":2,", in order, ended by NUL. */
enum { MC_MAILDIR_FLAGS = 8 };
void mc_export_letters(char out[MC_MAILDIR_FLAGS], uint32_t flags);

#endif
