/* SPDX-License-Identifier: MIT */
#include "job/land.h"

#include <stdlib.h>

#include "archive/body.h"
#include "archive/sighting.h"
#include "base/limits.h"
#include "base/text.h"
#include "job/select.h"
#include "plan/plan.h"

void mc_land_init(struct mc_land *land, struct mc_archive *ar)
{
	*land = (struct mc_land){ .ar = ar };
	mc_buf_init(&land->keywords, MC_HEADER_MAX);
	mc_buf_init(&land->sorted.keywords, MC_WORDS_MAX);
}

static void free_lost(struct mc_lost *lost)
{
	while (lost) {
		struct mc_lost *next = lost->next;

		free(lost);
		lost = next;
	}
}

void mc_land_dispose(struct mc_land *land)
{
	free_lost(land->now.lost);
	mc_buf_dispose(&land->keywords);
	mc_buf_dispose(&land->sorted.keywords);
	free(land->path);
}

MC_RC mc_land_place(struct mc_land *land, const struct mc_place *place,
	const struct mc_read_outcome *own, struct mc_error *err)
{
	char *path = NULL;

	if (place->path && mc_strdup(&path, mc_span_str(place->path), err) < 0)
		return err->rc;
	free(land->path);
	land->path = path;
	land->place = *place;
	land->place.path = path;
	land->own = *own;
	return MC_OK;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The folder that a label is, if the rules let it pass. */
static MC_RC put_stand(struct mc_land *land, const struct mc_gmail_label *label,
	struct mc_error *err)
{
	const struct mc_place *place = &land->place;
	struct mc_folder_row row;
	const char *rule = NULL;
	char *path = NULL;
	enum mc_rc rc = mc_strdup(&path, label->path, err);

	if (rc == MC_OK && mc_rules_pass(place->rules, path, &rule)) {
		rc = mc_folder_put(land->ar, place->source, path,
			(int)label->special, &row, err);
		if (rc == MC_OK)
			land->stands[land->stands_n++] = row.id;
	}
	free(path);
	return rc;
}

/* What Gmail's labels say of a message, in a folder where they do.  MC_DONE:
 * the rules let none of its folders pass. */
static MC_RC stand(struct mc_land *land, const struct mc_parcel *parcel,
	struct mc_error *err)
{
	bool told = parcel->item->item.told_labels;
	struct mc_labels *sorted = &land->sorted;
	enum mc_rc rc;

	land->stands_n = 0;
	sorted->flags = 0;
	mc_buf_clear(&sorted->keywords);
	mc_buf_clear(&land->keywords);
	rc = mc_buf_put(&land->keywords,
		(struct mc_span){ parcel->keywords.text, parcel->keywords.n },
		err);
	if (rc < 0 || !land->place.labelled || !(told || parcel->has_labels))
		return rc;
	rc = mc_labels_sort(sorted, parcel->labels, told, err);
	for (size_t i = 0; rc == MC_OK && i < sorted->n; i++)
		rc = put_stand(land, &sorted->folders[i], err);
	if (rc == MC_OK)
		rc = mc_buf_put(
			&land->keywords, mc_buf_span(&sorted->keywords), err);
	if (land->stands_n > 0)
		qsort(land->stands, land->stands_n, sizeof(land->stands[0]),
			compare_ids);
	return rc == MC_OK && land->stands_n == 0 ? MC_DONE : rc;
}

static MC_RC open_body(struct mc_land *land, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!land->body_open)
		rc = mc_body_begin(land->ar, err);
	land->body_open = rc == MC_OK;
	return rc;
}

static void abort_body(struct mc_land *land)
{
	if (land->body_open)
		mc_body_abort(land->ar);
	land->body_open = false;
}

MC_RC mc_land_piece(struct mc_land *land, const struct mc_piece *piece,
	struct mc_error *err)
{
	enum mc_rc rc = open_body(land, err);

	return rc == MC_OK ? mc_body_piece(land->ar, piece, err) : rc;
}

/* by_content: the key of what the source cannot name is what it is. */
static void describe(const struct mc_land *land, const struct mc_parcel *parcel,
	const char *by_content, struct mc_sighting *s)
{
	const struct mc_item *item = &parcel->item->item;
	const struct mc_facts *facts = &parcel->facts;

	s->key = item->key[0] ? item->key : by_content;
	s->listed_octets = item->octets;
	s->raw_octets = facts->raw_octets;
	if (!mc_digest_eq(&facts->raw_sha256, &facts->sha256))
		s->raw_sha256 = &facts->raw_sha256;
	s->dress = parcel->dress;
	s->time = parcel->when.time;
	s->rank = (int)parcel->when.rank;
	s->flags = item->flags | facts->flags | land->sorted.flags;
	s->keywords = mc_buf_span(&land->keywords);
	s->labels = (struct mc_span){ parcel->labels.text, parcel->labels.n };
	s->stands = land->stands;
	s->stands_n = land->stands_n;
	s->logical_key = &parcel->key;
	s->variant = &facts->variant;
	s->message_id = facts->message_id;
	s->aliases = (struct mc_span){ facts->aliases.text, facts->aliases.n };
	s->date = parcel->date;
	s->from = parcel->from;
	s->subject = parcel->subject;
}

/* Its octets, and where it was seen. */
static MC_RC put(struct mc_land *land, const struct mc_parcel *parcel,
	struct mc_sighting *s, enum mc_sighting_news *news, int64_t *sighting,
	struct mc_error *err)
{
	const struct mc_facts *facts = &parcel->facts;
	struct mc_body body = { .octets = facts->octets,
		.sha256 = facts->sha256,
		.shape = facts->shape,
		.longest_line = facts->longest_line };
	enum mc_rc rc = open_body(land, err);

	if (rc == MC_OK && parcel->alone.octets > 0)
		rc = mc_body_piece(land->ar, &parcel->alone, err);
	if (rc == MC_OK)
		rc = mc_message_put(land->ar, &body, s, news, sighting, err);
	land->body_open = false;
	return rc;
}

static bool brought_earlier(const struct mc_land *land, int64_t sighting)
{
	return land->resumed && land->now.first_sighting > 0 &&
	       sighting >= land->now.first_sighting;
}

static void count_news(
	struct mc_land *land, enum mc_sighting_news news, int64_t sighting)
{
	struct mc_landed *now = &land->now;

	if (news == MC_NEWS_SAME && brought_earlier(land, sighting)) {
		now->again++;
		return;
	}
	if (news == MC_NEWS_MESSAGE || news == MC_NEWS_VARIANT) {
		now->stored++;
	} else {
		now->known++;
		now->copies++;
	}
	now->brought++;
	if (now->first_sighting == 0 && news != MC_NEWS_SAME &&
		news != MC_NEWS_REKEYED)
		now->first_sighting = sighting;
}

/* MC_DONE: a rule has skipped it. */
static MC_RC store(struct mc_land *land, const struct mc_parcel *parcel,
	struct mc_error *err)
{
	const struct mc_place *place = &land->place;
	struct mc_sighting s = { .folder = place->folder, .run = place->run };
	char by_content[8 + MC_SHA256_HEX] = "sha256:";
	enum mc_skip_rule rule = MC_SKIP_FOLDER;
	enum mc_sighting_news news;
	int64_t sighting;
	enum mc_rc rc = MC_DONE;

	if (!mc_select_skips(place->select, parcel->facts.raw_octets,
		    parcel->when.time, &rule))
		rc = stand(land, parcel, err);
	if (rc == MC_DONE) {
		land->now.skipped_by[rule]++;
		land->own.tally.skipped_by[rule]++;
		abort_body(land);
		return MC_DONE;
	}
	if (rc < 0)
		return rc;
	if (!parcel->item->item.key[0])
		mc_digest_hex(by_content + strlen(by_content),
			&parcel->facts.raw_sha256);
	if (place->moving)
		s.since_run = place->since_run ? place->since_run : place->run;
	describe(land, parcel, by_content, &s);
	rc = put(land, parcel, &s, &news, &sighting, err);
	if (rc == MC_OK)
		count_news(land, news, sighting);
	return rc;
}

/* For the lines that are told at the end of a batch. */
static MC_RC list_lost(struct mc_land *land, const char *key, const char *why,
	struct mc_error *err)
{
	const char *path = land->place.path;
	size_t n = strlen(key) + 1;
	size_t path_n = path ? strlen(path) + 1 : 0;
	struct mc_lost *lost = malloc(sizeof(*lost) + n + path_n);

	if (!lost)
		return mc_fail_memory(err);
	memcpy(lost->key, key, n);
	lost->folder = path ? memcpy(lost->key + n, path, path_n) : NULL;
	mc_text_format(lost->why, sizeof(lost->why), "%s", why);
	lost->next = land->now.lost;
	land->now.lost = lost;
	return MC_OK;
}

/* That a session ended is told by whoever begins the next, or gives up. */
static MC_RC note_lost(struct mc_land *land, const char *key,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_run_item item = { .run = land->place.run,
		.folder = land->place.folder,
		.key = key,
		.failed = true,
		.why = why->text };
	enum mc_rc rc = MC_OK;

	if (why->scope < MC_SESSION)
		rc = list_lost(land, key, why->text, err);
	if (rc < 0)
		return rc;
	land->now.failed++;
	land->own.tally.failed++;
	abort_body(land);
	return mc_run_item_put(land->ar, &item, err);
}

MC_RC mc_land_parcel(struct mc_land *land, const struct mc_parcel *parcel,
	struct mc_error *err)
{
	const struct mc_error *why = &parcel->why;
	enum mc_rc rc = MC_OK;

	if (parcel->state == MC_PARCEL_DROPPED) {
		abort_body(land);
		return MC_OK;
	}
	if (parcel->state == MC_PARCEL_WHOLE) {
		rc = store(land, parcel, err);
		if (rc >= 0) {
			land->own.in_place |= parcel->in_place;
			return MC_OK;
		}
		if (err->scope != MC_MESSAGE)
			return rc;
		why = err;
	}
	return note_lost(land, parcel->item->item.key, why, err);
}

void mc_landed_move(struct mc_landed *sum, struct mc_landed *from)
{
	struct mc_lost **end = &from->lost;

	sum->stored += from->stored;
	sum->known += from->known;
	sum->failed += from->failed;
	sum->brought += from->brought;
	sum->copies += from->copies;
	sum->again += from->again;
	for (int rule = 0; rule < MC_SKIP_RULES; rule++)
		sum->skipped_by[rule] += from->skipped_by[rule];
	sum->first_sighting = from->first_sighting;
	while (*end)
		end = &(*end)->next;
	*end = sum->lost;
	sum->lost = from->lost;
	*from = (struct mc_landed){ .first_sighting = from->first_sighting };
}
