/* SPDX-License-Identifier: MIT
 * proof: which placements were fetched back from the server in this run, and
 * were octet for octet what was to be sent. */
#ifndef MC_JOB_PROOF_H
#define MC_JOB_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A placement, and where it was found. */
struct mc_proved {
	int64_t placement;
	int64_t mailbox; /* row */
	uint32_t uidvalidity;
	uint32_t uid;
};

/* All zero: none. */
struct mc_proof {
	struct mc_proved *list;
	size_t n;
	size_t cap;
};

MC_RC mc_proof_add(struct mc_proof *proof, const struct mc_proved *proved,
	struct mc_error *err);
/* Once all are added; before find(). */
void mc_proof_sort(struct mc_proof *proof);
/* NULL: it is not proved. */
const struct mc_proved *mc_proof_find(
	const struct mc_proof *proof, int64_t placement);
void mc_proof_dispose(struct mc_proof *proof);

#endif
