/* SPDX-License-Identifier: MIT
 * identity: which messages are the same one.
 *
 * The key of a logical message is a digest of its normalised Message-ID and
 * of what copies of one mail agree on: From address, Date instant, Subject
 * with blanks and list tags folded.  So a reused Message-ID gives different
 * keys.  Its first four octets are of the Message-ID alone, so that an index of
 * keys finds who else bears it.  Without a usable Message-ID it is the variant
 * digest.  The rules are ours to the last octet, since keys live in archives.
 */
#ifndef MC_MSG_IDENTITY_H
#define MC_MSG_IDENTITY_H

#include "base/hash.h"
#include "msg/scan.h"

/* addr-spec of the first mailbox in an address list, lower case domain, no
 * comments; the whole trimmed value if none is found.  RFC 5322 3.4. */
MC_RC mc_identity_address(
	struct mc_buf *out, struct mc_span from, struct mc_error *err);

/* Subject (already decoded to UTF-8) without blanks and "[list]" tags. */
MC_RC mc_identity_subject(
	struct mc_buf *out, struct mc_span subject, struct mc_error *err);

/* date: the Date field's instant, or MC_NO_TIME: then its text counts.
 * subject: decoded to UTF-8. */
MC_RC mc_identity_key(struct mc_digest *out, const struct mc_facts *facts,
	int64_t date, struct mc_span subject, struct mc_error *err);

#endif
