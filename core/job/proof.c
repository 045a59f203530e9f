/* SPDX-License-Identifier: MIT */
#include "job/proof.h"

#include <stdlib.h>

MC_RC mc_proof_add(
	struct mc_proof *proof, int64_t placement, struct mc_error *err)
{
	if (proof->n == proof->cap) {
		size_t cap = proof->cap ? 2 * proof->cap : 1024;
		int64_t *grown =
			reallocarray(proof->placements, cap, sizeof(*grown));

		if (!grown)
			return mc_fail_memory(err);
		proof->placements = grown;
		proof->cap = cap;
	}
	proof->placements[proof->n++] = placement;
	return MC_OK;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void mc_proof_sort(struct mc_proof *proof)
{
	if (proof->n > 0)
		qsort(proof->placements, proof->n, sizeof(*proof->placements),
			compare);
}

bool mc_proof_has(const struct mc_proof *proof, int64_t placement)
{
	return proof->n > 0 && bsearch(&placement, proof->placements, proof->n,
				       sizeof(placement), compare);
}

void mc_proof_dispose(struct mc_proof *proof)
{
	free(proof->placements);
	*proof = (struct mc_proof){ 0 };
}
