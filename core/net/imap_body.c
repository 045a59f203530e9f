/* SPDX-License-Identifier: MIT
 * imap_body: whole messages, streamed, by two FETCH commands at a time.
 *
 *   wanted --launch--> flight --OK--> over, or to be asked for one by one
 *                             --NO--> likewise
 *
 * A server may answer both at once, message by message (Dovecot does when its
 * output is full), so that what comes belongs to whichever asked for it.
 */
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

struct flight {
	uint32_t tag;
	bool again; /* what does not come is asked for one by one */
	struct mc_imap_window window;
};

struct fetching {
	struct mc_imap_taker base;
	struct mc_imap *imap;
	const struct mc_imap_wanted *wanted;
	struct mc_imap_reader *reader;
	size_t next; /* of wanted: to be asked for */
	struct flight flight[FLIGHTS];
	size_t flights;
	struct mc_imap_window missed[FLIGHTS]; /* of flights that are over */
	size_t misses;
	bool dropping;  /* nothing goes to the reader any more */
	bool streaming; /* octets go to the reader, else nowhere */
	bool begun;     /* streamed by this response */
	uint32_t begun_uid;
	struct mc_imap_fetched fetched;
};

/* --- what comes --------------------------------------------------------- */

/* A body before its UID can only be the one asked for, if it is but one. */
static void settle_uid(struct fetching *f)
{
	struct mc_imap_message *message = &f->fetched.message;

	if (message->uid != 0)
		return;
	if (f->flights == 1 && f->flight[0].window.n == 1) {
		message->uid = f->flight[0].window.uids[0];
		return;
	}
	f->imap->uid_late = true;
	for (size_t i = 0; i < f->flights; i++)
		f->flight[i].again = true;
}

static MC_RC start_message(
	struct fetching *f, bool *wants, struct mc_error *err)
{
	*wants = false;
	if (f->dropping)
		return MC_OK;
	settle_uid(f);
	for (size_t i = 0; i < f->flights && !*wants; i++)
		*wants = mc_imap_take_wanted(
			&f->flight[i].window, f->fetched.message.uid);
	if (!*wants)
		return MC_OK;
	f->begun_uid = f->fetched.message.uid;
	return f->reader->begin(f->reader, &f->fetched.message, err);
}

static MC_RC on_literal(struct mc_imap_taker *base,
	const struct mc_imap_response *sofar, int64_t octets, bool *take,
	struct mc_error *err)
{
	struct fetching *f = (struct fetching *)base;
	enum mc_rc rc;

	(void)octets;
	f->streaming = false;
	rc = mc_imap_take_fetch(&f->fetched, &sofar->tokens, err);
	if (rc != MC_OK || f->fetched.body != sofar->tokens.n)
		return rc < 0 ? rc : MC_OK;
	*take = true;
	if (f->begun)
		return MC_OK;
	rc = start_message(f, &f->streaming, err);
	f->begun = f->streaming;
	return rc;
}

static MC_RC on_bytes(
	struct mc_imap_taker *base, struct mc_span bytes, struct mc_error *err)
{
	struct fetching *f = (struct fetching *)base;

	return f->streaming ? f->reader->bytes(f->reader, bytes, err) : MC_OK;
}

/* A short body may come as a quoted string, or as NIL. */
static MC_RC take_held(struct fetching *f, const struct mc_imap_tokens *t,
	struct mc_error *err)
{
	size_t body = f->fetched.body;
	enum mc_rc rc;

	if (body == 0 || mc_imap_type(t, body) != MC_IMAP_STRING)
		return MC_OK;
	rc = start_message(f, &f->begun, err);
	if (rc == MC_OK && f->begun && mc_imap_span(t, body).n > 0)
		rc = f->reader->bytes(f->reader, mc_imap_span(t, body), err);
	return rc;
}

static MC_RC take_data(struct fetching *f, const struct mc_imap_tokens *t,
	struct mc_error *err)
{
	uint32_t uid;
	bool begun;
	enum mc_rc rc = mc_imap_take_fetch(&f->fetched, t, err);

	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	uid = f->fetched.message.uid;
	if (!f->begun)
		rc = take_held(f, t, err);
	begun = f->begun;
	f->begun = false;
	if (rc < 0 || !begun)
		return rc;
	if (uid != 0 && uid != f->begun_uid)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"asked for message %u the server sent %u", f->begun_uid,
			uid);
	return f->reader->end(f->reader, err);
}

/* --- what is asked ------------------------------------------------------ */

/* As many of wanted from `from` on as one command may ask for, at most `most`,
 * as a set: "3:7,9".  Returns how many. */
static size_t make_set(char set[SET_MAX], const struct mc_imap_wanted *wanted,
	size_t from, size_t most)
{
	const uint32_t *uids = wanted->uids + from;
	size_t n = wanted->n - from < most ? wanted->n - from : most;
	int64_t octets = 0;
	size_t len = 0;
	size_t i = 0;

	while (i < n && len < SET_MAX - 24 && octets < WINDOW_OCTETS) {
		size_t first = i;

		do {
			if (wanted->octets && wanted->octets[from + i] > 0)
				octets += wanted->octets[from + i];
			i++;
		} while (i < n && octets < WINDOW_OCTETS &&
			 uids[i] == uids[i - 1] + 1);
		len += mc_text_format(set + len, SET_MAX - len,
			i - first > 1 ? "%s%u:%u" : "%s%u",
			first > 0 ? "," : "", uids[first], uids[i - 1]);
	}
	return i;
}

/* Asks for the next of wanted, at most `most`. */
static MC_RC launch(struct fetching *f, size_t most, struct mc_error *err)
{
	struct flight *flight = &f->flight[f->flights];
	char command[SET_MAX + 128];
	char set[SET_MAX];
	size_t n = make_set(set, f->wanted, f->next, most);
	enum mc_rc rc;

	flight->again = false;
	flight->window =
		(struct mc_imap_window){ .uids = f->wanted->uids + f->next,
			.n = n };
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

/* What a NO means: all that this command did not bring is asked for one by one,
 * and then it is told which one is refused. */
static MC_RC take_refusal(struct fetching *f, struct flight *flight,
	const struct mc_imap_response *r, struct mc_error *err)
{
	enum mc_rc rc = mc_imap_fail(f->imap, r, MC_FOLDER, err);

	if (rc != MC_EREFUSED || !f->reader->refused || err->hope != MC_NEVER)
		return rc;
	if (flight->window.n > 1) {
		flight->again = true;
		return MC_OK;
	}
	if (!flight->window.got[0]) {
		struct mc_error why = *err;

		flight->window.got[0] = true;
		return f->reader->refused(
			f->reader, flight->window.uids[0], &why, err);
	}
	return MC_OK;
}

static bool is_missing(const struct mc_imap_window *window)
{
	for (size_t i = 0; i < window->n; i++)
		if (!window->got[i])
			return true;
	return false;
}

static MC_RC land(struct fetching *f, const struct mc_imap_response *r,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t i = 0;

	while (i < f->flights && f->flight[i].tag != r->tag)
		i++;
	if (i == f->flights)
		return MC_OK;
	if (r->word != MC_IMAP_OK)
		rc = take_refusal(f, &f->flight[i], r, err);
	if (f->flight[i].again && is_missing(&f->flight[i].window))
		f->missed[f->misses++] = f->flight[i].window;
	f->flights--;
	memmove(&f->flight[i], &f->flight[i + 1],
		(f->flights - i) * sizeof(f->flight[0]));
	return rc;
}

/* Reads until one of the flights is over. */
static MC_RC read_on(struct fetching *f, struct mc_error *err)
{
	const struct mc_imap_response *r;

	for (int64_t n = 0; n < MC_IMAP_RESPONSES_MAX; n++) {
		enum mc_rc rc = mc_imap_read(f->imap, &f->base, &r, err);

		if (rc == MC_OK && r->kind == MC_IMAP_TAGGED)
			return land(f, r, err);
		if (rc == MC_OK && r->kind == MC_IMAP_DATA)
			rc = take_data(f, &r->tokens, err);
		if (rc < 0)
			return rc;
	}
	return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
		"the server's answer does not end");
}

/* --- all of it ---------------------------------------------------------- */

/* Two at a time, unless only the one that is asked for can be told. */
static MC_RC fetch_all(struct fetching *f, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK &&
		(f->flights > 0 || (f->next < f->wanted->n && !f->misses))) {
		bool late = f->imap->uid_late;
		size_t most = late ? 1 : FLIGHTS;

		while (rc == MC_OK && f->misses == 0 && f->flights < most &&
			f->next < f->wanted->n)
			rc = launch(f, late ? 1 : WINDOW, err);
		if (rc == MC_OK)
			rc = read_on(f, err);
	}
	return rc;
}

/* Replies that nobody waits for any more would answer the next command. */
static void drain(struct fetching *f)
{
	struct mc_error ignored;
	enum mc_rc rc = MC_OK;

	f->dropping = true;
	while (f->flights > 0 && (rc >= 0 || rc == MC_EREFUSED))
		rc = read_on(f, &ignored);
}

/* What is missing of f->missed. */
static MC_RC fetch_missed(struct fetching *f, struct mc_error *err)
{
	const struct mc_imap_wanted *wanted = f->wanted;
	size_t next = f->next;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < f->misses && rc == MC_OK; i++) {
		const struct mc_imap_window *missed = &f->missed[i];

		for (size_t at = 0; at < missed->n && rc == MC_OK; at++) {
			struct mc_imap_wanted one = { .uids = missed->uids + at,
				.n = 1 };

			if (missed->got[at])
				continue;
			f->wanted = &one;
			f->next = 0;
			rc = launch(f, 1, err);
			if (rc == MC_OK)
				rc = read_on(f, err);
		}
	}
	f->wanted = wanted;
	f->next = next;
	f->misses = 0;
	return rc;
}

MC_RC mc_imap_fetch(struct mc_imap *imap, const struct mc_imap_wanted *wanted,
	struct mc_imap_reader *reader, struct mc_error *err)
{
	struct fetching f = { .base = { NULL, on_literal, on_bytes },
		.imap = imap,
		.wanted = wanted,
		.reader = reader };
	enum mc_rc rc = MC_OK;

	mc_imap_fetched_init(&f.fetched);
	while (rc == MC_OK && (f.next < wanted->n || f.misses > 0)) {
		rc = fetch_all(&f, err);
		if (rc == MC_OK)
			rc = fetch_missed(&f, err);
	}
	if (rc == MC_EREFUSED)
		drain(&f);
	else if (rc < 0)
		mc_imap_abort(imap);
	mc_imap_fetched_dispose(&f.fetched);
	return rc;
}
