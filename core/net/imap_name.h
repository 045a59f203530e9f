/* SPDX-License-Identifier: MIT
 * imap_name: mailbox names on the wire: modified UTF-7, RFC 3501 5.1.3. */
#ifndef MC_NET_IMAP_NAME_H
#define MC_NET_IMAP_NAME_H

#include "base/buf.h"

/* UTF-8 to modified UTF-7.  Fails: EREFUSED scope FOLDER: no valid UTF-8, a
 * control character, empty, or over MC_NAME_MAX. */
MC_RC mc_imap_name_encode(
	struct mc_buf *out, struct mc_span name, struct mc_error *err);

/* Modified UTF-7 to UTF-8.  MC_DONE: `wire` is not what the encoder would make
 * of the result (8-bit, bad base64, needless shifts, control characters), so
 * that it cannot be named that way; out is then wire if that is UTF-8 without
 * control characters, else empty. */
MC_RC mc_imap_name_decode(
	struct mc_buf *out, struct mc_span wire, struct mc_error *err);

#endif
