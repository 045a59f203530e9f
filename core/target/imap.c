/* SPDX-License-Identifier: MIT
 * imap: a target is opened, its mailboxes selected. */
#include "base/text.h"
#include "target/wire.h"

static const uint32_t any_flag = MC_SEEN | MC_ANSWERED | MC_FLAGGED | MC_DRAFT |
				 MC_DELETED | MC_FORWARDED;

MC_RC mc_target_open(struct mc_target **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err)
{
	struct mc_target *target = calloc(1, sizeof(*target));
	enum mc_rc rc;

	*out = NULL;
	if (!target)
		return mc_fail_memory(err);
	target->mon = mon;
	target->compress = at->compress;
	target->selected.limit = -1;
	mc_buf_init(&target->selected.wire, MC_IMAP_WIRE_MAX);
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
	mc_mailboxes_dispose(&target->boxes);
	mc_imap_boxes_dispose(&target->listed);
	mc_buf_dispose(&target->selected.wire);
	mc_buf_dispose(&target->selected.keywords);
	free(target);
}

const struct mc_mailboxes *mc_target_mailboxes(const struct mc_target *target)
{
	return &target->boxes;
}

int64_t mc_target_wait_ms(const struct mc_target *target)
{
	return mc_imap_wait_ms(target->imap);
}

/* Exchange tells \Flagged to other programs only if it came by STORE. */
uint32_t mc_target_loses(const struct mc_target *target)
{
	bool exchange =
		strstr(mc_imap_greeting(target->imap), "Microsoft Exchange") ||
		strstr(mc_imap_server_id(target->imap), "Microsoft.Exchange");

	return exchange ? (uint32_t)MC_FLAGGED : 0;
}

int64_t mc_target_limit(const struct mc_target *target)
{
	return target->selected.limit;
}

/* A flag or a keyword that is kept, as " name". */
static MC_RC keep_flag(
	struct mc_selected *selected, struct mc_span name, struct mc_error *err)
{
	struct mc_buf *keywords = &selected->keywords;
	uint32_t flag = mc_flag_by_name(name);
	enum mc_rc rc;

	selected->state.flags |= flag;
	if (mc_span_eq(name, MC_SPAN("\\*"))) {
		selected->state.keywords = true;
		selected->state.flags |= MC_FORWARDED;
	}
	if (flag || name.p[0] == '\\')
		return MC_OK;
	rc = mc_buf_putc(keywords, ' ', err);
	if (rc == MC_OK)
		rc = mc_buf_put(keywords, name, err);
	return rc;
}

/* RFC 9051 6.3.2: not told means that all of them are kept. */
static MC_RC keep_flags(struct mc_selected *selected,
	const struct mc_imap_selected *told, struct mc_error *err)
{
	struct mc_words words = { told->flags.data, told->flags.len };
	const char *name;
	enum mc_rc rc = MC_OK;
	size_t at = 0;

	if (!told->told_flags) {
		selected->state.flags = any_flag;
		selected->state.keywords = true;
	}
	while (rc == MC_OK && (name = mc_words_next(words, &at)))
		rc = keep_flag(selected, mc_span_str(name), err);
	return rc;
}

/* What SELECT did not tell and only STATUS can. */
static MC_RC ask_status(struct mc_target *target, struct mc_error *err)
{
	struct mc_selected *selected = &target->selected;
	struct mc_imap_status status;
	bool limit = mc_imap_can(target->imap, "APPENDLIMIT");
	bool next = selected->state.uidnext == 0;
	enum mc_rc rc;

	if (!limit && !next)
		return MC_OK;
	rc = mc_imap_ask_status(target->imap, mc_buf_span(&selected->wire),
		!limit ? "UIDNEXT"
		: next ? "UIDNEXT APPENDLIMIT"
		       : "APPENDLIMIT",
		&status, err);
	if (status.appendlimit >= 0)
		selected->limit = status.appendlimit;
	if (status.uidnext > 0)
		selected->state.uidnext = status.uidnext;
	return rc == MC_EREFUSED ? MC_OK : rc;
}

static bool is_view(const struct mc_target *target, const char *name)
{
	size_t i = mc_mailboxes_find(&target->boxes, name);

	return i < target->boxes.n &&
	       target->boxes.boxes[i].special >= MC_SPECIAL_ALL;
}

/* Forgets the mailbox before: SELECT leaves it even if it fails. */
static void deselect(struct mc_target *target)
{
	struct mc_selected *selected = &target->selected;
	int64_t limit;

	target->stale = false;
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

static MC_RC select_wire(
	struct mc_target *target, const char *verb, struct mc_error *err)
{
	struct mc_selected *selected = &target->selected;
	struct mc_imap_selected told;
	enum mc_rc rc;

	mc_imap_selected_init(&told);
	rc = mc_imap_select(
		target->imap, verb, mc_buf_span(&selected->wire), &told, err);
	if (rc == MC_OK) {
		selected->state = (struct mc_mailbox_state){
			.uidvalidity = told.uidvalidity,
			.uidnext = told.uidnext,
			.exists = told.exists,
			.read_only = told.read_only,
		};
		rc = keep_flags(selected, &told, err);
	}
	mc_imap_selected_dispose(&told);
	return rc == MC_OK ? ask_status(target, err) : rc;
}

static MC_RC enter(struct mc_target *target, const char *verb, const char *name,
	struct mc_mailbox_state *out, struct mc_error *err)
{
	struct mc_selected *selected = &target->selected;
	enum mc_rc rc = mc_target_settle(target, err);

	if (rc < 0)
		return rc;
	deselect(target);
	rc = mc_target_wire_name(target, name, &selected->wire, err);
	if (rc == MC_OK)
		rc = select_wire(target, verb, err);
	if (rc < 0) {
		mc_buf_clear(&selected->wire);
		if (rc == MC_EREFUSED)
			mc_while(err, "cannot be opened");
		return rc;
	}
	selected->view = is_view(target, name);
	*out = selected->state;
	return MC_OK;
}

MC_RC mc_target_select(struct mc_target *target, const char *name,
	struct mc_mailbox_state *out, struct mc_error *err)
{
	return enter(target, "SELECT", name, out, err);
}

MC_RC mc_target_examine(struct mc_target *target, const char *name,
	struct mc_mailbox_state *out, struct mc_error *err)
{
	return enter(target, "EXAMINE", name, out, err);
}

void mc_target_refresh(struct mc_target *target)
{
	target->stale = true;
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
