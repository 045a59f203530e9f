/* SPDX-License-Identifier: MIT */
#include "net/imap_list.h"

#include "base/text.h"
#include "net/imap_name.h"

/* STATUS commands on their way at a time. */
enum { STATUS_WINDOW = 64 };

static const struct mc_span inbox = { "INBOX", 5 };
static const struct mc_span nothing = { 0 };

static void free_box(struct mc_imap_box *box)
{
	free(box->wire);
	free(box->name);
	free(box->attributes);
}

void mc_imap_boxes_dispose(struct mc_imap_boxes *boxes)
{
	for (size_t i = 0; i < boxes->n; i++)
		free_box(&boxes->box[i]);
	free(boxes->box);
	free(boxes->prefix);
	*boxes = (struct mc_imap_boxes){ 0 };
}

size_t mc_imap_find_box(const struct mc_imap_boxes *boxes, const char *name)
{
	struct mc_span want = mc_span_str(name);
	bool is_inbox = mc_span_ieq(want, inbox);
	size_t i = 0;

	for (; i < boxes->n; i++) {
		const struct mc_imap_box *box = &boxes->box[i];

		if (is_inbox ? box->is_inbox
			     : mc_span_eq(mc_span_str(box->name), want))
			break;
	}
	return i;
}

/* The box of that name on the wire, looked for from `from` on; or boxes->n. */
static size_t find_wire(
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

struct mc_span mc_imap_attribute(const struct mc_imap_box *box, size_t *at)
{
	struct mc_span rest = mc_span_from(mc_span_str(box->attributes), *at);
	size_t n = mc_span_index(rest, ' ');

	*at += n + 1;
	return mc_span_head(rest, n);
}

static MC_RC make_room(struct mc_imap_boxes *boxes, struct mc_error *err)
{
	size_t cap = boxes->cap ? boxes->cap * 2 : 32;
	void *grown;

	if (boxes->n < boxes->cap)
		return MC_OK;
	if (boxes->n >= MC_MAILBOXES_MAX)
		return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
			"the server has more than %d mailboxes",
			MC_MAILBOXES_MAX);
	grown = realloc(boxes->box, cap * sizeof(*boxes->box));
	if (!grown)
		return mc_fail_memory(err);
	boxes->box = grown;
	boxes->cap = cap;
	return MC_OK;
}

/* Takes over what box owns, also if it fails. */
static MC_RC add_box(struct mc_imap_boxes *boxes, struct mc_imap_box *box,
	struct mc_error *err)
{
	enum mc_rc rc = make_room(boxes, err);

	if (rc < 0)
		free_box(box);
	else
		boxes->box[boxes->n++] = *box;
	*box = (struct mc_imap_box){ 0 };
	return rc;
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
		return add_box(boxes, &box, err);
	free_box(&box);
	return rc;
}

/* Names that LSUB gave, sorted. */
struct names {
	char **name;
	size_t n;
	size_t cap;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static MC_RC add_name(
	struct names *names, struct mc_span wire, struct mc_error *err)
{
	enum mc_rc rc;

	if (names->n >= MC_MAILBOXES_MAX)
		return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
			"the server has more than %d subscriptions",
			MC_MAILBOXES_MAX);
	if (names->n == names->cap) {
		size_t cap = names->cap ? names->cap * 2 : 32;
		char **grown = realloc(names->name, cap * sizeof(*names->name));

		if (!grown)
			return mc_fail_memory(err);
		names->name = grown;
		names->cap = cap;
	}
	rc = mc_strdup(&names->name[names->n], wire, err);
	if (rc == MC_OK)
		names->n++;
	return rc;
}

static bool has_name(const struct names *names, const char *wire)
{
	return names->n > 0 && bsearch(&wire, names->name, names->n,
				       sizeof(*names->name), compare_names);
}

static void drop_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
}

struct list_taker {
	struct mc_imap_taker base;
	struct mc_imap *imap;
	struct mc_imap_boxes *boxes;
	struct names subscribed;
	struct mc_span only; /* p == NULL: all */
	size_t last;         /* of whom STATUS came */
	bool found;
	struct mc_buf name;
};

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

/* "(attributes) separator name" behind LIST or LSUB.  *name: its token; the
 * attributes stay in t.  False: it is none. */
static bool parse_box(
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
static MC_RC decode_name(struct list_taker *taker, struct mc_imap_box *box,
	struct mc_span wire, struct mc_error *err)
{
	char shown[MC_IMAP_WIRE_MAX + 1];
	enum mc_rc rc = MC_DONE;

	mc_buf_clear(&taker->name);
	box->is_inbox = mc_span_ieq(wire, inbox);
	if (box->is_inbox)
		return mc_strdup(&box->name, inbox, err);
	if (box->wire[0])
		rc = mc_imap_name_decode(&taker->name, wire, err);
	if (rc < 0 && err->scope == MC_RUN)
		return rc;
	if (rc >= 0 && taker->name.len > 0)
		return mc_strdup(&box->name, mc_buf_span(&taker->name), err);
	box->odd = true;
	mc_text_escape(shown, sizeof(shown), wire);
	return mc_strdup(&box->name, mc_span_str(shown), err);
}

/* A mailbox that is there already (INBOX listed twice, one LISTed again) is
 * renewed; box is taken over in any case. */
static MC_RC put_box(
	struct list_taker *taker, struct mc_imap_box *box, struct mc_error *err)
{
	struct mc_imap_boxes *boxes = taker->boxes;
	size_t i = boxes->n;

	if (box->is_inbox || taker->only.p)
		i = find_wire(boxes, mc_span_str(box->wire), 0);
	if (i == boxes->n)
		return add_box(boxes, box, err);
	box->status = boxes->box[i].status;
	free_box(&boxes->box[i]);
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

static MC_RC on_list(struct list_taker *taker, const struct mc_imap_tokens *t,
	struct mc_error *err)
{
	struct mc_imap_box box;
	struct mc_span wire;
	size_t name;
	enum mc_rc rc;

	if (!parse_box(t, &box, &name))
		return MC_OK;
	wire = mc_imap_span(t, name);
	if (taker->only.p && !mc_span_eq(taker->only, wire))
		return MC_OK;
	taker->found = true;
	rc = mc_strdup(&box.wire, can_be_sent(wire) ? wire : MC_SPAN(""), err);
	if (rc == MC_OK)
		rc = decode_name(taker, &box, wire, err);
	if (rc == MC_OK)
		rc = copy_attributes(&box, t, err);
	if (rc == MC_OK && has_name(&taker->subscribed, box.wire))
		box.subscribed = true;
	if (rc == MC_OK)
		rc = put_box(taker, &box, err);
	free_box(&box);
	return rc;
}

/* Servers tell them in the order of the mailboxes. */
static void on_status(struct list_taker *taker, const struct mc_imap_tokens *t)
{
	struct mc_imap_status status;
	size_t name;
	size_t i;

	if (!mc_imap_take_status(t, &status, &name))
		return;
	i = find_wire(taker->boxes, mc_imap_span(t, name), taker->last);
	if (i == taker->boxes->n)
		return;
	taker->boxes->box[i].status = status;
	taker->last = i;
}

static MC_RC on_data(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct list_taker *taker = (struct list_taker *)base;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	if (mc_imap_is(&r->tokens, 0, "LIST"))
		return on_list(taker, &r->tokens, err);
	on_status(taker, &r->tokens);
	return MC_OK;
}

static MC_RC on_lsub(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct list_taker *taker = (struct list_taker *)base;
	struct mc_imap_box box;
	size_t name;

	if (r->kind != MC_IMAP_DATA || !mc_imap_is(&r->tokens, 0, "LSUB") ||
		!parse_box(&r->tokens, &box, &name))
		return MC_OK;
	return add_name(
		&taker->subscribed, mc_imap_span(&r->tokens, name), err);
}

/* Refusals of LSUB only mean that nothing is known to be subscribed. */
static MC_RC list_subscribed(struct list_taker *taker, struct mc_error *err)
{
	struct names *names = &taker->subscribed;
	enum mc_rc rc;

	taker->base.data = on_lsub;
	rc = mc_imap_command(
		taker->imap, "LSUB \"\" \"*\"", nothing, "", &taker->base, err);
	if (names->n > 0)
		qsort(names->name, names->n, sizeof(*names->name),
			compare_names);
	return rc == MC_EREFUSED ? MC_OK : rc;
}

/* " RETURN (...)", or "" where the server has only the plain LIST. */
static void make_return(
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

static MC_RC list(struct list_taker *taker, unsigned ask, struct mc_error *err)
{
	struct mc_span pattern = taker->only.p ? taker->only : MC_SPAN("*");
	char options[160];
	enum mc_rc rc = MC_OK;

	make_return(taker->imap, ask, options, sizeof(options));
	mc_buf_init(&taker->name, MC_IMAP_WIRE_MAX);
	if (!options[0] && ask & MC_IMAP_ASK_SUBSCRIBED)
		rc = list_subscribed(taker, err);
	taker->base.data = on_data;
	if (rc == MC_OK)
		rc = mc_imap_command(taker->imap, "LIST \"\"", pattern, options,
			&taker->base, err);
	mc_buf_dispose(&taker->name);
	drop_names(&taker->subscribed);
	return rc;
}

MC_RC mc_imap_list_one(struct mc_imap *imap, struct mc_span wire,
	struct mc_imap_boxes *boxes, bool *found, struct mc_error *err)
{
	struct list_taker taker = {
		.imap = imap, .boxes = boxes, .only = wire
	};
	enum mc_rc rc = list(&taker, 0, err);

	*found = taker.found;
	return rc;
}

struct space_taker {
	struct mc_imap_taker base;
	struct mc_imap_boxes *boxes;
};

/* NAMESPACE (("prefix" "/") ...) ...; or LIST () "/" "" to LIST "" "". */
static MC_RC on_space(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_imap_boxes *boxes = ((struct space_taker *)base)->boxes;
	const struct mc_imap_tokens *t = &r->tokens;
	struct mc_span prefix = { "", 0 };
	size_t separator;
	char *copy;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	if (mc_imap_is(t, 0, "NAMESPACE") &&
		mc_imap_type(t, 2) == MC_IMAP_OPEN) {
		prefix = mc_imap_span(t, 3);
		separator = 4;
	} else if (mc_imap_is(t, 0, "LIST")) {
		separator = mc_imap_behind(t, 1);
	} else {
		return MC_OK;
	}
	if (mc_imap_type(t, separator) == MC_IMAP_STRING &&
		mc_imap_span(t, separator).n == 1)
		boxes->separator = mc_imap_span(t, separator).p[0];
	if (prefix.n > MC_NAME_MAX || mc_strdup(&copy, prefix, err) < 0)
		return prefix.n > MC_NAME_MAX ? MC_OK : err->rc;
	free(boxes->prefix);
	boxes->prefix = copy;
	return MC_OK;
}

static MC_RC learn_space(
	struct mc_imap *imap, struct mc_imap_boxes *boxes, struct mc_error *err)
{
	struct space_taker taker = { { .data = on_space }, boxes };
	const char *ask =
		mc_imap_can(imap, "NAMESPACE") ? "NAMESPACE" : "LIST \"\" \"\"";
	enum mc_rc rc = mc_strdup(&boxes->prefix, MC_SPAN(""), err);

	if (rc < 0)
		return rc;
	rc = mc_imap_command(imap, ask, nothing, "", &taker.base, err);
	return rc == MC_EREFUSED ? MC_OK : rc;
}

/* A server without NAMESPACE tells what it has by what it lists: if all but
 * INBOX is below INBOX, so must be what is created. */
static MC_RC guess_space(const struct mc_imap *imap,
	struct mc_imap_boxes *boxes, struct mc_error *err)
{
	char prefix[] = "INBOX.";
	size_t below = 0;

	if (boxes->separator == '\0' && boxes->n > 0)
		boxes->separator = boxes->box[0].separator;
	if (mc_imap_can(imap, "NAMESPACE") || boxes->separator == '\0' ||
		boxes->n < 2)
		return MC_OK;
	prefix[5] = boxes->separator;
	for (size_t i = 0; i < boxes->n; i++)
		if (boxes->box[i].is_inbox ||
			mc_span_starts(mc_span_str(boxes->box[i].name),
				mc_span_str(prefix)))
			below++;
	if (below < boxes->n)
		return MC_OK;
	free(boxes->prefix);
	boxes->prefix = NULL;
	return mc_strdup(&boxes->prefix, mc_span_str(prefix), err);
}

MC_RC mc_imap_list(struct mc_imap *imap, unsigned ask,
	struct mc_imap_boxes *boxes, struct mc_error *err)
{
	struct list_taker taker = { .imap = imap, .boxes = boxes };
	enum mc_rc rc;

	mc_imap_boxes_dispose(boxes);
	rc = learn_space(imap, boxes, err);
	if (rc == MC_OK)
		rc = list(&taker, ask, err);
	return rc == MC_OK ? guess_space(imap, boxes, err) : rc;
}

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
static MC_RC take_all_status(
	struct list_taker *taker, size_t sent, struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc = MC_OK;

	while (sent > 0 && rc == MC_OK) {
		rc = mc_imap_read(taker->imap, NULL, &r, err);
		if (rc < 0)
			return rc;
		if (r->kind == MC_IMAP_DATA)
			on_status(taker, &r->tokens);
		else if (r->kind == MC_IMAP_TAGGED && r->word == MC_IMAP_BAD)
			rc = mc_imap_fail(taker->imap, r, MC_SESSION, err);
		else if (r->kind == MC_IMAP_TAGGED)
			sent--;
	}
	return rc;
}

MC_RC mc_imap_list_status(
	struct mc_imap *imap, struct mc_imap_boxes *boxes, struct mc_error *err)
{
	struct list_taker taker = { .imap = imap, .boxes = boxes };
	enum mc_rc rc = MC_OK;
	size_t sent;

	for (size_t at = 0; at < boxes->n && rc == MC_OK;) {
		rc = send_status(imap, boxes, &at, &sent, err);
		if (rc == MC_OK)
			rc = take_all_status(&taker, sent, err);
	}
	return rc;
}
