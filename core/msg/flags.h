/* SPDX-License-Identifier: MIT
 * flags: what mail programs note about a message, in IMAP's terms. */
#ifndef MC_MSG_FLAGS_H
#define MC_MSG_FLAGS_H

#include <stdint.h>

#include "base/buf.h"

/* RFC 9051 2.3.2, and what a mail program had marked to be removed. */
enum mc_flag {
	MC_SEEN = 1u << 0,
	MC_ANSWERED = 1u << 1,
	MC_FLAGGED = 1u << 2,
	MC_DRAFT = 1u << 3,
	MC_DELETED = 1u << 4,   /* \Deleted, Maildir T, Status D */
	MC_FORWARDED = 1u << 5, /* keyword $Forwarded, Maildir P */
	MC_EXPUNGED = 1u << 6,  /* Thunderbird: removed, not yet compacted */
};

/* What a target is told: \Deleted would lose the mail. */
static const uint32_t MC_FLAGS_TOLD =
	MC_SEEN | MC_ANSWERED | MC_FLAGGED | MC_DRAFT | MC_FORWARDED;

/* Words of one message: keywords or labels, UTF-8, no two alike.  `text` holds
 * them one behind the other, each ended by NUL; n octets in all. */
struct mc_words {
	const char *text;
	size_t n;
};

/* The next word from *at on, which starts at 0; NULL at the end. */
const char *mc_words_next(struct mc_words words, size_t *at);

/* Adds a word unless it is there, is empty, no UTF-8, holds a NUL, or words is
 * full: what mail brings is no reason to fail.  Fails: ELIMIT scope RUN. */
MC_RC mc_words_add(
	struct mc_buf *words, struct mc_span word, struct mc_error *err);

/* IMAP names of the flags, in a fixed order: "\Seen", ..., "$Forwarded".
 * NULL for MC_EXPUNGED, which no server is told. */
const char *mc_flag_name(enum mc_flag flag);

/* The flag of that IMAP name, any case; 0: none of ours. */
uint32_t mc_flag_by_name(struct mc_span name);
/* Flags of IMAP names; names without a backslash that are none of ours are
 * added to keywords.  Fails: ELIMIT scope RUN. */
MC_RC mc_flags_from_imap(struct mc_words names, uint32_t *flags,
	struct mc_buf *keywords, struct mc_error *err);

/* Values of Status: and X-Status: (R O A F D T, mutt and Dovecot), and of
 * X-Mozilla-Status and X-Mozilla-Status2 (hexadecimal, nsMsgMessageFlags).
 * What cannot be read means no flag. */
uint32_t mc_flags_from_status(struct mc_span value);
uint32_t mc_flags_from_mozilla(struct mc_span value);
uint32_t mc_flags_from_mozilla2(struct mc_span value);
/* Of X-Evolution: "0000001a-0010", a number and flags (camel-enums.h). */
uint32_t mc_flags_from_evolution(struct mc_span value);

/* Letters of Maildir's ":2,": P R S T D F. */
uint32_t mc_flags_from_maildir(struct mc_span letters);

#endif
