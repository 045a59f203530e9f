/* SPDX-License-Identifier: MIT
 * sound: bodies that were read again from the archive in this run and compared
 * with the digest with which they came, by whom ever.  What is sent is read again
 * for that anyway, and need not be for its own sake. */
#ifndef MC_JOB_SOUND_H
#define MC_JOB_SOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct mc_sound;

/* after: bodies up to it do not matter.  Fails: ELIMIT. */
MC_RC mc_sound_new(struct mc_sound **out, int64_t after, struct mc_error *err);
void mc_sound_free(struct mc_sound *sound); /* NULL is fine */

/* These from any thread.  One for which there is no room is not noted: it is
 * read once more.  add: it was as it came. */
void mc_sound_add(struct mc_sound *sound, int64_t body, int64_t octets);
bool mc_sound_has(struct mc_sound *sound, int64_t body);
/* True to the first who asks for one that was not added: it will read it, and
 * tell what it finds. */
bool mc_sound_claim(struct mc_sound *sound, int64_t body);
/* How many were added, and how long they are together. */
void mc_sound_sum(struct mc_sound *sound, int64_t *bodies, int64_t *octets);

#endif
