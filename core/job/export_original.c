/* SPDX-License-Identifier: MIT */
#include "job/export_original.h"

#include "archive/query.h"
#include "archive/reach.h"
#include "base/limits.h"
#include "base/text.h"
#include "msg/dress.h"

/* The walk through an mbox. */
struct walk {
	struct mc_exporter *e;
	struct mc_extract_file file;
	bool whole;   /* it was read to its end */
	int64_t end;  /* octets of the file; 0: not known */
	int64_t at;   /* offset in it */
	int64_t *met; /* sightings that stand in it */
	size_t n;
	size_t cap;
	int64_t missing; /* octets that nobody kept */
};

static MC_RC meet(struct walk *walk, int64_t sighting, struct mc_error *err)
{
	if (walk->n == walk->cap) {
		size_t cap = walk->cap ? walk->cap * 2 : 256;
		void *more = realloc(walk->met, cap * sizeof(*walk->met));

		if (!more)
			return mc_fail_memory(err);
		walk->met = more;
		walk->cap = cap;
	}
	walk->met[walk->n++] = sighting;
	return MC_OK;
}

static MC_RC on_message(
	void *arg, const struct mc_extract *message, struct mc_error *err)
{
	struct walk *walk = arg;
	enum mc_rc rc = meet(walk, message->sighting, err);

	return rc < 0 ? rc : mc_exporter_message(walk->e, message, err);
}

static MC_RC on_gap(void *arg, struct mc_span octets, struct mc_error *err)
{
	struct walk *walk = arg;

	return mc_export_plain(walk->e->out, octets, err);
}

/* Where the next piece begins behind walk->at, where none does; MC_DONE: none
 * before the file's end. */
static MC_RC skip(struct walk *walk, struct mc_error *err)
{
	int64_t next;
	enum mc_rc rc = mc_extract_behind(
		walk->e->ar, &walk->file, walk->at, &next, err);

	if (rc < 0)
		return rc;
	if (rc == MC_DONE || (walk->end > 0 && next > walk->end))
		next = walk->end > walk->at ? walk->end : walk->at;
	walk->missing += next - walk->at;
	walk->at = next;
	return rc;
}

/* From the start of the file to its end, or to the end of what is known. */
static MC_RC rebuild(struct walk *walk, struct mc_error *err)
{
	const struct mc_extract_reader reader = { on_message, on_gap, walk };
	struct mc_export *out = walk->e->out;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && (walk->end == 0 || walk->at < walk->end)) {
		int64_t before = mc_export_offset(out);
		int64_t octets;

		rc = mc_extract_at(
			walk->e->ar, &walk->file, walk->at, &reader, err);
		octets = mc_export_offset(out) - before;
		walk->at += octets;
		if (rc >= 0)
			rc = octets > 0 ? MC_OK : skip(walk, err);
	}
	return rc < 0 ? rc : MC_OK;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* What the file held at an earlier time only. */
static MC_RC on_earlier(
	void *arg, const struct mc_extract *message, struct mc_error *err)
{
	const struct walk *walk = arg;

	if (bsearch(&message->sighting, walk->met, walk->n, sizeof(*walk->met),
		    compare))
		return MC_OK;
	return mc_exporter_message(walk->e, message, err);
}

static MC_RC write_earlier(struct walk *walk, const struct mc_place_out *place,
	struct mc_error *err)
{
	int64_t n = place->sightings - (int64_t)walk->n;
	char number[MC_NUMBER_TEXT];
	char shown[512];
	struct mc_buf path;
	enum mc_rc rc;

	if (n <= 0)
		return MC_OK;
	if (walk->n > 0)
		qsort(walk->met, walk->n, sizeof(*walk->met), compare);
	mc_text_escape(shown, sizeof(shown), mc_span_str(place->path));
	mc_note(&walk->e->req->monitor,
		"'%s': %s message%s that it held earlier and not when it was "
		"last read: written to '%s (earlier)'",
		shown, mc_text_number(number, n), n == 1 ? "" : "s", shown);
	mc_buf_init(&path, (size_t)2 * MC_NAME_MAX);
	rc = mc_buf_printf(&path, err, "%s (earlier)", place->path);
	if (rc == MC_OK)
		rc = mc_exporter_begin_folder(
			walk->e, mc_buf_str(&path), -place->id, err);
	if (rc == MC_OK)
		rc = mc_extract_sightings(
			walk->e->ar, place->id, on_earlier, walk, err);
	if (rc == MC_OK)
		rc = mc_exporter_end_folder(walk->e, err);
	mc_buf_dispose(&path);
	return rc;
}

/* What keeps the file from being as it was. */
static void tell_missing(struct walk *walk, const struct mc_place_out *place)
{
	const struct mc_monitor *mon = &walk->e->req->monitor;
	char number[MC_NUMBER_TEXT];
	char shown[512];

	if (walk->whole && walk->missing == 0)
		return;
	walk->e->report->incomplete++;
	mc_text_escape(shown, sizeof(shown), mc_span_str(place->path));
	if (!walk->whole)
		mc_note(mon,
			"'%s' was not read to its end when it was last read, "
			"so that it is not as it was",
			shown);
	if (walk->missing > 0)
		mc_note(mon,
			"'%s': %s octets of it are not in the archive, so that "
			"it is not as it was",
			shown, mc_text_number(number, walk->missing));
}

/* What is known of the file as it was when it was last read. */
static MC_RC know(struct walk *walk, int64_t folder, struct mc_error *err)
{
	struct mc_archive *ar = walk->e->ar;
	struct mc_reach reach;
	enum mc_rc rc = mc_reach_get(ar, folder, &reach, err);

	walk->file.folder = folder;
	if (rc == MC_OK && !reach.fingerprint[0])
		return mc_extract_last_run(
			ar, folder, &walk->file.since, &walk->whole, err);
	walk->file.since = reach.run;
	walk->whole = reach.whole;
	walk->end = reach.whole ? reach.offset : 0;
	return rc;
}

static MC_RC write_mbox(struct mc_exporter *e, const struct mc_place_out *place,
	struct mc_error *err)
{
	struct walk walk = { .e = e };
	enum mc_rc rc = know(&walk, place->id, err);

	if (rc == MC_OK)
		rc = mc_exporter_begin_folder(e, place->path, place->twin, err);
	if (rc == MC_OK)
		rc = rebuild(&walk, err);
	if (rc == MC_OK)
		rc = mc_exporter_end_folder(e, err);
	if (rc == MC_OK)
		tell_missing(&walk, place);
	if (rc == MC_OK)
		rc = write_earlier(&walk, place, err);
	free(walk.met);
	return rc;
}

static MC_RC write_sightings(struct mc_exporter *e,
	const struct mc_place_out *place, struct mc_error *err)
{
	enum mc_rc rc =
		mc_exporter_begin_folder(e, place->path, place->twin, err);

	if (rc == MC_OK)
		rc = mc_extract_sightings(
			e->ar, place->id, mc_exporter_message, e, err);
	return rc < 0 ? rc : mc_exporter_end_folder(e, err);
}

/* The first sighting that can be read tells for all: does it have a From_ line? */
struct first {
	struct mc_exporter *e;
	bool wrapped;
};

static MC_RC look_at(
	void *arg, const struct mc_extract *message, struct mc_error *err)
{
	struct first *first = arg;
	struct mc_buf *dress = &first->e->dress;
	struct mc_span rest;
	struct mc_span payload;
	char kind;
	enum mc_rc rc =
		mc_dress_get(first->e->ar, message->sighting, dress, err);

	/* Another one tells as well. */
	if (message->lost || (rc < 0 && err->scope == MC_MESSAGE))
		return MC_OK;
	rest = mc_buf_span(dress);
	while (rc == MC_OK && !first->wrapped) {
		rc = mc_dress_next(&rest, &kind, &payload, err);
		first->wrapped = rc == MC_OK && kind == 'F';
	}
	return rc < 0 ? rc : MC_DONE;
}

/* Whether the folder was an mbox: then its keys are offsets. */
static MC_RC is_mbox(struct mc_exporter *e, const struct mc_place_out *place,
	bool *out, struct mc_error *err)
{
	struct first first = { .e = e };
	enum mc_rc rc;

	*out = false;
	if (e->req->export.format != MC_JOB_MBOXRD &&
		e->req->export.format != MC_JOB_MBOXO)
		return MC_OK;
	if (place->sightings == 0) {
		*out = true;
		return MC_OK;
	}
	rc = mc_extract_sightings(e->ar, place->id, look_at, &first, err);
	*out = first.wrapped;
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_export_original(struct mc_exporter *e,
	const struct mc_place_out *place, struct mc_error *err)
{
	const struct mc_selection *select = &e->req->select;
	bool all = select->since == 0 && select->before == 0 &&
		   select->max_octets == 0;
	bool mbox = false;
	enum mc_rc rc = MC_OK;

	if (all && e->out)
		rc = is_mbox(e, place, &mbox, err);
	if (rc < 0)
		return rc;
	return mbox ? write_mbox(e, place, err)
		    : write_sightings(e, place, err);
}
