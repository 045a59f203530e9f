/* SPDX-License-Identifier: MIT */
#include "net/imap_list.h"

#include "base/text.h"
#include "net/imap_lister.h"
#include "net/imap_name.h"

/* STATUS commands on their way at a time. */
enum { STATUS_WINDOW = 64 };

static const struct mc_span inbox = { "INBOX", 5 };

/* --- what LIST tells ---------------------------------------------------- */

static void take_attribute(struct mc_imap_box *box, struct mc_span s)
{
	if (mc_span_ieq(s, MC_SPAN("\\Noselect")) ||
		mc_span_ieq(s, MC_SPAN("\\NonExistent")))
		box->selectable = false;
	else if (mc_span_ieq(s, MC_SPAN("\\Noinferiors")))
		box->inferiors = false;
	else if (mc_span_ieq(s, MC_SPAN("\\Subscribed")))
		box->subscribed = true;
}

bool mc_imap_parse_box(
	const struct mc_imap_tokens *t, struct mc_imap_box *box, size_t *name)
{
	size_t end = mc_imap_behind(t, 1);

	*box = (struct mc_imap_box){ .selectable = true,
		.inferiors = true,
		.status = { .appendlimit = -1 } };
	if (mc_imap_type(t, 1) != MC_IMAP_OPEN)
		return false;
	for (size_t i = 2; i + 1 < end; i++)
		take_attribute(box, mc_imap_span(t, i));
	if (mc_imap_type(t, end) == MC_IMAP_STRING &&
		mc_imap_span(t, end).n == 1)
		box->separator = mc_imap_span(t, end).p[0];
	*name = end + 1;
	return (mc_imap_type(t, *name) == MC_IMAP_STRING ||
		       mc_imap_type(t, *name) == MC_IMAP_ATOM) &&
	       mc_imap_span(t, *name).n > 0;
}

static MC_RC copy_attributes(struct mc_imap_box *box,
	const struct mc_imap_tokens *t, struct mc_error *err)
{
	struct mc_buf words;
	enum mc_rc rc;

	mc_buf_init(&words, MC_RESPONSE_MAX);
	rc = mc_imap_words(t, 1, &words, err);
	for (size_t i = 0; i < words.len; i++)
		if (words.data[i] == '\0')
			words.data[i] = ' ';
	if (rc == MC_OK)
		rc = mc_strdup(&box->attributes,
			mc_span_trim(mc_buf_span(&words)), err);
	mc_buf_dispose(&words);
	return rc;
}

/* As people read it.  What is no text is shown escaped: such a mailbox can be
 * selected all the same. */
static MC_RC decode_name(struct mc_imap_lister *lister, struct mc_imap_box *box,
	struct mc_span wire, struct mc_error *err)
{
	char shown[MC_IMAP_WIRE_MAX + 1];
	enum mc_rc rc = MC_DONE;

	mc_buf_clear(&lister->name);
	box->is_inbox = mc_span_ieq(wire, inbox);
	if (box->is_inbox)
		return mc_strdup(&box->name, inbox, err);
	if (box->wire[0])
		rc = mc_imap_name_decode(&lister->name, wire, err);
	if (rc < 0 && err->scope == MC_RUN)
		return rc;
	if (rc >= 0 && lister->name.len > 0)
		return mc_strdup(&box->name, mc_buf_span(&lister->name), err);
	box->odd = true;
	mc_text_escape(shown, sizeof(shown), wire);
	return mc_strdup(&box->name, mc_span_str(shown), err);
}

/* A mailbox that is there already (INBOX listed twice, one LISTed again) is
 * renewed; box is taken over in any case. */
static MC_RC put_box(struct mc_imap_lister *lister, struct mc_imap_box *box,
	struct mc_error *err)
{
	struct mc_imap_boxes *boxes = lister->boxes;
	size_t i = boxes->n;

	if (box->is_inbox || lister->only.p)
		i = mc_imap_boxes_find_wire(boxes, mc_span_str(box->wire), 0);
	if (i == boxes->n)
		return mc_imap_boxes_put(boxes, box, err);
	box->status = boxes->box[i].status;
	mc_imap_box_dispose(&boxes->box[i]);
	boxes->box[i] = *box;
	*box = (struct mc_imap_box){ 0 };
	return MC_OK;
}

static bool can_be_sent(struct mc_span wire)
{
	return wire.n <= MC_IMAP_WIRE_MAX &&
	       mc_span_index(wire, '\0') == wire.n &&
	       mc_span_index(wire, '\r') == wire.n &&
	       mc_span_index(wire, '\n') == wire.n;
}

static MC_RC on_list(struct mc_imap_lister *lister,
	const struct mc_imap_tokens *t, struct mc_error *err)
{
	struct mc_imap_box box;
	struct mc_span wire;
	size_t name;
	enum mc_rc rc;

	if (!mc_imap_parse_box(t, &box, &name))
		return MC_OK;
	wire = mc_imap_span(t, name);
	if (lister->only.p && !mc_span_eq(lister->only, wire))
		return MC_OK;
	lister->found = true;
	rc = mc_strdup(&box.wire, can_be_sent(wire) ? wire : MC_SPAN(""), err);
	if (rc == MC_OK)
		rc = decode_name(lister, &box, wire, err);
	if (rc == MC_OK)
		rc = copy_attributes(&box, t, err);
	if (rc == MC_OK)
		rc = put_box(lister, &box, err);
	mc_imap_box_dispose(&box);
	return rc;
}

/* Servers tell them in the order of the mailboxes. */
static void on_status(
	struct mc_imap_lister *lister, const struct mc_imap_tokens *t)
{
	struct mc_imap_status status;
	size_t name;
	size_t i;

	if (!mc_imap_take_status(t, &status, &name))
		return;
	i = mc_imap_boxes_find_wire(
		lister->boxes, mc_imap_span(t, name), lister->last);
	if (i == lister->boxes->n)
		return;
	lister->boxes->box[i].status = status;
	lister->last = i;
}

MC_RC mc_imap_take_list(struct mc_imap_lister *lister,
	const struct mc_imap_response *r, struct mc_error *err)
{
	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	if (mc_imap_is(&r->tokens, 0, "LIST"))
		return on_list(lister, &r->tokens, err);
	on_status(lister, &r->tokens);
	return MC_OK;
}

void mc_imap_list_options(
	const struct mc_imap *imap, unsigned ask, char *out, size_t size)
{
	bool status =
		ask & MC_IMAP_ASK_STATUS && mc_imap_can(imap, "LIST-STATUS");
	bool special = mc_imap_can(imap, "SPECIAL-USE");

	out[0] = '\0';
	if (!mc_imap_can(imap, "LIST-EXTENDED") || (!special && !status))
		return;
	mc_text_append(out, size, " RETURN (SUBSCRIBED");
	if (special)
		mc_text_append(out, size, " SPECIAL-USE");
	if (status) {
		mc_text_append(out, size, " STATUS (");
		mc_text_append(out, size, mc_imap_status_items(imap));
		mc_text_append(out, size, ")");
	}
	mc_text_append(out, size, ")");
}

/* --- one ---------------------------------------------------------------- */

struct one_taker {
	struct mc_imap_taker base;
	struct mc_imap_lister lister;
};

static MC_RC on_one(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	return mc_imap_take_list(&((struct one_taker *)base)->lister, r, err);
}

MC_RC mc_imap_list_one(struct mc_imap *imap, struct mc_span wire,
	struct mc_imap_boxes *boxes, bool *found, struct mc_error *err)
{
	struct one_taker taker = { .base = { .data = on_one },
		.lister = { .boxes = boxes, .only = wire } };
	char options[MC_IMAP_LIST_OPTIONS];
	enum mc_rc rc;

	mc_imap_list_options(imap, 0, options, sizeof(options));
	mc_buf_init(&taker.lister.name, MC_IMAP_WIRE_MAX);
	rc = mc_imap_command(
		imap, "LIST \"\"", wire, options, &taker.base, err);
	mc_buf_dispose(&taker.lister.name);
	*found = taker.lister.found;
	return rc;
}

/* --- STATUS ------------------------------------------------------------- */

/* Such a name goes as a literal, for which some servers want to be waited. */
static bool has_8bit(const char *wire)
{
	for (; *wire; wire++)
		if ((unsigned char)*wire >= 0x7f || (unsigned char)*wire < 0x20)
			return true;
	return false;
}

/* STATUS of boxes from *at on that need it goes out; *sent: how many. */
static MC_RC send_status(struct mc_imap *imap,
	const struct mc_imap_boxes *boxes, size_t *at, size_t *sent,
	struct mc_error *err)
{
	char after[128];
	enum mc_rc rc = MC_OK;
	uint32_t tag;

	*sent = 0;
	mc_text_format(
		after, sizeof(after), " (%s)\r\n", mc_imap_status_items(imap));
	for (; rc == MC_OK && *at < boxes->n && *sent < STATUS_WINDOW; ++*at) {
		const struct mc_imap_box *box = &boxes->box[*at];

		if (!box->selectable || box->status.told || !box->wire[0] ||
			has_8bit(box->wire))
			continue;
		rc = mc_imap_begin(imap, &tag, "STATUS ", err);
		if (rc == MC_OK)
			rc = mc_imap_put_astring(
				imap, mc_span_str(box->wire), err);
		if (rc == MC_OK)
			rc = mc_imap_put(imap, after, err);
		++*sent;
	}
	return rc == MC_OK ? mc_imap_flush(imap, err) : rc;
}

/* Waits for as many tagged replies; NO leaves a mailbox untold. */
static MC_RC take_all_status(struct mc_imap *imap,
	struct mc_imap_lister *lister, size_t sent, struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc = MC_OK;

	while (sent > 0 && rc == MC_OK) {
		rc = mc_imap_read(imap, NULL, &r, err);
		if (rc < 0)
			return rc;
		if (r->kind == MC_IMAP_DATA)
			on_status(lister, &r->tokens);
		else if (r->kind == MC_IMAP_TAGGED && r->word == MC_IMAP_BAD)
			rc = mc_imap_fail(imap, r, MC_SESSION, err);
		else if (r->kind == MC_IMAP_TAGGED)
			sent--;
	}
	return rc;
}

MC_RC mc_imap_list_status(
	struct mc_imap *imap, struct mc_imap_boxes *boxes, struct mc_error *err)
{
	struct mc_imap_lister lister = { .boxes = boxes };
	enum mc_rc rc = MC_OK;
	size_t sent;

	for (size_t at = 0; at < boxes->n && rc == MC_OK;) {
		rc = send_status(imap, boxes, &at, &sent, err);
		if (rc == MC_OK)
			rc = take_all_status(imap, &lister, sent, err);
	}
	return rc;
}
