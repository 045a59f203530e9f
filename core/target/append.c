/* SPDX-License-Identifier: MIT
 * append: letters in batches or one by one, several commands in flight. */
#include "base/text.h"
#include "net/refusal.h"
#include "target/send.h"

enum {
	/* Letters of one MULTIAPPEND: servers lock, sync and answer once a
	 * batch, and beyond a hundred nothing is gained any more. */
	BATCH_LETTERS = 100,
	/* Octets of one batch, and of what has a command for itself: a
	 * refused batch is sent again, letter by letter. */
	BATCH_OCTETS = 4 * 1024 * 1024,
	LARGE_OCTETS = 1024 * 1024,
	/* Commands in flight: two batches keep a near server busy, but the
	 * answer to each is a round trip late: eight of 100 letters are 50 ms
	 * of work for it.  Single APPENDs must fill the round trip, too. */
	BATCHES_IN_FLIGHT = 8,
	SINGLES_IN_FLIGHT = MC_FLIGHTS_MAX,
	/* Octets in flight, all together.  None of them is held here. */
	FLIGHT_OCTETS = BATCHES_IN_FLIGHT * BATCH_OCTETS,
};

MC_RC mc_send_new(struct mc_send **out, struct mc_error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out ? MC_OK : mc_fail_memory(err);
}

static void drop_flight(struct mc_flight *flight)
{
	free(flight->items);
	free(flight->uids);
	*flight = (struct mc_flight){ 0 };
}

/* Forgets whatever is on its way. */
static void drop_all(struct mc_send *send)
{
	for (size_t i = 0; i < send->flights; i++)
		drop_flight(mc_flight_at(send, i));
	send->flights = 0;
	send->octets = 0;
	send->todo_from = 0;
	send->todo_n = 0;
	send->changed = NULL;
}

void mc_send_free(struct mc_send *send)
{
	if (!send)
		return;
	drop_all(send);
	mc_scan_free(send->scan);
	mc_scan_free(send->kept);
	free(send->todo);
	free(send);
}

void mc_send_reset(struct mc_send *send)
{
	send->stopped = false;
}

static MC_RC push(struct mc_send *send, const struct mc_send_item *item,
	struct mc_error *err)
{
	if (send->todo_from > 0 && send->todo_from == send->todo_n) {
		send->todo_from = 0;
		send->todo_n = 0;
	}
	if (send->todo_n == send->todo_cap) {
		size_t cap = send->todo_cap ? send->todo_cap * 2 : 64;
		struct mc_send_item *todo =
			realloc(send->todo, cap * sizeof(*todo));

		if (!todo)
			return mc_fail_memory(err);
		send->todo = todo;
		send->todo_cap = cap;
	}
	send->todo[send->todo_n++] = *item;
	return MC_OK;
}

static MC_RC tell_sent(const struct mc_flight *flight, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < flight->n && rc >= 0; i++) {
		const struct mc_send_item *item = &flight->items[i];
		char change[MC_LADDER_TEXT];
		struct mc_fate fate = { .id = item->letter->id,
			.sent = true,
			.change = mc_ladder_text(item->drop, change),
			.sent_sha256 = item->sent_sha256 };

		if (flight->uids) {
			fate.uidvalidity = flight->uidvalidity;
			fate.uid = flight->uids[i];
		}
		rc = item->courier->fate(item->courier, &fate, err);
	}
	return rc;
}

static MC_RC tell_refused(const struct mc_send_item *items, size_t n,
	const struct mc_error *why, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct mc_fate fate = { .id = items[i].letter->id, .why = why };

		rc = items[i].courier->fate(items[i].courier, &fate, err);
	}
	return rc;
}

/* A step: what is refused was changed, or will be. */
static MC_RC tell_tried(const struct mc_send_item *item, unsigned next,
	const struct mc_error *why, struct mc_error *err)
{
	char change[MC_LADDER_TEXT];
	const struct mc_tried tried = { .id = item->letter->id,
		.change = mc_ladder_text(item->drop, change),
		.sent_sha256 = item->sent_sha256,
		.why = why };

	if (next == 0 && item->drop == 0)
		return MC_OK;
	return item->courier->tried(item->courier, &tried, err);
}

static MC_RC retry_alone(struct mc_send *send, const struct mc_flight *flight,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < flight->n && rc == MC_OK; i++) {
		struct mc_send_item item = flight->items[i];

		item.alone = true;
		rc = push(send, &item, err);
	}
	return rc;
}

static MC_RC on_no(struct mc_target *target, const struct mc_flight *flight,
	struct mc_error *err)
{
	struct mc_send *send = target->send;
	struct mc_error why = flight->why;
	struct mc_send_item item = flight->items[0];
	unsigned drop;
	enum mc_rc rc;

	if (mc_refusal_is_general(&why)) {
		why.scope = MC_FOLDER;
		send->stopped = true;
		send->stop = why;
		return tell_refused(flight->items, flight->n, &why, err);
	}
	if (flight->n > 1)
		return retry_alone(send, flight, err);
	drop = mc_ladder_next(target, &item, &why);
	rc = tell_tried(&item, drop, &why, err);
	if (rc < 0)
		return rc;
	if (drop == 0)
		return tell_refused(&item, 1, &why, err);
	item.drop |= drop;
	item.alone = true;
	rc = mc_letter_change(target, &item, err);
	return rc == MC_OK ? push(send, &item, err) : rc;
}

/* Takes the oldest flight off the queue, whoever frees its items. */
static struct mc_flight take_oldest(struct mc_send *send)
{
	struct mc_flight flight = *mc_flight_at(send, 0);

	send->octets -= flight.octets;
	*mc_flight_at(send, 0) = (struct mc_flight){ 0 };
	send->flight_from = (send->flight_from + 1) % MC_FLIGHTS_MAX;
	send->flights--;
	return flight;
}

/* Tells the fates of the oldest flights, as far as they are answered. */
static MC_RC deliver(struct mc_target *target, struct mc_error *err)
{
	struct mc_send *send = target->send;
	enum mc_rc rc = MC_OK;

	while (rc >= 0 && send->flights > 0 &&
		mc_flight_at(send, 0)->answered) {
		struct mc_flight flight = take_oldest(send);

		rc = flight.word == MC_IMAP_OK ? tell_sent(&flight, err)
					       : on_no(target, &flight, err);
		drop_flight(&flight);
	}
	return rc < 0 ? rc : MC_OK;
}

static bool is_alone(struct mc_send *send, const struct mc_flight *flight)
{
	for (size_t i = 0; i < send->flights; i++) {
		const struct mc_flight *other = mc_flight_at(send, i);

		if (other != flight && !other->answered)
			return false;
	}
	return true;
}

/* One that was answered when the connection went: BAD ends it, but what it
 * answers is refused. */
static MC_RC tell_certain(const struct mc_target *target,
	struct mc_flight *flight, struct mc_error *err)
{
	const struct mc_send_item *item = &flight->items[0];
	struct mc_error *why = &flight->why;
	struct mc_fate fate = { .id = item->letter->id,
		.why = why,
		.bad = flight->word == MC_IMAP_BAD };
	unsigned drop;

	if (flight->n > 1 || mc_refusal_is_general(why))
		return MC_OK;
	/* Of several it may be another that put the server out. */
	if (fate.bad && !is_alone(target->send, flight))
		return MC_OK;
	drop = mc_ladder_next(target, item, why);
	if (drop && !fate.bad)
		return MC_OK;
	why->rc = MC_EREFUSED;
	why->scope = MC_MESSAGE;
	why->hope = drop ? MC_AGAIN : MC_NEVER;
	fate.drop = drop ? drop | item->drop : 0;
	if (tell_tried(item, drop, why, err) < 0)
		return err->rc;
	return item->courier->fate(item->courier, &fate, err);
}

/* The connection is gone: tells what is certain all the same. */
static void deliver_certain(struct mc_target *target)
{
	struct mc_send *send = target->send;
	struct mc_error ignored;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < send->flights && rc >= 0; i++) {
		struct mc_flight *flight = mc_flight_at(send, i);

		if (!flight->answered)
			continue;
		rc = flight->word == MC_IMAP_OK
			     ? tell_sent(flight, &ignored)
			     : tell_certain(target, flight, &ignored);
	}
}

/* Letters that are to be the next command: *n from todo_from on. */
static int64_t next_group(const struct mc_target *target, size_t *n)
{
	const struct mc_send *send = target->send;
	const struct mc_send_item *item = &send->todo[send->todo_from];
	size_t most;
	int64_t most_octets;
	int64_t octets = mc_send_item_octets(item);

	mc_target_batch(target, &most, &most_octets);
	*n = 1;
	if (!mc_imap_can(target->imap, "MULTIAPPEND") || item->alone ||
		octets > LARGE_OCTETS)
		return octets;
	while (*n < most && send->todo_from + *n < send->todo_n) {
		int64_t more = mc_send_item_octets(++item);

		if (item->alone || more > LARGE_OCTETS ||
			octets + more > most_octets)
			break;
		octets += more;
		++*n;
	}
	return octets;
}

static bool may_fly(const struct mc_target *target, size_t n, int64_t octets)
{
	const struct mc_send *send = target->send;
	size_t most = n > 1 ? BATCHES_IN_FLIGHT : SINGLES_IN_FLIGHT;

	if (send->flights == 0)
		return true;
	/* Its name goes as a literal, whose "+" must not be mistaken. */
	if (mc_span_8bit(mc_buf_span(&target->selected.wire)))
		return false;
	return send->flights < most && send->octets + octets <= FLIGHT_OCTETS;
}

/* Of what was told in a burst at once: each note is a wait for the disk. */
static MC_RC note_changes(struct mc_send *send, struct mc_error *err)
{
	struct mc_courier *courier = send->changed;

	send->changed = NULL;
	return courier ? courier->note(courier, err) : MC_OK;
}

static MC_RC fly(struct mc_target *target, size_t n, int64_t octets,
	struct mc_error *err)
{
	struct mc_send *send = target->send;
	struct mc_flight *flight = mc_flight_at(send, send->flights);
	enum mc_rc rc = note_changes(send, err);

	if (rc < 0)
		return rc;
	*flight = (struct mc_flight){ .n = n, .octets = octets };
	flight->items = calloc(n, sizeof(*flight->items));
	if (!flight->items)
		return mc_fail_memory(err);
	memcpy(flight->items, send->todo + send->todo_from,
		n * sizeof(*flight->items));
	send->todo_from += n;
	send->flights++;
	send->octets += octets;
	rc = mc_flight_write(target, flight, err);
	if (rc == MC_OK && flight->n == 0) {
		send->octets -= flight->octets;
		send->flights--;
		drop_flight(flight);
	}
	return rc;
}

/* One step: what is next flies, or an answer is waited for. */
static MC_RC advance(struct mc_target *target, struct mc_error *err)
{
	struct mc_send *send = target->send;
	const struct mc_imap_response *r;
	enum mc_rc rc;

	if (send->todo_from < send->todo_n) {
		size_t n;
		int64_t octets = next_group(target, &n);

		if (may_fly(target, n, octets))
			return fly(target, n, octets, err);
	}
	rc = mc_imap_flush(target->imap, err);
	if (rc < 0)
		return rc;
	return mc_send_collect(target, &r, err);
}

static MC_RC refuse_rest(struct mc_send *send, struct mc_error *err)
{
	size_t from = send->todo_from;

	if (!send->stopped)
		return MC_OK;
	send->todo_from = send->todo_n;
	return tell_refused(
		send->todo + from, send->todo_n - from, &send->stop, err);
}

/* A write failed: answers that came before are heard, and the last words. */
static void hear_out(struct mc_target *target, struct mc_error *err)
{
	const struct mc_imap_response *r;
	struct mc_error last;

	if (mc_imap_said_bye(target->imap))
		return;
	while (mc_send_collect(target, &r, &last) == MC_OK)
		;
	if (mc_imap_said_bye(target->imap))
		*err = last;
}

/* Until all letters are on their way, or (all) have met their fate. */
static MC_RC run(struct mc_target *target, bool all, struct mc_error *err)
{
	struct mc_send *send = target->send;
	enum mc_rc rc;

	for (;;) {
		rc = deliver(target, err);
		if (rc == MC_OK)
			rc = refuse_rest(send, err);
		if (rc < 0)
			break;
		if (send->todo_from == send->todo_n &&
			(!all || send->flights == 0))
			break;
		rc = advance(target, err);
		if (rc < 0)
			break;
	}
	if (rc == MC_OK && send->flights > 0)
		rc = mc_imap_flush(target->imap, err);
	if (rc < 0) {
		if (rc == MC_ENET)
			hear_out(target, err);
		/* Half a command may have been sent: nothing can follow. */
		mc_imap_abort(target->imap);
		deliver_certain(target);
		drop_all(send);
	}
	return rc < 0 ? err->rc : MC_OK;
}

void mc_target_batch(
	const struct mc_target *target, size_t *letters, int64_t *octets)
{
	struct mc_span told = mc_imap_can_value(target->imap, "MESSAGELIMIT");
	int64_t limit;

	*letters = BATCH_LETTERS;
	*octets = BATCH_OCTETS;
	if (mc_text_decimal(told, INT32_MAX, &limit) && limit > 0 &&
		limit < BATCH_LETTERS)
		*letters = (size_t)limit;
}

/* RFC 7889: refused before an octet of it is spent. */
static MC_RC refuse_big(const struct mc_target *target,
	const struct mc_send_item *item, struct mc_error *err)
{
	char have[MC_NUMBER_TEXT];
	char most[MC_NUMBER_TEXT];
	struct mc_error why;

	(void)mc_fail(&why, MC_EREFUSED, MC_MESSAGE, 0,
		"%s octets, the server takes no more than %s",
		mc_text_number(have, mc_send_item_octets(item)),
		mc_text_number(most, target->selected.limit));
	mc_text_format(why.code, sizeof(why.code), "TOOBIG");
	return tell_refused(item, 1, &why, err);
}

static MC_RC take_letter(struct mc_target *target, struct mc_send_item *item,
	struct mc_error *err)
{
	int64_t limit = target->selected.limit;
	enum mc_rc rc = MC_OK;

	item->drop = mc_ladder_first(target, item);
	if (item->drop)
		rc = mc_letter_change(target, item, err);
	if (rc != MC_OK)
		return rc;
	if (limit >= 0 && mc_send_item_octets(item) > limit)
		return refuse_big(target, item, err);
	return push(target->send, item, err);
}

static MC_RC take_letters(struct mc_target *target,
	const struct mc_letter *letters, size_t n, struct mc_courier *courier,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct mc_send_item item = { .letter = &letters[i],
			.courier = courier };

		rc = take_letter(target, &item, err);
	}
	return rc < 0 ? rc : MC_OK;
}

/* A link that turns out to be slow carries the rest packed; what is on its way
 * must have arrived before. */
static MC_RC consider_packing(struct mc_target *target, struct mc_error *err)
{
	enum mc_rc rc;

	if (target->compress != MC_COMPRESS_AUTO ||
		!mc_imap_can_compress(target->imap) ||
		!mc_imap_is_slow(target->imap))
		return MC_OK;
	rc = mc_target_settle(target, err);
	return rc == MC_OK ? mc_imap_compress(target->imap, err) : rc;
}

MC_RC mc_target_send(struct mc_target *target, const struct mc_letter *letters,
	size_t n, struct mc_courier *courier, struct mc_error *err)
{
	struct mc_send *send = target->send;
	enum mc_rc rc;

	if (target->selected.wire.len == 0)
		return mc_fail(err, MC_EUSAGE, MC_SESSION, 0,
			"no mailbox is selected");
	rc = consider_packing(target, err);
	if (rc < 0)
		return rc;
	if (send->flights == 0)
		send->stopped = false;
	if (target->selected.view) {
		send->stopped = true;
		(void)mc_fail(&send->stop, MC_EREFUSED, MC_FOLDER, 0,
			"the mailbox is a view of others: nothing is put there");
	}
	rc = take_letters(target, letters, n, courier, err);
	if (rc < 0) {
		mc_imap_abort(target->imap);
		drop_all(send);
		return rc;
	}
	return run(target, false, err);
}

void mc_target_stop(struct mc_target *target, const struct mc_error *why)
{
	struct mc_send *send = target->send;

	if (!send->stopped)
		send->stop = *why;
	send->stopped = true;
}

MC_RC mc_target_settle(struct mc_target *target, struct mc_error *err)
{
	return run(target, true, err);
}
