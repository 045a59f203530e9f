/* SPDX-License-Identifier: MIT
 * refusal: what the "no" of an IMAP server is about: by its code (RFC 5530, 7889,
 * 9208), and by its words where it gives none.  Pure. */
#ifndef MC_NET_REFUSAL_H
#define MC_NET_REFUSAL_H

#include <stdbool.h>

#include "base/error.h"

/* There is no room for more: it may be made before the next run. */
bool mc_refusal_is_of_room(const struct mc_error *why);
/* The message is too big, whatever else of it is changed. */
bool mc_refusal_is_of_size(const struct mc_error *why);
/* Something in the message is named that the server does not take. */
bool mc_refusal_is_of_content(const struct mc_error *why);
/* About the mailbox, us or the moment: any other message would fare alike. */
bool mc_refusal_is_general(const struct mc_error *why);
/* About the name of a mailbox that was to be made: another one may do. */
bool mc_refusal_is_of_name(const struct mc_error *why);

/* Letters alike in both cases; words end in NULL. */
bool mc_refusal_has_code(const struct mc_error *why, const char *code);
bool mc_refusal_says(const struct mc_error *why, const char *const *words);

#endif
