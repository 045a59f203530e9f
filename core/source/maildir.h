/* SPDX-License-Identifier: MIT
 * maildir: what names in a Maildir say.
 *
 *   cur/1220863087.M1P2.host,S=1281:2,RSa
 *       '-- key -----------------' '--- flags, and a keyword's letter
 *
 * Where ':' cannot stand in a file's name, programs write '!', ';', '-' or
 * '_'.
 */
#ifndef MC_SOURCE_MAILDIR_H
#define MC_SOURCE_MAILDIR_H

#include "source/files.h"

/* A Maildir without the folders below it. */
extern const struct mc_source_ops mc_source_maildir_one;

struct mc_maildir_name {
	struct mc_span key;
	struct mc_span letters; /* of flags */
	int64_t delivered;      /* s since 1970; MC_NO_TIME */
};
void mc_maildir_parse(struct mc_span base, struct mc_maildir_name *out);

/* INTERNALDATE: what changed a file last in a Maildir is its delivery, whose
 * time programs set to what they were told.  A file that changed more than a
 * day after the delivery that its name tells was copied since; its time is
 * then the delivery's, and worth less than the message's own dates. */
struct mc_date mc_maildir_date(int64_t changed, int64_t delivered);

/* Keyword of a letter a..z by the text of a dovecot-keywords file, "0 Name"
 * lines; n == 0: none. */
struct mc_span mc_maildir_keyword(struct mc_span table, char letter);

/* Folder of a directory's name, levels split by '/': ".Sent.2019" and names
 * in modified UTF-7 as IMAP servers write them.  Yours to free().
 * Fails: ELIMIT. */
MC_RC mc_maildir_label(char **out, const char *name, struct mc_error *err);

#endif
