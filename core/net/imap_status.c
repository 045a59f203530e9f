/* SPDX-License-Identifier: MIT */
#include "net/imap_status.h"

#include "base/limits.h"
#include "base/text.h"
#include "net/imap_wire.h"

const char *mc_imap_status_items(const struct mc_imap *imap)
{
	return mc_imap_can(imap, "CONDSTORE")
		       ? "MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ"
		       : "MESSAGES UIDNEXT UIDVALIDITY";
}

static void take_item(
	struct mc_imap_status *status, const struct mc_imap_tokens *t, size_t i)
{
	int64_t number;

	if (!mc_imap_number(t, i + 1, INT64_MAX, &number))
		return;
	if (mc_imap_is(t, i, "HIGHESTMODSEQ"))
		status->modseq = number;
	else if (mc_imap_is(t, i, "APPENDLIMIT"))
		status->appendlimit = number;
	else if (number > UINT32_MAX)
		return;
	else if (mc_imap_is(t, i, "MESSAGES"))
		status->messages = (uint32_t)number;
	else if (mc_imap_is(t, i, "UIDNEXT"))
		status->uidnext = (uint32_t)number;
	else if (mc_imap_is(t, i, "UIDVALIDITY"))
		status->uidvalidity = (uint32_t)number;
}

bool mc_imap_take_status(const struct mc_imap_tokens *t,
	struct mc_imap_status *status, size_t *name)
{
	size_t end = mc_imap_behind(t, 2);

	if (!mc_imap_is(t, 0, "STATUS") || mc_imap_type(t, 2) != MC_IMAP_OPEN)
		return false;
	*name = 1;
	*status = (struct mc_imap_status){ .told = true, .appendlimit = -1 };
	for (size_t i = 3; i + 1 < end; i = mc_imap_behind(t, i + 1))
		take_item(status, t, i);
	return true;
}

struct status_taker {
	struct mc_imap_taker base;
	struct mc_imap_status *status;
};

static MC_RC on_status(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct status_taker *taker = (struct status_taker *)base;
	struct mc_imap_status status;
	size_t name;

	(void)err;
	if (r->kind == MC_IMAP_DATA &&
		mc_imap_take_status(&r->tokens, &status, &name))
		*taker->status = status;
	return MC_OK;
}

MC_RC mc_imap_ask_status(struct mc_imap *imap, struct mc_span wire,
	const char *items, struct mc_imap_status *out, struct mc_error *err)
{
	struct status_taker taker = { { .data = on_status }, out };
	char after[128];

	*out = (struct mc_imap_status){ .appendlimit = -1 };
	mc_text_format(after, sizeof(after), " (%s)", items);
	return mc_imap_command(imap, "STATUS", wire, after, &taker.base, err);
}

void mc_imap_selected_init(struct mc_imap_selected *selected)
{
	*selected = (struct mc_imap_selected){ 0 };
	mc_buf_init(&selected->flags, MC_REPLY_LINE_MAX);
}

void mc_imap_selected_dispose(struct mc_imap_selected *selected)
{
	mc_buf_dispose(&selected->flags);
}

/* What a server tells of the mailbox while it opens it. */
static MC_RC on_selecting(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_imap_selected *selected =
		((struct mc_imap_entering *)base)->selected;
	const struct mc_imap_tokens *t = &r->tokens;
	int64_t number;

	if (r->kind == MC_IMAP_DATA && mc_imap_is(t, 1, "EXISTS") &&
		mc_imap_number(t, 0, UINT32_MAX, &number)) {
		selected->exists = (uint32_t)number;
		return MC_OK;
	}
	if (r->kind != MC_IMAP_STATUS)
		return MC_DONE;
	if (mc_imap_is(t, 0, "PERMANENTFLAGS")) {
		selected->told_flags = true;
		mc_buf_clear(&selected->flags);
		return mc_imap_words(t, 1, &selected->flags, err);
	}
	if (mc_imap_is(t, 0, "UIDNOTSTICKY"))
		selected->uid_not_sticky = true;
	if (!mc_imap_number(t, 1, UINT32_MAX, &number))
		return MC_DONE;
	if (mc_imap_is(t, 0, "UIDVALIDITY"))
		selected->uidvalidity = (uint32_t)number;
	else if (mc_imap_is(t, 0, "UIDNEXT"))
		selected->uidnext = (uint32_t)number;
	return MC_OK;
}

static MC_RC on_selected(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_imap_entering *entering = (struct mc_imap_entering *)base;

	entering->over = true;
	entering->imap->exists = entering->selected->exists;
	entering->selected->read_only = mc_imap_is(&r->tokens, 0, "READ-ONLY");
	if (mc_imap_flight_result(entering->imap, r, err) < 0)
		entering->why = *err;
	return MC_OK;
}

MC_RC mc_imap_enter_launch(struct mc_imap_entering *entering,
	struct mc_imap *imap, const char *verb, struct mc_span wire,
	struct mc_imap_selected *out, struct mc_error *err)
{
	struct mc_buf flags = out->flags;

	mc_buf_clear(&flags);
	*out = (struct mc_imap_selected){ .flags = flags };
	*entering = (struct mc_imap_entering){ .base = { .data = on_selecting,
						       .done = on_selected },
		.imap = imap,
		.selected = out };
	return mc_imap_launch(imap, &entering->base, verb, wire, err);
}

MC_RC mc_imap_select(struct mc_imap *imap, const char *verb,
	struct mc_span wire, struct mc_imap_selected *out, struct mc_error *err)
{
	struct mc_imap_entering entering;
	enum mc_rc rc =
		mc_imap_enter_launch(&entering, imap, verb, wire, out, err);

	while (rc == MC_OK && !entering.over)
		rc = mc_imap_turn(imap, err);
	if (rc == MC_OK && entering.why.rc < 0) {
		*err = entering.why;
		rc = err->rc;
	}
	return rc;
}
