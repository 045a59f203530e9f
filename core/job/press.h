/* SPDX-License-Identifier: MIT
 * press: from one message's canonical octets to the pieces that the archive keeps.
 *
 *   canonical --pack--> crates, and the parcel's body if it is one piece
 *
 * Knows no archive file.  Holds one piece. */
#ifndef MC_JOB_PRESS_H
#define MC_JOB_PRESS_H

#include "job/cargo.h"

struct mc_press;

/* A piece of a body of several; what it has is borrowed for the call. */
typedef enum mc_rc mc_crate_fn(
	void *arg, const struct mc_piece *piece, struct mc_error *err);

MC_RC mc_press_new(struct mc_press **out, mc_crate_fn *fn, void *arg,
	struct mc_error *err);
void mc_press_free(struct mc_press *press); /* NULL is fine */

/* Takes in what the portion has.  If the message ends with it, and is whole, its
 * parcel gets what is its body's.  Fails: what fn fails; ELIMIT; scope RUN. */
MC_RC mc_press_portion(struct mc_press *press, struct mc_portion *portion,
	struct mc_error *err);

#endif
