/* SPDX-License-Identifier: MIT */
#include "cmd/near.h"

/* Longer words are no typing mistakes of ours. */
enum { WORD_MAX = 40 };

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, changes and swaps of neighbours from a to b. */
static int distance(struct mc_span a, struct mc_span b)
{
	int d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= a.n; i++)
		d[i][0] = (int)i;
	for (size_t j = 0; j <= b.n; j++)
		d[0][j] = (int)j;
	for (size_t i = 1; i <= a.n; i++) {
		for (size_t j = 1; j <= b.n; j++) {
			int same = a.p[i - 1] == b.p[j - 1];
			int best = least(d[i - 1][j], d[i][j - 1]) + 1;

			best = least(best, d[i - 1][j - 1] + !same);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
				a.p[i - 2] == b.p[j - 1])
				best = least(best, d[i - 2][j - 2] + 1);
			d[i][j] = best;
		}
	}
	return d[a.n][b.n];
}

void mc_near_offer(struct mc_near *near, const char *known)
{
	struct mc_span k = mc_span_str(known);
	int far;

	if (near->word.n < 2 || near->word.n > WORD_MAX || k.n > WORD_MAX)
		return;
	far = distance(near->word, k);
	/* The beginning of a word is how people shorten it. */
	if (far > (int)k.n / 3 && !mc_span_starts(k, near->word))
		return;
	if (near->best && far >= near->distance)
		return;
	near->best = known;
	near->distance = far;
}
