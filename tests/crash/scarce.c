/* SPDX-License-Identifier: MIT
 * scarce: notes and words of a run, while memory fails (fault.c): what cannot be
 * kept whole is not kept, and is said to have failed; what needs no memory does
 * not fail.  Ends with 0 if that was so. */
#include <stdio.h>
#include <string.h>

#include "job/fates.h"
#include "net/veil.h"

/* One note more where it was taken, else none. */
static bool is_right(const struct mc_fates *fates, size_t *n, enum mc_rc rc,
	const char *what)
{
	if (rc == MC_OK)
		(*n)++;
	if (fates->n == *n)
		return true;
	(void)fprintf(
		stderr, "%s: %zu notes, and not %zu\n", what, fates->n, *n);
	return false;
}

static bool try_fates(void)
{
	struct mc_error why = { .code = "CODE", .text = "words" };
	struct mc_digest digest = { { 1 } };
	struct mc_landing landing = { .change = "changed",
		.sent_sha256 = &digest };
	struct mc_altered altered = { .change = "changed" };
	struct mc_try tried = { "changed", &digest, "CODE", "words" };
	struct mc_fates fates = { 0 };
	struct mc_error err;
	size_t n = 0;
	bool ok = is_right(
		&fates, &n, mc_fates_sent(&fates, 1, &landing, &err), "sent");

	ok &= is_right(&fates, &n, mc_fates_altered(&fates, 2, &altered, &err),
		"altered");
	ok &= is_right(
		&fates, &n, mc_fates_tried(&fates, 3, &tried, &err), "tried");
	ok &= is_right(&fates, &n,
		mc_fates_not_sent(&fates, 4, false, &why, &err), "refused");
	mc_fates_dispose(&fates);
	return ok;
}

static bool try_veil(void)
{
	struct mc_veil veil = { 0 };
	struct mc_error err;
	char told[40];
	bool ok;

	if (mc_veil_make(&veil, MC_SPAN("swordfish"), &err) < 0)
		return true;
	mc_veil_escape(&veil, told, sizeof(told), MC_SPAN("no, swordfish"));
	ok = strcmp(told, "no, *********") == 0;
	if (!ok)
		(void)fprintf(stderr, "told as '%s'\n", told);
	mc_veil_dispose(&veil);
	return ok;
}

int main(void)
{
	bool ok = try_fates();

	return try_veil() && ok ? 0 : 1;
}
