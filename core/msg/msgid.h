/* SPDX-License-Identifier: MIT
 * msgid: a Message-ID as other copies of the mail bear it. */
#ifndef MC_MSG_MSGID_H
#define MC_MSG_MSGID_H

#include "base/buf.h"

/* Normalises the value of one Message-ID field (unfolded or not) into out,
 * without brackets: comments and text outside <> ignored, up to the first '>'
 * outside quotes, missing brackets tolerated, folding white space inside
 * removed, a quoted local part of plain atoms unquoted, case and 8-bit kept.
 * MC_DONE: not usable (empty, "<>", no letter or digit, over MC_MSGID_MAX,
 * an unfilled template such as "<$MESSAGE_ID>").  RFC 5322 3.6.4. */
MC_RC mc_msgid_normalise(
	struct mc_buf *out, struct mc_span value, struct mc_error *err);

#endif
