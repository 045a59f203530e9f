/* SPDX-License-Identifier: MIT
 * pop3: a maildrop as a source.  One folder; keys are UIDLs.
 *
 *   UNASKED --want()--> WANTED --RETR--> OVER
 *       \---- known ----------------------^
 *
 * What became of a message is kept across the connections of one read, for
 * some servers must be left and entered again: those that cut a message, and
 * Gmail, which shows some hundred messages a session.
 */
#include "source/source.h"

#include <assert.h>

#include "base/text.h"
#include "net/pop3.h"
#include "source/pop3_drop.h"
#include "source/pop3_probe.h"
#include "source/pop3_remove.h"

/* Octets on their way that are worth holding a server to: bandwidth times
 * delay of a gigabit line over 100 ms. */
enum { AWAITED_MAX = 16 * 1024 * 1024 };

/* Of what may be on its way so much is asked for at once. */
enum { PART = 8 };

/* Connections dropped for one broken message each; a server that needs more
 * is broken as a whole, and so many logins look like an attack. */
enum { MENDS_MAX = 100 };

/* Of sessions with Gmail, each of which shows more: 4,000,000 messages are less
 * than so many times what one shows. */
enum { CONTENTS_MAX = sizeof(uint64_t) * 64 * 1024 };

struct mc_source {
	struct mc_source_conf conf;
	struct mc_pop3 *pop3; /* NULL: not connected */
};

struct walk {
	struct mc_source *src;
	struct mc_receiver *rx;
	struct mc_pop3_drop drop;
	uint32_t next;                   /* the message to look at next */
	uint32_t flying[MC_POP3_WINDOW]; /* numbers asked, a ring */
	uint32_t first;
	uint32_t brought; /* messages read in this session */
	uint64_t content; /* of Gmail: what they were, in whatever order */
	struct mc_buf contents; /* of the sessions before */
	uint32_t reading;       /* the number of the one in hand */
	int mends;
	bool must_mend; /* the connection is out of step */
	bool rx_failed; /* the failure is the receiver's */
};

static MC_RC connect_to(struct mc_source *src, struct mc_error *err)
{
	mc_pop3_close(src->pop3);
	src->pop3 = NULL;
	return mc_pop3_open(&src->pop3, src->conf.at, src->conf.monitor, err);
}

static void pop3_close(struct mc_source *src)
{
	if (!src)
		return;
	mc_pop3_close(src->pop3);
	free(src);
}

static MC_RC pop3_open(struct mc_source **out,
	const struct mc_source_conf *conf, struct mc_error *err)
{
	struct mc_source *src = calloc(1, sizeof(*src));
	enum mc_rc rc;

	if (!src)
		return mc_fail_memory(err);
	src->conf = *conf;
	rc = connect_to(src, err);
	if (rc < 0)
		pop3_close(src);
	else
		*out = src;
	return rc;
}

static bool is_cancelled(const struct walk *w)
{
	const struct mc_monitor *mon = w->src->conf.monitor;

	return mon && mc_cancel_is(mon->cancel, MC_CANCEL_SOON);
}

/* Gmail hides what was read after QUIT and then shows more. */
static bool is_gmail(const struct mc_source *src)
{
	return mc_endpoint_is_gmail_pop3(src->conf.at) ||
	       strncmp(mc_pop3_greeting(src->pop3), "Gpop ", 5) == 0;
}

/* --- listing ---------------------------------------------------------- */

static void note_unnamed(
	const struct mc_pop3_list *list, const struct mc_monitor *mon)
{
	char share[48] = "";

	if (list->repeated > 0)
		mc_text_format(share, sizeof(share), " (%u share one)",
			list->repeated);
	else if (list->numbered)
		mc_text_format(share, sizeof(share),
			" (theirs are the messages' numbers)");
	mc_note(mon,
		"%u of %u messages have no usable UIDL%s; they are known again "
		"by their content, so each run fetches them",
		list->unnamed, list->count, share);
}

/* What people should know of a listing; once a read. */
static void tell_oddities(const struct walk *w)
{
	const struct mc_pop3_list *list = &w->drop.list;
	const struct mc_monitor *mon = w->src->conf.monitor;

	if (list->ignored > 0)
		mc_note(mon,
			"the server lists %u messages under numbers that "
			"cannot be; those lines were ignored",
			list->ignored);
	/* RFC 2449 6.7. */
	if (list->count > 0 &&
		strcmp(mc_pop3_caps(w->src->pop3)->expire, "0") == 0)
		mc_note(mon,
			"the server says that it may remove messages as soon "
			"as they were read (EXPIRE 0), whoever reads them; "
			"they are safe in the archive before it is left%s",
			w->src->conf.at->no_quit
				? ""
				: "; --no-quit leaves it so that it should "
				  "keep them");
	if (list->unnamed > 0)
		note_unnamed(list, mon);
	if (w->src->conf.at->no_quit && is_gmail(w->src))
		mc_note(mon,
			"Gmail shows some hundred messages at a time, and what "
			"is behind them only after QUIT: with --no-quit it is "
			"not read");
}

/* Lists the maildrop of a new connection. */
static MC_RC list_drop(struct walk *w, struct mc_error *err)
{
	struct mc_pop3_list list;
	bool first = !w->drop.fates;
	bool mended = w->must_mend;
	enum mc_rc rc;

	w->next = 1;
	w->first = 0;
	w->brought = 0;
	w->content = 0;
	w->must_mend = false;
	rc = mc_pop3_list(w->src->pop3, &list, err);
	if (rc == MC_OK)
		rc = mc_pop3_drop_renew(&w->drop, &list, mended, err);
	mc_pop3_list_dispose(&list);
	if (rc == MC_OK && first)
		tell_oddities(w);
	return rc;
}

static struct mc_item item_of(const struct walk *w, uint32_t number)
{
	return (struct mc_item){
		.key = mc_pop3_list_uidl(&w->drop.list, number),
		.octets = mc_pop3_list_octets(&w->drop.list, number),
		.date = { MC_NO_TIME, MC_DATE_NONE },
		.store = MC_STORE_WIRE,
	};
}

/* --- asking ----------------------------------------------------------- */

/* Looks at the next message; its RETR goes out if it is wanted. */
static MC_RC ask_next(struct walk *w, struct mc_error *err)
{
	struct mc_pop3 *pop3 = w->src->pop3;
	uint32_t number = w->next++;
	unsigned char *fate = &w->drop.fates[number - 1];
	struct mc_item item = item_of(w, number);
	enum mc_rc rc = MC_OK;
	uint32_t at;

	if (*fate == MC_POP3_UNASKED) {
		rc = w->rx->want(w->rx, &item, err);
		w->rx_failed = rc < 0;
		if (rc < 0)
			return rc;
		*fate = rc == MC_DONE ? MC_POP3_OVER : MC_POP3_WANTED;
	}
	if (*fate == MC_POP3_OVER)
		return MC_OK;
	at = (w->first + mc_pop3_in_flight(pop3)) % MC_POP3_WINDOW;
	w->flying[at] = number;
	return mc_pop3_ask(pop3, number, item.octets, err);
}

/* Fills the window once an eighth of it is used up: commands leave in few large
 * writes, and the server never has less than the rest to do, which must last
 * for a round trip.  A message alone may be larger than the cap. */
static MC_RC top_up(struct walk *w, struct mc_error *err)
{
	struct mc_pop3 *pop3 = w->src->pop3;
	uint32_t window = mc_pop3_window(pop3);
	enum mc_rc rc = MC_OK;

	if (mc_pop3_in_flight(pop3) > window - window / PART ||
		mc_pop3_awaited(pop3) > AWAITED_MAX - AWAITED_MAX / PART)
		return MC_OK;
	while (rc == MC_OK && w->next <= w->drop.list.count &&
		mc_pop3_in_flight(pop3) < window &&
		mc_pop3_awaited(pop3) < AWAITED_MAX && !is_cancelled(w))
		rc = ask_next(w, err);
	return rc < 0 ? rc : mc_pop3_flush(pop3, err);
}

/* --- reading ---------------------------------------------------------- */

/* The message goes no further, for *err; what end() says of that counts. */
static MC_RC end_broken(
	struct walk *w, const struct mc_item *item, struct mc_error *err)
{
	struct mc_error why = *err;
	struct mc_error told = *err;
	enum mc_rc rc;

	if (!*item->key)
		mc_while(&told, "message %u", w->reading);
	rc = w->rx->end(w->rx, item, &told, err);
	if (rc < 0)
		return rc;
	*err = why;
	return MC_OK;
}

static void add_content(struct walk *w, struct mc_hash *hash)
{
	struct mc_digest digest = mc_hash_end(hash);
	uint64_t part;

	memcpy(&part, digest.octet, sizeof(part));
	w->content += part;
}

static MC_RC stream_octets(
	struct walk *w, const struct mc_item *item, struct mc_error *err)
{
	enum mc_rc rc = w->rx->begin(w->rx, item, err);
	const bool gmail = is_gmail(w->src);
	struct mc_hash hash;

	mc_hash_init(&hash);
	while (rc == MC_OK) {
		struct mc_span bytes;
		enum mc_rc got = mc_pop3_bytes(w->src->pop3, &bytes, err);

		if (got == MC_DONE) {
			if (gmail)
				add_content(w, &hash);
			return MC_OK;
		}
		if (got < 0) {
			rc = end_broken(w, item, err);
			return rc < 0 ? rc : got;
		}
		if (gmail)
			mc_hash_put(&hash, bytes);
		rc = w->rx->bytes(w->rx, bytes, err);
	}
	return rc;
}

/* The octets are over: are they all?  Asks for more before, so that a server
 * without pipelining works on while we wait for its word. */
static MC_RC conclude(struct walk *w, uint32_t number, struct mc_item *item,
	struct mc_error *err)
{
	unsigned char *fate = &w->drop.fates[number - 1];
	enum mc_rc rc = top_up(w, err);
	enum mc_rc ended;
	bool whole = false;

	if (rc < 0 && w->rx_failed)
		return rc;
	rc = mc_pop3_settle(w->src->pop3, &whole, err);
	if (rc == MC_DONE)
		mc_note(w->src->conf.monitor,
			"message %u: the server did not mark its end; kept as "
			"it came, with all %lld octets announced",
			number, (long long)item->octets);
	if (rc == MC_DONE || (rc < 0 && err->scope == MC_MESSAGE))
		w->must_mend = true;
	if (whole || w->must_mend)
		*fate = MC_POP3_OVER;
	if (!whole) {
		ended = end_broken(w, item, err);
	} else {
		struct mc_error why = *err;

		ended = w->rx->end(w->rx, item, NULL, err);
		if (ended == MC_OK)
			*err = why;
	}
	if (ended < 0)
		return ended;
	w->brought++;
	return rc < 0 && !w->must_mend ? rc : MC_OK;
}

/* The oldest message in flight. */
static MC_RC read_one(struct walk *w, struct mc_error *err)
{
	uint32_t number = w->flying[w->first];
	struct mc_item item = item_of(w, number);
	enum mc_rc rc = mc_pop3_begin(w->src->pop3, err);

	w->reading = number;
	w->first = (w->first + 1) % MC_POP3_WINDOW;
	if (rc < 0 && err->scope == MC_MESSAGE) {
		w->drop.fates[number - 1] = MC_POP3_OVER;
		return end_broken(w, &item, err);
	}
	if (rc == MC_OK)
		rc = stream_octets(w, &item, err);
	if (rc == MC_OK)
		rc = conclude(w, number, &item, err);
	return rc;
}

/* One session's messages.  MC_DONE: the connection must be made anew. */
static MC_RC walk_drop(struct walk *w, struct mc_error *err)
{
	for (;;) {
		enum mc_rc rc = top_up(w, err);

		if (rc < 0)
			return rc;
		if (is_cancelled(w))
			return mc_fail_cancelled(err);
		if (mc_pop3_in_flight(w->src->pop3) == 0)
			return MC_OK;
		rc = read_one(w, err);
		if (rc < 0)
			return rc;
		if (w->must_mend)
			return MC_DONE;
	}
}

/* --- sessions --------------------------------------------------------- */

/* QUIT.  Nothing of ours hangs on it: a failure is only told.  Without it no
 * server may remove or hide anything (RFC 1939 6). */
static MC_RC say_goodbye(struct mc_source *src, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!src->conf.at->no_quit)
		rc = mc_pop3_quit(src->pop3, err);
	mc_pop3_close(src->pop3);
	src->pop3 = NULL;
	if (rc == MC_ECANCEL)
		return rc;
	if (rc < 0)
		mc_note(src->conf.monitor,
			"all is read; only the end of the session "
			"failed: %s",
			err->text);
	return MC_OK;
}

/* What has come is safe before the server is told that we have it. */
static MC_RC leave(struct walk *w, struct mc_error *err)
{
	enum mc_rc rc = w->rx->flush(w->rx, err);

	return rc < 0 ? rc : say_goodbye(w->src, err);
}

static MC_RC enter_again(struct walk *w, struct mc_error *err)
{
	enum mc_rc rc = connect_to(w->src, err);

	return rc < 0 ? rc : list_drop(w, err);
}

/* Drops a connection that is out of step, without QUIT: a server that removes
 * what was read must not take the broken message for read. */
static MC_RC mend(struct walk *w, struct mc_error *err)
{
	if (++w->mends > MENDS_MAX)
		return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server broke off more than %d messages; giving "
			"up here",
			MENDS_MAX);
	return enter_again(w, err);
}

/* What was read was read in an earlier session, under no name that stays: this
 * server hides nothing, and would show it for ever.  MC_DONE: so it is. */
static MC_RC look_whether_new(struct walk *w, struct mc_error *err)
{
	const struct mc_span one = { (const char *)&w->content,
		sizeof(w->content) };
	struct mc_span seen = mc_buf_span(&w->contents);

	for (; seen.n > 0; seen = mc_span_from(seen, one.n)) {
		if (memcmp(seen.p, one.p, one.n) != 0)
			continue;
		mc_note(w->src->conf.monitor,
			"the server calls itself Gmail, but shows what was "
			"read once more, under no UIDL that stays: it is not "
			"asked again; should it hold more, the same command "
			"brings that another time");
		return MC_DONE;
	}
	return mc_buf_put(&w->contents, one, err);
}

/* Some hundred messages more.  MC_DONE: there are none. */
static MC_RC turn_page(struct walk *w, struct mc_error *err)
{
	enum mc_rc rc;

	if (!is_gmail(w->src) || w->brought == 0)
		return MC_DONE;
	rc = look_whether_new(w, err);
	if (rc == MC_OK)
		rc = leave(w, err);
	return rc == MC_OK ? enter_again(w, err) : rc;
}

static MC_RC walk_all(struct walk *w, struct mc_error *err)
{
	for (;;) {
		enum mc_rc rc = walk_drop(w, err);

		if (rc == MC_DONE)
			rc = mend(w, err);
		else if (rc == MC_OK)
			rc = turn_page(w, err);
		if (rc != MC_OK)
			return rc < 0 ? rc : MC_OK;
	}
}

/* After a first ^C: what came is kept, the rest is not waited for. */
static enum mc_rc stop_early(struct walk *w, struct mc_error *err)
{
	const struct mc_monitor *mon = w->src->conf.monitor;
	enum mc_rc rc;

	if (!mon || mc_cancel_is(mon->cancel, MC_CANCEL_NOW))
		return mc_fail_cancelled(err);
	if (w->src->pop3 && mc_pop3_in_flight(w->src->pop3) == 0)
		rc = leave(w, err);
	else
		rc = w->rx->flush(w->rx, err);
	return rc < 0 ? rc : mc_fail_cancelled(err);
}

static MC_RC read_folder(struct walk *w, struct mc_error *err)
{
	struct mc_folder folder = { .path = "INBOX",
		.special = MC_SPECIAL_INBOX,
		.fingerprint = "",
		.total = -1 };
	enum mc_rc rc;

	assert(w->drop.fates);
	if (!is_gmail(w->src))
		folder.total = w->drop.list.count;
	rc = w->rx->folder(w->rx, &folder, err);
	if (rc == MC_DONE)
		return say_goodbye(w->src, err);
	if (rc == MC_OK)
		rc = walk_all(w, err);
	if (rc == MC_ECANCEL)
		return stop_early(w, err);
	if (rc == MC_OK)
		rc = w->rx->folder_end(w->rx, &folder, NULL, err);
	if (rc == MC_OK)
		rc = leave(w, err);
	return rc;
}

static MC_RC pop3_read(
	struct mc_source *src, struct mc_receiver *rx, struct mc_error *err)
{
	struct walk w = { .src = src, .rx = rx };
	enum mc_rc rc = MC_OK;

	mc_buf_init(&w.contents, CONTENTS_MAX);
	if (!src->pop3)
		rc = connect_to(src, err);
	if (rc == MC_OK)
		rc = list_drop(&w, err);
	if (rc == MC_OK)
		rc = read_folder(&w, err);
	mc_buf_dispose(&w.contents);
	/* What is still in flight belongs to this read. */
	mc_pop3_close(src->pop3);
	src->pop3 = NULL;
	mc_pop3_drop_dispose(&w.drop);
	return rc;
}

static MC_RC pop3_probe(struct mc_source *src, mc_source_line_fn *line,
	void *arg, struct mc_error *err)
{
	struct walk w = { .src = src };
	enum mc_rc rc = MC_OK;

	if (!src->pop3)
		rc = connect_to(src, err);
	if (rc == MC_OK)
		rc = list_drop(&w, err);
	if (rc == MC_OK) {
		mc_source_pop3_tell(src->pop3, &w.drop.list, line, arg);
		if (is_gmail(src))
			line(arg, "risk",
				"Gmail shows some hundred messages a session "
				"and hides those that were read; mailcart "
				"asks until nothing new comes");
		rc = say_goodbye(src, err);
	}
	mc_pop3_drop_dispose(&w.drop);
	return rc;
}

static MC_RC pop3_remove(
	struct mc_source *src, struct mc_remover *rm, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!src->pop3)
		rc = connect_to(src, err);
	if (rc == MC_OK)
		rc = mc_source_pop3_remove(
			src->pop3, src->conf.monitor, rm, err);
	/* The session is over, whatever became of it. */
	mc_pop3_close(src->pop3);
	src->pop3 = NULL;
	return rc;
}

const struct mc_source_ops mc_source_pop3 = { .kind = "pop3",
	.open = pop3_open,
	.read = pop3_read,
	.probe = pop3_probe,
	.remove = pop3_remove,
	.close = pop3_close };
