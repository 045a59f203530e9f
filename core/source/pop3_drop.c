/* SPDX-License-Identifier: MIT */
#include "source/pop3_drop.h"

#include <stdlib.h>

/* The same maildrop, as far as can be told without names. */
static bool same_sizes(
	const struct mc_pop3_list *a, const struct mc_pop3_list *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t number = 1; number <= a->count; number++) {
		if (mc_pop3_list_octets(a, number) !=
			mc_pop3_list_octets(b, number))
			return false;
	}
	return true;
}

/* What was over once is not asked for again. */
static unsigned char fate_gone(
	const struct mc_pop3_drop *drop, const char *uidl)
{
	for (unsigned char fate = MC_POP3_OVER; fate > MC_POP3_UNASKED; fate--)
		if (mc_index_find(&drop->gone[fate], uidl, 0) > 0)
			return fate;
	return MC_POP3_UNASKED;
}

/* Fates by UIDL.  Is anything known by its own? */
static bool carry_named(const struct mc_pop3_drop *drop,
	const struct mc_pop3_list *list, unsigned char *fates)
{
	bool named = false;

	for (uint32_t i = 0; i < list->count; i++) {
		const char *uidl = mc_pop3_list_uidl(list, i + 1);
		uint32_t number = mc_pop3_list_find(&drop->list, uidl);

		if (number > 0)
			fates[i] = drop->fates[number - 1];
		else if (*uidl)
			fates[i] = fate_gone(drop, uidl);
		named |= number > 0 || fates[i] != MC_POP3_UNASKED;
	}
	return named;
}

/* Where a connection was only mended and nothing seems to have changed, numbers
 * tell for messages without a UIDL, and for all if the server makes up new UIDLs
 * each session. */
static void carry_over(const struct mc_pop3_drop *drop,
	const struct mc_pop3_list *list, bool mended, unsigned char *fates)
{
	bool named = carry_named(drop, list, fates);

	if (!mended || !same_sizes(list, &drop->list))
		return;
	for (uint32_t i = 0; i < list->count; i++) {
		if (!named || (!*mc_pop3_list_uidl(list, i + 1) &&
				      !*mc_pop3_list_uidl(&drop->list, i + 1)))
			fates[i] = drop->fates[i];
	}
}

/* Of the list that is left behind: what the new one does not have. */
static MC_RC note_gone(struct mc_pop3_drop *drop,
	const struct mc_pop3_list *list, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (uint32_t i = 0; rc >= 0 && i < drop->list.count; i++) {
		const char *uidl = mc_pop3_list_uidl(&drop->list, i + 1);
		unsigned char fate = drop->fates[i];

		if (*uidl && fate != MC_POP3_UNASKED &&
			mc_pop3_list_find(list, uidl) == 0)
			rc = mc_index_put(&drop->gone[fate], uidl, 1, err);
	}
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_pop3_drop_renew(struct mc_pop3_drop *drop, struct mc_pop3_list *list,
	bool mended, struct mc_error *err)
{
	unsigned char *fates = calloc(list->count ? list->count : 1, 1);
	enum mc_rc rc = MC_OK;

	if (!fates)
		return mc_fail_memory(err);
	if (drop->fates) {
		carry_over(drop, list, mended, fates);
		rc = note_gone(drop, list, err);
	}
	if (rc < 0) {
		free(fates);
		return rc;
	}
	mc_pop3_list_dispose(&drop->list);
	free(drop->fates);
	drop->list = *list;
	drop->fates = fates;
	mc_pop3_list_init(list);
	return MC_OK;
}

void mc_pop3_drop_dispose(struct mc_pop3_drop *drop)
{
	mc_pop3_list_dispose(&drop->list);
	free(drop->fates);
	drop->fates = NULL;
	for (size_t fate = 0; fate <= MC_POP3_OVER; fate++)
		mc_index_dispose(&drop->gone[fate]);
}
