/* SPDX-License-Identifier: MIT
 * imap: a target is opened, its mailboxes created and selected. */
#include "base/text.h"
#include "net/imap_name.h"
#include "target/wire.h"

static const enum mc_flag all_flags[] = { MC_SEEN, MC_ANSWERED, MC_FLAGGED,
	MC_DRAFT, MC_DELETED, MC_FORWARDED };

enum { FLAGS_N = sizeof(all_flags) / sizeof(all_flags[0]) };

static const uint32_t any_flag = MC_SEEN | MC_ANSWERED | MC_FLAGGED | MC_DRAFT |
				 MC_DELETED | MC_FORWARDED;

uint32_t mc_target_flag(struct mc_span name)
{
	for (size_t i = 0; i < FLAGS_N; i++)
		if (mc_span_ieq(name, mc_span_str(mc_flag_name(all_flags[i]))))
			return all_flags[i];
	return 0;
}

MC_RC mc_target_open(struct mc_target **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_target *target = calloc(1, sizeof(*target));
	enum mc_rc rc;

	*out = NULL;
	if (!target)
		return mc_fail_memory(err);
	target->mon = mon;
	target->selected.limit = -1;
	mc_buf_init(&target->selected.wire, MC_WIRE_NAME_MAX);
	mc_buf_init(&target->selected.keywords, MC_REPLY_LINE_MAX);
	rc = mc_send_new(&target->send, err);
	if (rc < 0)
		goto out;
	rc = mc_imap_open(&target->imap, at, mon, err);
	if (rc < 0)
		goto out;
	rc = mc_target_list(target, err);
	if (rc < 0)
		goto out;
	*out = target;
	target = NULL;
out:
	mc_target_close(target);
	return rc;
}

void mc_target_close(struct mc_target *target)
{
	if (!target)
		return;
	mc_imap_close(target->imap);
	mc_send_free(target->send);
	mc_target_forget_boxes(target);
	mc_buf_dispose(&target->selected.wire);
	mc_buf_dispose(&target->selected.keywords);
	free(target);
}

const struct mc_mailboxes *mc_target_mailboxes(const struct mc_target *target)
{
	return &target->boxes;
}

int64_t mc_target_limit(const struct mc_target *target)
{
	return target->selected.limit;
}

/* CREATE, with the purpose where the server takes it; a server that refuses
 * the purpose (one Sent is enough for it) is asked without. */
static MC_RC create(struct mc_target *target, struct mc_span wire,
	enum mc_special special, struct mc_error *err)
{
	const char *attribute = mc_special_attribute(special);
	char use[32];
	enum mc_rc rc;

	if (attribute && mc_imap_can(target->imap, "CREATE-SPECIAL-USE")) {
		(void)snprintf(use, sizeof(use), " (USE (%s))", attribute);
		rc = mc_imap_command(
			target->imap, "CREATE", wire, use, NULL, err);
		if (rc != MC_EREFUSED)
			return rc;
	}
	return mc_imap_command(target->imap, "CREATE", wire, "", NULL, err);
}

/* What LIST does not show (yet) though the server said that it made it. */
static MC_RC add_unlisted(struct mc_target *target, const char *name,
	struct mc_span wire, struct mc_error *err)
{
	struct mc_mailbox_info box = { .separator = target->boxes.separator,
		.selectable = true,
		.inferiors = true };

	return mc_target_add_box(target, &box, name, wire, err);
}

static MC_RC make_box(struct mc_target *target, const char *name,
	struct mc_span wire, enum mc_special special, struct mc_error *err)
{
	struct mc_error other;
	bool found = false;
	enum mc_rc made = create(target, wire, special, err);
	enum mc_rc rc;

	if (made < 0 && made != MC_EREFUSED)
		return made;
	rc = mc_target_list_one(target, wire, &found, &other);
	if (rc < 0) {
		*err = other;
		return rc;
	}
	/* ALREADYEXISTS, or somebody made it meanwhile, is as good. */
	if (found || (made < 0 && strcmp(err->code, "ALREADYEXISTS") != 0))
		return found ? MC_OK : made;
	return add_unlisted(target, name, wire, err);
}

static MC_RC subscribe(struct mc_target *target, const char *name,
	struct mc_span wire, struct mc_error *err)
{
	size_t i = mc_target_find_box(target, name);
	enum mc_rc rc;

	if (i < target->boxes.n && target->boxes.boxes[i].subscribed)
		return MC_OK;
	rc = mc_imap_command(target->imap, "SUBSCRIBE", wire, "", NULL, err);
	if (rc == MC_EREFUSED) {
		mc_note(target->mon, "'%s' could not be subscribed: %s", name,
			err->text);
		return MC_OK;
	}
	if (rc == MC_OK && i < target->boxes.n)
		target->boxes.boxes[i].subscribed = true;
	return rc;
}

MC_RC mc_target_create(struct mc_target *target, const char *name,
	enum mc_special special, struct mc_error *err)
{
	struct mc_buf wire;
	size_t i = mc_target_find_box(target, name);
	enum mc_rc rc;

	mc_buf_init(&wire, MC_WIRE_NAME_MAX);
	rc = mc_target_settle(target, err);
	if (rc == MC_OK)
		rc = mc_target_wire_name(target, name, &wire, err);
	if (rc < 0)
		goto out;
	if (i == target->boxes.n || !target->boxes.boxes[i].selectable)
		rc = make_box(target, name, mc_buf_span(&wire), special, err);
	if (rc == MC_OK)
		rc = subscribe(target, name, mc_buf_span(&wire), err);
out:
	if (rc == MC_EREFUSED) {
		err->scope = MC_FOLDER;
		mc_while(err, "cannot create '%s'", name);
	}
	mc_buf_dispose(&wire);
	return rc;
}

/* What SELECT and STATUS tell. */
struct select_taker {
	struct mc_imap_taker base;
	struct mc_selected *selected;
	bool told_flags;
};

/* A flag or a keyword that is kept, as " name". */
static MC_RC take_flag(
	struct mc_selected *selected, struct mc_span name, struct mc_error *err)
{
	struct mc_buf *keywords = &selected->keywords;
	uint32_t flag = mc_target_flag(name);
	enum mc_rc rc;

	selected->state.flags |= flag;
	if (mc_span_eq(name, MC_SPAN("\\*"))) {
		selected->state.keywords = true;
		selected->state.flags |= MC_FORWARDED;
	}
	if (flag || name.n == 0 || name.p[0] == '\\')
		return MC_OK;
	rc = mc_buf_putc(keywords, ' ', err);
	if (rc == MC_OK)
		rc = mc_buf_put(keywords, name, err);
	return rc;
}

static MC_RC take_flags(struct select_taker *taker,
	const struct mc_imap_tokens *t, struct mc_error *err)
{
	struct mc_selected *selected = taker->selected;
	size_t end = mc_imap_behind(t, 1);
	enum mc_rc rc = MC_OK;

	taker->told_flags = true;
	selected->state.flags = 0;
	selected->state.keywords = false;
	mc_buf_clear(&selected->keywords);
	if (mc_imap_type(t, 1) != MC_IMAP_OPEN)
		return MC_OK;
	for (size_t i = 2; i + 1 < end && rc == MC_OK; i++)
		rc = take_flag(selected, mc_imap_span(t, i), err);
	return rc;
}

static MC_RC on_select(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct select_taker *taker = (struct select_taker *)base;
	struct mc_mailbox_state *state = &taker->selected->state;
	const struct mc_imap_tokens *t = &r->tokens;
	int64_t number;

	if (r->kind != MC_IMAP_STATUS)
		return MC_OK;
	if (mc_imap_is(t, 0, "PERMANENTFLAGS"))
		return take_flags(taker, t, err);
	if (!mc_imap_number(t, 1, UINT32_MAX, &number))
		return MC_OK;
	if (mc_imap_is(t, 0, "UIDVALIDITY"))
		state->uidvalidity = (uint32_t)number;
	else if (mc_imap_is(t, 0, "UIDNEXT"))
		state->uidnext = (uint32_t)number;
	return MC_OK;
}

/* STATUS name (UIDNEXT n APPENDLIMIT n|NIL) */
static MC_RC on_status(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_selected *selected = ((struct select_taker *)base)->selected;
	const struct mc_imap_tokens *t = &r->tokens;
	int64_t number;

	(void)err;
	if (r->kind != MC_IMAP_DATA || !mc_imap_is(t, 0, "STATUS"))
		return MC_OK;
	for (size_t i = 3; i + 1 < t->n; i += 2) {
		if (mc_imap_is(t, i, "APPENDLIMIT") &&
			mc_imap_number(t, i + 1, INT64_MAX, &number))
			selected->limit = number;
		if (mc_imap_is(t, i, "UIDNEXT") &&
			mc_imap_number(t, i + 1, UINT32_MAX, &number))
			selected->state.uidnext = (uint32_t)number;
	}
	return MC_OK;
}

/* What SELECT did not tell and only STATUS can. */
static MC_RC ask_status(struct mc_target *target, struct select_taker *taker,
	struct mc_error *err)
{
	struct mc_selected *selected = taker->selected;
	bool limit = mc_imap_can(target->imap, "APPENDLIMIT");
	bool next = selected->state.uidnext == 0;
	enum mc_rc rc;

	if (!limit && !next)
		return MC_OK;
	taker->base.data = on_status;
	rc = mc_imap_command(target->imap, "STATUS",
		mc_buf_span(&selected->wire),
		!limit ? " (UIDNEXT)"
		: next ? " (UIDNEXT APPENDLIMIT)"
		       : " (APPENDLIMIT)",
		&taker->base, err);
	return rc == MC_EREFUSED ? MC_OK : rc;
}

static bool is_view(const struct mc_target *target, const char *name)
{
	size_t i = mc_target_find_box(target, name);

	return i < target->boxes.n &&
	       target->boxes.boxes[i].special >= MC_SPECIAL_ALL;
}

/* Forgets the mailbox before: SELECT leaves it even if it fails. */
static void deselect(struct mc_target *target)
{
	struct mc_selected *selected = &target->selected;
	int64_t limit;

	selected->state = (struct mc_mailbox_state){ 0 };
	mc_buf_clear(&selected->wire);
	mc_buf_clear(&selected->keywords);
	selected->view = false;
	selected->limit = -1;
	if (mc_text_decimal(mc_imap_can_value(target->imap, "APPENDLIMIT"),
		    INT64_MAX, &limit))
		selected->limit = limit;
	mc_send_reset(target->send);
}

static MC_RC select_wire(struct mc_target *target, struct mc_error *err)
{
	struct mc_selected *selected = &target->selected;
	struct select_taker taker = { { .data = on_select }, selected, false };
	const struct mc_imap_response *last;
	enum mc_rc rc;

	rc = mc_imap_command(target->imap, "SELECT",
		mc_buf_span(&selected->wire), "", &taker.base, err);
	if (rc < 0)
		return rc;
	last = mc_imap_last(target->imap);
	selected->state.read_only = mc_imap_is(&last->tokens, 0, "READ-ONLY");
	selected->state.exists = mc_imap_exists(target->imap);
	/* RFC 9051 6.3.2: not told means that all of them are kept. */
	if (!taker.told_flags) {
		selected->state.flags = any_flag;
		selected->state.keywords = true;
	}
	return ask_status(target, &taker, err);
}

MC_RC mc_target_select(struct mc_target *target, const char *name,
	struct mc_mailbox_state *out, struct mc_error *err)
{
	struct mc_selected *selected = &target->selected;
	enum mc_rc rc = mc_target_settle(target, err);

	if (rc < 0)
		return rc;
	deselect(target);
	rc = mc_target_wire_name(target, name, &selected->wire, err);
	if (rc == MC_OK)
		rc = select_wire(target, err);
	if (rc < 0) {
		mc_buf_clear(&selected->wire);
		if (rc == MC_EREFUSED)
			mc_while(err, "cannot select '%s'", name);
		return rc;
	}
	selected->view = is_view(target, name);
	*out = selected->state;
	return MC_OK;
}

bool mc_target_keeps(const struct mc_target *target, struct mc_span keyword)
{
	struct mc_span rest = mc_buf_span(&target->selected.keywords);

	if (target->selected.state.keywords)
		return true;
	while (rest.n > 0) {
		size_t n = mc_span_index(rest, ' ');

		if (mc_span_ieq(mc_span_head(rest, n), keyword))
			return true;
		rest = mc_span_from(rest, n + 1);
	}
	return false;
}
