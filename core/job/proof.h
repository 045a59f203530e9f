/* SPDX-License-Identifier: MIT
 * proof: which placements were fetched back from the server in this run, and
 * were octet for octet what was to be sent. */
#ifndef MC_JOB_PROOF_H
#define MC_JOB_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Eight octets a placement; all zero: none. */
struct mc_proof {
	int64_t *placements;
	size_t n;
	size_t cap;
};

MC_RC mc_proof_add(
	struct mc_proof *proof, int64_t placement, struct mc_error *err);
/* Once all are added; before has(). */
void mc_proof_sort(struct mc_proof *proof);
bool mc_proof_has(const struct mc_proof *proof, int64_t placement);
void mc_proof_dispose(struct mc_proof *proof);

#endif
