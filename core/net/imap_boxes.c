/* SPDX-License-Identifier: MIT
 * imap_boxes: mailboxes in memory: found by name, added, freed. */
#include "net/imap_lister.h"

#include "base/text.h"
#include "net/hint.h"

static const struct mc_span inbox = { "INBOX", 5 };

void mc_imap_box_dispose(struct mc_imap_box *box)
{
	free(box->wire);
	free(box->name);
	free(box->attributes);
}

void mc_imap_boxes_dispose(struct mc_imap_boxes *boxes)
{
	for (size_t i = 0; i < boxes->n; i++)
		mc_imap_box_dispose(&boxes->box[i]);
	free(boxes->box);
	free(boxes->prefix);
	mc_index_dispose(&boxes->names);
	*boxes = (struct mc_imap_boxes){ 0 };
}

size_t mc_imap_find_box(const struct mc_imap_boxes *boxes, const char *name)
{
	bool is_inbox = mc_span_ieq(mc_span_str(name), inbox);

	return mc_index_find(
		&boxes->names, is_inbox ? inbox.p : name, boxes->n);
}

size_t mc_imap_boxes_find_wire(
	const struct mc_imap_boxes *boxes, struct mc_span wire, size_t from)
{
	bool is_inbox = mc_span_ieq(wire, inbox);

	for (size_t n = 0; n < boxes->n; n++) {
		size_t i = (from + n) % boxes->n;
		const struct mc_imap_box *box = &boxes->box[i];

		if (is_inbox ? box->is_inbox
			     : mc_span_eq(mc_span_str(box->wire), wire))
			return i;
	}
	return boxes->n;
}

enum mc_rc mc_imap_fail_many(struct mc_error *err, const char *what)
{
	char number[MC_NUMBER_TEXT];

	return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
		"the server has more than %s %s" MC_RUNNERS_ADVICE,
		mc_text_number(number, MC_MAILBOXES_MAX), what);
}

static MC_RC make_room(struct mc_imap_boxes *boxes, struct mc_error *err)
{
	size_t cap = boxes->cap ? boxes->cap * 2 : 32;
	void *grown;

	if (boxes->n < boxes->cap)
		return MC_OK;
	if (boxes->n >= MC_MAILBOXES_MAX)
		return mc_imap_fail_many(err, "mailboxes");
	grown = realloc(boxes->box, cap * sizeof(*boxes->box));
	if (!grown)
		return mc_fail_memory(err);
	boxes->box = grown;
	boxes->cap = cap;
	return MC_OK;
}

MC_RC mc_imap_boxes_put(struct mc_imap_boxes *boxes, struct mc_imap_box *box,
	struct mc_error *err)
{
	enum mc_rc rc = make_room(boxes, err);

	if (rc == MC_OK)
		rc = mc_index_put(&boxes->names, box->name, boxes->n, err);
	if (rc < 0)
		mc_imap_box_dispose(box);
	else
		boxes->box[boxes->n++] = *box;
	*box = (struct mc_imap_box){ 0 };
	return rc < 0 ? rc : MC_OK;
}

MC_RC mc_imap_add_box(struct mc_imap_boxes *boxes, const char *name,
	struct mc_span wire, struct mc_error *err)
{
	struct mc_imap_box box = { .separator = boxes->separator,
		.selectable = true,
		.inferiors = true };
	enum mc_rc rc = mc_strdup(&box.name, mc_span_str(name), err);

	if (rc == MC_OK)
		rc = mc_strdup(&box.wire, wire, err);
	if (rc == MC_OK)
		rc = mc_strdup(&box.attributes, MC_SPAN(""), err);
	if (rc == MC_OK)
		return mc_imap_boxes_put(boxes, &box, err);
	mc_imap_box_dispose(&box);
	return rc;
}
