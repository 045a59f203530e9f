/* SPDX-License-Identifier: MIT */
#include "source/imap_box.h"

#include "base/limits.h"
#include "base/text.h"
#include "net/imap_name.h"

/* A message as listed, until its octets have come. */
struct entry {
	uint32_t uid;
	char key[24]; /* "UIDVALIDITY:UID" */
	int64_t octets;
	int64_t internaldate;
	uint32_t flags;
	size_t keywords_at; /* in words */
	size_t keywords_n;
	size_t labels_at;
	size_t labels_n;
	bool over; /* end() was said */
};

/* The messages of one listing. */
struct window {
	struct mc_imap_reader reader;
	const struct mc_imap_reading *r;
	struct entry *entry; /* by UID */
	size_t n;
	struct mc_buf words; /* keywords and labels of them all */
	struct mc_buf some;  /* those of one */
	struct mc_buf name;  /* a label, decoded */
	uint32_t *uids;      /* wanted, ascending */
	int64_t *octets;     /* of those */
	size_t *wanted;      /* their entries */
	size_t wanted_n;
	struct entry *in_hand;
	struct mc_item item; /* of the one in hand */
};

static MC_RC window_init(
	struct window *w, const struct mc_imap_reading *r, struct mc_error *err)
{
	size_t n = MC_IMAP_LOOK_MAX;

	*w = (struct window){ .r = r };
	/* Each message has at most MC_WORDS_MAX of either. */
	mc_buf_init(&w->words, n * 2 * MC_WORDS_MAX);
	mc_buf_init(&w->some, MC_WORDS_MAX);
	mc_buf_init(&w->name, MC_RESPONSE_MAX);
	w->entry = calloc(n, sizeof(*w->entry));
	w->uids = calloc(n, sizeof(*w->uids));
	w->octets = calloc(n, sizeof(*w->octets));
	w->wanted = calloc(n, sizeof(*w->wanted));
	if (!w->entry || !w->uids || !w->octets || !w->wanted)
		return mc_fail_memory(err);
	return MC_OK;
}

static void window_dispose(struct window *w)
{
	mc_buf_dispose(&w->words);
	mc_buf_dispose(&w->some);
	mc_buf_dispose(&w->name);
	free(w->entry);
	free(w->uids);
	free(w->octets);
	free(w->wanted);
}

/* --- listing ------------------------------------------------------------ */

/* Moves what `some` holds behind words. */
static MC_RC keep_words(
	struct window *w, size_t *at, size_t *n, struct mc_error *err)
{
	*at = w->words.len;
	*n = w->some.len;
	return mc_buf_put(&w->words, mc_buf_span(&w->some), err);
}

/* Labels are written as mailbox names are; one that is not stays as it is. */
static MC_RC add_labels(
	struct window *w, struct mc_span labels, struct mc_error *err)
{
	struct mc_words words = { labels.p, labels.n };
	const char *word;
	enum mc_rc rc = MC_OK;
	size_t at = 0;

	while (rc >= 0 && (word = mc_words_next(words, &at))) {
		rc = mc_imap_name_decode(&w->name, mc_span_str(word), err);
		if (rc >= 0)
			rc = mc_words_add(&w->some, mc_buf_span(&w->name), err);
	}
	return rc;
}

static MC_RC on_listed(
	void *arg, const struct mc_imap_message *message, struct mc_error *err)
{
	struct window *w = arg;
	struct entry *entry = &w->entry[w->n];
	struct mc_words flags = { message->flags.p, message->flags.n };
	enum mc_rc rc;

	*entry = (struct entry){ .uid = message->uid,
		.octets = message->octets,
		.internaldate = message->internaldate };
	if (w->r->uidvalidity)
		mc_text_format(entry->key, sizeof(entry->key), "%u:%u",
			w->r->uidvalidity, message->uid);
	mc_buf_clear(&w->some);
	rc = mc_flags_from_imap(flags, &entry->flags, &w->some, err);
	if (rc == MC_OK)
		rc = keep_words(
			w, &entry->keywords_at, &entry->keywords_n, err);
	mc_buf_clear(&w->some);
	if (rc == MC_OK)
		rc = add_labels(w, message->labels, err);
	if (rc == MC_OK)
		rc = keep_words(w, &entry->labels_at, &entry->labels_n, err);
	w->n += rc == MC_OK;
	return rc;
}

static int compare_entries(const void *a, const void *b)
{
	uint32_t x = ((const struct entry *)a)->uid;
	uint32_t y = ((const struct entry *)b)->uid;

	return (x > y) - (x < y);
}

/* A server that cannot read one message may refuse to tell the sizes of all:
 * then it is asked for what it need not open messages for. */
static MC_RC list(
	struct window *w, const uint32_t *uids, size_t n, struct mc_error *err)
{
	static const char *const items[2][2] = {
		{ "UID FLAGS INTERNALDATE RFC822.SIZE",
			"UID FLAGS INTERNALDATE" },
		{ "UID FLAGS INTERNALDATE RFC822.SIZE X-GM-LABELS",
			"UID FLAGS INTERNALDATE X-GM-LABELS" },
	};
	struct mc_imap_look look = {
		.uids = uids, .n = n, .each = on_listed, .arg = w
	};
	enum mc_rc rc = MC_EREFUSED;

	for (int i = 0; i < 2 && rc == MC_EREFUSED; i++) {
		w->n = 0;
		mc_buf_clear(&w->words);
		look.items = items[w->r->labelled][i];
		rc = mc_imap_look(w->r->imap, &look, err);
		if (rc == MC_EREFUSED && err->hope != MC_NEVER)
			return rc;
	}
	if (w->n > 0)
		qsort(w->entry, w->n, sizeof(*w->entry), compare_entries);
	return rc;
}

/* --- asking and reading ------------------------------------------------- */

static struct mc_words words_at(const struct window *w, size_t at, size_t n)
{
	return (struct mc_words){ n > 0 ? w->words.data + at : "", n };
}

/* Borrowed from the window, which does not change any more. */
static struct mc_item item_of(const struct window *w, const struct entry *entry)
{
	bool dated = entry->internaldate != MC_NO_TIME;

	return (struct mc_item){
		.key = entry->key,
		.octets = entry->octets,
		.date = { entry->internaldate,
			dated ? MC_DATE_SERVER : MC_DATE_NONE },
		.flags = entry->flags,
		.keywords = words_at(w, entry->keywords_at, entry->keywords_n),
		.labels = words_at(w, entry->labels_at, entry->labels_n),
		.told_labels = w->r->labelled,
		.store = MC_STORE_WIRE,
	};
}

static bool is_cancelled(const struct window *w)
{
	const struct mc_monitor *mon = w->r->monitor;

	return mon && mc_cancel_is(mon->cancel, MC_CANCEL_SOON);
}

static MC_RC ask(struct window *w, struct mc_error *err)
{
	struct mc_receiver *rx = w->r->rx;

	w->wanted_n = 0;
	for (size_t i = 0; i < w->n; i++) {
		struct mc_item item = item_of(w, &w->entry[i]);
		enum mc_rc rc = rx->want(rx, &item, err);

		if (rc < 0)
			return rc;
		if (rc == MC_DONE)
			continue;
		w->uids[w->wanted_n] = w->entry[i].uid;
		w->octets[w->wanted_n] = w->entry[i].octets;
		w->wanted[w->wanted_n++] = i;
	}
	return MC_OK;
}

static struct window *window_of(struct mc_imap_reader *reader)
{
	return (struct window *)(void *)reader;
}

static struct entry *find(struct window *w, uint32_t uid)
{
	struct entry key = { .uid = uid };

	return bsearch(
		&key, w->entry, w->n, sizeof(*w->entry), compare_entries);
}

/* uid is one of those asked for: mc_imap_fetch() sees to that. */
static MC_RC on_begin(struct mc_imap_reader *reader,
	const struct mc_imap_message *message, struct mc_error *err)
{
	struct window *w = window_of(reader);

	w->in_hand = find(w, message->uid);
	w->item = item_of(w, w->in_hand);
	return w->r->rx->begin(w->r->rx, &w->item, err);
}

static MC_RC on_bytes(struct mc_imap_reader *reader, struct mc_span bytes,
	struct mc_error *err)
{
	struct window *w = window_of(reader);

	return w->r->rx->bytes(w->r->rx, bytes, err);
}

static MC_RC on_end(struct mc_imap_reader *reader, struct mc_error *err)
{
	struct window *w = window_of(reader);
	enum mc_rc rc = w->r->rx->end(w->r->rx, &w->item, NULL, err);

	w->in_hand->over = true;
	if (rc == MC_OK && is_cancelled(w))
		return mc_fail_cancelled(err);
	return rc;
}

static MC_RC give_up(struct window *w, struct entry *entry,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_item item = item_of(w, entry);

	entry->over = true;
	return w->r->rx->end(w->r->rx, &item, why, err);
}

static MC_RC on_refused(struct mc_imap_reader *reader, uint32_t uid,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_error told = *why;

	told.scope = MC_MESSAGE;
	return give_up(
		window_of(reader), find(window_of(reader), uid), &told, err);
}

/* What was wanted and did not come has an end, too. */
static MC_RC end_missing(struct window *w, struct mc_error *err)
{
	struct mc_error why;
	enum mc_rc rc = MC_OK;

	(void)mc_fail(&why, MC_EPROTO, MC_MESSAGE, 0,
		"the server did not send it: perhaps it was removed meanwhile");
	for (size_t i = 0; i < w->wanted_n && rc == MC_OK; i++)
		if (!w->entry[w->wanted[i]].over)
			rc = give_up(w, &w->entry[w->wanted[i]], &why, err);
	return rc;
}

static MC_RC fetch(struct window *w, struct mc_error *err)
{
	struct mc_imap_wanted wanted = { w->uids, w->octets, w->wanted_n };
	enum mc_rc rc;

	w->reader = (struct mc_imap_reader){ .items = "UID",
		.begin = on_begin,
		.bytes = on_bytes,
		.end = on_end,
		.refused = on_refused };
	rc = mc_imap_fetch(w->r->imap, &wanted, &w->reader, err);
	return rc == MC_OK ? end_missing(w, err) : rc;
}

MC_RC mc_imap_box_read(const struct mc_imap_reading *reading,
	const struct mc_imap_uids *uids, struct mc_error *err)
{
	struct window w;
	size_t n;
	enum mc_rc rc = window_init(&w, reading, err);

	for (size_t i = 0; rc == MC_OK && i < uids->n; i += n) {
		n = uids->n - i < MC_IMAP_LOOK_MAX ? uids->n - i
						   : MC_IMAP_LOOK_MAX;
		rc = is_cancelled(&w) ? mc_fail_cancelled(err)
				      : list(&w, uids->uid + i, n, err);
		if (rc == MC_OK)
			rc = ask(&w, err);
		if (rc == MC_OK && w.wanted_n > 0)
			rc = fetch(&w, err);
	}
	window_dispose(&w);
	return rc;
}
