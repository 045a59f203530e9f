/* SPDX-License-Identifier: MIT
 * labels: Gmail's labels as words, and what they make of a message.
 *
 * A message of Gmail's is once in one heap, under as many labels as one likes.
 * It is listed, stored and counted once, where it was read; the archive notes
 * besides in which folders it stands, and those are what push goes by.
 */
#ifndef MC_JOB_LABELS_H
#define MC_JOB_LABELS_H

#include "base/buf.h"
#include "msg/flags.h"
#include "msg/gmail.h"
#include "plan/plan.h"

/* Splits the unfolded, still encoded value at commas outside quotes into
 * UTF-8 words, each ended by NUL.  Fails: ELIMIT. */
MC_RC mc_labels_split(
	struct mc_buf *words, struct mc_span value, struct mc_error *err);

/* Folders of one message; nobody has more. */
enum { MC_LABELS_MAX = 256 };

struct mc_labels {
	uint32_t flags;
	struct mc_buf keywords;
	/* FOLDER all of them, and at least one: what has no such label is in
	 * Gmail's archive.  Paths are borrowed from the words. */
	struct mc_gmail_label folders[MC_LABELS_MAX];
	size_t n;
};

/* words: as mc_labels_split() makes them, or, if attributes, as Gmail's IMAP
 * tells them, which has flags of its own.  keywords are appended to.
 * Fails: ELIMIT scope RUN. */
MC_RC mc_labels_sort(struct mc_labels *out, struct mc_words words,
	bool attributes, struct mc_error *err);

/* Of labels as Gmail's IMAP tells them: do the rules let one of the folders
 * pass that they are? */
MC_RC mc_labels_pass(struct mc_words words, const struct mc_rules *rules,
	bool *pass, struct mc_error *err);

#endif
