/* SPDX-License-Identifier: MIT */
#include "job/errand.h"

#include <stdlib.h>

#include "job/refresh.h"

struct mark_errand {
	struct mc_errand errand;
	struct mc_mark mark;
	struct mc_tally listed;
};

static MC_RC put_mark(
	struct mc_errand *errand, struct mc_land *land, struct mc_error *err)
{
	struct mark_errand *e = (struct mark_errand *)(void *)errand;
	struct mc_read_outcome all = mc_read_outcome_of(&e->listed, &land->own);

	return mc_mark_put(&e->mark, land->ar, land->place.folder, &all, err);
}

MC_RC mc_errand_mark(struct mc_intake *in, const struct mc_mark *mark,
	const struct mc_tally *listed, struct mc_error *err)
{
	struct mark_errand *e = malloc(sizeof(*e));

	if (!e)
		return mc_fail_memory(err);
	*e = (struct mark_errand){
		.errand.run = put_mark, .mark = *mark, .listed = *listed
	};
	return mc_intake_errand(in, &e->errand, err);
}

struct place_errand {
	struct mc_errand errand;
	struct mc_place place;
	struct mc_read_outcome own;
	char path[];
};

static MC_RC put_place(
	struct mc_errand *errand, struct mc_land *land, struct mc_error *err)
{
	const struct place_errand *e = (struct place_errand *)(void *)errand;

	return mc_land_place(land, &e->place, &e->own, err);
}

MC_RC mc_errand_place(struct mc_intake *in, const struct mc_place *place,
	const struct mc_read_outcome *own, struct mc_error *err)
{
	size_t n = place->path ? strlen(place->path) + 1 : 0;
	struct place_errand *e = malloc(sizeof(*e) + n);

	if (!e)
		return mc_fail_memory(err);
	*e = (struct place_errand){ .errand = { .run = put_place, .octets = n },
		.place = *place,
		.own = *own };
	if (place->path)
		e->place.path = memcpy(e->path, place->path, n);
	return mc_intake_errand(in, &e->errand, err);
}

struct flags_errand {
	struct mc_errand errand;
	int64_t sighting;
};

static MC_RC put_flags(
	struct mc_errand *errand, struct mc_land *land, struct mc_error *err)
{
	const struct flags_errand *e = (struct flags_errand *)(void *)errand;

	return mc_refresh(land->ar, e->sighting, &errand->item->item, err);
}

MC_RC mc_errand_flags(struct mc_intake *in, const struct mc_item *item,
	int64_t sighting, struct mc_error *err)
{
	struct flags_errand *e = calloc(1, sizeof(*e));

	if (!e)
		return mc_fail_memory(err);
	e->errand.run = put_flags;
	e->sighting = sighting;
	if (mc_item_keep(&e->errand.item, item, err) < 0) {
		free(e);
		return err->rc;
	}
	return mc_intake_errand(in, &e->errand, err);
}

struct gap_errand {
	struct mc_errand errand;
	struct mc_gap gap;
	char memory[];
};

static MC_RC put_gap(
	struct mc_errand *errand, struct mc_land *land, struct mc_error *err)
{
	return mc_gap_put(
		land->ar, &((struct gap_errand *)(void *)errand)->gap, err);
}

MC_RC mc_errand_gap(
	struct mc_intake *in, const struct mc_gap *gap, struct mc_error *err)
{
	size_t name_n = strlen(gap->name) + 1;
	size_t n = name_n + gap->octets.n;
	struct gap_errand *e = malloc(sizeof(*e) + n);

	if (!e)
		return mc_fail_memory(err);
	*e = (struct gap_errand){ .errand = { .run = put_gap, .octets = n },
		.gap = *gap };
	e->gap.name = memcpy(e->memory, gap->name, name_n);
	if (gap->octets.n > 0)
		e->gap.octets.p = memcpy(
			e->memory + name_n, gap->octets.p, gap->octets.n);
	return mc_intake_errand(in, &e->errand, err);
}
