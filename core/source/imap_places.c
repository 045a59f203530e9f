/* SPDX-License-Identifier: MIT */
#include "source/imap_places.h"

#include "base/text.h"
#include "source/label.h"

void mc_imap_places_dispose(struct mc_imap_places *places)
{
	free(places->place);
	mc_label_set_free(places->paths);
	mc_imap_boxes_dispose(&places->boxes);
	*places = (struct mc_imap_places){ 0 };
}

/* name without the personal namespace's prefix: "INBOX.Work" is Work where all
 * is below INBOX. */
static struct mc_span without_prefix(const struct mc_imap_boxes *boxes,
	const struct mc_imap_box *box, struct mc_span name)
{
	struct mc_span prefix = mc_span_str(boxes->prefix);
	struct mc_span rest = mc_span_from(name, prefix.n);

	return box->is_inbox || rest.n == 0 || !mc_span_istarts(name, prefix)
		       ? name
		       : rest;
}

/* Levels split by '/'.  A '/' that splits none becomes '_', or it would make
 * a level of its own. */
static MC_RC make_path(struct mc_buf *path, const struct mc_imap_boxes *boxes,
	const struct mc_imap_box *box, const char *shown, struct mc_error *err)
{
	struct mc_span name = without_prefix(boxes, box, mc_span_str(shown));
	enum mc_rc rc = MC_OK;

	mc_buf_clear(path);
	for (size_t i = 0; i < name.n && rc == MC_OK; i++) {
		char c = name.p[i];

		if (box->separator && c == box->separator)
			c = '/';
		else if (c == '/')
			c = '_';
		rc = mc_buf_putc(path, c, err);
	}
	/* "INBOX.inbox" is not the INBOX, which a path says in any case. */
	if (rc == MC_OK && !box->is_inbox &&
		mc_span_ieq(mc_buf_span(path), MC_SPAN("INBOX")))
		rc = mc_buf_put(path, MC_SPAN(" (2)"), err);
	return rc;
}

/* Is the path other than the name written with '/'? */
static bool is_renamed(
	const struct mc_imap_places *places, const struct mc_imap_place *place)
{
	const struct mc_imap_box *box = place->box;
	struct mc_span name =
		without_prefix(&places->boxes, box, mc_span_str(box->name));
	struct mc_span path = mc_span_str(place->path);

	if (box->odd || name.n != path.n)
		return true;
	for (size_t i = 0; i < name.n; i++) {
		bool splits = box->separator && name.p[i] == box->separator;

		if (path.p[i] != (splits ? '/' : name.p[i]))
			return true;
	}
	return false;
}

/* A name that is no UTF-8 is shown as those of files are, unless that would be
 * too long. */
static MC_RC show_name(char **out, const struct mc_imap_box *box, bool misnamed,
	struct mc_error *err)
{
	enum mc_rc rc = MC_ELIMIT;

	if (misnamed)
		rc = mc_label(out, mc_span_str(box->wire), err);
	return rc == MC_ELIMIT ? mc_strdup(out, mc_span_str(box->name), err)
			       : rc;
}

static MC_RC add_place(struct mc_imap_places *places,
	const struct mc_imap_box *box, const struct mc_monitor *mon,
	struct mc_error *err)
{
	struct mc_imap_place *place = &places->place[places->n];
	char *shown = NULL;
	struct mc_buf path;
	enum mc_rc rc;

	/* An escaped name is up to four times its wire form. */
	mc_buf_init(&path, (size_t)4 * MC_IMAP_WIRE_MAX);
	*place = (struct mc_imap_place){ .box = box,
		.misnamed = !mc_utf8_valid(mc_span_str(box->wire)),
		.special = box->is_inbox ? MC_SPECIAL_INBOX
					 : mc_special_by_attributes(
						   box->attributes) };
	rc = show_name(&shown, box, place->misnamed, err);
	if (rc == MC_OK)
		rc = make_path(&path, &places->boxes, box, shown, err);
	if (rc == MC_OK)
		rc = mc_label_unique(
			&place->path, &places->paths, mc_buf_str(&path), err);
	mc_buf_dispose(&path);
	free(shown);
	if (rc < 0)
		return rc;
	places->n++;
	if (!place->misnamed && is_renamed(places, place))
		mc_note(mon, "mailbox '%s' is kept as folder '%s'", box->name,
			place->path);
	return MC_OK;
}

static MC_RC add_all(struct mc_imap_places *places,
	const struct mc_monitor *mon, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	places->n = 0;
	places->place = calloc(places->boxes.n + 1, sizeof(*places->place));
	if (!places->place)
		return mc_fail_memory(err);
	for (size_t i = 0; i < places->boxes.n && rc == MC_OK; i++)
		if (places->boxes.box[i].selectable)
			rc = add_place(places, &places->boxes.box[i], mon, err);
	return rc;
}

static bool is_named(const struct mc_imap_place *place, const char *name)
{
	if (place->box->is_inbox)
		return mc_span_ieq(mc_span_str(name), MC_SPAN("INBOX"));
	return strcmp(place->path, name) == 0 ||
	       strcmp(place->box->name, name) == 0 ||
	       strcmp(place->box->wire, name) == 0;
}

static MC_RC keep_only(
	struct mc_imap_places *places, const char *name, struct mc_error *err)
{
	for (size_t i = 0; i < places->n; i++) {
		if (!is_named(&places->place[i], name))
			continue;
		places->place[0] = places->place[i];
		places->n = 1;
		return MC_OK;
	}
	return mc_fail(err, MC_ENOENT, MC_RUN, 0,
		"the server has no mailbox '%s'", name);
}

static bool has_all_mail(const struct mc_imap_places *places)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->place[i].special == MC_SPECIAL_ALL)
			return true;
	return false;
}

/* Gmail's views go, and All Mail tells by its labels what they would show. */
static void drop_views(
	struct mc_imap_places *places, const struct mc_monitor *mon)
{
	size_t kept = 0;

	if (!has_all_mail(places)) {
		mc_note(mon,
			"Gmail does not show All Mail: what has several labels "
			"is fetched once for each ('Show in IMAP' in Gmail's "
			"settings of labels mends that)");
		return;
	}
	for (size_t i = 0; i < places->n; i++) {
		struct mc_imap_place place = places->place[i];

		place.labelled = place.special == MC_SPECIAL_ALL;
		if (place.labelled || place.special == MC_SPECIAL_TRASH ||
			place.special == MC_SPECIAL_JUNK)
			places->place[kept++] = place;
	}
	places->n = kept;
}

static MC_RC list_one(struct mc_imap_places *places, struct mc_imap *imap,
	const char *only, const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_imap_box *box = NULL;
	enum mc_rc rc = mc_imap_list(imap, 0, &places->boxes, err);

	if (rc == MC_OK)
		rc = add_all(places, mon, err);
	if (rc == MC_OK)
		rc = keep_only(places, only, err);
	if (rc < 0)
		return rc;
	places->place[0].labelled =
		places->place[0].special == MC_SPECIAL_ALL &&
		mc_imap_can(imap, "X-GM-EXT-1");
	box = &places->boxes.box[places->place[0].box - places->boxes.box];
	rc = mc_imap_ask_status(imap, mc_span_str(box->wire),
		mc_imap_status_items(imap), &box->status, err);
	return rc == MC_EREFUSED ? MC_OK : rc;
}

static MC_RC list_all(struct mc_imap_places *places, struct mc_imap *imap,
	const struct mc_monitor *mon, struct mc_error *err)
{
	enum mc_rc rc =
		mc_imap_list(imap, MC_IMAP_ASK_STATUS, &places->boxes, err);

	if (rc == MC_OK)
		rc = mc_imap_list_status(imap, &places->boxes, err);
	if (rc == MC_OK)
		rc = add_all(places, mon, err);
	if (rc == MC_OK && mc_imap_can(imap, "X-GM-EXT-1"))
		drop_views(places, mon);
	return rc;
}

MC_RC mc_imap_places_list(struct mc_imap_places *places, struct mc_imap *imap,
	const char *only, const struct mc_monitor *mon, struct mc_error *err)
{
	enum mc_rc rc;

	mc_imap_places_dispose(places);
	rc = only ? list_one(places, imap, only, mon, err)
		  : list_all(places, imap, mon, err);
	/* Without a list nothing can be read. */
	if (rc == MC_EREFUSED)
		err->scope = MC_SESSION;
	return rc;
}
