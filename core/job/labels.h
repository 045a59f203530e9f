/* SPDX-License-Identifier: MIT
 * labels: X-Gmail-Labels as words. */
#ifndef MC_JOB_LABELS_H
#define MC_JOB_LABELS_H

#include "base/buf.h"

/* Splits the unfolded, still encoded value at commas outside quotes into
 * UTF-8 words, each ended by NUL.  Fails: ELIMIT. */
MC_RC mc_labels_split(
	struct mc_buf *words, struct mc_span value, struct mc_error *err);

#endif
