/* SPDX-License-Identifier: MIT
 * read: what a mailbox holds, and whole messages of it; RFC 9051 6.4.5.
 *
 * FETCH alone is used, for SEARCH is unreliable at several servers, and by
 * UID, for sequence numbers shift when somebody else expunges.
 */
#include "base/clock.h"
#include "base/text.h"
#include "target/wire.h"

enum {
	/* Messages asked for by one FETCH: enough to fill a round trip, few
	 * enough that a lost connection loses little. */
	WINDOW = 500,
	/* Characters of one set of UIDs: RFC 2683 3.2.1.5 counts on lines of
	 * 1,000 octets. */
	SET_MAX = 900,
};

struct uids {
	uint32_t *uid;
	size_t n;
	size_t cap;
};

/* What one FETCH response tells. */
struct fetched {
	struct mc_seen seen;
	bool has_header;
	size_t body; /* token of BODY[]; 0: none */
};

/* s up to `end`, which it is moved behind, as a number of up to max. */
static bool take_number(struct mc_span *s, char end, int max, int *out)
{
	size_t n = mc_span_index(*s, end);
	int64_t number;

	if (!mc_text_decimal(mc_span_trim(mc_span_head(*s, n)), max, &number))
		return false;
	*s = mc_span_from(*s, n + 1);
	*out = (int)number;
	return true;
}

/* "17-Jul-1996 02:44:25 -0700"; RFC 9051 9: date-time. */
static bool take_date(struct mc_span s, int64_t *out)
{
	struct mc_civil c = { 0 };
	char month[4];

	s = mc_span_trim(s);
	if (!take_number(&s, '-', 31, &c.day) || s.n < 4)
		return false;
	memcpy(month, s.p, 3);
	month[3] = '\0';
	c.month = mc_clock_month(month);
	s = mc_span_from(s, 4);
	return c.month > 0 && take_number(&s, ' ', 9999, &c.year) &&
	       take_number(&s, ':', 23, &c.hour) &&
	       take_number(&s, ':', 59, &c.minute) &&
	       take_number(&s, ' ', 60, &c.second) &&
	       mc_clock_zone(mc_span_trim(s), &c.offset_minutes) &&
	       mc_clock_from_civil(&c, out);
}

/* Flags; keywords go to `keywords`, each ended by NUL. */
static MC_RC take_flags(struct mc_seen *seen, const struct mc_imap_tokens *t,
	size_t i, struct mc_buf *keywords, struct mc_error *err)
{
	size_t end = mc_imap_behind(t, i);
	enum mc_rc rc = MC_OK;

	mc_buf_clear(keywords);
	if (mc_imap_type(t, i) != MC_IMAP_OPEN)
		return MC_OK;
	for (i++; i + 1 < end && rc == MC_OK; i++) {
		struct mc_span name = mc_imap_span(t, i);
		uint32_t flag = mc_target_flag(name);

		seen->flags |= flag;
		if (flag || name.n == 0 || name.p[0] == '\\' ||
			memchr(name.p, '\0', name.n))
			continue;
		rc = mc_buf_put(keywords, name, err);
		if (rc == MC_OK)
			rc = mc_buf_putc(keywords, '\0', err);
	}
	seen->keywords =
		(struct mc_words){ mc_buf_str(keywords), keywords->len };
	return rc;
}

/* One item and its value at i + 1. */
static MC_RC take_item(struct fetched *f, const struct mc_imap_tokens *t,
	size_t i, struct mc_buf *keywords, struct mc_error *err)
{
	struct mc_span name = mc_imap_span(t, i);
	int64_t number;

	if (mc_imap_is(t, i, "UID")) {
		if (mc_imap_number(t, i + 1, UINT32_MAX, &number))
			f->seen.uid = (uint32_t)number;
	} else if (mc_imap_is(t, i, "RFC822.SIZE")) {
		if (mc_imap_number(t, i + 1, INT64_MAX, &number))
			f->seen.octets = number;
	} else if (mc_imap_is(t, i, "INTERNALDATE")) {
		if (!take_date(mc_imap_span(t, i + 1), &f->seen.internaldate))
			f->seen.internaldate = MC_NO_TIME;
	} else if (mc_imap_is(t, i, "FLAGS")) {
		return take_flags(&f->seen, t, i + 1, keywords, err);
	} else if (mc_imap_is(t, i, "BODY[]")) {
		f->body = i + 1;
	} else if (mc_span_istarts(name, MC_SPAN("BODY[HEADER"))) {
		f->has_header = true;
		if (!mc_imap_is_nil(t, i + 1))
			f->seen.header = mc_imap_span(t, i + 1);
	}
	return MC_OK;
}

/* "n FETCH (item value ...", perhaps only the first part of it.  MC_DONE: the
 * response is something else. */
static MC_RC take_fetch(struct fetched *f, const struct mc_imap_tokens *t,
	struct mc_buf *keywords, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	*f = (struct fetched){ .seen = { .octets = -1,
				       .internaldate = MC_NO_TIME } };
	if (!mc_imap_is(t, 1, "FETCH") || mc_imap_type(t, 2) != MC_IMAP_OPEN)
		return MC_DONE;
	for (size_t i = 3; rc == MC_OK && mc_imap_type(t, i) == MC_IMAP_ATOM;
		i = mc_imap_behind(t, i + 1))
		rc = take_item(f, t, i, keywords, err);
	return rc;
}

struct uid_taker {
	struct mc_imap_taker base;
	struct uids uids;
	uint32_t from;
	struct mc_buf keywords;
};

static MC_RC add_uid(struct uids *uids, uint32_t uid, struct mc_error *err)
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
	struct fetched f;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = take_fetch(&f, &r->tokens, &taker->keywords, err);
	if (rc != MC_OK || f.seen.uid == 0 || f.seen.uid < taker->from)
		return rc < 0 ? rc : MC_OK;
	return add_uid(&taker->uids, f.seen.uid, err);
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sort_unique(struct uids *uids)
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

/* The UIDs >= from, ascending. */
static MC_RC list_uids(struct mc_target *target, uint32_t from,
	struct uids *uids, struct mc_error *err)
{
	struct uid_taker taker = { .base = { .data = on_uid }, .from = from };
	char command[64];
	enum mc_rc rc;

	mc_buf_init(&taker.keywords, MC_RESPONSE_MAX);
	/* What others put there since SELECT is told now. */
	rc = mc_imap_command(
		target->imap, "NOOP", (struct mc_span){ 0 }, "", NULL, err);
	/* Some servers refuse "*" in an empty mailbox. */
	if (rc < 0 || mc_imap_exists(target->imap) == 0)
		goto out;
	(void)snprintf(command, sizeof(command), "UID FETCH %u:* (UID)",
		from > 0 ? from : 1);
	rc = mc_imap_command(target->imap, command, (struct mc_span){ 0 }, "",
		&taker.base, err);
	sort_unique(&taker.uids);
out:
	*uids = taker.uids;
	mc_buf_dispose(&taker.keywords);
	return rc;
}

/* The messages of one window: asked for, and got so far. */
struct window {
	const uint32_t *uids; /* ascending */
	size_t n;
	bool got[WINDOW];
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
	mc_seen_fn *seen;
	void *arg;
	struct mc_buf keywords;
};

/* Responses without a header are news of flags that nobody asked for. */
static MC_RC on_look(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct look_taker *taker = (struct look_taker *)base;
	struct fetched f;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = take_fetch(&f, &r->tokens, &taker->keywords, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	if (!f.has_header || !take_wanted(&taker->window, f.seen.uid))
		return MC_OK;
	return taker->seen(taker->arg, &f.seen, err);
}

static MC_RC look_window(struct mc_target *target, struct look_taker *taker,
	const uint32_t *uids, size_t n, struct mc_error *err)
{
	char command[256];

	taker->window = (struct window){ .uids = uids, .n = n };
	(void)snprintf(command, sizeof(command),
		"UID FETCH %u:%u (UID FLAGS INTERNALDATE RFC822.SIZE "
		"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM DATE SUBJECT)])",
		uids[0], uids[n - 1]);
	return mc_imap_command(target->imap, command, (struct mc_span){ 0 }, "",
		&taker->base, err);
}

MC_RC mc_target_look(struct mc_target *target, uint32_t from, mc_seen_fn *seen,
	void *arg, struct mc_error *err)
{
	struct look_taker taker = {
		.base = { .data = on_look }, .seen = seen, .arg = arg
	};
	struct uids uids = { 0 };
	enum mc_rc rc = mc_target_settle(target, err);

	mc_buf_init(&taker.keywords, MC_RESPONSE_MAX);
	if (rc == MC_OK)
		rc = list_uids(target, from, &uids, err);
	for (size_t i = 0; i < uids.n && rc == MC_OK; i += WINDOW) {
		size_t n = uids.n - i < WINDOW ? uids.n - i : WINDOW;

		rc = look_window(target, &taker, uids.uid + i, n, err);
	}
	mc_buf_dispose(&taker.keywords);
	free(uids.uid);
	return rc;
}

/* One window of mc_target_fetch(). */
struct fetch_taker {
	struct mc_imap_taker base;
	struct window window;
	struct mc_fetch *fetch;
	bool streaming; /* octets go to fetch, else nowhere */
	bool begun;     /* streamed by this response */
	uint32_t begun_uid;
	bool late; /* a body came before its UID */
	struct mc_buf keywords;
};

/* A body before its UID can only be the one asked for, if it is but one. */
static void settle_uid(struct fetch_taker *taker, struct fetched *f)
{
	if (f->seen.uid == 0 && taker->window.n == 1)
		f->seen.uid = taker->window.uids[0];
	if (f->seen.uid == 0)
		taker->late = true;
}

static MC_RC start_message(struct fetch_taker *taker, struct fetched *f,
	bool *wants, struct mc_error *err)
{
	settle_uid(taker, f);
	*wants = take_wanted(&taker->window, f->seen.uid);
	if (!*wants)
		return MC_OK;
	return taker->fetch->begin(taker->fetch, &f->seen, err);
}

static MC_RC on_literal(struct mc_imap_taker *base,
	const struct mc_imap_response *sofar, int64_t octets, bool *take,
	struct mc_error *err)
{
	struct fetch_taker *taker = (struct fetch_taker *)base;
	struct fetched f;
	enum mc_rc rc;

	(void)octets;
	taker->streaming = false;
	rc = take_fetch(&f, &sofar->tokens, &taker->keywords, err);
	if (rc != MC_OK || f.body != sofar->tokens.n)
		return rc < 0 ? rc : MC_OK;
	*take = true;
	if (taker->begun)
		return MC_OK;
	rc = start_message(taker, &f, &taker->streaming, err);
	taker->begun = taker->streaming;
	taker->begun_uid = f.seen.uid;
	return rc;
}

static MC_RC on_bytes(
	struct mc_imap_taker *base, struct mc_span bytes, struct mc_error *err)
{
	struct fetch_taker *taker = (struct fetch_taker *)base;

	if (!taker->streaming)
		return MC_OK;
	return taker->fetch->bytes(taker->fetch, bytes, err);
}

/* A short body may come as a quoted string, or as NIL. */
static MC_RC take_held(struct fetch_taker *taker, struct fetched *f,
	const struct mc_imap_tokens *t, struct mc_error *err)
{
	bool wants = false;
	enum mc_rc rc = MC_OK;

	if (f->body == 0 || mc_imap_type(t, f->body) != MC_IMAP_STRING)
		return MC_OK;
	rc = start_message(taker, f, &wants, err);
	if (rc == MC_OK && wants)
		rc = taker->fetch->bytes(
			taker->fetch, mc_imap_span(t, f->body), err);
	taker->begun = wants;
	taker->begun_uid = f->seen.uid;
	return rc;
}

static MC_RC on_body(struct mc_imap_taker *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct fetch_taker *taker = (struct fetch_taker *)base;
	struct fetched f;
	bool begun;
	enum mc_rc rc;

	if (r->kind != MC_IMAP_DATA)
		return MC_OK;
	rc = take_fetch(&f, &r->tokens, &taker->keywords, err);
	if (rc != MC_OK)
		return rc < 0 ? rc : MC_OK;
	if (!taker->begun)
		rc = take_held(taker, &f, &r->tokens, err);
	begun = taker->begun;
	taker->begun = false;
	if (rc < 0 || !begun)
		return rc;
	if (f.seen.uid != 0 && f.seen.uid != taker->begun_uid)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"asked for message %u the server sent %u",
			taker->begun_uid, f.seen.uid);
	return taker->fetch->end(taker->fetch, err);
}

/* As many of uids as one window may hold, as a set: "3:7,9".  Returns n. */
static size_t make_set(char set[SET_MAX], const uint32_t *uids, size_t n)
{
	size_t len = 0;
	size_t i = 0;

	set[0] = '\0';
	while (i < n && i < WINDOW && len < SET_MAX - 24) {
		size_t last = i;

		while (last + 1 < n && last + 1 < WINDOW &&
			uids[last + 1] == uids[last] + 1)
			last++;
		len += (size_t)snprintf(set + len, SET_MAX - len,
			last > i ? "%s%u:%u" : "%s%u", i > 0 ? "," : "",
			uids[i], uids[last]);
		i = last + 1;
	}
	return i;
}

/* Asks for as many of uids as one command takes; *n: how many those are. */
static MC_RC fetch_window(struct mc_target *target, struct fetch_taker *taker,
	const uint32_t *uids, size_t *n, struct mc_error *err)
{
	char command[SET_MAX + 80];
	char set[SET_MAX];

	*n = make_set(set, uids, target->uid_late ? 1 : *n);
	taker->window = (struct window){ .uids = uids, .n = *n };
	taker->late = false;
	(void)snprintf(command, sizeof(command),
		"UID FETCH %s (UID FLAGS INTERNALDATE RFC822.SIZE "
		"BODY.PEEK[])",
		set);
	return mc_imap_command(target->imap, command, (struct mc_span){ 0 }, "",
		&taker->base, err);
}

/* Those of a window whose bodies nobody could tell apart, one by one. */
static MC_RC fetch_missed(struct mc_target *target, struct fetch_taker *taker,
	struct mc_error *err)
{
	struct window missed = taker->window;
	enum mc_rc rc = MC_OK;

	target->uid_late = true;
	for (size_t i = 0; i < missed.n && rc == MC_OK; i++) {
		size_t one = 1;

		if (!missed.got[i])
			rc = fetch_window(
				target, taker, missed.uids + i, &one, err);
	}
	return rc;
}

MC_RC mc_target_fetch(struct mc_target *target, const uint32_t *uids, size_t n,
	struct mc_fetch *fetch, struct mc_error *err)
{
	struct fetch_taker taker = { .base = { on_body, on_literal, on_bytes },
		.fetch = fetch };
	enum mc_rc rc = mc_target_settle(target, err);
	size_t asked;

	mc_buf_init(&taker.keywords, MC_RESPONSE_MAX);
	for (size_t i = 0; i < n && rc == MC_OK; i += asked) {
		asked = n - i;
		rc = fetch_window(target, &taker, uids + i, &asked, err);
		if (rc == MC_OK && taker.late && asked > 1)
			rc = fetch_missed(target, &taker, err);
	}
	mc_buf_dispose(&taker.keywords);
	return rc;
}
