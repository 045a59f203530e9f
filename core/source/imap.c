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
#include "source/imap_box.h"
#include "source/imap_places.h"

enum { PRINT_MAX = 120, LIFE_MAX = 16 };

struct mc_source {
	struct mc_source_conf conf;
	struct mc_imap *imap;
};

struct walk {
	struct mc_source *src;
	struct mc_receiver *rx;
	struct mc_imap_places places;
	struct mc_imap_selected selected;
	struct mc_imap_uids uids;
	struct mc_hash flags; /* of all messages, where it is asked for */
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
	const struct mc_imap_selected *selected = &w->selected;
	struct mc_digest digest = mc_hash_end(&w->flags);
	char hex[MC_SHA256_HEX];

	print[0] = '\0';
	if (selected->uidvalidity == 0 || selected->uid_not_sticky)
		return;
	mc_text_format(print, PRINT_MAX, "%u %u %zu f%.16s",
		selected->uidvalidity, selected->uidnext, w->uids.n,
		mc_digest_hex(hex, &digest));
}

/* Courier makes UIDs for good only where it may write. */
static bool needs_select(const struct walk *w)
{
	return strstr(mc_imap_greeting(w->src->imap), "Courier-IMAP") != NULL;
}

static MC_RC enter(
	struct walk *w, const struct mc_imap_place *place, struct mc_error *err)
{
	struct mc_span wire = mc_span_str(place->box->wire);
	bool writing = needs_select(w);
	enum mc_rc rc;

	if (wire.n == 0)
		return mc_fail(err, MC_EREFUSED, MC_FOLDER, 0,
			"no client can write the name of this mailbox");
	rc = mc_imap_select(w->src->imap, writing ? "SELECT" : "EXAMINE", wire,
		&w->selected, err);
	if (rc == MC_OK && !writing && w->selected.uidvalidity == 0)
		rc = mc_imap_select(
			w->src->imap, "SELECT", wire, &w->selected, err);
	return rc;
}

/* --- reading one -------------------------------------------------------- */

static MC_RC read_messages(
	struct walk *w, const struct mc_imap_place *place, struct mc_error *err)
{
	struct mc_imap_reading reading = { .imap = w->src->imap,
		.rx = w->rx,
		.monitor = w->src->conf.monitor,
		.uidvalidity = w->selected.uid_not_sticky
				       ? 0
				       : w->selected.uidvalidity,
		.labelled = place->labelled };

	return mc_imap_box_read(&reading, &w->uids, err);
}

/* Of a mailbox whose STATUS tells all: entered only if the receiver asks for
 * it, and if it holds anything. */
static MC_RC read_by_status(struct walk *w, const struct mc_imap_place *place,
	const struct mc_folder *folder, struct mc_error *err)
{
	enum mc_rc rc = w->rx->folder(w->rx, folder, err);

	if (rc != MC_OK || folder->total == 0)
		return rc;
	rc = enter(w, place, err);
	if (rc == MC_OK)
		rc = mc_imap_list_uids(
			w->src->imap, 1, &w->uids, NULL, NULL, err);
	return rc == MC_OK ? read_messages(w, place, err) : rc;
}

/* Of any other: entered to see how it stands. */
static MC_RC read_by_flags(struct walk *w, const struct mc_imap_place *place,
	struct mc_folder *folder, char print[PRINT_MAX], struct mc_error *err)
{
	enum mc_rc came = enter(w, place, err);
	struct mc_error why;
	enum mc_rc rc;

	mc_hash_init(&w->flags);
	if (came == MC_OK)
		came = mc_imap_list_uids(
			w->src->imap, 1, &w->uids, on_flags, w, err);
	if (came < 0 && came != MC_EREFUSED)
		return came;
	why = *err;
	if (came == MC_OK)
		print_flags(w, print);
	folder->total = came == MC_OK ? (int64_t)w->uids.n : -1;
	rc = w->rx->folder(w->rx, folder, err);
	if (rc != MC_OK)
		return rc;
	if (came == MC_OK)
		return read_messages(w, place, err);
	*err = why;
	return came;
}

/* An empty mailbox has not been entered. */
static void put_life(const struct walk *w, const struct mc_imap_status *status,
	char life[LIFE_MAX])
{
	uint32_t uidvalidity = w->selected.uidvalidity;

	if (uidvalidity == 0)
		uidvalidity = status->uidvalidity;
	if (uidvalidity && !w->selected.uid_not_sticky)
		mc_text_format(life, LIFE_MAX, "%u:", uidvalidity);
}

/* What the server refuses concerns this mailbox only, unless it is too busy:
 * then the whole is tried again later. */
static MC_RC read_place(
	struct walk *w, const struct mc_imap_place *place, struct mc_error *err)
{
	const struct mc_imap_status *status = &place->box->status;
	char print[PRINT_MAX] = "";
	char life[LIFE_MAX] = "";
	struct mc_folder folder = { .path = place->path,
		.special = place->special,
		.fingerprint = print,
		.life = life,
		.total = status->told ? (int64_t)status->messages : -1,
		.labelled = place->labelled };
	struct mc_error why;
	enum mc_rc rc;

	w->selected.uidvalidity = 0;
	w->selected.uid_not_sticky = false;
	if (print_status(status, print))
		rc = read_by_status(w, place, &folder, err);
	else
		rc = read_by_flags(w, place, &folder, print, err);
	if (rc == MC_DONE)
		return MC_OK;
	put_life(w, status, life);
	if (rc == MC_OK)
		return w->rx->folder_end(w->rx, &folder, NULL, err);
	if (rc != MC_EREFUSED || err->hope != MC_NEVER)
		return rc;
	why = *err;
	return w->rx->folder_end(w->rx, &folder, &why, err);
}

static MC_RC imap_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	struct walk w = { .src = src, .rx = rx };
	const struct mc_monitor *mon = src->conf.monitor;
	enum mc_rc rc;

	mc_imap_selected_init(&w.selected);
	rc = mc_imap_places_list(
		&w.places, src->imap, src->conf.at->path, mon, err);
	for (size_t i = 0; rc == MC_OK && i < w.places.n; i++) {
		if (mon && mc_cancel_is(mon->cancel, MC_CANCEL_SOON))
			rc = mc_fail_cancelled(err);
		else
			rc = read_place(&w, &w.places.place[i], err);
	}
	if (rc == MC_OK)
		rc = rx->flush(rx, err);
	mc_imap_uids_dispose(&w.uids);
	mc_imap_selected_dispose(&w.selected);
	mc_imap_places_dispose(&w.places);
	return rc;
}

/* How a server is probed is the target's business, whose facts are the same.
 */
const struct mc_source_ops mc_source_imap = { .kind = "imap",
	.open = imap_open,
	.read = imap_read,
	.close = imap_close };
