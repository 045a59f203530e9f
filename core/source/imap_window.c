/* SPDX-License-Identifier: MIT */
#include "source/imap_window.h"

#include <assert.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/imap_name.h"

MC_RC mc_imap_window_init(struct mc_imap_window *w,
	const struct mc_imap_reading *r, struct mc_error *err)
{
	size_t n = MC_IMAP_LOOK_MAX;

	*w = (struct mc_imap_window){ .r = r };
	/* Each message has at most MC_WORDS_MAX of either. */
	mc_buf_init(&w->words, n * 2 * MC_WORDS_MAX);
	mc_buf_init(&w->some, MC_WORDS_MAX);
	mc_buf_init(&w->name, MC_RESPONSE_MAX);
	w->entry = calloc(n, sizeof(*w->entry));
	w->uids = calloc(n, sizeof(*w->uids));
	w->octets = calloc(n, sizeof(*w->octets));
	w->wanted = calloc(n, sizeof(*w->wanted));
	w->batch.fates = calloc(n, sizeof(*w->batch.fates));
	if (!w->entry || !w->uids || !w->octets || !w->wanted ||
		!w->batch.fates)
		return mc_fail_memory(err);
	return mc_imap_looking_new(&w->looking, r->imap, err);
}

void mc_imap_window_dispose(struct mc_imap_window *w)
{
	mc_imap_looking_free(w->looking);
	mc_buf_dispose(&w->words);
	mc_buf_dispose(&w->some);
	mc_buf_dispose(&w->name);
	free(w->entry);
	free(w->uids);
	free(w->octets);
	free(w->wanted);
	free(w->batch.fates);
}

/* --- listing ------------------------------------------------------------ */

/* Moves what `some` holds behind words. */
static MC_RC keep_words(
	struct mc_imap_window *w, size_t *at, size_t *n, struct mc_error *err)
{
	*at = w->words.len;
	*n = w->some.len;
	return mc_buf_put(&w->words, mc_buf_span(&w->some), err);
}

/* Labels are written as mailbox names are; one that is not stays as it is. */
static MC_RC add_labels(
	struct mc_imap_window *w, struct mc_span labels, struct mc_error *err)
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
	struct mc_imap_window *w = arg;
	struct mc_imap_entry *entry = &w->entry[w->n];
	struct mc_words flags = { message->flags.p, message->flags.n };
	enum mc_rc rc;

	w->overfull |= w->n == MC_IMAP_LOOK_MAX;
	if (w->overfull)
		return MC_OK;
	*entry = (struct mc_imap_entry){ .uid = message->uid,
		.octets = message->octets,
		.internaldate = message->internaldate };
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

/* A server that cannot read one message may refuse to tell the sizes of all:
 * then it is asked for what it need not open messages for. */
static MC_RC launch(struct mc_imap_window *w, struct mc_error *err)
{
	static const char *const items[2][2] = {
		{ "UID FLAGS INTERNALDATE RFC822.SIZE",
			"UID FLAGS INTERNALDATE" },
		{ "UID FLAGS INTERNALDATE RFC822.SIZE X-GM-LABELS",
			"UID FLAGS INTERNALDATE X-GM-LABELS" },
	};

	w->n = 0;
	w->overfull = false;
	mc_buf_clear(&w->words);
	w->look.items = items[w->r->labelled][w->tries++];
	return mc_imap_looking_launch(w->looking, &w->look, err);
}

MC_RC mc_imap_window_list(struct mc_imap_window *w,
	const struct mc_imap_look *look, struct mc_error *err)
{
	w->state = MC_IMAP_WINDOW_LISTING;
	w->direct = false;
	w->tries = 0;
	w->look = *look;
	w->look.each = on_listed;
	w->look.arg = w;
	return launch(w, err);
}

static int compare_entries(const void *a, const void *b)
{
	uint32_t x = ((const struct mc_imap_entry *)a)->uid;
	uint32_t y = ((const struct mc_imap_entry *)b)->uid;

	return (x > y) - (x < y);
}

static void sort_unique(struct mc_imap_window *w)
{
	size_t kept = 0;

	if (w->n > 0)
		qsort(w->entry, w->n, sizeof(*w->entry), compare_entries);
	for (size_t i = 0; i < w->n; i++)
		if (i == 0 || w->entry[i].uid != w->entry[kept - 1].uid)
			w->entry[kept++] = w->entry[i];
	w->n = kept;
}

MC_RC mc_imap_window_step(struct mc_imap_window *w, struct mc_error *err)
{
	enum mc_rc rc;

	if (w->state != MC_IMAP_WINDOW_LISTING ||
		!mc_imap_looking_is_over(w->looking))
		return MC_OK;
	rc = mc_imap_looking_result(w->looking, err);
	if (rc == MC_EREFUSED && err->hope == MC_NEVER && w->tries == 1)
		return launch(w, err);
	if (rc < 0)
		return rc;
	sort_unique(w);
	w->state = MC_IMAP_WINDOW_LISTED;
	return MC_OK;
}

/* --- asking ------------------------------------------------------------- */

static struct mc_words words_at(
	const struct mc_imap_window *w, size_t at, size_t n)
{
	return (struct mc_words){ n > 0 ? w->words.data + at : "", n };
}

struct mc_item mc_imap_window_item(
	const struct mc_imap_window *w, const struct mc_imap_entry *entry)
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

static MC_RC want(struct mc_imap_window *w, struct mc_imap_entry *entry,
	struct mc_error *err)
{
	struct mc_item item;

	if (w->r->uidvalidity)
		mc_text_format(entry->key, sizeof(entry->key), "%u:%u",
			w->r->uidvalidity, entry->uid);
	item = mc_imap_window_item(w, entry);
	return w->r->rx->want(w->r->rx, &item, err);
}

static MC_RC ask_one(struct mc_imap_window *w, size_t i, struct mc_error *err)
{
	struct mc_imap_entry *entry = &w->entry[i];
	enum mc_rc rc = want(w, entry, err);
	size_t n = w->batch.wanted.n;

	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	w->uids[n] = entry->uid;
	w->octets[n] = entry->octets;
	w->wanted[n] = i;
	w->batch.wanted.n++;
	return MC_OK;
}

MC_RC mc_imap_window_ask(struct mc_imap_window *w, struct mc_error *err)
{
	unsigned char *fates = w->batch.fates;
	enum mc_rc rc = MC_OK;

	memset(fates, 0, MC_IMAP_LOOK_MAX);
	w->batch = (struct mc_imap_batch){ .wanted = { w->uids, w->octets, 0 },
		.fates = fates };
	for (size_t i = 0; i < w->n && rc == MC_OK; i++)
		rc = ask_one(w, i, err);
	w->state = MC_IMAP_WINDOW_FETCHING;
	return rc;
}

void mc_imap_window_direct(
	struct mc_imap_window *w, uint32_t first, uint32_t last)
{
	unsigned char *fates = w->batch.fates;
	size_t n = last - first + 1;

	assert(n <= MC_IMAP_LOOK_MAX);
	w->state = MC_IMAP_WINDOW_FETCHING;
	w->direct = true;
	w->overfull = false;
	w->n = 0;
	mc_buf_clear(&w->words);
	memset(fates, 0, MC_IMAP_LOOK_MAX);
	for (size_t i = 0; i < n; i++)
		w->uids[i] = first + (uint32_t)i;
	w->batch = (struct mc_imap_batch){
		.wanted = { w->uids, NULL, n }, .loose = true, .fates = fates
	};
}

MC_RC mc_imap_window_came(struct mc_imap_window *w,
	const struct mc_imap_message *message, struct mc_imap_entry **out,
	struct mc_error *err)
{
	enum mc_rc rc = on_listed(w, message, err);

	if (rc < 0)
		return rc;
	*out = &w->entry[w->n - 1];
	return want(w, *out, err);
}

/* --- what came ---------------------------------------------------------- */

struct mc_imap_entry *mc_imap_window_find(
	struct mc_imap_window *w, uint32_t uid)
{
	struct mc_imap_entry key = { .uid = uid };

	return w->n > 0 ? bsearch(&key, w->entry, w->n, sizeof(*w->entry),
				  compare_entries)
			: NULL;
}

MC_RC mc_imap_window_give_up(struct mc_imap_window *w,
	struct mc_imap_entry *entry, const struct mc_error *why,
	struct mc_error *err)
{
	struct mc_item item = mc_imap_window_item(w, entry);

	entry->over = true;
	return w->r->rx->end(w->r->rx, &item, why, err);
}

MC_RC mc_imap_window_end(struct mc_imap_window *w, const struct mc_error *why,
	struct mc_error *err)
{
	bool asked = w->state == MC_IMAP_WINDOW_FETCHING && !w->direct;
	enum mc_rc rc = MC_OK;

	w->state = MC_IMAP_WINDOW_FREE;
	for (size_t i = 0; asked && i < w->batch.wanted.n && rc == MC_OK; i++) {
		struct mc_imap_entry *entry = &w->entry[w->wanted[i]];

		if (!entry->over)
			rc = mc_imap_window_give_up(w, entry, why, err);
	}
	return rc;
}
