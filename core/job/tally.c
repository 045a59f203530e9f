/* SPDX-License-Identifier: MIT */
#include "job/tally.h"

#include "base/text.h"

void mc_push_tally_init(struct mc_push_tally *tally,
	struct mc_push_report *report, const struct mc_monitor *mon)
{
	*tally = (struct mc_push_tally){ .report = report, .mon = mon };
	pthread_mutex_init(&tally->lock, NULL);
}

void mc_push_tally_dispose(struct mc_push_tally *tally)
{
	pthread_mutex_destroy(&tally->lock);
}

void mc_push_tally_set(
	struct mc_push_tally *tally, const struct mc_ledger_counts *counts)
{
	struct mc_push_report *r = tally->report;

	pthread_mutex_lock(&tally->lock);
	r->placements = counts->placements;
	r->sent = counts->sent;
	r->present = counts->present;
	r->refused = counts->refused;
	r->skipped = counts->skipped;
	r->waiting = counts->waiting;
	r->mended = counts->mended;
	pthread_mutex_unlock(&tally->lock);
}

/* The lock is held; it is given back. */
static void show(struct mc_push_tally *tally, const char *mailbox)
{
	const struct mc_push_report *r = tally->report;
	struct mc_event event = { .kind = MC_EVENT_PROGRESS,
		.phase = "push",
		.mailbox = mailbox,
		.done = r->placements - r->waiting,
		.total = r->placements,
		.octets = r->octets_now };

	pthread_mutex_unlock(&tally->lock);
	mc_emit(tally->mon, &event);
}

void mc_push_tally_sent(
	struct mc_push_tally *tally, const char *mailbox, int64_t octets)
{
	struct mc_push_report *r = tally->report;

	pthread_mutex_lock(&tally->lock);
	r->waiting--;
	r->sent++;
	r->sent_now++;
	r->octets_now += octets;
	show(tally, mailbox);
}

void mc_push_tally_refused(struct mc_push_tally *tally, const char *mailbox)
{
	pthread_mutex_lock(&tally->lock);
	tally->report->waiting--;
	tally->report->refused++;
	show(tally, mailbox);
}

void mc_push_tally_found(
	struct mc_push_tally *tally, int64_t n, int64_t on_their_way)
{
	pthread_mutex_lock(&tally->lock);
	tally->report->waiting -= n;
	tally->report->present += n;
	tally->report->found_now += n;
	tally->took |= on_their_way > 0;
	pthread_mutex_unlock(&tally->lock);
}

void mc_push_tally_doubted(struct mc_push_tally *tally, int64_t n)
{
	pthread_mutex_lock(&tally->lock);
	tally->report->doubted += n;
	pthread_mutex_unlock(&tally->lock);
}

void mc_push_tally_created(struct mc_push_tally *tally, int64_t n)
{
	pthread_mutex_lock(&tally->lock);
	tally->report->mailboxes_created += n;
	pthread_mutex_unlock(&tally->lock);
}

void mc_push_tally_connections(struct mc_push_tally *tally, int64_t n)
{
	pthread_mutex_lock(&tally->lock);
	if (n > tally->report->connections)
		tally->report->connections = n;
	pthread_mutex_unlock(&tally->lock);
}

int64_t mc_push_tally_progress(struct mc_push_tally *tally)
{
	int64_t done;

	pthread_mutex_lock(&tally->lock);
	done = tally->report->sent_now + tally->report->refused +
	       tally->changed;
	pthread_mutex_unlock(&tally->lock);
	return done;
}

void mc_push_tally_bared(struct mc_push_tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->bared++;
	pthread_mutex_unlock(&tally->lock);
}

void mc_push_tally_tell_bared(struct mc_push_tally *tally)
{
	char n[MC_NUMBER_TEXT];

	if (tally->bared == 0)
		return;
	mc_note(tally->mon,
		"%s %s without flags or keywords which the server does not "
		"keep there; the archive has them",
		mc_text_number(n, tally->bared),
		tally->bared == 1 ? "message is" : "messages are");
	tally->bared = 0;
}

void mc_push_tally_changed(struct mc_push_tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->changed++;
	pthread_mutex_unlock(&tally->lock);
}

bool mc_push_tally_sends(struct mc_push_tally *tally)
{
	bool sends;

	pthread_mutex_lock(&tally->lock);
	sends = tally->report->sent_now > 0 || tally->took;
	pthread_mutex_unlock(&tally->lock);
	return sends;
}

bool mc_push_tally_ever_sent(struct mc_push_tally *tally)
{
	bool sent;

	pthread_mutex_lock(&tally->lock);
	sent = tally->report->sent > 0 || tally->took;
	pthread_mutex_unlock(&tally->lock);
	return sent;
}

void mc_push_tally_misread(struct mc_push_tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->misread = true;
	pthread_mutex_unlock(&tally->lock);
}

bool mc_push_tally_is_misread(struct mc_push_tally *tally)
{
	bool misread;

	pthread_mutex_lock(&tally->lock);
	misread = tally->misread;
	pthread_mutex_unlock(&tally->lock);
	return misread && !mc_push_tally_sends(tally);
}

int64_t mc_push_tally_waiting(struct mc_push_tally *tally)
{
	int64_t waiting;

	pthread_mutex_lock(&tally->lock);
	waiting = tally->report->waiting;
	pthread_mutex_unlock(&tally->lock);
	return waiting;
}

bool mc_push_tally_date(struct mc_push_tally *tally)
{
	bool first;

	pthread_mutex_lock(&tally->lock);
	first = !tally->date_checked;
	tally->date_checked = true;
	pthread_mutex_unlock(&tally->lock);
	return first;
}

void mc_push_tally_date_ignored(struct mc_push_tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->report->dates_ignored = true;
	pthread_mutex_unlock(&tally->lock);
}

void mc_push_tally_tried(
	struct mc_push_tally *tally, uint32_t flags, uint32_t lost)
{
	pthread_mutex_lock(&tally->lock);
	tally->tried |= flags;
	tally->lost |= lost;
	pthread_mutex_unlock(&tally->lock);
}

uint32_t mc_push_tally_untried(struct mc_push_tally *tally, uint32_t flags)
{
	pthread_mutex_lock(&tally->lock);
	flags &= ~tally->tried;
	pthread_mutex_unlock(&tally->lock);
	return flags;
}

uint32_t mc_push_tally_lost(struct mc_push_tally *tally)
{
	uint32_t lost;

	pthread_mutex_lock(&tally->lock);
	lost = tally->lost;
	pthread_mutex_unlock(&tally->lock);
	return lost;
}

void mc_push_tally_closed(struct mc_push_tally *tally, bool for_good)
{
	pthread_mutex_lock(&tally->lock);
	tally->closed = true;
	tally->report->barred |= for_good;
	pthread_mutex_unlock(&tally->lock);
}

bool mc_push_tally_is_closed(struct mc_push_tally *tally)
{
	bool closed;

	pthread_mutex_lock(&tally->lock);
	closed = tally->closed;
	pthread_mutex_unlock(&tally->lock);
	return closed;
}

/* The lock is held. */
static bool is_full(const struct mc_push_tally *tally, const char *root)
{
	for (size_t i = 0; i < tally->full_n; i++)
		if (!root || strcmp(tally->full[i], root) == 0)
			return true;
	return false;
}

void mc_push_tally_full(struct mc_push_tally *tally, const char *root)
{
	pthread_mutex_lock(&tally->lock);
	if (!is_full(tally, root) && tally->full_n < MC_FULL_MAX)
		mc_text_format(tally->full[tally->full_n++], MC_QUOTA_ROOT_TEXT,
			"%s", root);
	pthread_mutex_unlock(&tally->lock);
}

bool mc_push_tally_is_full(struct mc_push_tally *tally, const char *root)
{
	bool full;

	pthread_mutex_lock(&tally->lock);
	full = is_full(tally, root);
	pthread_mutex_unlock(&tally->lock);
	return full;
}

void mc_push_tally_verified(
	struct mc_push_tally *tally, const struct mc_verify_report *found)
{
	struct mc_verify_report *to = tally->verify;

	pthread_mutex_lock(&tally->lock);
	to->with_target = true;
	to->checked += found->checked;
	to->identical += found->identical;
	to->altered += found->altered;
	to->changed += found->changed;
	pthread_mutex_unlock(&tally->lock);
}

void mc_push_tally_placed(struct mc_push_tally *tally, int64_t n)
{
	pthread_mutex_lock(&tally->lock);
	tally->report->placements += n;
	tally->report->waiting += n;
	pthread_mutex_unlock(&tally->lock);
}
