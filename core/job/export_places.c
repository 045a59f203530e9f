/* SPDX-License-Identifier: MIT */
#include "job/export_places.h"

#include "archive/extract.h"
#include "base/text.h"

struct loader {
	struct mc_places *places;
	const struct mc_request *req;
};

/* So far: is_meant() decides when all are known. */
static bool is_wanted(const struct mc_request *req, const char *path)
{
	for (size_t i = 0; i < req->export.folders_n; i++) {
		if (mc_span_ieq(mc_span_str(req->export.folders[i]),
			    mc_span_str(path)))
			return true;
	}
	return req->export.folders_n == 0;
}

static MC_RC add(struct mc_places *places,
	const struct mc_extract_folder *folder, struct mc_error *err)
{
	struct mc_place_out *place;

	if (places->n == places->cap) {
		size_t cap = places->cap ? places->cap * 2 : 64;
		void *more = realloc(places->list, cap * sizeof(*places->list));

		if (!more)
			return mc_fail_memory(err);
		places->list = more;
		places->cap = cap;
	}
	place = &places->list[places->n++];
	*place = (struct mc_place_out){ .id = folder->id,
		.sightings = folder->sightings,
		.standing = folder->standing,
		.labelled = folder->labelled };
	return mc_strdup(&place->path, mc_span_str(folder->path), err);
}

static MC_RC on_folder(
	void *arg, const struct mc_extract_folder *folder, struct mc_error *err)
{
	struct loader *loader = arg;

	if (!is_wanted(loader->req, folder->path))
		return MC_OK;
	return add(loader->places, folder, err);
}

static int compare(const void *a, const void *b)
{
	const struct mc_place_out *x = a;
	const struct mc_place_out *y = b;
	int by_path = strcmp(x->path, y->path);

	return by_path ? by_path : (x->id > y->id) - (x->id < y->id);
}

static bool has_path(const struct mc_places *places, const char *path)
{
	for (size_t i = 0; i < places->n; i++) {
		if (strcmp(places->list[i].path, path) == 0)
			return true;
	}
	return false;
}

/* The folder of that path; if there is none, those that differ in case alone. */
static bool is_meant(
	const struct mc_places *places, const char *wanted, const char *path)
{
	if (!mc_span_ieq(mc_span_str(wanted), mc_span_str(path)))
		return false;
	return strcmp(wanted, path) == 0 || !has_path(places, wanted);
}

static void drop_others(struct mc_places *places)
{
	size_t n = 0;

	for (size_t i = 0; i < places->n; i++) {
		struct mc_place_out place = places->list[i];

		places->list[i].path = NULL;
		if (place.meant)
			places->list[n++] = place;
		else
			free(place.path);
	}
	places->n = n;
}

static MC_RC choose_wanted(struct mc_places *places,
	const struct mc_request *req, struct mc_error *err)
{
	for (size_t i = 0; i < req->export.folders_n; i++) {
		const char *path = req->export.folders[i];
		bool found = false;

		for (size_t k = 0; k < places->n; k++) {
			if (!is_meant(places, path, places->list[k].path))
				continue;
			places->list[k].meant = true;
			found = true;
		}
		if (!found)
			return mc_fail(err, MC_ENOENT, MC_RUN, 0,
				"no folder '%s' in '%s'; 'mailcart list' shows "
				"the folders",
				path, req->archive);
	}
	if (req->export.folders_n > 0)
		drop_others(places);
	return MC_OK;
}

/* Joins `place` to the one before it, which has its path.  False: it stays a
 * place of its own. */
static bool join(
	struct mc_place_out *before, struct mc_place_out *place, bool original)
{
	if (original) {
		place->twin = place->id;
		return false;
	}
	before->sightings += place->sightings;
	before->standing += place->standing;
	before->labelled += place->labelled;
	return true;
}

static bool is_heap(const struct mc_place_out *place, bool original)
{
	if (original)
		return place->sightings == 0 && place->labelled > 0;
	return place->sightings > 0 && place->standing == 0;
}

static void merge(struct mc_places *places, bool original)
{
	size_t n = 0;

	for (size_t i = 0; i < places->n; i++) {
		struct mc_place_out *place = &places->list[i];

		if (n > 0 &&
			strcmp(places->list[n - 1].path, place->path) == 0 &&
			join(&places->list[n - 1], place, original))
			free(place->path);
		else
			places->list[n++] = *place;
	}
	places->n = n;
}

static void drop_heaps(struct mc_places *places, bool original)
{
	size_t n = 0;

	for (size_t i = 0; i < places->n; i++) {
		if (is_heap(&places->list[i], original))
			free(places->list[i].path);
		else
			places->list[n++] = places->list[i];
	}
	places->n = n;
}

MC_RC mc_places_load(struct mc_places *places, struct mc_archive *ar,
	const struct mc_request *req, struct mc_error *err)
{
	struct loader loader = { places, req };
	enum mc_rc rc = mc_extract_folders(ar, on_folder, &loader, err);

	if (rc < 0)
		return rc;
	if (places->n > 0)
		qsort(places->list, places->n, sizeof(*places->list), compare);
	rc = choose_wanted(places, req, err);
	if (rc < 0)
		return rc;
	merge(places, req->export.original);
	drop_heaps(places, req->export.original);
	return MC_OK;
}

void mc_places_dispose(struct mc_places *places)
{
	for (size_t i = 0; i < places->n; i++)
		free(places->list[i].path);
	free(places->list);
	*places = (struct mc_places){ 0 };
}
