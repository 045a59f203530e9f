/* SPDX-License-Identifier: MIT
 * deliver: a mailbox is made, selected, looked at, and sent what it lacks. */
#include "job/deliver.h"

#include "base/clock.h"
#include "base/text.h"
#include "job/convoy.h"
#include "job/debt.h"
#include "job/look.h"
#include "job/retry.h"
#include "job/room.h"
#include "job/trial.h"
#include "job/verify.h"
#include "net/refusal.h"

enum {
	/* A server is done with what its sockets still hold in less; but one
	 * on a machine that is busy needs its time for each letter, and of a
	 * batch it shows nothing before all of it is stored. */
	QUIET_MS = 3000,
	QUIET_EACH_MS = 25,
	QUIET_MAX_MS = 30000,
	QUIET_STEP_MS = 250,
};

struct deliver {
	struct mc_delivery *d;
	struct mc_mailbox_row *mailbox;
	const char *name;
	struct mc_mailbox_state state;
	struct mc_convoy_end end;
	struct mc_trial trial;
	bool not_tried; /* its quota is known to be full */
	bool not_made;  /* the server refused to make it */
};

static int64_t quiet_ms(int64_t letters)
{
	const int64_t most = (QUIET_MAX_MS - QUIET_MS) / QUIET_EACH_MS;

	return QUIET_MS + QUIET_EACH_MS * (letters < most ? letters : most);
}

/* A session that died may have left octets with the server, which goes on
 * taking them in: what is not there yet may be there in a moment, and to send
 * it now would double it.  So a mailbox with letters on their way must have
 * stood still for a while before a look decides. */
static MC_RC wait_until_quiet(struct deliver *dl, struct mc_error *err)
{
	const struct mc_monitor *mon = &dl->d->req->monitor;
	struct mc_mailbox_state was = dl->state;
	int64_t quiet = quiet_ms(dl->d->on_their_way);
	int64_t since = mc_clock_ms();

	if (dl->d->on_their_way == 0)
		return MC_OK;
	mc_note(mon, "the last session ended with messages on their way: "
		     "waiting until the server has done with it");
	while (mc_clock_ms() - since < quiet) {
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
	dl->d->on_their_way = 0;
	return MC_OK;
}

/* However long was waited: a server may store them still. */
static void tell_lost(const struct deliver *dl, int64_t lost)
{
	mc_push_tally_doubted(dl->d->tally, lost);
	if (lost > 0)
		mc_note(&dl->d->req->monitor,
			"%s: %lld message%s on the way did not arrive, and %s "
			"sent again; should the server store the first after "
			"all, 'mailcart verify' names what is there twice",
			dl->name, (long long)lost, lost == 1 ? "" : "s",
			lost == 1 ? "is" : "are");
}

/* They were deleted, or are not to be recognised. */
static void tell_gone(const struct deliver *dl, int64_t gone)
{
	if (gone > 0)
		mc_note(&dl->d->req->monitor,
			"%s: the server numbers its messages anew, and %lld "
			"that had been sent %s not found among them, and %s "
			"sent again; 'mailcart verify' names what is there "
			"twice",
			dl->name, (long long)gone, gone == 1 ? "was" : "were",
			gone == 1 ? "is" : "are");
}

/* Something was there all the same. */
static void take_all_back(struct mc_delivery *d)
{
	mc_suspect_forget(d->suspect);
	mc_alike_forget(d->alike);
}

/* *anew: it is not the mailbox that was known. */
static MC_RC note_selected(struct deliver *dl, bool *anew, struct mc_error *err)
{
	const struct mc_mailbox_state *state = &dl->state;
	struct mc_archive *ar = dl->d->ar;
	int64_t id = dl->mailbox->id;
	bool again = false;
	enum mc_rc rc = mc_archive_begin(ar, err);

	*anew = dl->mailbox->uidvalidity != state->uidvalidity;
	if (rc == MC_OK)
		rc = mc_mailbox_selected(ar, id, state->uidvalidity, err);
	if (rc == MC_OK && state->exists == 0)
		rc = mc_mailbox_empty(ar, id, state->uidvalidity,
			state->uidnext, &again, err);
	*anew |= again;
	if (rc == MC_OK)
		return mc_archive_commit(ar, err);
	mc_archive_rollback(ar);
	return rc;
}

static MC_RC select_and_look(struct deliver *dl, struct mc_error *err)
{
	struct mc_delivery *d = dl->d;
	struct mc_matched matched = { 0 };
	int64_t ours = d->on_their_way;
	bool anew = false;
	enum mc_rc rc;

	rc = mc_target_select(d->target, dl->name, &dl->state, err);
	if (rc == MC_OK)
		rc = wait_until_quiet(dl, err);
	if (rc == MC_OK)
		rc = note_selected(dl, &anew, err);
	if (rc < 0)
		return rc;
	if (anew) {
		dl->mailbox->uidvalidity = dl->state.uidvalidity;
		dl->mailbox->looked = 0;
		*d->first = 0;
	}
	rc = mc_look(d->ar, d->target, dl->mailbox, &dl->state, &matched, err);
	if (rc == MC_OK && *d->first == 0)
		*d->first = dl->mailbox->looked;
	ours = rc == MC_OK && ours > matched.lost ? ours - matched.lost : 0;
	mc_push_tally_found(d->tally, matched.found, ours);
	if (matched.found > 0)
		take_all_back(d);
	d->alike->took |= ours > 0;
	tell_lost(dl, matched.lost);
	tell_gone(dl, matched.gone);
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
	dl->not_made = rc == MC_EREFUSED;
	if (rc == MC_OK && !exists)
		mc_push_tally_created(dl->d->tally, 1);
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
	if (rc == MC_OK)
		rc = mc_room_is_out(dl->d->target, dl->d->tally, dl->name,
			&dl->not_tried, &dl->end.why, err);
	dl->end.closed = rc == MC_OK && dl->not_tried;
	if (rc < 0 && err->scope == MC_FOLDER) {
		dl->end.closed = true;
		dl->end.why = *err;
		rc = MC_OK;
	}
	return rc;
}

static const char takes_none[] =
	"; ask whoever runs the server what that means, then run the same "
	"command again; with --map FROM=TO its mail goes to another mailbox";

/* What a person can do about it. */
static const char *advice(const struct deliver *dl)
{
	const struct mc_error *why = &dl->end.why;

	if (mc_refusal_is_of_room(why))
		return "; make room on the server or have its quota raised, "
		       "then run the same command again";
	if (dl->end.alike)
		return takes_none;
	if (dl->not_made || mc_refusal_has_code(why, "NOPERM"))
		return "; with --map FROM=TO its mail goes to another mailbox";
	return "; if it stays so, ask whoever runs the server";
}

static void advise(const struct deliver *dl, char *text, size_t size)
{
	if (mc_refusal_is_of_room(&dl->end.why))
		mc_room_tell(dl->d->target, dl->d->tally, dl->name, text, size);
	mc_text_advise(text, size, advice(dl));
}

static void tell(const struct mc_request *req, const char *name,
	const struct mc_error *why, const char *text)
{
	mc_emit(&req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
				       .phase = "push",
				       .mailbox = name,
				       .code = why->code,
				       .text = text });
}

void mc_deliver_tell_misread(const struct mc_request *req,
	struct mc_push_tally *tally, const char *name,
	const struct mc_error *why)
{
	char text[MC_ERROR_TEXT + 256];

	mc_push_tally_closed(tally, true);
	mc_text_format(text, sizeof(text), "%s", why->text);
	mc_text_advise(text, sizeof(text), takes_none);
	tell(req, name, why, text);
}

/* A server that is busy or throttles is asked again later; a full mailbox or
 * a missing permission will not mend itself. */
static MC_RC tell_closed(const struct deliver *dl, struct mc_error *err)
{
	const struct mc_error *why = &dl->end.why;
	char text[MC_ERROR_TEXT + 640];
	bool gone = mc_refusal_has_code(why, "TRYCREATE");

	if (gone || (why->hope == MC_LATER && !mc_refusal_is_of_room(why))) {
		*err = *why;
		err->scope = MC_SESSION;
		if (gone) /* the next session makes it anew */
			err->hope = MC_AGAIN;
		return err->rc;
	}
	if (dl->end.bad && !mc_push_tally_sends(dl->d->tally)) {
		mc_push_tally_misread(dl->d->tally);
		*dl->d->misread = *why;
		return MC_OK;
	}
	mc_push_tally_closed(dl->d->tally,
		why->hope == MC_NEVER && !mc_refusal_is_of_room(why));
	mc_text_format(text, sizeof(text), "%s", why->text);
	if (!dl->not_tried)
		advise(dl, text, sizeof(text));
	tell(dl->d->req, dl->name, why, text);
	return MC_OK;
}

/* What another connection has seen meanwhile need not be looked at again. */
static void hear_witness(const struct deliver *dl)
{
	struct mc_push_tally *tally = dl->d->tally;
	struct mc_verify_report found;

	if (!tally->witness || !dl->d->ahead)
		return;
	mc_witness_settle(tally->witness, &found);
	mc_push_tally_verified(tally, &found);
}

/* While the mailbox is selected: later each would cost round trips of its
 * own. */
static MC_RC verify(struct deliver *dl, struct mc_error *err)
{
	const struct mc_delivered delivered = { .ar = dl->d->ar,
		.target = dl->d->target,
		.req = dl->d->req,
		.mailbox = dl->mailbox->id,
		.name = dl->name,
		.uidvalidity = dl->state.uidvalidity,
		.seen = mc_trial_is_due(&dl->trial) ? mc_trial_see : NULL,
		.arg = &dl->trial };
	struct mc_verify_report found = { 0 };
	enum mc_rc rc;

	if (!dl->d->tally->verify)
		return MC_OK;
	hear_witness(dl);
	rc = mc_verify_delivered(&delivered, &found, err);
	mc_push_tally_verified(dl->d->tally, &found);
	/* What cannot be looked at now is told by the look at all. */
	return rc < 0 && err->scope == MC_FOLDER ? MC_OK : rc;
}

/* A server that loses flags, and tells no UIDs: where they are is looked for
 * first. */
static MC_RC pay(struct deliver *dl, struct mc_error *err)
{
	uint32_t lost = mc_target_loses(dl->d->target) |
			mc_push_tally_lost(dl->d->tally);
	enum mc_rc rc = MC_OK;

	if (dl->d->ahead || dl->end.closed)
		return MC_OK;
	if (lost && dl->end.untold)
		rc = select_and_look(dl, err);
	if (rc == MC_OK)
		rc = mc_debt_pay(dl->d, dl->mailbox->id, dl->name, err);
	return rc;
}

static MC_RC send(struct deliver *dl, struct mc_error *err)
{
	struct mc_convoy_wish wish = { .delivery = dl->d,
		.mailbox = dl->mailbox,
		.name = dl->name,
		.state = &dl->state };
	enum mc_rc rc = mc_convoy_run(&wish, &dl->end, err);

	if (rc < 0)
		return rc;
	mc_trial_begin(&dl->trial, dl->d, &dl->end);
	rc = verify(dl, err);
	if (rc == MC_OK)
		rc = mc_trial_end(
			&dl->trial, dl->mailbox->id, *dl->d->first, err);
	return rc == MC_OK ? pay(dl, err) : rc;
}

MC_RC mc_deliver(struct mc_delivery *delivery, struct mc_mailbox_row *mailbox,
	const char *name, enum mc_special use, struct mc_error *err)
{
	struct deliver dl = { .d = delivery, .mailbox = mailbox, .name = name };
	enum mc_rc rc = prepare(&dl, use, err);

	if (rc == MC_OK && !dl.end.closed)
		rc = send(&dl, err);
	if (rc == MC_OK && dl.end.closed)
		rc = tell_closed(&dl, err);
	if (rc < 0)
		mc_while(err, "mailbox '%s'", name);
	return rc;
}
