/* SPDX-License-Identifier: MIT
 * turn: handles of one archive in one process write one after the other, in
 * the order in which they asked.  Private to archive/.
 *
 * SQLite alone would let the one that waits sleep and try again, while the
 * other begins its next batch right behind its last. */
#ifndef MC_ARCHIVE_TURN_H
#define MC_ARCHIVE_TURN_H

#include "base/error.h"

struct mc_turn;

/* Fails: ELIMIT (memory). */
MC_RC mc_turn_new(struct mc_turn **out, struct mc_error *err);
void mc_turn_free(struct mc_turn *turn); /* NULL is fine */

/* NULL is fine: whoever is alone need not wait. */
void mc_turn_take(struct mc_turn *turn);
void mc_turn_give(struct mc_turn *turn);

#endif
