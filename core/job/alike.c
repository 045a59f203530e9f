/* SPDX-License-Identifier: MIT */
#include "job/alike.h"

#include <stdlib.h>
#include <string.h>

#include "net/refusal.h"

bool mc_alike_may_be(const struct mc_error *why)
{
	return !mc_refusal_is_of_size(why) && !mc_refusal_is_of_content(why);
}

static const char *behind_digits(const char *text)
{
	return text + strspn(text, "0123456789");
}

static bool same_but_numbers(const char *a, const char *b)
{
	for (;;) {
		a = behind_digits(a);
		b = behind_digits(b);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

bool mc_alike_fits(
	const struct mc_alike *alike, const struct mc_error *why, bool bad)
{
	if (bad || alike->bad)
		return bad && alike->bad;
	return mc_refusal_has_code(why, alike->why.code) &&
	       same_but_numbers(mc_error_said(why), mc_error_said(&alike->why));
}

MC_RC mc_alike_add(struct mc_alike *alike, const struct mc_alike_one *one,
	const struct mc_error *why, bool bad, struct mc_error *err)
{
	if (alike->n == alike->cap) {
		size_t cap = alike->cap ? alike->cap * 2 : 16;
		struct mc_alike_one *list =
			reallocarray(alike->list, cap, sizeof(*list));

		if (!list)
			return mc_fail_memory(err);
		alike->list = list;
		alike->cap = cap;
	}
	if (alike->n == 0)
		alike->why = *why;
	alike->bad = bad;
	alike->list[alike->n++] = *one;
	return MC_OK;
}

bool mc_alike_has(const struct mc_alike *alike, int64_t placement)
{
	for (size_t i = 0; i < alike->n; i++)
		if (alike->list[i].placement == placement)
			return true;
	return false;
}

bool mc_alike_is_many(const struct mc_alike *alike)
{
	return alike->n >= (alike->took ? MC_ALIKE_ROW_MAX : MC_ALIKE_MAX);
}

void mc_alike_forget(struct mc_alike *alike)
{
	alike->n = 0;
}

void mc_alike_dispose(struct mc_alike *alike)
{
	free(alike->list);
	*alike = (struct mc_alike){ 0 };
}
