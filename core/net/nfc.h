/* SPDX-License-Identifier: MIT
 * nfc: text in the one form that file systems which normalise names compare
 * it in. */
#ifndef MC_NET_NFC_H
#define MC_NET_NFC_H

#include "base/buf.h"

/* Appends text in Unicode's form C, so that "e" with an accent behind it and
 * the one letter become alike; blanks of other kinds become SP.  What has no
 * such form (no UTF-8, control and unassigned characters) stays as it is. */
MC_RC mc_nfc(struct mc_buf *out, struct mc_span text, struct mc_error *err);

#endif
