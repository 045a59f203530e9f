/* SPDX-License-Identifier: MIT
 * list: the server's mailboxes; RFC 9051 6.3.9, 6154, 2342. */
#include "net/imap_name.h"
#include "target/wire.h"

static const struct mc_span inbox = { "INBOX", 5 };

void mc_target_forget_boxes(struct mc_target *target)
{
	for (size_t i = 0; i < target->boxes.n; i++) {
		free(target->boxes.boxes[i].name);
		free(target->wires[i]);
	}
	free(target->boxes.boxes);
	free(target->wires);
	free(target->boxes.prefix);
	target->boxes = (struct mc_mailboxes){ 0 };
	target->wires = NULL;
	target->cap = 0;
}

size_t mc_target_find_box(const struct mc_target *target, const char *name)
{
	struct mc_span want = mc_span_str(name);
	bool is_inbox = mc_span_ieq(want, inbox);
	size_t i = 0;

	for (; i < target->boxes.n; i++) {
		struct mc_span is = mc_span_str(target->boxes.boxes[i].name);

		if (is_inbox ? mc_span_ieq(is, inbox) : mc_span_eq(is, want))
			break;
	}
	return i;
}

MC_RC mc_target_wire_name(const struct mc_target *target, const char *name,
	struct mc_buf *out, struct mc_error *err)
{
	size_t i = mc_target_find_box(target, name);

	mc_buf_clear(out);
	if (i < target->boxes.n)
		return mc_buf_put(out, mc_span_str(target->wires[i]), err);
	return mc_imap_name_encode(out, mc_span_str(name), err);
}

static MC_RC make_room(struct mc_target *target, struct mc_error *err)
{
	size_t cap = target->cap ? target->cap * 2 : 32;
	void *grown;

	if (target->boxes.n < target->cap)
		return MC_OK;
	if (target->boxes.n >= MC_MAILBOXES_MAX)
		return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
			"the server has more than %d mailboxes",
			MC_MAILBOXES_MAX);
	grown = realloc(
		target->boxes.boxes, cap * sizeof(*target->boxes.boxes));
	if (!grown)
		return mc_fail_memory(err);
	target->boxes.boxes = grown;
	grown = realloc(target->wires, cap * sizeof(*target->wires));
	if (!grown)
		return mc_fail_memory(err);
	target->wires = grown;
	target->cap = cap;
	return MC_OK;
}

MC_RC mc_target_add_box(struct mc_target *target,
	const struct mc_mailbox_info *info, const char *name,
	struct mc_span wire, struct mc_error *err)
{
	struct mc_mailbox_info box = *info;
	size_t at = target->boxes.n;
	char *copy = NULL;
	enum mc_rc rc = make_room(target, err);

	if (rc < 0)
		return rc;
	box.name = NULL;
	rc = mc_strdup(&box.name, mc_span_str(name), err);
	if (rc == MC_OK)
		rc = mc_strdup(&copy, wire, err);
	if (rc < 0) {
		free(box.name);
		return rc;
	}
	target->boxes.boxes[at] = box;
	target->wires[at] = copy;
	target->boxes.n++;
	return MC_OK;
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
	struct mc_target *target;
	struct names *subscribed;
	struct mc_span only; /* p == NULL: all */
	bool found;
	struct mc_buf name;
};

static void take_attribute(
	struct mc_target *target, struct mc_mailbox_info *box, struct mc_span s)
{
	enum mc_special special;
	char name[32];

	if (mc_span_ieq(s, MC_SPAN("\\Noselect")) ||
		mc_span_ieq(s, MC_SPAN("\\NonExistent")))
		box->selectable = false;
	else if (mc_span_ieq(s, MC_SPAN("\\Noinferiors")))
		box->inferiors = false;
	else if (mc_span_ieq(s, MC_SPAN("\\Subscribed")))
		box->subscribed = true;
	(void)snprintf(
		name, sizeof(name), "%.*s", (int)(s.n < 31 ? s.n : 31), s.p);
	special = mc_special_by_attribute(name);
	if (special == MC_SPECIAL_NONE)
		return;
	box->special = special;
	target->boxes.special_use = true;
}

/* (attributes) separator name, from token i on.  *name: its index. */
static bool parse_box(struct mc_target *target, const struct mc_imap_tokens *t,
	struct mc_mailbox_info *box, size_t *name)
{
	size_t end = mc_imap_behind(t, 1);

	*box = (struct mc_mailbox_info){ .selectable = true,
		.inferiors = true };
	if (mc_imap_type(t, 1) != MC_IMAP_OPEN)
		return false;
	for (size_t i = 2; i + 1 < end; i++)
		take_attribute(target, box, mc_imap_span(t, i));
	if (mc_imap_type(t, end) == MC_IMAP_STRING &&
		mc_imap_span(t, end).n == 1)
		box->separator = mc_imap_span(t, end).p[0];
	*name = end + 1;
	return (mc_imap_type(t, *name) == MC_IMAP_STRING ||
		       mc_imap_type(t, *name) == MC_IMAP_ATOM) &&
	       mc_imap_span(t, *name).n > 0;
}

/* A mailbox that is there already (INBOX listed twice, one LISTed again). */
static bool renew(struct mc_target *target, const struct mc_mailbox_info *box,
	const char *called)
{
	size_t i = mc_target_find_box(target, called);
	char *name;

	if (i == target->boxes.n)
		return false;
	name = target->boxes.boxes[i].name;
	target->boxes.boxes[i] = *box;
	target->boxes.boxes[i].name = name;
	return true;
}

static MC_RC take_box(struct list_taker *taker, struct mc_mailbox_info *box,
	struct mc_span wire, struct mc_error *err)
{
	struct mc_target *target = taker->target;
	char copy[MC_WIRE_NAME_MAX + 1];
	enum mc_rc rc;

	if (wire.n > MC_WIRE_NAME_MAX || memchr(wire.p, '\0', wire.n))
		return MC_OK;
	if (mc_span_ieq(wire, inbox))
		rc = mc_buf_put(&taker->name, inbox, err);
	else
		rc = mc_imap_name_decode(&taker->name, wire, err);
	/* A name that nobody could write down or address is passed over. */
	if (rc < 0 || taker->name.len == 0)
		return rc < 0 && err->scope == MC_RUN ? rc : MC_OK;
	if (mc_span_ieq(wire, inbox))
		box->special = MC_SPECIAL_INBOX;
	(void)snprintf(copy, sizeof(copy), "%.*s", (int)wire.n, wire.p);
	if (has_name(taker->subscribed, copy))
		box->subscribed = true;
	taker->found = true;
	if ((box->special == MC_SPECIAL_INBOX || taker->only.p) &&
		renew(target, box, taker->name.data))
		return MC_OK;
	return mc_target_add_box(target, box, taker->name.data, wire, err);
}

static MC_RC on_list(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct list_taker *taker = (struct list_taker *)base;
	const struct mc_imap_tokens *t = &r->tokens;
	struct mc_mailbox_info box;
	struct mc_span wire;
	size_t name;

	if (r->kind != MC_IMAP_DATA || !mc_imap_is(t, 0, "LIST") ||
		!parse_box(taker->target, t, &box, &name))
		return MC_OK;
	wire = mc_imap_span(t, name);
	if (taker->only.p && !mc_span_eq(taker->only, wire))
		return MC_OK;
	mc_buf_clear(&taker->name);
	return take_box(taker, &box, wire, err);
}

static MC_RC on_lsub(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct list_taker *taker = (struct list_taker *)base;
	struct mc_mailbox_info box;
	size_t name;

	if (r->kind != MC_IMAP_DATA || !mc_imap_is(&r->tokens, 0, "LSUB") ||
		!parse_box(taker->target, &r->tokens, &box, &name))
		return MC_OK;
	return add_name(taker->subscribed, mc_imap_span(&r->tokens, name), err);
}

static bool can_extend(const struct mc_target *target)
{
	return mc_imap_can(target->imap, "LIST-EXTENDED") &&
	       mc_imap_can(target->imap, "SPECIAL-USE");
}

/* Refusals of LSUB only mean that nothing is known to be subscribed. */
static MC_RC list_subscribed(struct list_taker *taker, struct mc_error *err)
{
	enum mc_rc rc;

	taker->base.data = on_lsub;
	rc = mc_imap_command(taker->target->imap, "LSUB \"\" \"*\"",
		(struct mc_span){ 0 }, "", &taker->base, err);
	if (taker->subscribed->n > 0)
		qsort(taker->subscribed->name, taker->subscribed->n,
			sizeof(*taker->subscribed->name), compare_names);
	return rc == MC_EREFUSED ? MC_OK : rc;
}

static MC_RC list(struct mc_target *target, struct mc_span only, bool *found,
	struct mc_error *err)
{
	struct names subscribed = { 0 };
	struct list_taker taker = {
		.target = target, .subscribed = &subscribed, .only = only
	};
	bool extended = can_extend(target);
	struct mc_span pattern = only.p ? only : MC_SPAN("*");
	enum mc_rc rc = MC_OK;

	mc_buf_init(&taker.name, MC_WIRE_NAME_MAX);
	if (!extended && !only.p)
		rc = list_subscribed(&taker, err);
	taker.base.data = on_list;
	if (rc == MC_OK)
		rc = mc_imap_command(target->imap, "LIST \"\"", pattern,
			extended ? " RETURN (SPECIAL-USE SUBSCRIBED)" : "",
			&taker.base, err);
	if (found)
		*found = taker.found;
	mc_buf_dispose(&taker.name);
	drop_names(&subscribed);
	return rc;
}

MC_RC mc_target_list_one(struct mc_target *target, struct mc_span wire,
	bool *found, struct mc_error *err)
{
	return list(target, wire, found, err);
}

struct space_taker {
	struct mc_imap_taker base;
	struct mc_mailboxes *boxes;
};

/* NAMESPACE (("prefix" "/") ...) ...; or LIST () "/" "" to LIST "" "". */
static MC_RC on_space(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_mailboxes *boxes = ((struct space_taker *)base)->boxes;
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

static MC_RC learn_space(struct mc_target *target, struct mc_error *err)
{
	struct space_taker taker = { { .data = on_space }, &target->boxes };
	const char *ask = mc_imap_can(target->imap, "NAMESPACE")
				  ? "NAMESPACE"
				  : "LIST \"\" \"\"";
	enum mc_rc rc = mc_strdup(&target->boxes.prefix, MC_SPAN(""), err);

	if (rc < 0)
		return rc;
	rc = mc_imap_command(
		target->imap, ask, (struct mc_span){ 0 }, "", &taker.base, err);
	return rc == MC_EREFUSED ? MC_OK : rc;
}

/* A server without NAMESPACE tells what it has by what it lists: if all but
 * INBOX is below INBOX, so must be what is created. */
static MC_RC guess_space(struct mc_target *target, struct mc_error *err)
{
	struct mc_mailboxes *boxes = &target->boxes;
	char prefix[] = "INBOX.";
	size_t below = 0;

	if (boxes->separator == '\0' && boxes->n > 0)
		boxes->separator = boxes->boxes[0].separator;
	if (mc_imap_can(target->imap, "NAMESPACE") ||
		boxes->separator == '\0' || boxes->n < 2)
		return MC_OK;
	prefix[5] = boxes->separator;
	for (size_t i = 0; i < boxes->n; i++)
		if (boxes->boxes[i].special == MC_SPECIAL_INBOX ||
			mc_span_starts(mc_span_str(boxes->boxes[i].name),
				mc_span_str(prefix)))
			below++;
	if (below < boxes->n)
		return MC_OK;
	free(boxes->prefix);
	boxes->prefix = NULL;
	return mc_strdup(&boxes->prefix, mc_span_str(prefix), err);
}

MC_RC mc_target_list(struct mc_target *target, struct mc_error *err)
{
	enum mc_rc rc;

	mc_target_forget_boxes(target);
	rc = learn_space(target, err);
	if (rc == MC_OK)
		rc = list(target, (struct mc_span){ 0 }, NULL, err);
	if (rc < 0)
		return rc;
	if (mc_imap_can(target->imap, "SPECIAL-USE"))
		target->boxes.special_use = true;
	return guess_space(target, err);
}
