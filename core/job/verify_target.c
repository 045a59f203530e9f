/* SPDX-License-Identifier: MIT
 * verify_target: is every message on the server, and as it was sent?
 *
 * A mailbox at a time: what should be there is looked at by UID, size and
 * identity, and with --deep fetched whole.
 */
#include "job/verify.h"

#include <inttypes.h>

#include "archive/ledger.h"
#include "base/text.h"
#include "job/target_name.h"
#include "job/verifying.h"
#include "source/source.h"

enum {
	/* What is missing people look for one by one. */
	MISSING_NAMED = 1000,
	/* That a server changes what it stores is soon understood: so many of
	 * a mailbox, in one line. */
	CHANGED_NAMED = 10,
	/* Placements of a mailbox that are looked for at a time, so that memory
	 * does not grow with it.  Larger ones are asked for their UIDs only. */
	PORTION = 100000,
};

static MC_RC add_expected(
	void *arg, const struct mc_placement_line *line, struct mc_error *err)
{
	struct mc_verifying *c = arg;

	return mc_muster_expect(&c->muster, c->ar, line, err);
}

/* Of all that are looked for the one with that UID, also if it was doubted and is
 * there after all; or *other: it is noted for one that is not looked for now, and
 * a twin of that must not be found in its stead. */
static MC_RC find_at(struct mc_verifying *c, uint32_t uid,
	struct mc_expected **e, bool *other, struct mc_error *err)
{
	int64_t placement = 0;
	enum mc_rc rc = MC_OK;

	*other = false;
	*e = mc_muster_find_uid(&c->muster, uid);
	if (*e || c->uidvalidity != c->noted_uidvalidity)
		return MC_OK;
	rc = mc_placement_at(c->ar, c->box, uid, &placement, err);
	if (rc == MC_OK && placement != 0) {
		*e = mc_muster_find_doubted(&c->muster, placement);
		*other = !*e;
	}
	return rc;
}

static enum mc_rc take(const struct mc_verifying *c, struct mc_expected *e,
	const struct mc_seen *seen, const struct mc_facts *facts, bool same_key)
{
	mc_muster_compare(e, seen->uid, seen->octets, same_key);
	e->leaving = seen->flags & MC_DELETED;
	if (c->twice)
		e->sight = mc_muster_sight(facts, &c->id.key, seen->octets);
	return MC_OK;
}

static enum mc_rc compare_at(const struct mc_verifying *c,
	struct mc_expected *e, const struct mc_seen *seen,
	const struct mc_facts *facts)
{
	bool wrapping =
		e->wrapped &&
		e->mark == mc_muster_mark(facts->message_id, seen->octets);

	return take(c, e, seen, facts,
		wrapping || facts->message_id.n == 0 ||
			e->key == mc_muster_key(&c->id.key));
}

static MC_RC find_by_facts(struct mc_verifying *c, const struct mc_seen *seen,
	const struct mc_facts *facts, struct mc_error *err)
{
	struct mc_expected *e;
	struct mc_stray stray = { .uid = seen->uid };

	if (facts->message_id.n == 0)
		return mc_muster_odd(&c->muster, seen->uid, err);
	e = mc_muster_find_key(&c->muster, mc_muster_key(&c->id.key));
	if (e)
		return take(c, e, seen, facts, true);
	stray.mark = mc_muster_mark(facts->message_id, seen->octets);
	stray.sight = mc_muster_sight(facts, &c->id.key, seen->octets);
	return mc_muster_stray(&c->muster, &stray, err);
}

static MC_RC on_seen(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	struct mc_verifying *c = arg;
	struct mc_expected *e = NULL;
	struct mc_facts facts;
	bool other = false;
	enum mc_rc rc =
		mc_identify_octets(&c->id, c->scan, seen->header, &facts, err);

	if (rc == MC_OK && c->also)
		rc = c->also(c->also_arg, seen, err);
	if (rc == MC_OK)
		rc = find_at(c, seen->uid, &e, &other, err);
	if (rc != MC_OK || other)
		return rc;
	return e ? compare_at(c, e, seen, &facts)
		 : find_by_facts(c, seen, &facts, err);
}

static void tell_missing(
	const struct mc_verifying *c, const char *text, int64_t id)
{
	mc_emit(&c->req->monitor, &(struct mc_event){ .kind = MC_EVENT_FAILURE,
					  .phase = "verify",
					  .id = id,
					  .mailbox = c->name,
					  .text = text });
}

static void tell_one_missing(struct mc_verifying *c, int64_t logical)
{
	char text[128];

	mc_text_format(text, sizeof(text),
		"message %" PRId64 " is not on the server", logical);
	tell_missing(c, text, logical);
}

static void tell_more_missing(const struct mc_verifying *c, int64_t more)
{
	char text[128];

	mc_text_format(text, sizeof(text),
		"%" PRId64 " more are not on the server", more);
	tell_missing(c, text, 0);
}

/* "message 7 is", "12 messages (1, 2, 3, ... and 2 more) are" */
static void name_changed(
	const struct mc_verifying *c, int64_t n, char *out, size_t size)
{
	const char *glue = n == 1 ? "message " : " messages (";
	char text[48];
	int named = 0;

	*out = '\0';
	if (n > 1)
		mc_text_format(out, size, "%" PRId64, n);
	for (size_t i = 0; named < CHANGED_NAMED && i < c->muster.n; i++) {
		if (c->muster.list[i].finding != MC_CHANGED)
			continue;
		mc_text_format(text, sizeof(text), "%s%" PRId64, glue,
			c->muster.list[i].logical);
		mc_text_append(out, size, text);
		glue = ", ";
		named++;
	}
	mc_text_format(text, sizeof(text), " and %" PRId64 " more", n - named);
	mc_text_append(out, size, n > named ? text : "");
	mc_text_append(out, size, n == 1 ? " is" : ") are");
}

/* A note: nothing has failed, and nothing is lost. */
static void tell_changed(const struct mc_verifying *c, int64_t n)
{
	char which[48 * (CHANGED_NAMED + 2)];

	name_changed(c, n, which, sizeof(which));
	mc_note(&c->req->monitor, "%s: %s there, but not %s", c->name, which,
		c->req->deep ? "octet for octet as in the archive"
			     : "with the size or the header of the archive's "
			       "copy; verify --deep compares every octet");
}

static MC_RC note(struct mc_verifying *c, struct mc_proof *in,
	const struct mc_expected *e, struct mc_error *err)
{
	const struct mc_proved proved = { .placement = e->placement,
		.mailbox = c->box,
		.uidvalidity = c->uidvalidity,
		.uid = e->found };

	return mc_proof_add(in, &proved, err);
}

static MC_RC note_there(struct mc_verifying *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && c->fresh && i < c->muster.n; i++)
		if (c->muster.list[i].finding != MC_MISSING)
			rc = note(c, c->fresh, &c->muster.list[i], err);
	return rc;
}

/* What only looks the same is not proved, nor what is about to go. */
static MC_RC prove(struct mc_verifying *c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && c->proof && i < c->muster.n; i++) {
		const struct mc_expected *e = &c->muster.list[i];

		if (c->req->deep && e->finding == MC_IDENTICAL && !e->leaving)
			rc = note(c, c->proof, e, err);
	}
	return rc;
}

static void count(struct mc_verifying *c)
{
	int64_t changed = c->report->changed;
	int64_t more = 0; /* missing ones that are not named */

	for (size_t i = 0; i < c->muster.n; i++) {
		const struct mc_expected *e = &c->muster.list[i];

		c->report->checked++;
		c->report->missing += e->finding == MC_MISSING;
		c->report->changed += e->finding == MC_CHANGED;
		c->report->identical += e->finding == MC_IDENTICAL;
		c->report->altered += e->finding == MC_ALTERED;
		if (e->finding != MC_MISSING)
			continue;
		if (c->missing_told++ < MISSING_NAMED)
			tell_one_missing(c, e->logical);
		else
			more++;
	}
	if (more > 0)
		tell_more_missing(c, more);
	if (c->report->changed > changed)
		tell_changed(c, c->report->changed - changed);
	mc_emit(&c->req->monitor, &(struct mc_event){ .kind = MC_EVENT_PROGRESS,
					  .phase = "verify",
					  .mailbox = c->name,
					  .done = c->report->checked,
					  .total = -1,
					  .octets = c->report->octets });
}

static MC_RC look_at_expected(struct mc_verifying *c, struct mc_error *err)
{
	uint32_t *uids = calloc(c->muster.n, sizeof(*uids));
	enum mc_rc rc;

	if (!uids)
		return mc_fail_memory(err);
	for (size_t i = 0; i < c->muster.n; i++)
		uids[i] = c->muster.list[i].uid;
	rc = mc_target_look_at(c->target, uids, c->muster.n, on_seen, c, err);
	free(uids);
	return rc;
}

/* What is there of what is expected, at a glance.  MC_DONE: that cannot be told
 * of a portion. */
static MC_RC look(struct mc_verifying *c, bool portion, struct mc_error *err)
{
	struct mc_mailbox_state state = { 0 };
	enum mc_rc rc = mc_verifying_reach(c, err);
	bool valid;

	if (rc == MC_OK)
		rc = mc_verifying_select(c, &state, err);
	if (rc < 0)
		return rc;
	valid = state.uidvalidity == c->noted_uidvalidity;
	if (portion && !valid)
		return MC_DONE;
	mc_muster_sort(&c->muster, valid);
	c->uidvalidity = state.uidvalidity;
	c->exists = state.exists;
	if (state.exists == 0)
		return MC_OK;
	/* The least UID is the first; 0: it is not known. */
	if (c->muster.list[0].uid > 0)
		rc = look_at_expected(c, err);
	else
		rc = mc_target_look(c->target, 1, on_seen, c, err);
	/* A server may tell a UID that it was not. */
	if (rc < 0 || !mc_muster_doubt_uids(&c->muster))
		return rc;
	return mc_target_look(c->target, 1, on_seen, c, err);
}

/* What is expected by now.  MC_DONE: as look() says. */
static MC_RC check_expected(
	struct mc_verifying *c, bool portion, struct mc_error *err)
{
	enum mc_rc rc;

	do {
		mc_muster_forget(&c->muster);
		rc = look(c, portion, err);
	} while (rc < 0 &&
		 mc_verifying_may_try_again(c, c->report->octets, err));
	if (rc == MC_DONE)
		return rc;
	if (rc == MC_OK)
		rc = mc_verifying_octets(c, err);
	if (rc < 0 && err->scope != MC_FOLDER)
		return rc;
	count(c);
	if (rc < 0) { /* it cannot be looked at: what is counted is missing */
		c->blind = true;
		return MC_OK;
	}
	rc = note_there(c, err);
	if (rc == MC_OK)
		rc = prove(c, err);
	return rc == MC_OK ? mc_verifying_hold(c, err) : rc;
}

/* They come by UID, those without one first.  If all UIDs are known, and mean
 * what they meant, a portion stands for itself. */
static MC_RC expect(
	void *arg, const struct mc_placement_line *line, struct mc_error *err)
{
	struct mc_verifying *c = arg;
	enum mc_rc rc = add_expected(c, line, err);

	if (rc < 0 || c->muster.n < PORTION || c->whole)
		return rc;
	c->whole = c->muster.list[0].uid == 0;
	if (c->whole)
		return MC_OK;
	rc = check_expected(c, true, err);
	c->whole = rc == MC_DONE;
	if (rc == MC_OK)
		mc_muster_clear(&c->muster);
	return rc < 0 ? rc : MC_OK;
}

static MC_RC check_mailbox(void *arg, int64_t id, const char *name,
	uint32_t uidvalidity, struct mc_error *err)
{
	struct mc_verifying *c = arg;
	enum mc_rc rc;

	c->name = name;
	c->box = id;
	c->uidvalidity = uidvalidity;
	c->noted_uidvalidity = uidvalidity;
	c->whole = false;
	mc_muster_clear(&c->muster);
	mc_verifying_let_go(c);
	rc = mc_placement_each(c->ar,
		&(struct mc_placement_filter){ .target = c->ledger,
			.mailbox = c->box,
			.states = 1u << MC_SENT | 1u << MC_PRESENT,
			.unverified = c->fresh != NULL,
			.leaving = c->leaving },
		expect, c, err);
	if (rc == MC_OK && c->muster.n > 0)
		rc = check_expected(c, false, err);
	if (rc == MC_OK)
		rc = mc_verifying_twice(c, err);
	if (rc < 0)
		mc_while(err, "mailbox '%s'", name);
	return rc;
}

static MC_RC count_unsent(struct mc_verifying *c, struct mc_error *err)
{
	struct mc_ledger_counts ledger;
	enum mc_rc rc = mc_ledger_count(c->ar, c->ledger, &ledger, err);

	if (rc == MC_OK)
		c->report->unsent = ledger.refused + ledger.waiting;
	return rc;
}

/* Where nothing is to be looked at, it is logged in to all the same. */
static MC_RC enter(struct mc_verifying *c, struct mc_error *err)
{
	enum mc_rc rc;

	do
		rc = mc_verifying_reach(c, err);
	while (rc < 0 && mc_verifying_may_try_again(c, c->report->octets, err));
	return rc < 0 ? err->rc : rc;
}

MC_RC mc_verify_target(struct mc_archive *ar, const struct mc_request *req,
	struct mc_verify_report *report, struct mc_error *err)
{
	struct mc_verifying c;
	enum mc_rc rc;

	mc_verifying_init(&c, ar, req, report);
	c.twice = true;
	rc = mc_target_known(ar, req, &c.ledger, err);
	if (rc == MC_OK && c.ledger == 0)
		rc = mc_fail(err, MC_EUSAGE, MC_RUN, 0,
			"nothing was ever pushed to this server from '%s'; an "
			"account that was pulled is compared by pulling it "
			"again",
			req->archive);
	if (rc == MC_OK)
		rc = mc_scan_new(&c.scan, err);
	if (rc == MC_OK)
		rc = enter(&c, err);
	if (rc == MC_OK)
		rc = mc_mailbox_each(ar, c.ledger, check_mailbox, &c, err);
	if (rc == MC_OK)
		rc = count_unsent(&c, err);
	mc_verifying_dispose(&c);
	return rc;
}

static MC_RC note_verified(struct mc_archive *ar, const struct mc_proof *there,
	struct mc_error *err)
{
	enum mc_rc rc;

	if (there->n == 0)
		return MC_OK;
	rc = mc_archive_begin(ar, err);
	for (size_t i = 0; rc == MC_OK && i < there->n; i++)
		rc = mc_placement_verified(ar, there->list[i].placement, err);
	if (rc == MC_OK)
		return mc_archive_commit(ar, err);
	mc_archive_rollback(ar);
	return rc;
}

/* Those whose UID is known; of them those that are there are counted, the others
 * forgotten. */
static MC_RC check_delivered(struct mc_verifying *c, struct mc_error *err)
{
	size_t kept = 0;
	enum mc_rc rc;

	for (size_t i = 0; i < c->muster.n; i++)
		if (c->muster.list[i].uid > 0)
			c->muster.list[kept++] = c->muster.list[i];
	c->muster.n = kept;
	if (c->muster.n == 0)
		return MC_OK;
	mc_muster_sort(&c->muster, true);
	rc = look_at_expected(c, err);
	kept = 0;
	for (size_t i = 0; i < c->muster.n; i++)
		if (c->muster.list[i].finding != MC_MISSING)
			c->muster.list[kept++] = c->muster.list[i];
	c->muster.n = kept;
	if (rc < 0)
		return rc;
	count(c);
	return note_there(c, err);
}

MC_RC mc_verify_delivered(const struct mc_delivered *delivered,
	struct mc_verify_report *report, struct mc_error *err)
{
	const struct mc_placement_filter filter = { .mailbox =
							    delivered->mailbox,
		.states = 1u << MC_SENT | 1u << MC_PRESENT,
		.unverified = true };
	struct mc_proof there = { 0 };
	struct mc_verifying c;
	enum mc_rc rc;

	mc_verifying_init(&c, delivered->ar, delivered->req, report);
	c.target = delivered->target;
	c.name = delivered->name;
	c.fresh = &there;
	c.also = delivered->seen;
	c.also_arg = delivered->arg;
	rc = mc_scan_new(&c.scan, err);
	if (rc == MC_OK)
		rc = mc_placement_each(
			delivered->ar, &filter, add_expected, &c, err);
	if (rc == MC_OK)
		rc = check_delivered(&c, err);
	if (rc == MC_OK)
		rc = note_verified(delivered->ar, &there, err);
	c.target = NULL; /* the caller's */
	mc_verifying_dispose(&c);
	mc_proof_dispose(&there);
	return rc;
}

/* Of all sources mail can be removed, and so they are of one kind. */
static MC_RC find_leaving(struct mc_verifying *c, struct mc_error *err)
{
	const struct mc_source_ops *ops = NULL;
	enum mc_rc rc = mc_source_find(&ops, &c->req->sources[0], err);

	if (rc == MC_OK)
		c->leaving = ops->kind;
	return rc;
}

MC_RC mc_verify_target_fresh(struct mc_archive *ar,
	const struct mc_request *req, struct mc_target *target,
	struct mc_verify_report *report, struct mc_proof *proof,
	struct mc_error *err)
{
	struct mc_proof there = { 0 };
	struct mc_verifying c;
	enum mc_rc rc;

	mc_verifying_init(&c, ar, req, report);
	c.target = target;
	c.retry.met = true;
	c.fresh = &there;
	c.proof = proof;
	rc = mc_target_known(ar, req, &c.ledger, err);
	if (rc == MC_OK && proof)
		rc = find_leaving(&c, err);
	if (rc == MC_OK)
		rc = mc_scan_new(&c.scan, err);
	if (rc == MC_OK)
		rc = mc_mailbox_each(ar, c.ledger, check_mailbox, &c, err);
	if (rc == MC_OK)
		rc = count_unsent(&c, err);
	if (rc == MC_OK)
		rc = note_verified(ar, &there, err);
	mc_verifying_dispose(&c);
	mc_proof_dispose(&there);
	return rc;
}
