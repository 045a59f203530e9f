/* SPDX-License-Identifier: MIT
 * imap: an account on an IMAP server as a source.  Its folders are mailboxes;
 * keys are UIDVALIDITY and UID; RFC 9051 2.3.1.1.
 *
 * Mailboxes are opened with EXAMINE and messages read with PEEK: nothing on the
 * server changes, \Seen least of all.
 *
 * A mailbox stands as it stood if UIDVALIDITY, UIDNEXT, the number of messages
 * and HIGHESTMODSEQ do; one LIST tells these of all, where the server has
 * LIST-STATUS and CONDSTORE.  Without CONDSTORE nothing but the flags themselves
 * tells whether they have changed: all are listed (some 40 octets a message),
 * and their digest takes the place of HIGHESTMODSEQ.
 */
#include "source/source.h"

#include <inttypes.h>

#include "base/hash.h"
#include "base/text.h"
#include "source/imap_places.h"
#include "source/imap_visit.h"

enum {
	PRINT_MAX = 120,
	LIFE_MAX = 16,
	/* Mailboxes under way: small ones fill a link only together. */
	VISITS = 6,
	/* Octets that are asked for, by a guess, before another mailbox is: the
	 * rest is asked for in time. */
	AWAITED = 16 * 1024 * 1024,
};

struct mc_source {
	struct mc_source_conf conf;
	struct mc_imap *imap;
};

/*
 * Behind the last messages of one mailbox the next ones are entered and asked
 * for: commands stand behind one another on one connection, and the link is not
 * idle for a round trip at each mailbox.
 */
struct walk {
	struct mc_source *src;
	struct mc_receiver *rx;
	struct mc_imap_places places;
	struct mc_imap_visit *ring[VISITS];
	size_t place_of[VISITS];     /* of those ahead */
	size_t at;                   /* in the ring, of the one in hand */
	size_t ahead;                /* launched behind that one */
	struct mc_imap_visit *visit; /* the one in hand */
	struct mc_hash flags; /* of all messages, where it is asked for */
	bool hold; /* nothing is asked for, so that packing can begin */
};

static void imap_close(struct mc_source *src)
{
	if (!src)
		return;
	mc_imap_close(src->imap);
	free(src);
}

static MC_RC imap_open(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	struct mc_source *src = calloc(1, sizeof(*src));
	enum mc_rc rc;

	if (!src)
		return mc_fail_memory(err);
	src->conf = *conf;
	rc = mc_imap_open(&src->imap, conf->at, conf->monitor, err);
	if (rc < 0)
		imap_close(src);
	else
		*out = src;
	return rc;
}

/* --- how a mailbox stands ----------------------------------------------- */

static MC_RC on_flags(
	void *arg, const struct mc_imap_message *message, struct mc_error *err)
{
	struct walk *w = arg;
	char uid[16];

	(void)err;
	mc_text_format(uid, sizeof(uid), "%u ", message->uid);
	mc_hash_put(&w->flags, mc_span_str(uid));
	mc_hash_field(&w->flags, message->flags);
	return MC_OK;
}

/* By STATUS alone.  False: that does not tell whether flags have changed. */
static bool print_status(
	const struct mc_imap_status *status, char print[PRINT_MAX])
{
	if (!status->told || status->uidvalidity == 0 ||
		(status->modseq == 0 && status->messages > 0))
		return false;
	mc_text_format(print, PRINT_MAX, "%u %u %u m%" PRId64,
		status->uidvalidity, status->uidnext, status->messages,
		status->modseq);
	return true;
}

/* By what EXAMINE told, and by the flags of all messages. */
static void print_flags(struct walk *w, char print[PRINT_MAX])
{
	const struct mc_imap_selected *selected = &w->visit->selected;
	struct mc_digest digest = mc_hash_end(&w->flags);
	char hex[MC_SHA256_HEX];

	print[0] = '\0';
	if (selected->uidvalidity == 0 || selected->uid_not_sticky)
		return;
	mc_text_format(print, PRINT_MAX, "%u %u %zu f%.16s",
		selected->uidvalidity, selected->uidnext, w->visit->uids.n,
		mc_digest_hex(hex, &digest));
}

static void make_folder(struct mc_folder *folder, char print[PRINT_MAX],
	const struct mc_imap_place *place)
{
	const struct mc_imap_status *status = &place->box->status;

	print[0] = '\0';
	*folder = (struct mc_folder){ .path = place->path,
		.special = place->special,
		.fingerprint = print,
		.total = status->told ? (int64_t)status->messages : -1,
		.misnamed = place->misnamed ? place->box->wire : NULL,
		.labelled = place->labelled };
}

/* --- entering ----------------------------------------------------------- */

/* Courier makes UIDs for good only where it may write. */
static bool needs_select(const struct walk *w)
{
	return strstr(mc_imap_greeting(w->src->imap), "Courier-IMAP") != NULL;
}

/* Whatever was entered ahead is left. */
static void forget_ahead(struct walk *w)
{
	mc_imap_drain(w->src->imap);
	w->ahead = 0;
}

/* In the ring: n behind the one in hand. */
static size_t behind(const struct walk *w, size_t n)
{
	return (w->at + n) % VISITS;
}

/* Enters a mailbox and lists its UIDs, step by step; each as
 * mc_imap_list_uids() has it. */
static MC_RC enter(struct walk *w, const struct mc_imap_place *place,
	mc_imap_message_fn *each, struct mc_error *err)
{
	struct mc_imap *imap = w->src->imap;
	struct mc_imap_selected *selected = &w->visit->selected;
	struct mc_span wire = mc_span_str(place->box->wire);
	const char *verb = needs_select(w) ? "SELECT" : "EXAMINE";
	enum mc_rc rc;

	forget_ahead(w);
	if (wire.n == 0)
		return mc_fail(err, MC_EREFUSED, MC_FOLDER, 0,
			"no client can write the name of this mailbox");
	rc = mc_imap_select(imap, verb, wire, selected, err);
	if (rc == MC_OK && verb[0] == 'E' && selected->uidvalidity == 0) {
		verb = "SELECT";
		rc = mc_imap_select(imap, verb, wire, selected, err);
	}
	if (rc == MC_OK)
		rc = mc_imap_list_uids(imap, 1, &w->visit->uids, each, w, err);
	if (rc == MC_OK)
		mc_imap_visit_begin(w->visit, place, verb);
	return rc;
}

static bool can_launch(const struct walk *w, const struct mc_imap_place *place)
{
	return !needs_select(w) && mc_imap_visit_can_launch(place);
}

/* Of a mailbox whose STATUS tells all. */
static MC_RC enter_at_once(struct walk *w, size_t i, struct mc_error *err)
{
	const struct mc_imap_place *place = &w->places.place[i];

	if (w->ahead > 0 && w->place_of[behind(w, 1)] == i) {
		w->at = behind(w, 1);
		w->ahead--;
		w->visit = w->ring[w->at];
		return MC_OK;
	}
	if (!can_launch(w, place))
		return enter(w, place, NULL, err);
	forget_ahead(w);
	return mc_imap_visit_launch(w->visit, place, err);
}

/* The next place behind i of which there will be something to read, and which
 * can be launched; or places.n. */
static size_t find_next(const struct walk *w, size_t i)
{
	const struct mc_imap_place *place = w->places.place;
	char print[PRINT_MAX];

	do {
		if (++i == w->places.n ||
			!print_status(&place[i].box->status, print))
			return w->places.n;
	} while (place[i].same || place[i].box->status.messages == 0);
	return can_launch(w, &place[i]) ? i : w->places.n;
}

static bool may_look_ahead(const struct walk *w)
{
	int64_t awaited = 0;

	for (size_t n = 0; n <= w->ahead; n++)
		awaited += mc_imap_visit_awaited(w->ring[behind(w, n)]);
	return w->ahead + 1 < VISITS && awaited < AWAITED &&
	       mc_imap_visit_is_asked(w->ring[behind(w, w->ahead)]);
}

/* Enters the next mailboxes while i is read, as long as all is asked of the one
 * before. */
static MC_RC look_ahead(struct walk *w, size_t i, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && may_look_ahead(w)) {
		size_t last = behind(w, w->ahead);
		size_t next = behind(w, w->ahead + 1);
		size_t found =
			find_next(w, w->ahead > 0 ? w->place_of[last] : i);

		if (found == w->places.n)
			break;
		mc_imap_visit_leave(w->ring[last]);
		w->place_of[next] = found;
		w->ahead++;
		rc = mc_imap_visit_launch(
			w->ring[next], &w->places.place[found], err);
	}
	return rc;
}

/* --- reading one -------------------------------------------------------- */

static bool is_cancelled(const struct walk *w)
{
	const struct mc_monitor *mon = w->src->conf.monitor;

	return mon && mc_cancel_is(mon->cancel, MC_CANCEL_SOON);
}

/* A link that turns out to be slow carries the rest packed; what is on its way
 * must have come before. */
static MC_RC consider_packing(struct walk *w, struct mc_error *err)
{
	struct mc_imap *imap = w->src->imap;

	if (w->src->conf.at->compress == MC_COMPRESS_AUTO &&
		mc_imap_comes_slowly(imap) && mc_imap_can_compress(imap))
		w->hold = true;
	if (!w->hold || mc_imap_in_flight(imap))
		return MC_OK;
	w->hold = false;
	return mc_imap_compress(imap, err);
}

static MC_RC read_messages(struct walk *w, size_t i, struct mc_error *err)
{
	enum mc_rc rc;

	w->visit->open = true;
	for (;;) {
		rc = consider_packing(w, err);
		if (rc == MC_OK)
			rc = mc_imap_visit_step(w->visit, w->hold, err);
		if (rc != MC_OK)
			return rc < 0 ? rc : MC_OK;
		if (is_cancelled(w))
			return mc_fail_cancelled(err);
		if (mc_imap_visit_must_return(w->visit)) {
			forget_ahead(w);
			rc = mc_imap_visit_return(w->visit, err);
			if (rc < 0)
				return rc;
			continue;
		}
		if (!w->hold)
			rc = look_ahead(w, i, err);
		if (rc == MC_OK)
			rc = mc_imap_turn(w->src->imap, err);
		if (rc < 0)
			return rc;
	}
}

/* Of a mailbox whose STATUS tells all: entered only if the receiver asks for
 * it, and if it holds anything. */
static MC_RC read_by_status(struct walk *w, size_t i,
	const struct mc_folder *folder, struct mc_error *err)
{
	enum mc_rc rc = w->rx->folder(w->rx, folder, err);

	if (rc != MC_OK || folder->total == 0)
		return rc;
	rc = enter_at_once(w, i, err);
	return rc == MC_OK ? read_messages(w, i, err) : rc;
}

/* Of any other: entered to see how it stands. */
static MC_RC read_by_flags(struct walk *w, size_t i, struct mc_folder *folder,
	char print[PRINT_MAX], struct mc_error *err)
{
	struct mc_error why;
	enum mc_rc came;
	enum mc_rc rc;

	mc_hash_init(&w->flags);
	came = enter(w, &w->places.place[i], on_flags, err);
	if (came < 0 && came != MC_EREFUSED)
		return came;
	why = *err;
	if (came == MC_OK)
		print_flags(w, print);
	folder->total = came == MC_OK ? (int64_t)w->visit->uids.n : -1;
	rc = w->rx->folder(w->rx, folder, err);
	if (rc != MC_OK)
		return rc;
	if (came == MC_OK)
		return read_messages(w, i, err);
	*err = why;
	return came;
}

/* An empty mailbox has not been entered. */
static void put_life(const struct walk *w, const struct mc_imap_status *status,
	char life[LIFE_MAX])
{
	uint32_t uidvalidity = w->visit->selected.uidvalidity;

	if (uidvalidity == 0)
		uidvalidity = status->uidvalidity;
	if (uidvalidity && !w->visit->selected.uid_not_sticky)
		mc_text_format(life, LIFE_MAX, "%u:", uidvalidity);
}

/* What the server refuses concerns this mailbox only, unless it is too busy:
 * then the whole is tried again later. */
static MC_RC read_place(struct walk *w, size_t i, struct mc_error *err)
{
	const struct mc_imap_status *status = &w->places.place[i].box->status;
	char print[PRINT_MAX];
	char life[LIFE_MAX] = "";
	struct mc_folder folder;
	struct mc_error why;
	enum mc_rc rc;

	make_folder(&folder, print, &w->places.place[i]);
	folder.life = life;
	w->visit->selected.uidvalidity = 0;
	w->visit->selected.uid_not_sticky = false;
	if (print_status(status, print))
		rc = read_by_status(w, i, &folder, err);
	else
		rc = read_by_flags(w, i, &folder, print, err);
	if (rc == MC_DONE)
		return MC_OK;
	put_life(w, status, life);
	if (rc == MC_OK)
		return w->rx->folder_end(w->rx, &folder, NULL, err);
	if (rc != MC_EREFUSED || err->hope != MC_NEVER)
		return rc;
	why = *err;
	forget_ahead(w);
	rc = mc_imap_visit_give_up(w->visit, &why, err);
	return rc == MC_OK ? w->rx->folder_end(w->rx, &folder, &why, err) : rc;
}

static MC_RC foresee(struct walk *w, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; w->rx->foresee && rc >= 0 && i < w->places.n; i++) {
		struct mc_imap_place *place = &w->places.place[i];
		struct mc_folder folder;
		char print[PRINT_MAX];

		make_folder(&folder, print, place);
		(void)print_status(&place->box->status, print);
		rc = w->rx->foresee(w->rx, &folder, &place->all, err);
		place->same = rc == MC_DONE;
	}
	return rc < 0 ? rc : MC_OK;
}

static MC_RC read_all(struct walk *w, struct mc_error *err)
{
	struct mc_imap_reading reading = { .imap = w->src->imap,
		.rx = w->rx,
		.monitor = w->src->conf.monitor };
	enum mc_rc rc = foresee(w, err);

	for (size_t i = 0; rc == MC_OK && i < VISITS; i++)
		rc = mc_imap_visit_new(&w->ring[i], &reading, err);
	w->visit = w->ring[0];
	for (size_t i = 0; rc == MC_OK && i < w->places.n; i++)
		rc = is_cancelled(w) ? mc_fail_cancelled(err)
				     : read_place(w, i, err);
	if (rc == MC_OK)
		forget_ahead(w);
	/* What is on its way was for visits that are no more. */
	if (mc_imap_in_flight(w->src->imap))
		mc_imap_abort(w->src->imap);
	for (size_t i = 0; i < VISITS; i++)
		mc_imap_visit_free(w->ring[i]);
	return rc;
}

static MC_RC imap_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	struct walk w = { .src = src, .rx = rx };
	enum mc_rc rc = mc_imap_places_list(&w.places, src->imap,
		src->conf.at->path, src->conf.monitor, err);

	if (rc == MC_OK)
		rc = read_all(&w, err);
	if (rc == MC_OK)
		rc = rx->flush(rx, err);
	mc_imap_places_dispose(&w.places);
	return rc;
}

/* How a server is probed is the target's business, whose facts are the same.
 */
const struct mc_source_ops mc_source_imap = { .kind = "imap",
	.open = imap_open,
	.read = imap_read,
	.close = imap_close };
