/* SPDX-License-Identifier: MIT */
#include "job/room.h"

#include "archive/ledger.h"
#include "base/text.h"

enum {
	QUOTA_TEXT = 320,
	/* A quota of which more than one part in ten is free may have refused
	 * a large message alone, or is not what the server speaks of. */
	FULL_PARTS = 10,
};

/* What is left of a limit; INT64_MAX: it is none. */
static int64_t left_of(int64_t used, int64_t max)
{
	if (max < 0)
		return INT64_MAX;
	return used < max ? max - used : 0;
}

static int64_t octets_left(const struct mc_quota *q)
{
	return left_of(q->octets, q->octets_max);
}

static int64_t messages_left(const struct mc_quota *q)
{
	return left_of(q->messages, q->messages_max);
}

static bool is_full(const struct mc_quota *q)
{
	return (q->octets_max >= 0 &&
		       octets_left(q) <= q->octets_max / FULL_PARTS) ||
	       (q->messages_max >= 0 &&
		       messages_left(q) <= q->messages_max / FULL_PARTS);
}

/* ---- before ---- */

static MC_RC ask(
	struct mc_room *room, struct mc_target *target, struct mc_error *err)
{
	struct mc_quotas quotas;
	enum mc_rc rc = mc_target_quota(target, "INBOX", &quotas, err);

	if (rc < 0)
		return rc;
	room->asked = true;
	room->tightest =
		(struct mc_quota){ .octets_max = -1, .messages_max = -1 };
	for (size_t i = 0; i < quotas.n; i++) {
		const struct mc_quota *q = &quotas.list[i];

		if (octets_left(q) < octets_left(&room->tightest) ||
			messages_left(q) < messages_left(&room->tightest))
			room->tightest = *q;
	}
	return MC_OK;
}

static void tell_short(const struct mc_quota *q, int64_t messages,
	int64_t octets, const struct mc_monitor *mon)
{
	char used[QUOTA_TEXT];
	char amount[MC_AMOUNT_TEXT];
	char number[MC_NUMBER_TEXT];

	mc_note(mon,
		"the server may not have room for all: %s, and up to %s in %s "
		"messages are to go; what does not fit waits",
		mc_quota_text(q, used, sizeof(used)), mc_amount(amount, octets),
		mc_text_number(number, messages));
}

MC_RC mc_room_foresee(struct mc_room *room, struct mc_archive *ar,
	int64_t ledger, struct mc_target *target, struct mc_push_tally *tally,
	struct mc_error *err)
{
	const struct mc_quota *q = &room->tightest;
	int64_t messages;
	int64_t octets;
	enum mc_rc rc = MC_OK;

	if (!room->asked)
		rc = ask(room, target, err);
	if (rc < 0 || room->told || (q->octets_max < 0 && q->messages_max < 0))
		return rc;
	rc = mc_placements_size(ar, ledger, &messages, &octets, err);
	if (rc < 0)
		return rc;
	messages += tally->report->sent_now;
	octets += tally->report->octets_now;
	room->told = octets > octets_left(q) || messages > messages_left(q);
	if (room->told)
		tell_short(q, messages, octets, tally->mon);
	return MC_OK;
}

/* ---- when it is full ---- */

void mc_room_tell(struct mc_target *target, struct mc_push_tally *tally,
	const char *mailbox, char *text, size_t size)
{
	struct mc_quotas quotas;
	struct mc_error ignored;
	char used[QUOTA_TEXT];

	/* A connection that is lost is noticed by whoever needs it next. */
	if (mc_target_quota(target, mailbox, &quotas, &ignored) < 0)
		return;
	for (size_t i = 0; i < quotas.n; i++) {
		const struct mc_quota *q = &quotas.list[i];

		if (!mc_quota_text(q, used, sizeof(used)))
			continue;
		mc_text_append(text, size, "; ");
		mc_text_append(text, size, used);
		if (is_full(q))
			mc_push_tally_full(tally, q->root);
	}
}

MC_RC mc_room_is_out(struct mc_target *target, struct mc_push_tally *tally,
	const char *mailbox, bool *out, struct mc_error *why,
	struct mc_error *err)
{
	struct mc_quotas quotas;
	enum mc_rc rc;

	*out = false;
	if (!mc_push_tally_is_full(tally, NULL))
		return MC_OK;
	rc = mc_target_quota(target, mailbox, &quotas, err);
	for (size_t i = 0; rc == MC_OK && i < quotas.n && !*out; i++) {
		const struct mc_quota *q = &quotas.list[i];

		*out = is_full(q) && mc_push_tally_is_full(tally, q->root);
		if (!*out)
			continue;
		(void)mc_fail(why, MC_EREFUSED, MC_FOLDER, 0,
			"not tried: the quota '%s' is full", q->root);
		mc_text_format(why->code, sizeof(why->code), "OVERQUOTA");
		why->hope = MC_LATER;
	}
	return rc;
}
