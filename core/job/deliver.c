/* SPDX-License-Identifier: MIT
 * deliver: the ledger and the octets of one mailbox.
 *
 *   next waiting -> note `sending`, commit -> send -> fate -> note it
 *
 * A fate is committed with the next batch's `sending`, so one commit a batch
 * is all; a kill in between leaves `sending` rows, and a look at the mailbox
 * settles them.
 */
#include "job/deliver.h"

#include <assert.h>
#include <inttypes.h>

#include "base/clock.h"
#include "job/look.h"
#include "job/retry.h"
#include "job/show.h"

enum {
	/* The target holds up to two batches in flight, one is being made. */
	RING = 3,
	/* Bounds a batch's memory whatever the target would take. */
	BATCH_MAX = 256,
	/* Alone and the connection lost so often: the message is to blame. */
	LOSSES_MAX = 3,
	/* A server is done with what its sockets still hold in less. */
	QUIET_MS = 3000,
	QUIET_STEP_MS = 250,
};

struct batch {
	struct mc_placement placements[BATCH_MAX];
	struct mc_letter letters[BATCH_MAX];
	size_t n;
};

struct deliver {
	struct mc_courier courier;
	struct mc_delivery *d;
	struct mc_mailbox_row *mailbox;
	const char *name;
	struct mc_mailbox_state state;
	struct batch ring[RING];
	size_t turn;
	int64_t after; /* last placement taken */
	bool closed;   /* the mailbox takes nothing more in this run */

	struct mc_error why_closed;
	uint32_t last_uid; /* of the last one sent, 0: not told */
	int64_t last_date; /* asked for it */
	bool alone;        /* one letter a batch, settled at once */
};

static struct deliver *deliver_of(struct mc_courier *courier)
{
	return (struct deliver *)(void *)courier;
}

static const struct mc_placement *find_placement(
	const struct deliver *dl, int64_t id)
{
	for (size_t r = 0; r < RING; r++) {
		const struct batch *batch = &dl->ring[r];

		for (size_t i = 0; i < batch->n; i++) {
			if (batch->placements[i].id == id)
				return &batch->placements[i];
		}
	}
	return NULL;
}

static MC_RC on_open(struct mc_courier *courier, int64_t id,
	struct mc_sink *sink, struct mc_error *err)
{
	const struct deliver *dl = deliver_of(courier);
	const struct mc_placement *placement = find_placement(dl, id);

	assert(placement);
	return mc_show_body(dl->d->ar, placement->body, sink, err);
}

static MC_RC ensure_batch(struct deliver *dl, struct mc_error *err)
{
	return mc_archive_in_batch(dl->d->ar)
		       ? MC_OK
		       : mc_archive_begin(dl->d->ar, err);
}

static void progress(const struct deliver *dl)
{
	const struct mc_push_report *r = dl->d->report;

	mc_emit(&dl->d->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_PROGRESS,
			.phase = "push",
			.mailbox = dl->name,
			.done = r->placements - r->waiting,
			.total = r->placements,
			.octets = r->octets_now });
}

static MC_RC note_sent(struct deliver *dl, const struct mc_fate *fate,
	const struct mc_placement *placement, struct mc_error *err)
{
	struct mc_push_report *r = dl->d->report;
	struct mc_landing landing = {
		.uidvalidity = fate->uidvalidity ? fate->uidvalidity
						 : dl->state.uidvalidity,
		.uid = fate->uid,
		.change = fate->change,
		.sent_sha256 = fate->change ? &fate->sent_sha256 : NULL
	};

	r->waiting--;
	r->sent++;
	r->sent_now++;
	r->octets_now += placement->octets;
	dl->last_uid = fate->uid;
	dl->last_date = placement->internaldate;
	return mc_placement_sent(dl->d->ar, fate->id, &landing, err);
}

static MC_RC note_refused(struct deliver *dl, const struct mc_fate *fate,
	const struct mc_placement *placement, struct mc_error *err)
{
	struct mc_push_report *r = dl->d->report;

	r->waiting--;
	r->refused++;
	mc_emit(&dl->d->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_REFUSAL,
			.id = placement->logical,
			.mailbox = dl->name,
			.code = fate->why->code,
			.text = fate->why->text });
	return mc_placement_refused(
		dl->d->ar, fate->id, fate->why->code, fate->why->text, err);
}

static MC_RC on_fate(struct mc_courier *courier, const struct mc_fate *fate,
	struct mc_error *err)
{
	struct deliver *dl = deliver_of(courier);
	const struct mc_placement *placement = find_placement(dl, fate->id);
	enum mc_rc rc = ensure_batch(dl, err);

	mc_step(&dl->d->req->monitor, "fate");
	if (rc < 0)
		return rc;
	if (fate->sent) {
		rc = note_sent(dl, fate, placement, err);
	} else if (fate->why->scope == MC_MESSAGE &&
		   fate->why->hope == MC_NEVER) {
		rc = note_refused(dl, fate, placement, err);
	} else {
		if (fate->why->scope != MC_MESSAGE && !dl->closed) {
			dl->closed = true;
			dl->why_closed = *fate->why;
		}
		rc = mc_placement_waiting(
			dl->d->ar, fate->id, fate->why->text, err);
	}
	progress(dl);
	return rc;
}

static void clear_batch(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		mc_placement_dispose(&batch->placements[i]);
	batch->n = 0;
}

/* careful: the connection went when it was alone on its way. */
static void fill_letter(struct mc_letter *letter,
	const struct mc_placement *placement, bool careful)
{
	*letter = (struct mc_letter){
		.id = placement->id,
		.flags = placement->flags,
		.keywords = { placement->keywords, placement->keywords_n },
		.internaldate = placement->internaldate,
		.octets = placement->octets,
		.shape = placement->shape,
		.careful = careful,
	};
}

/* Drops what goes beyond the limits from the batch's end; at least one
 * letter stays, and one that was in flight when a connection broke is alone. */
static void trim_batch(struct deliver *dl, struct batch *batch, int64_t octets)
{
	size_t keep = 0;
	int64_t sum = 0;

	dl->alone = !*dl->d->dates_checked || batch->placements[0].attempts > 0;
	for (; keep < batch->n; keep++) {
		const struct mc_placement *p = &batch->placements[keep];

		sum += p->octets;
		if (keep > 0 && (dl->alone || sum > octets || p->attempts > 0))
			break;
	}
	for (size_t i = keep; i < batch->n; i++)
		mc_placement_dispose(&batch->placements[i]);
	batch->n = keep;
}

static MC_RC next_batch(
	struct deliver *dl, struct batch *batch, struct mc_error *err)
{
	size_t letters;
	int64_t octets;
	enum mc_rc rc;

	clear_batch(batch);
	mc_target_batch(dl->d->target, &letters, &octets);
	batch->n = letters < BATCH_MAX ? letters : BATCH_MAX;
	rc = mc_placements_next(dl->d->ar, dl->mailbox->id, dl->after,
		batch->placements, &batch->n, err);
	if (rc < 0) {
		batch->n = 0;
		return rc;
	}
	if (batch->n == 0)
		return MC_DONE;
	trim_batch(dl, batch, octets);
	dl->after = batch->placements[batch->n - 1].id;
	for (size_t i = 0; i < batch->n; i++)
		fill_letter(&batch->letters[i], &batch->placements[i],
			batch->placements[i].id == dl->d->suspect->placement);
	return MC_OK;
}

/* `sending` is on disk before the first octet leaves. */
static MC_RC note_sending(
	struct deliver *dl, const struct batch *batch, struct mc_error *err)
{
	enum mc_rc rc = ensure_batch(dl, err);

	for (size_t i = 0; rc == MC_OK && i < batch->n; i++)
		rc = mc_placement_sending(dl->d->ar, batch->placements[i].id,
			dl->state.uidvalidity,
			dl->state.uidnext ? dl->state.uidnext
					  : dl->mailbox->looked,
			err);
	if (rc == MC_OK)
		rc = mc_archive_commit(dl->d->ar, err);
	return rc;
}

/* A connection lost with one letter on its way, again and again, is that
 * letter's doing. */
static MC_RC blame(
	struct deliver *dl, const struct batch *batch, struct mc_error *err)
{
	struct mc_suspect *suspect = dl->d->suspect;
	int64_t id = batch->placements[0].id;

	if (suspect->placement != id)
		*suspect = (struct mc_suspect){ .placement = id };
	if (++suspect->losses < LOSSES_MAX)
		return err->rc;
	*suspect = (struct mc_suspect){ 0 };
	struct mc_fate fate = { .id = id, .why = err };
	struct mc_error why = *err;
	struct mc_error later;

	fate.why = &why;
	if (ensure_batch(dl, &later) < 0 ||
		note_refused(dl, &fate, &batch->placements[0], &later) < 0 ||
		mc_archive_commit(dl->d->ar, &later) < 0)
		*err = later;
	return err->rc;
}

static MC_RC send_batch(
	struct deliver *dl, const struct batch *batch, struct mc_error *err)
{
	const struct mc_monitor *mon = &dl->d->req->monitor;
	enum mc_rc rc;

	mc_step(mon, "noted");
	rc = mc_target_send(
		dl->d->target, batch->letters, batch->n, &dl->courier, err);
	mc_step(mon, "sent");
	if (rc == MC_OK && dl->alone)
		rc = mc_target_settle(dl->d->target, err);
	if (rc < 0 && dl->alone && err->rc == MC_ENET)
		rc = blame(dl, batch, err);
	return rc;
}

static MC_RC on_seen_date(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct deliver *dl = arg;

	(void)err;
	if (seen->uid == dl->last_uid && dl->last_date != MC_NO_TIME &&
		seen->internaldate != dl->last_date)
		dl->d->report->dates_ignored = true;
	return MC_OK;
}

/* After the first append to a server: did it keep the date? */
static MC_RC check_date(struct deliver *dl, struct mc_error *err)
{
	enum mc_rc rc;

	if (*dl->d->dates_checked || dl->last_uid == 0)
		return MC_OK;
	*dl->d->dates_checked = true;
	rc = mc_target_look(dl->d->target, dl->last_uid, on_seen_date, dl, err);
	if (rc == MC_OK && dl->d->report->dates_ignored)
		mc_note(&dl->d->req->monitor,
			"this server does not keep the date of arrival that it "
			"is given: mail will show the date of its upload where "
			"a program sorts by arrival");
	return rc;
}

static MC_RC send_all(struct deliver *dl, struct mc_error *err)
{
	struct mc_cancel *cancel = dl->d->req->monitor.cancel;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && !dl->closed) {
		struct batch *batch = &dl->ring[dl->turn++ % RING];

		if (mc_cancel_is(cancel, MC_CANCEL_SOON))
			break;
		rc = next_batch(dl, batch, err);
		if (rc == MC_OK)
			rc = note_sending(dl, batch, err);
		if (rc == MC_OK)
			rc = send_batch(dl, batch, err);
		if (rc == MC_OK && dl->alone)
			rc = check_date(dl, err);
	}
	if (rc >= 0)
		rc = mc_target_settle(dl->d->target, err);
	if (rc == MC_OK && mc_cancel_is(cancel, MC_CANCEL_SOON))
		rc = mc_fail_cancelled(err);
	return rc;
}

/* Fates told before a failure are kept too. */
static MC_RC commit_fates(struct deliver *dl, struct mc_error *err)
{
	if (!mc_archive_in_batch(dl->d->ar))
		return MC_OK;
	return mc_archive_commit(dl->d->ar, err);
}

/* A session that died may have left octets with the server, which goes on
 * taking them in: what is not there yet may be there in a moment, and to send
 * it now would double it.  So a mailbox with letters on their way must have
 * stood still for a while before a look decides. */
static MC_RC wait_until_quiet(struct deliver *dl, struct mc_error *err)
{
	const struct mc_monitor *mon = &dl->d->req->monitor;
	struct mc_mailbox_state was = dl->state;
	int64_t since = mc_clock_ms();

	if (dl->d->on_their_way == 0)
		return MC_OK;
	mc_note(mon, "the last session ended with messages on their way: "
		     "waiting until the server has done with it");
	while (mc_clock_ms() - since < QUIET_MS) {
		enum mc_rc rc;

		if (!mc_retry_pause(QUIET_STEP_MS, mon->cancel))
			return mc_fail_cancelled(err);
		rc = mc_target_select(dl->d->target, dl->name, &dl->state, err);
		if (rc < 0)
			return rc;
		if (dl->state.exists != was.exists ||
			dl->state.uidnext != was.uidnext)
			since = mc_clock_ms();
		was = dl->state;
	}
	return MC_OK;
}

static MC_RC select_and_look(struct deliver *dl, struct mc_error *err)
{
	struct mc_delivery *d = dl->d;
	int64_t found = 0;
	enum mc_rc rc;

	rc = mc_target_select(d->target, dl->name, &dl->state, err);
	if (rc == MC_OK)
		rc = wait_until_quiet(dl, err);
	if (rc < 0)
		return rc;
	rc = mc_archive_begin(d->ar, err);
	if (rc == MC_OK)
		rc = mc_mailbox_selected(
			d->ar, dl->mailbox->id, dl->state.uidvalidity, err);
	if (rc == MC_OK)
		rc = mc_archive_commit(d->ar, err);
	else
		mc_archive_rollback(d->ar);
	if (rc < 0)
		return rc;
	if (dl->mailbox->uidvalidity != dl->state.uidvalidity) {
		dl->mailbox->uidvalidity = dl->state.uidvalidity;
		dl->mailbox->looked = 0;
	}
	rc = mc_look(d->ar, d->target, dl->mailbox, &dl->state, &found, err);
	d->report->found_now += found;
	return rc;
}

/* Made if it is not there, and subscribed, so that mail programs show it. */
static MC_RC ensure_mailbox(
	struct deliver *dl, enum mc_special use, struct mc_error *err)
{
	const struct mc_mailboxes *all = mc_target_mailboxes(dl->d->target);
	size_t i = mc_mailboxes_find(all, dl->name);
	bool exists = i < all->n && all->boxes[i].selectable;
	enum mc_rc rc;

	if (exists && all->boxes[i].subscribed)
		return MC_OK;
	rc = mc_target_create(dl->d->target, dl->name, use, err);
	if (rc == MC_OK && !exists)
		dl->d->report->mailboxes_created++;
	mc_step(&dl->d->req->monitor, "created");
	return rc;
}

/* Opens the mailbox; one that the server does not give leaves its mail
 * waiting, with the server's words. */
static MC_RC prepare(
	struct deliver *dl, enum mc_special use, struct mc_error *err)
{
	enum mc_rc rc = ensure_mailbox(dl, use, err);

	if (rc == MC_OK)
		rc = select_and_look(dl, err);
	if (rc < 0 && err->scope == MC_FOLDER) {
		dl->closed = true;
		dl->why_closed = *err;
		rc = MC_OK;
	}
	return rc;
}

/* A server that is busy or throttles is asked again later; a full mailbox or
 * a missing permission will not mend itself. */
static MC_RC tell_closed(const struct deliver *dl, struct mc_error *err)
{
	const struct mc_error *why = &dl->why_closed;
	bool gone = strcmp(why->code, "TRYCREATE") == 0;

	if (gone || (why->hope == MC_LATER &&
			    strcmp(why->code, "OVERQUOTA") != 0)) {
		*err = *why;
		err->scope = MC_SESSION;
		if (gone) /* the next session makes it anew */
			err->hope = MC_AGAIN;
		return err->rc;
	}
	mc_emit(&dl->d->req->monitor,
		&(struct mc_event){ .kind = MC_EVENT_FAILURE,
			.phase = "push",
			.mailbox = dl->name,
			.code = why->code,
			.text = why->text });
	return MC_OK;
}

MC_RC mc_deliver(struct mc_delivery *delivery, struct mc_mailbox_row *mailbox,
	const char *name, enum mc_special use, struct mc_error *err)
{
	struct deliver *dl = calloc(1, sizeof(*dl));
	struct mc_error later;
	enum mc_rc rc;

	if (!dl)
		return mc_fail_memory(err);
	dl->courier.open = on_open;
	dl->courier.fate = on_fate;
	dl->d = delivery;
	dl->mailbox = mailbox;
	dl->name = name;
	rc = prepare(dl, use, err);
	if (rc == MC_OK)
		rc = send_all(dl, err);
	if (commit_fates(dl, &later) < 0 && rc >= 0) {
		*err = later;
		rc = later.rc;
	}
	if (rc == MC_OK && dl->closed)
		rc = tell_closed(dl, err);
	for (size_t i = 0; i < RING; i++)
		clear_batch(&dl->ring[i]);
	free(dl);
	if (rc < 0)
		mc_while(err, "mailbox '%s'", name);
	return rc;
}
