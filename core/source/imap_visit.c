/* SPDX-License-Identifier: MIT */
#include "source/imap_visit.h"

#include <assert.h>

enum {
	/* A mailbox is listed by numbers if at least one in so many is a
	 * message's, */
	SPARSE = 8,
	/* and messages are asked for by them if one in so many is. */
	TIGHT = 2,
};

/* --- what came ---------------------------------------------------------- */

static struct mc_imap_visit *visit_of(struct mc_imap_reader *reader)
{
	return (struct mc_imap_visit *)(void *)reader;
}

static struct mc_imap_window *window_at(struct mc_imap_visit *v, size_t i)
{
	return &v->window[(v->first + i) % MC_IMAP_WINDOWS];
}

/* The window that asked for it by its number, or NULL. */
static struct mc_imap_window *direct_window(
	struct mc_imap_visit *v, uint32_t uid)
{
	for (size_t i = 0; i < v->n; i++) {
		struct mc_imap_window *w = window_at(v, i);
		const struct mc_imap_wanted *wanted = &w->batch.wanted;

		if (w->direct && uid >= wanted->uids[0] &&
			uid <= wanted->uids[wanted->n - 1])
			return w;
	}
	return NULL;
}

/* The entry of one that was asked for: net sees to that. */
static void find(struct mc_imap_visit *v, uint32_t uid)
{
	v->in_hand = NULL;
	for (size_t i = 0; i < v->n && !v->in_hand; i++) {
		v->in_hand_of = window_at(v, i);
		if (v->in_hand_of->state == MC_IMAP_WINDOW_FETCHING)
			v->in_hand = mc_imap_window_find(v->in_hand_of, uid);
	}
	assert(v->in_hand);
}

/* Once it is entered. */
static void know(struct mc_imap_visit *v)
{
	v->r.uidvalidity =
		v->selected.uid_not_sticky ? 0 : v->selected.uidvalidity;
}

/* What comes too early, or without what a list tells, is left to be listed. */
static MC_RC begin_direct(struct mc_imap_visit *v, struct mc_imap_window *w,
	const struct mc_imap_message *message, struct mc_error *err)
{
	enum mc_rc rc;

	if (!v->open || !message->flagged || !message->dated)
		return MC_DONE;
	know(v);
	rc = mc_imap_uids_add(&v->seen, message->uid, err);
	if (rc < 0)
		return rc;
	v->in_hand_of = w;
	return mc_imap_window_came(w, message, &v->in_hand, err);
}

static MC_RC on_begin(struct mc_imap_reader *reader,
	const struct mc_imap_message *message, struct mc_error *err)
{
	struct mc_imap_visit *v = visit_of(reader);
	struct mc_imap_window *direct = direct_window(v, message->uid);

	if (direct) {
		enum mc_rc rc = begin_direct(v, direct, message, err);

		if (rc != MC_OK)
			return rc;
	} else {
		find(v, message->uid);
	}
	v->item = mc_imap_window_item(v->in_hand_of, v->in_hand);
	return v->r.rx->begin(v->r.rx, &v->item, err);
}

static MC_RC on_bytes(struct mc_imap_reader *reader, struct mc_span bytes,
	struct mc_error *err)
{
	struct mc_imap_visit *v = visit_of(reader);

	return v->r.rx->bytes(v->r.rx, bytes, err);
}

static MC_RC on_end(struct mc_imap_reader *reader, struct mc_error *err)
{
	struct mc_imap_visit *v = visit_of(reader);
	enum mc_rc rc = v->r.rx->end(v->r.rx, &v->item, NULL, err);

	v->in_hand->over = true;
	if (rc == MC_OK && v->r.monitor &&
		mc_cancel_is(v->r.monitor->cancel, MC_CANCEL_SOON))
		return mc_fail_cancelled(err);
	return rc;
}

static MC_RC on_refused(struct mc_imap_reader *reader, uint32_t uid,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_imap_visit *v = visit_of(reader);
	struct mc_error told = *why;

	told.scope = MC_MESSAGE;
	find(v, uid);
	return mc_imap_window_give_up(v->in_hand_of, v->in_hand, &told, err);
}

/* --- the whole ---------------------------------------------------------- */

MC_RC mc_imap_visit_new(struct mc_imap_visit **out,
	const struct mc_imap_reading *r, struct mc_error *err)
{
	struct mc_imap_visit *v = calloc(1, sizeof(*v));
	enum mc_rc rc;

	*out = v;
	if (!v)
		return mc_fail_memory(err);
	v->r = *r;
	v->reader = (struct mc_imap_reader){ .items = "UID",
		.begin = on_begin,
		.bytes = on_bytes,
		.end = on_end,
		.refused = on_refused };
	mc_imap_selected_init(&v->selected);
	rc = mc_imap_fetching_new(&v->fetching, r->imap, &v->reader, err);
	for (size_t i = 0; i < MC_IMAP_WINDOWS && rc == MC_OK; i++)
		rc = mc_imap_window_init(&v->window[i], &v->r, err);
	return rc;
}

void mc_imap_visit_free(struct mc_imap_visit *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < MC_IMAP_WINDOWS; i++)
		mc_imap_window_dispose(&v->window[i]);
	mc_imap_fetching_free(v->fetching);
	mc_imap_uids_dispose(&v->uids);
	mc_imap_uids_dispose(&v->seen);
	mc_imap_selected_dispose(&v->selected);
	free(v);
}

static void start(struct mc_imap_visit *v, const struct mc_imap_place *place,
	const char *verb)
{
	v->wire = mc_span_str(place->box->wire);
	v->verb = verb;
	v->r.labelled = place->labelled;
	v->open = false;
	v->left = false;
	v->direct = false;
	v->reader.items = "UID";
	v->by_uids = true;
	v->uids_at = 0;
	v->seen.n = 0;
	v->overfull = false;
	v->first = 0;
	v->n = 0;
	mc_imap_fetching_reset(v->fetching, &v->entering);
}

void mc_imap_visit_begin(struct mc_imap_visit *v,
	const struct mc_imap_place *place, const char *verb)
{
	start(v, place, verb);
	v->entering = (struct mc_imap_entering){
		.over = true, .imap = v->r.imap, .selected = &v->selected
	};
	know(v);
}

/* --- listing ------------------------------------------------------------ */

/* Where most numbers below UIDNEXT are taken, numbers will do. */
static bool is_dense(const struct mc_imap_status *status, uint32_t share)
{
	return (status->uidnext - 1) / share <= status->messages;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

bool mc_imap_visit_can_launch(const struct mc_imap_place *place)
{
	const struct mc_imap_status *status = &place->box->status;

	return status->told && status->messages > 0 && status->uidnext > 1 &&
	       (status->messages <= MC_IMAP_LOOK_MAX ||
		       is_dense(status, SPARSE)) &&
	       place->box->wire[0] && is_printable(place->box->wire);
}

static bool is_listed(const struct mc_imap_visit *v)
{
	return v->by_uids ? v->uids_at == v->uids.n : v->next > v->last;
}

/* The next list, by UIDs or by numbers. */
static MC_RC list_next(struct mc_imap_visit *v, struct mc_error *err)
{
	struct mc_imap_window *w = window_at(v, v->n++);
	struct mc_imap_look look = { .in = &v->entering };

	if (v->by_uids) {
		size_t left = v->uids.n - v->uids_at;

		look.uids = v->uids.uid + v->uids_at;
		look.n = left < MC_IMAP_LOOK_MAX ? left : MC_IMAP_LOOK_MAX;
		v->uids_at += look.n;
	} else {
		uint32_t left = v->last - v->next;

		look.first = v->next;
		look.last = left < v->step ? v->last : v->next + v->step - 1;
		v->next = look.last + 1;
	}
	if (!v->direct || v->by_uids)
		return mc_imap_window_list(w, &look, err);
	mc_imap_window_direct(w, look.first, look.last);
	mc_imap_fetching_add(v->fetching, &w->batch);
	return MC_OK;
}

static MC_RC list_more(struct mc_imap_visit *v, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && v->n < MC_IMAP_WINDOWS && !is_listed(v))
		rc = list_next(v, err);
	return rc;
}

MC_RC mc_imap_visit_launch(struct mc_imap_visit *v,
	const struct mc_imap_place *place, struct mc_error *err)
{
	const struct mc_imap_status *status = &place->box->status;
	enum mc_rc rc;

	start(v, place, "EXAMINE");
	v->by_uids = false;
	v->next = 1;
	v->last = status->uidnext - 1;
	v->direct = place->all && !place->labelled && is_dense(status, TIGHT);
	v->step = MC_IMAP_LOOK_MAX;
	if (v->direct)
		v->reader.items = "UID FLAGS INTERNALDATE RFC822.SIZE";
	else if (status->messages <= MC_IMAP_LOOK_MAX)
		v->step = v->last;
	rc = mc_imap_enter_launch(
		&v->entering, v->r.imap, v->verb, v->wire, &v->selected, err);
	if (rc == MC_OK)
		rc = list_more(v, err);
	if (rc == MC_OK && v->direct)
		rc = mc_imap_fetching_launch(v->fetching, err);
	return rc;
}

/* All numbers are through, and messages are missing: their UIDs are beyond, or
 * not what STATUS made expect. */
static bool is_short(const struct mc_imap_visit *v)
{
	return !v->by_uids && (v->overfull || v->seen.n < v->selected.exists);
}

/* Asks for all UIDs, and leaves those that were seen. */
static MC_RC list_rest(struct mc_imap_visit *v, struct mc_error *err)
{
	enum mc_rc rc =
		mc_imap_list_uids(v->r.imap, 1, &v->uids, NULL, NULL, err);
	size_t kept = 0;

	mc_imap_uids_sort(&v->seen);
	v->by_uids = true;
	v->uids_at = 0;
	for (size_t i = 0, seen = 0; i < v->uids.n; i++) {
		uint32_t uid = v->uids.uid[i];

		while (seen < v->seen.n && v->seen.uid[seen] < uid)
			seen++;
		if (seen == v->seen.n || v->seen.uid[seen] != uid)
			v->uids.uid[kept++] = uid;
	}
	v->uids.n = kept;
	return rc;
}

/* --- step by step ------------------------------------------------------- */

static MC_RC note_seen(struct mc_imap_visit *v, const struct mc_imap_window *w,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	v->overfull |= w->overfull;
	for (size_t i = 0; i < w->n && rc == MC_OK && !v->by_uids; i++)
		rc = mc_imap_uids_add(&v->seen, w->entry[i].uid, err);
	return rc;
}

/* Windows are asked about in their order. */
static MC_RC ask(struct mc_imap_visit *v, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < v->n && rc == MC_OK; i++) {
		struct mc_imap_window *w = window_at(v, i);

		rc = mc_imap_window_step(w, err);
		if (rc == MC_OK && w->state == MC_IMAP_WINDOW_LISTING)
			break;
		if (rc < 0 || w->state != MC_IMAP_WINDOW_LISTED)
			continue;
		rc = note_seen(v, w, err);
		if (rc == MC_OK)
			rc = mc_imap_window_ask(w, err);
		if (rc == MC_OK)
			mc_imap_fetching_add(v->fetching, &w->batch);
	}
	return rc;
}

static MC_RC end_first(struct mc_imap_visit *v, const struct mc_error *why,
	struct mc_error *err)
{
	enum mc_rc rc = mc_imap_window_end(window_at(v, 0), why, err);

	v->first = (v->first + 1) % MC_IMAP_WINDOWS;
	v->n--;
	return rc;
}

MC_RC mc_imap_visit_give_up(struct mc_imap_visit *v, const struct mc_error *why,
	struct mc_error *err)
{
	struct mc_error told = *why;
	enum mc_rc rc = MC_OK;

	told.scope = MC_MESSAGE;
	while (rc == MC_OK && v->n > 0)
		rc = end_first(v, &told, err);
	return rc;
}

static MC_RC end_windows(struct mc_imap_visit *v, struct mc_error *err)
{
	struct mc_error why;
	enum mc_rc rc = MC_OK;

	(void)mc_fail(&why, MC_EPROTO, MC_MESSAGE, 0,
		"the server did not send it: perhaps it was removed meanwhile");
	while (rc == MC_OK && v->n > 0) {
		struct mc_imap_window *w = window_at(v, 0);

		if (w->state != MC_IMAP_WINDOW_FETCHING ||
			!mc_imap_batch_is_over(&w->batch))
			break;
		rc = end_first(v, &why, err);
	}
	return rc;
}

MC_RC mc_imap_visit_step(
	struct mc_imap_visit *v, bool hold, struct mc_error *err)
{
	enum mc_rc rc;

	if (!v->entering.over)
		return MC_OK;
	if (v->entering.why.rc < 0) {
		*err = v->entering.why;
		return err->rc;
	}
	know(v);
	rc = ask(v, err);
	if (rc == MC_OK && !v->left && !hold)
		rc = mc_imap_fetching_launch(v->fetching, err);
	if (rc == MC_OK)
		rc = end_windows(v, err);
	if (rc == MC_OK && !hold)
		rc = list_more(v, err);
	if (rc < 0 || v->n > 0)
		return rc;
	if (is_listed(v) && !is_short(v))
		return MC_DONE;
	if (v->left || hold)
		return MC_OK;
	rc = list_rest(v, err);
	if (rc == MC_OK)
		rc = list_more(v, err);
	return rc == MC_OK && v->n == 0 ? MC_DONE : rc;
}

/* --- another mailbox behind this one ------------------------------------ */

bool mc_imap_visit_is_asked(const struct mc_imap_visit *v)
{
	if (!is_listed(v) || (!v->direct && (!v->entering.over || is_short(v))))
		return false;
	for (size_t i = 0; i < v->n; i++)
		if (v->window[(v->first + i) % MC_IMAP_WINDOWS].state !=
			MC_IMAP_WINDOW_FETCHING)
			return false;
	return mc_imap_fetching_is_asked(v->fetching);
}

void mc_imap_visit_leave(struct mc_imap_visit *v)
{
	v->left = true;
}

int64_t mc_imap_visit_awaited(const struct mc_imap_visit *v)
{
	return mc_imap_fetching_awaited(v->fetching);
}

bool mc_imap_visit_must_return(const struct mc_imap_visit *v)
{
	if (!v->left || !mc_imap_fetching_is_idle(v->fetching))
		return false;
	return !mc_imap_fetching_is_asked(v->fetching) ||
	       (v->n == 0 && is_short(v));
}

MC_RC mc_imap_visit_return(struct mc_imap_visit *v, struct mc_error *err)
{
	uint32_t before = v->selected.uidvalidity;
	enum mc_rc rc =
		mc_imap_select(v->r.imap, v->verb, v->wire, &v->selected, err);

	v->left = false;
	if (rc == MC_OK && v->selected.uidvalidity != before)
		rc = mc_fail(err, MC_EREFUSED, MC_FOLDER, 0,
			"it was made anew while it was read; run the same "
			"command again");
	return rc;
}
