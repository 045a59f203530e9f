/* SPDX-License-Identifier: MIT
 * imap_body: whole messages, streamed, by several FETCH commands at a time.
 *
 *   ASKED --its octets--> GOT
 *     ^ \---NO to several---> AGAIN: alone, when nothing else is on its way
 *     |  \--NO to it alone--> OVER         |
 *     '------------------------------------'
 *
 * A server may answer several at once, message by message (Dovecot does when
 * its output is full), so that what comes belongs to whichever asked for it.
 */
#include <assert.h>

#include "base/text.h"
#include "net/imap_message.h"
#include "net/imap_wire.h"

enum {
	/* Messages asked for by one FETCH: few enough that a refusal of one is
	 * soon found. */
	WINDOW = 500,
	/* Octets announced of those. */
	WINDOW_OCTETS = 4 * 1024 * 1024,
	/* Octets on their way that are worth holding a server to: bandwidth
	 * times delay of a gigabit line over 200 ms. */
	AWAITED_MAX = 32 * 1024 * 1024,
	/* What a message holds, by the mean of much mail, of which the size was
	 * not told, until so many have come that theirs is a better guess. */
	GUESS = 28 * 1024,
	MEAN_OF = 100,
	/* Characters of one set of UIDs: RFC 2683 3.2.1.5 counts on lines of
	 * 1,000 octets. */
	SET_MAX = 860,
	/* FETCH commands on their way: with gaps between UIDs one asks for a
	 * hundred messages. */
	FLIGHTS = 16,
};

enum fate { ASKED, GOT, AGAIN, OVER };

/* One FETCH: n messages of the batch. */
struct body_flight {
	struct mc_imap_flight base;
	struct mc_imap_fetching *f;
	struct mc_imap_batch *batch; /* NULL: not on its way */
	size_t from;
	size_t n;
	int64_t octets;
	bool again; /* what does not come is asked for one by one */
};

struct mc_imap_fetching {
	struct mc_imap *imap;
	struct mc_imap_reader *reader;
	const struct mc_imap_entering *in; /* see mc_imap_fetching_reset() */
	struct mc_imap_batch *first;       /* that is not over */
	struct body_flight flight[FLIGHTS];
	size_t flights;
	int64_t awaited;
	int64_t came; /* messages, and octets of them: not what was announced */
	int64_t came_octets;
	size_t again;
	bool streaming; /* octets go to the reader, else nowhere */
	bool begun;     /* streamed by this response */
	uint32_t begun_uid;
	struct mc_imap_fetched fetched;
};

/* --- what comes --------------------------------------------------------- */

static bool take_wanted(struct body_flight *flight, uint32_t uid)
{
	struct mc_imap_batch *batch = flight->batch;
	const uint32_t *uids = batch->wanted.uids;
	const uint32_t *hit =
		mc_imap_find_uid(uids + flight->from, flight->n, uid);

	if (!hit || batch->fates[hit - uids] == GOT)
		return false;
	batch->fates[hit - uids] = GOT;
	return true;
}

bool mc_imap_batch_is_over(const struct mc_imap_batch *batch)
{
	return batch->next == batch->wanted.n && batch->in_flight == 0 &&
	       batch->again == 0;
}

/* One by one is too slow for numbers of which some are no message's. */
static void drop_loose(struct mc_imap_fetching *f)
{
	struct mc_imap_batch **at = &f->first;

	while (*at) {
		struct mc_imap_batch *batch = *at;

		if (batch->loose)
			batch->next = batch->wanted.n;
		if (mc_imap_batch_is_over(batch))
			*at = batch->behind;
		else
			at = &batch->behind;
	}
}

/* A body before its UID can only be the one asked for, if it is but one. */
static void settle_uid(struct mc_imap_fetching *f)
{
	struct mc_imap_message *message = &f->fetched.message;

	if (message->uid != 0)
		return;
	for (size_t i = 0; i < FLIGHTS; i++) {
		struct body_flight *flight = &f->flight[i];

		if (!flight->batch)
			continue;
		if (f->flights == 1 && flight->n == 1) {
			message->uid = flight->batch->wanted.uids[flight->from];
			return;
		}
		flight->again = true;
	}
	f->imap->uid_late = true;
	drop_loose(f);
}

static MC_RC start_message(
	struct mc_imap_fetching *f, bool *wants, struct mc_error *err)
{
	enum mc_rc rc;

	*wants = false;
	settle_uid(f);
	for (size_t i = 0; i < FLIGHTS && !*wants; i++)
		*wants = f->flight[i].batch &&
			 take_wanted(&f->flight[i], f->fetched.message.uid);
	if (!*wants)
		return MC_OK;
	f->begun_uid = f->fetched.message.uid;
	rc = f->reader->begin(f->reader, &f->fetched.message, err);
	*wants = rc == MC_OK;
	return rc < 0 ? rc : MC_OK;
}

static struct mc_imap_fetching *fetching_of(struct mc_imap_flight *base)
{
	return ((struct body_flight *)base)->f;
}

static MC_RC on_literal(struct mc_imap_flight *base,
	const struct mc_imap_response *sofar, int64_t octets, bool *take,
	struct mc_error *err)
{
	struct mc_imap_fetching *f = fetching_of(base);
	enum mc_rc rc;

	(void)octets;
	f->streaming = false;
	rc = mc_imap_take_fetch(&f->fetched, &sofar->tokens, err);
	if (rc != MC_OK || f->fetched.body != sofar->tokens.n)
		return rc < 0 ? rc : MC_OK;
	*take = true;
	if (f->begun)
		return MC_OK;
	f->came++;
	rc = start_message(f, &f->streaming, err);
	f->begun = f->streaming;
	return rc;
}

static MC_RC on_bytes(
	struct mc_imap_flight *base, struct mc_span bytes, struct mc_error *err)
{
	struct mc_imap_fetching *f = fetching_of(base);

	f->came_octets += (int64_t)bytes.n;
	return f->streaming ? f->reader->bytes(f->reader, bytes, err) : MC_OK;
}

/* A short body may come as a quoted string, or as NIL. */
static MC_RC take_held(struct mc_imap_fetching *f,
	const struct mc_imap_tokens *t, struct mc_error *err)
{
	size_t body = f->fetched.body;
	enum mc_rc rc;

	if (mc_imap_type(t, body) != MC_IMAP_STRING)
		return MC_OK;
	rc = start_message(f, &f->begun, err);
	if (rc == MC_OK && f->begun && mc_imap_span(t, body).n > 0)
		rc = f->reader->bytes(f->reader, mc_imap_span(t, body), err);
	return rc;
}

static MC_RC on_data(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct mc_imap_fetching *f = fetching_of(base);
	enum mc_rc rc = MC_DONE;
	uint32_t uid;
	bool begun;

	if (r->kind == MC_IMAP_DATA)
		rc = mc_imap_take_fetch(&f->fetched, &r->tokens, err);
	if (rc == MC_OK && !f->begun && f->fetched.body == 0)
		rc = MC_DONE;
	if (rc != MC_OK)
		return rc;
	uid = f->fetched.message.uid;
	if (!f->begun)
		rc = take_held(f, &r->tokens, err);
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

/* --- how a FETCH ends --------------------------------------------------- */

/* What a NO means: all that this command did not bring is asked for one by one,
 * and then it is told which one is refused. */
static MC_RC take_refusal(struct mc_imap_fetching *f,
	struct body_flight *flight, const struct mc_imap_response *r,
	struct mc_error *err)
{
	unsigned char *fate = &flight->batch->fates[flight->from];
	enum mc_rc rc;

	if (f->in && f->in->why.rc < 0)
		return MC_OK;
	rc = mc_imap_fail(f->imap, r, MC_FOLDER, err);
	if (rc != MC_EREFUSED || !f->reader->refused || err->hope != MC_NEVER)
		return rc;
	if (flight->batch->loose)
		return MC_OK;
	if (flight->n > 1)
		flight->again = true;
	if (flight->n == 1 && *fate == ASKED) {
		struct mc_error why = *err;
		uint32_t uid = flight->batch->wanted.uids[flight->from];

		*fate = OVER;
		return f->reader->refused(f->reader, uid, &why, err);
	}
	return MC_OK;
}

static void ask_again(struct mc_imap_fetching *f, struct body_flight *flight)
{
	struct mc_imap_batch *batch = flight->batch;

	for (size_t i = flight->from; i < flight->from + flight->n; i++) {
		if (batch->fates[i] != ASKED)
			continue;
		batch->fates[i] = AGAIN;
		batch->again++;
		f->again++;
	}
}

static void forget_if_over(
	struct mc_imap_fetching *f, const struct mc_imap_batch *batch)
{
	struct mc_imap_batch **at = &f->first;

	if (!mc_imap_batch_is_over(batch))
		return;
	while (*at != batch)
		at = &(*at)->behind;
	*at = batch->behind;
}

static MC_RC on_done(struct mc_imap_flight *base,
	const struct mc_imap_response *r, struct mc_error *err)
{
	struct body_flight *flight = (struct body_flight *)base;
	struct mc_imap_fetching *f = flight->f;
	struct mc_imap_batch *batch = flight->batch;
	enum mc_rc rc = MC_OK;

	if (r->word != MC_IMAP_OK)
		rc = take_refusal(f, flight, r, err);
	if (flight->again && !batch->loose)
		ask_again(f, flight);
	f->flights--;
	f->awaited -= flight->octets;
	batch->in_flight--;
	flight->batch = NULL;
	forget_if_over(f, batch);
	return rc;
}

/* --- what is asked ------------------------------------------------------ */

static int64_t weight(const struct body_flight *flight, size_t i)
{
	const struct mc_imap_wanted *wanted = &flight->batch->wanted;
	const struct mc_imap_fetching *f = flight->f;
	int64_t octets = wanted->octets ? wanted->octets[i] : -1;

	if (octets >= 0)
		return octets;
	return f->came < MEAN_OF ? GUESS : f->came_octets / f->came;
}

/* The next of the batch, as many as one command may ask for, at most `most`, as
 * a set: "3:7,9". */
static void make_set(char set[SET_MAX], struct body_flight *flight, size_t most)
{
	const struct mc_imap_wanted *wanted = &flight->batch->wanted;
	const uint32_t *uids = wanted->uids + flight->from;
	size_t n = wanted->n - flight->from;
	size_t len = 0;
	size_t i = 0;

	if (n > most)
		n = most;
	while (i < n && len < SET_MAX - 24 && flight->octets < WINDOW_OCTETS) {
		size_t first = i;

		do {
			flight->octets += weight(flight, flight->from + i);
			i++;
		} while (i < n && flight->octets < WINDOW_OCTETS &&
			 uids[i] == uids[i - 1] + 1);
		len += mc_text_format(set + len, SET_MAX - len,
			i - first > 1 ? "%s%u:%u" : "%s%u",
			first > 0 ? "," : "", uids[first], uids[i - 1]);
	}
	flight->n = i;
}

static struct body_flight *free_flight(struct mc_imap_fetching *f)
{
	size_t i = 0;

	while (f->flight[i].batch)
		i++;
	assert(i < FLIGHTS);
	return &f->flight[i];
}

/* Asks for at most `most` of the batch from `from` on; *n: for how many. */
static MC_RC launch(struct mc_imap_fetching *f, struct mc_imap_batch *batch,
	size_t from, size_t most, struct mc_error *err)
{
	struct body_flight *flight = free_flight(f);
	char command[SET_MAX + 128];
	char set[SET_MAX];
	enum mc_rc rc;

	*flight = (struct body_flight){ .f = f, .batch = batch, .from = from };
	flight->base = (struct mc_imap_flight){ .data = on_data,
		.literal = on_literal,
		.bytes = on_bytes,
		.done = on_done };
	make_set(set, flight, most);
	f->flights++;
	f->awaited += flight->octets;
	batch->in_flight++;
	mc_text_format(command, sizeof(command),
		"UID FETCH %s (%s BODY.PEEK[])", set, f->reader->items);
	rc = mc_imap_launch(
		f->imap, &flight->base, command, (struct mc_span){ 0 }, err);
	if (rc == MC_OK && batch->fates[from] == AGAIN) {
		batch->fates[from] = ASKED;
		batch->again--;
		f->again--;
	} else if (rc == MC_OK) {
		batch->next += flight->n;
	}
	return rc;
}

static struct mc_imap_batch *batch_to_ask(const struct mc_imap_fetching *f)
{
	struct mc_imap_batch *batch = f->first;

	while (batch && batch->next == batch->wanted.n)
		batch = batch->behind;
	return batch;
}

static MC_RC launch_again(struct mc_imap_fetching *f, struct mc_error *err)
{
	struct mc_imap_batch *batch = f->first;
	size_t i = 0;

	while (batch && batch->again == 0)
		batch = batch->behind;
	assert(batch);
	while (batch->fates[i] != AGAIN)
		i++;
	return launch(f, batch, i, 1, err);
}

static MC_RC launch_next(struct mc_imap_fetching *f, struct mc_error *err)
{
	struct mc_imap_batch *batch = batch_to_ask(f);

	assert(batch);
	return launch(
		f, batch, batch->next, f->imap->uid_late ? 1 : WINDOW, err);
}

/* One at a time where only the one that is asked for can be told. */
static bool may_launch(const struct mc_imap_fetching *f)
{
	if (f->again > 0 || f->imap->uid_late)
		return f->flights == 0;
	return f->flights < FLIGHTS && f->awaited < AWAITED_MAX;
}

MC_RC mc_imap_fetching_launch(struct mc_imap_fetching *f, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && !mc_imap_fetching_is_asked(f) && may_launch(f))
		rc = f->again > 0 ? launch_again(f, err) : launch_next(f, err);
	return rc;
}

bool mc_imap_fetching_is_asked(const struct mc_imap_fetching *f)
{
	return f->again == 0 && !batch_to_ask(f);
}

int64_t mc_imap_fetching_awaited(const struct mc_imap_fetching *f)
{
	return f->awaited;
}

bool mc_imap_fetching_is_idle(const struct mc_imap_fetching *f)
{
	return f->flights == 0;
}

/* --- all of it ---------------------------------------------------------- */

MC_RC mc_imap_fetching_new(struct mc_imap_fetching **out, struct mc_imap *imap,
	struct mc_imap_reader *reader, struct mc_error *err)
{
	struct mc_imap_fetching *f = calloc(1, sizeof(*f));

	*out = f;
	if (!f)
		return mc_fail_memory(err);
	f->imap = imap;
	f->reader = reader;
	mc_imap_fetched_init(&f->fetched);
	return MC_OK;
}

void mc_imap_fetching_free(struct mc_imap_fetching *f)
{
	if (!f)
		return;
	mc_imap_fetched_dispose(&f->fetched);
	free(f);
}

void mc_imap_fetching_reset(
	struct mc_imap_fetching *f, const struct mc_imap_entering *in)
{
	f->in = in;
	memset(f->flight, 0, sizeof(f->flight));
	f->first = NULL;
	f->flights = 0;
	f->awaited = 0;
	f->again = 0;
	f->begun = false;
}

void mc_imap_fetching_add(
	struct mc_imap_fetching *f, struct mc_imap_batch *batch)
{
	struct mc_imap_batch **end = &f->first;

	if (batch->loose && f->imap->uid_late)
		batch->next = batch->wanted.n;
	if (mc_imap_batch_is_over(batch))
		return;
	while (*end)
		end = &(*end)->behind;
	batch->behind = NULL;
	*end = batch;
}

MC_RC mc_imap_fetch(struct mc_imap *imap, const struct mc_imap_wanted *wanted,
	struct mc_imap_reader *reader, struct mc_error *err)
{
	struct mc_imap_batch batch = { .wanted = *wanted };
	struct mc_imap_fetching *f = NULL;
	enum mc_rc rc = mc_imap_fetching_new(&f, imap, reader, err);

	batch.fates = calloc(wanted->n + 1, 1);
	if (rc == MC_OK && !batch.fates)
		rc = mc_fail_memory(err);
	if (rc < 0)
		goto out;
	mc_imap_fetching_add(f, &batch);
	while (rc == MC_OK && !mc_imap_batch_is_over(&batch)) {
		rc = mc_imap_fetching_launch(f, err);
		if (rc == MC_OK)
			rc = mc_imap_turn(imap, err);
	}
	if (rc == MC_EREFUSED)
		mc_imap_drain(imap);
	else if (rc < 0)
		mc_imap_abort(imap);
out:
	mc_imap_fetching_free(f);
	free(batch.fates);
	return rc;
}
