/* SPDX-License-Identifier: MIT */
#include "job/proof.h"

#include <stdlib.h>

MC_RC mc_proof_add(struct mc_proof *proof, const struct mc_proved *proved,
	struct mc_error *err)
{
	if (proof->n == proof->cap) {
		size_t cap = proof->cap ? 2 * proof->cap : 1024;
		struct mc_proved *grown =
			reallocarray(proof->list, cap, sizeof(*grown));

		if (!grown)
			return mc_fail_memory(err);
		proof->list = grown;
		proof->cap = cap;
	}
	proof->list[proof->n++] = *proved;
	return MC_OK;
}

static int compare(const void *a, const void *b)
{
	const struct mc_proved *x = a;
	const struct mc_proved *y = b;

	return (x->placement > y->placement) - (x->placement < y->placement);
}

void mc_proof_sort(struct mc_proof *proof)
{
	if (proof->n > 0)
		qsort(proof->list, proof->n, sizeof(*proof->list), compare);
}

const struct mc_proved *mc_proof_find(
	const struct mc_proof *proof, int64_t placement)
{
	const struct mc_proved key = { .placement = placement };

	if (proof->n == 0)
		return NULL;
	return bsearch(
		&key, proof->list, proof->n, sizeof(*proof->list), compare);
}

void mc_proof_dispose(struct mc_proof *proof)
{
	free(proof->list);
	*proof = (struct mc_proof){ 0 };
}
