/* SPDX-License-Identifier: MIT
 * wrap: a message that a server refuses, as an attachment to one that it has no
 * reason to refuse.
 *
 * The same message has the same wrapping whenever it is made, but where its
 * subject or date came to be known meanwhile; its Message-ID is its own, and
 * holds the digest of what is in it, so that it is found again. */
#ifndef MC_JOB_WRAP_H
#define MC_JOB_WRAP_H

#include "archive/ledger.h"
#include "msg/scan.h"

/* The mailbox that such go to. */
#define MC_WRAP_FOLDER "Refused"

/* Shapes that no message/rfc822 can carry as they are: enum mc_shape. */
enum {
	MC_WRAP_OFFENDING = MC_SHAPE_NUL | MC_SHAPE_8BIT_HEADER |
			    MC_SHAPE_8BIT | MC_SHAPE_BARE_CR,
};

/* What is wrapped. */
struct mc_wrapped {
	enum mc_wrapping how;
	int64_t logical;
	int64_t body;
};

/* "refused-<digest>@mailcart.invalid" */
enum { MC_WRAP_ID = 64 };
void mc_wrap_id(char out[MC_WRAP_ID], const struct mc_digest *sha256);

/* All of it to `to`.  Fails: as mc_show_body, and what `to` fails. */
MC_RC mc_wrap_stream(struct mc_archive *ar, const struct mc_wrapped *what,
	struct mc_sink *to, struct mc_error *err);
/* Its octets and their digest. */
MC_RC mc_wrap_measure(struct mc_archive *ar, const struct mc_wrapped *what,
	int64_t *octets, struct mc_digest *sha256, struct mc_error *err);

#endif
