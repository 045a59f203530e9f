/* SPDX-License-Identifier: MIT */
#include "net/imap_fetch.h"

#include "base/limits.h"
#include "base/text.h"
#include "net/imap_message.h"
#include "net/imap_wire.h"

enum {
	/* Messages asked for by one FETCH: few enough that a lost connection
	 * loses little. */
	WINDOW = 500,
	/* Octets announced of those: a second's worth of a fast line. */
	WINDOW_OCTETS = 16 * 1024 * 1024,
	/* Characters of one set of UIDs: RFC 2683 3.2.1.5 counts on lines of
	 * 1,000 octets. */
	SET_MAX = 860,
	/* FETCH commands on their way: one is read while the server prepares
	 * the next. */
	FLIGHTS = 2,
};

static const struct mc_span nothing = { 0 };

void mc_imap_uids_dispose(struct mc_imap_uids *uids)
{
	free(uids->uid);
	*uids = (struct mc_imap_uids){ 0 };
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* --- which there are ---------------------------------------------------- */

struct uid_taker {
	struct mc_imap_taker base;
	struct mc_imap_uids *uids;
	uint32_t from;
	mc_imap_message_fn *each;
	void *arg;
	struct mc_imap_fetched fetched;
};

static MC_RC add_uid(
	struct mc_imap_uids *uids, uint32_t uid, struct mc_error *err)
{
	if (uids->n == uids->cap) {
		size_t cap = uids->cap ? uids->cap * 2 : 1024;
		uint32_t *grown = realloc(uids->uid, cap * sizeof(*grown));

		if (!grown)
			return mc_fail_memory(err);
		uids->uid = grown;
		uids->cap = cap;
	}
	uids->uid[uids->n++] = uid;
	return MC_OK;
}

/* "UID FETCH 9:*" gives the last message even if its UID is below 9. */
static MC_RC on_uid(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct uid_taker *taker = (struct uid_taker *)base;
	const struct mc_imap_message *message = &taker->fetched.message;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = mc_imap_take_fetch(&taker->fetched, &r->tokens, err);
	if (rc != MC_OK || message->uid == 0 || message->uid < taker->from)
		return rc < 0 ? rc : MC_OK;
	rc = add_uid(taker->uids, message->uid, err);
	if (rc == MC_OK && taker->each)
		rc = taker->each(taker->arg, message, err);
	return rc;
}

static void sort_unique(struct mc_imap_uids *uids)
{
	size_t kept = 0;

	if (uids->n == 0)
		return;
	qsort(uids->uid, uids->n, sizeof(*uids->uid), compare_uids);
	for (size_t i = 0; i < uids->n; i++)
		if (i == 0 || uids->uid[i] != uids->uid[kept - 1])
			uids->uid[kept++] = uids->uid[i];
	uids->n = kept;
}

MC_RC mc_imap_list_uids(struct mc_imap *imap, uint32_t from,
	struct mc_imap_uids *uids, mc_imap_message_fn *each, void *arg,
	struct mc_error *err)
{
	struct uid_taker taker = { .base = { .data = on_uid },
		.uids = uids,
		.from = from,
		.each = each,
		.arg = arg };
	char command[64];
	enum mc_rc rc;

	uids->n = 0;
	/* Some servers refuse "*" in an empty mailbox. */
	if (mc_imap_exists(imap) == 0)
		return MC_OK;
	mc_imap_fetched_init(&taker.fetched);
	mc_text_format(command, sizeof(command), "UID FETCH %u:* (UID%s)",
		from > 0 ? from : 1, each ? " FLAGS" : "");
	rc = mc_imap_command(imap, command, nothing, "", &taker.base, err);
	sort_unique(uids);
	mc_imap_fetched_dispose(&taker.fetched);
	return rc;
}

/* --- messages asked for by one command ---------------------------------- */

struct window {
	const uint32_t *uids; /* ascending */
	size_t n;
	bool got[MC_IMAP_LOOK_MAX];
};

/* Is uid one that is asked for and was not got yet?  Then it is now. */
static bool take_wanted(struct window *window, uint32_t uid)
{
	const uint32_t *hit = bsearch(&uid, window->uids, window->n,
		sizeof(*window->uids), compare_uids);
	bool wanted = hit && !window->got[hit - window->uids];

	if (wanted)
		window->got[hit - window->uids] = true;
	return wanted;
}

struct look_taker {
	struct mc_imap_taker base;
	struct window window;
	const struct mc_imap_look *look;
	bool header; /* is asked for */
	struct mc_imap_fetched fetched;
};

/* Responses without what was asked for are news of flags. */
static bool is_answer(
	const struct look_taker *taker, const struct mc_imap_message *message)
{
	return taker->header ? message->header.p != NULL
			     : message->dated || message->octets >= 0;
}

static MC_RC on_look(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct look_taker *taker = (struct look_taker *)base;
	const struct mc_imap_message *message = &taker->fetched.message;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = mc_imap_take_fetch(&taker->fetched, &r->tokens, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	if (!is_answer(taker, message) ||
		!take_wanted(&taker->window, message->uid))
		return MC_OK;
	return taker->look->each(taker->look->arg, message, err);
}

MC_RC mc_imap_look(struct mc_imap *imap, const struct mc_imap_look *look,
	struct mc_error *err)
{
	struct look_taker taker = { .base = { .data = on_look },
		.window = { .uids = look->uids, .n = look->n },
		.look = look,
		.header = strstr(look->items, "[HEADER") != NULL };
	char command[256];
	enum mc_rc rc;

	mc_imap_fetched_init(&taker.fetched);
	mc_text_format(command, sizeof(command), "UID FETCH %u:%u (%s)",
		look->uids[0], look->uids[look->n - 1], look->items);
	rc = mc_imap_command(imap, command, nothing, "", &taker.base, err);
	mc_imap_fetched_dispose(&taker.fetched);
	return rc;
}

/* --- whole messages ----------------------------------------------------- */

struct fetch_taker {
	struct mc_imap_taker base;
	struct window *window;
	struct mc_imap_reader *reader;
	bool streaming; /* octets go to the reader, else nowhere */
	bool begun;     /* streamed by this response */
	uint32_t begun_uid;
	bool late; /* a body came before its UID */
	struct mc_imap_fetched fetched;
};

/* A body before its UID can only be the one asked for, if it is but one. */
static void settle_uid(struct fetch_taker *taker)
{
	struct mc_imap_message *message = &taker->fetched.message;

	if (message->uid == 0 && taker->window->n == 1)
		message->uid = taker->window->uids[0];
	if (message->uid == 0)
		taker->late = true;
}

static MC_RC start_message(
	struct fetch_taker *taker, bool *wants, struct mc_error *err)
{
	settle_uid(taker);
	*wants = take_wanted(taker->window, taker->fetched.message.uid);
	if (!*wants)
		return MC_OK;
	return taker->reader->begin(
		taker->reader, &taker->fetched.message, err);
}

static MC_RC on_literal(struct mc_imap_taker *base,
	const struct mc_imap_response *sofar, int64_t octets, bool *take,
	struct mc_error *err)
{
	struct fetch_taker *taker = (struct fetch_taker *)base;
	enum mc_rc rc;

	(void)octets;
	taker->streaming = false;
	rc = mc_imap_take_fetch(&taker->fetched, &sofar->tokens, err);
	if (rc != MC_OK || taker->fetched.body != sofar->tokens.n)
		return rc < 0 ? rc : MC_OK;
	*take = true;
	if (taker->begun)
		return MC_OK;
	rc = start_message(taker, &taker->streaming, err);
	taker->begun = taker->streaming;
	taker->begun_uid = taker->fetched.message.uid;
	return rc;
}

static MC_RC on_bytes(
	struct mc_imap_taker *base, struct mc_span bytes, struct mc_error *err)
{
	struct fetch_taker *taker = (struct fetch_taker *)base;

	if (!taker->streaming)
		return MC_OK;
	return taker->reader->bytes(taker->reader, bytes, err);
}

/* A short body may come as a quoted string, or as NIL. */
static MC_RC take_held(struct fetch_taker *taker,
	const struct mc_imap_tokens *t, struct mc_error *err)
{
	size_t body = taker->fetched.body;
	bool wants = false;
	enum mc_rc rc = MC_OK;

	if (body == 0 || mc_imap_type(t, body) != MC_IMAP_STRING)
		return MC_OK;
	rc = start_message(taker, &wants, err);
	if (rc == MC_OK && wants)
		rc = taker->reader->bytes(
			taker->reader, mc_imap_span(t, body), err);
	taker->begun = wants;
	taker->begun_uid = taker->fetched.message.uid;
	return rc;
}

static MC_RC on_body(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct fetch_taker *taker = (struct fetch_taker *)base;
	uint32_t uid;
	bool begun;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = mc_imap_take_fetch(&taker->fetched, &r->tokens, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	uid = taker->fetched.message.uid;
	if (!taker->begun)
		rc = take_held(taker, &r->tokens, err);
	begun = taker->begun;
	taker->begun = false;
	if (rc < 0 || !begun)
		return rc;
	if (uid != 0 && uid != taker->begun_uid)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"asked for message %u the server sent %u",
			taker->begun_uid, uid);
	return taker->reader->end(taker->reader, err);
}

/* One FETCH on its way. */
struct flight {
	struct window window;
	uint32_t tag;
};

struct fetching {
	struct mc_imap *imap;
	const struct mc_imap_wanted *wanted;
	struct mc_imap_reader *reader;
	size_t next; /* of wanted: to be asked for */
	struct flight flight[FLIGHTS];
	size_t flights;
};

/* As many of wanted from `from` on as one command may ask for, at most `most`,
 * as a set: "3:7,9".  Returns how many. */
static size_t make_set(char set[SET_MAX], const struct mc_imap_wanted *wanted,
	size_t from, size_t most)
{
	const uint32_t *uids = wanted->uids + from;
	size_t n = wanted->n - from < most ? wanted->n - from : most;
	int64_t octets = 0;
	size_t len = 0;
	size_t first = 0;
	size_t i = 0;

	set[0] = '\0';
	for (; i < n && len < SET_MAX - 24 && octets < WINDOW_OCTETS; i++) {
		if (wanted->octets && wanted->octets[from + i] > 0)
			octets += wanted->octets[from + i];
		if (octets > WINDOW_OCTETS && i > 0)
			break;
		if (i + 1 < n && uids[i + 1] == uids[i] + 1)
			continue;
		len += mc_text_format(set + len, SET_MAX - len,
			i > first ? "%s%u:%u" : "%s%u", first > 0 ? "," : "",
			uids[first], uids[i]);
		first = i + 1;
	}
	/* A run that was cut short. */
	if (first < i)
		mc_text_format(set + len, SET_MAX - len,
			i - 1 > first ? "%s%u:%u" : "%s%u",
			first > 0 ? "," : "", uids[first], uids[i - 1]);
	return i;
}

/* Asks for the next of wanted; they are to be waited for. */
static MC_RC launch(struct fetching *f, size_t most, struct mc_error *err)
{
	struct flight *flight = &f->flight[f->flights];
	char command[SET_MAX + 128];
	char set[SET_MAX];
	size_t n = make_set(set, f->wanted, f->next, most);
	enum mc_rc rc;

	flight->window =
		(struct window){ .uids = f->wanted->uids + f->next, .n = n };
	f->next += n;
	f->flights++;
	mc_text_format(command, sizeof(command),
		"UID FETCH %s (%s BODY.PEEK[])", set, f->reader->items);
	rc = mc_imap_begin(f->imap, &flight->tag, command, err);
	if (rc == MC_OK)
		rc = mc_imap_end(f->imap, err);
	if (rc < 0)
		mc_imap_last_words(f->imap, err);
	return rc < 0 ? err->rc : MC_OK;
}

/* *late: bodies came that could not be told apart. */
static MC_RC land(struct fetching *f, struct flight *flight, bool *late,
	struct mc_error *err)
{
	struct fetch_taker taker = { .base = { on_body, on_literal, on_bytes },
		.window = &flight->window,
		.reader = f->reader };
	enum mc_rc rc;

	mc_imap_fetched_init(&taker.fetched);
	rc = mc_imap_wait(f->imap, flight->tag, &taker.base, NULL, err);
	mc_imap_fetched_dispose(&taker.fetched);
	*late = taker.late;
	return rc;
}

/* One message by itself. */
static MC_RC fetch_one(struct fetching *f, uint32_t uid, struct mc_error *err)
{
	struct mc_imap_wanted one = { .uids = &uid, .n = 1 };
	struct fetching alone = {
		.imap = f->imap, .wanted = &one, .reader = f->reader
	};
	struct mc_error why;
	bool late;
	enum mc_rc rc = launch(&alone, 1, err);

	if (rc == MC_OK)
		rc = land(&alone, &alone.flight[0], &late, err);
	if (rc != MC_EREFUSED || err->hope != MC_NEVER || !f->reader->refused)
		return rc;
	why = *err;
	return f->reader->refused(f->reader, uid, &why, err);
}

/* What of a window is still to come. */
static MC_RC fetch_missed(
	struct fetching *f, const struct window *missed, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < missed->n && rc == MC_OK; i++)
		if (!missed->got[i])
			rc = fetch_one(f, missed->uids[i], err);
	return rc;
}

/* The oldest flight.  *again: some of it must be asked for one by one, for its
 * bodies could not be told apart, or the server refused all for one of them. */
static MC_RC land_first(struct fetching *f, struct window *window, bool *again,
	struct mc_error *err)
{
	struct flight first = f->flight[0];
	enum mc_rc rc = land(f, &first, again, err);

	f->flights--;
	memmove(&f->flight[0], &f->flight[1],
		f->flights * sizeof(f->flight[0]));
	*window = first.window;
	if (*again)
		f->imap->uid_late = true;
	if (rc != MC_EREFUSED || !f->reader->refused || err->hope != MC_NEVER)
		return rc;
	*again = true;
	return MC_OK;
}

static MC_RC fetch_all(struct fetching *f, struct mc_error *err)
{
	struct window missed[FLIGHTS];
	size_t misses = 0;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && (f->flights > 0 || f->next < f->wanted->n)) {
		bool again = false;

		/* What was missed is asked for before anything new. */
		while (rc == MC_OK && misses == 0 && f->flights < FLIGHTS &&
			f->next < f->wanted->n)
			rc = launch(f, f->imap->uid_late ? 1 : WINDOW, err);
		if (rc == MC_OK)
			rc = land_first(f, &missed[misses], &again, err);
		misses += again;
		if (f->flights > 0)
			continue;
		for (size_t i = 0; i < misses && rc == MC_OK; i++)
			rc = fetch_missed(f, &missed[i], err);
		misses = 0;
	}
	return rc;
}

/* Replies that nobody waits for any more would answer the next command. */
static void drain(struct fetching *f)
{
	struct mc_error ignored;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < f->flights && (rc >= 0 || rc == MC_EREFUSED);
		i++)
		rc = mc_imap_wait(
			f->imap, f->flight[i].tag, NULL, NULL, &ignored);
}

MC_RC mc_imap_fetch(struct mc_imap *imap, const struct mc_imap_wanted *wanted,
	struct mc_imap_reader *reader, struct mc_error *err)
{
	struct fetching f = {
		.imap = imap, .wanted = wanted, .reader = reader
	};
	enum mc_rc rc = fetch_all(&f, err);

	if (rc == MC_EREFUSED)
		drain(&f);
	else if (rc < 0)
		mc_imap_abort(imap);
	return rc;
}
