/* SPDX-License-Identifier: MIT */
#include "job/cargo.h"

#include <stdlib.h>

static struct mc_span copy(char **at, struct mc_span s)
{
	struct mc_span here = { *at, s.n };

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return here;
}

MC_RC mc_item_keep(struct mc_kept_item **out, const struct mc_item *item,
	struct mc_error *err)
{
	size_t key_n = strlen(item->key) + 1;
	size_t n = key_n + item->keywords.n + item->labels.n + item->wrap.n;
	struct mc_kept_item *kept = malloc(sizeof(*kept) + n);
	char *at;

	*out = kept;
	if (!kept)
		return mc_fail_memory(err);
	at = kept->memory;
	kept->octets = n;
	kept->item = *item;
	kept->item.key = copy(&at, (struct mc_span){ item->key, key_n }).p;
	kept->item.keywords.text = copy(
		&at, (struct mc_span){ item->keywords.text, item->keywords.n })
					   .p;
	kept->item.labels.text =
		copy(&at, (struct mc_span){ item->labels.text, item->labels.n })
			.p;
	kept->item.wrap = copy(&at, item->wrap);
	return MC_OK;
}

struct mc_portion *mc_portion_new(size_t cap)
{
	struct mc_portion *portion = malloc(sizeof(*portion) + cap);

	if (portion)
		*portion = (struct mc_portion){ .cargo.kind = MC_CARGO_PORTION,
			.cap = cap };
	return portion;
}

static void free_parcel(struct mc_parcel *parcel)
{
	if (!parcel)
		return;
	free(parcel->item);
	free(parcel->text);
	free(parcel->body);
	free(parcel);
}

void mc_cargo_free(struct mc_cargo *cargo)
{
	switch (cargo->kind) {
	case MC_CARGO_PARCEL:
		free_parcel((struct mc_parcel *)(void *)cargo);
		return;
	case MC_CARGO_PORTION:
		free_parcel(((struct mc_portion *)(void *)cargo)->last);
		break;
	case MC_CARGO_ERRAND:
		free(((struct mc_errand *)(void *)cargo)->item);
		break;
	case MC_CARGO_CRATE:
	case MC_CARGO_SYNC:
		break;
	}
	free(cargo);
}
