/* SPDX-License-Identifier: MIT
 * letter: one message as a part of APPEND; RFC 9051 6.3.12, 7888, 3502, 3516.
 *
 * Every octet outside the literal is ours and checked: a server that finds a
 * command bad would take the literal behind it for commands.
 */
#include "base/clock.h"
#include "msg/shape.h"
#include "target/send.h"

/* Beyond this a literal is not sent unasked to a server that did not tell how
 * large one may be: refusing it costs the connection.  But where one was taken,
 * others up to twice as large will not be refused for that. */
enum { UNASKED_MAX = 1024 * 1024 };

/* RFC 7888 5. */
enum { LITERAL_MINUS_MAX = 4096 };

/* INTERNALDATE that every server can hold: 1970 to 2105, 32 bits. */
static const int64_t date_max = UINT32_MAX;

static struct mc_span missing_end(const struct mc_letter *letter)
{
	return mc_shape_tail(letter->shape, letter->octets);
}

int64_t mc_send_item_octets(const struct mc_send_item *item)
{
	if (item->drop & MC_MEND_ALL)
		return item->mended;
	return item->letter->octets + (int64_t)missing_end(item->letter).n;
}

static MC_RC put_date(struct mc_buf *head, int64_t time, struct mc_error *err)
{
	struct mc_civil c;

	if (time == MC_NO_TIME)
		return MC_OK;
	c = mc_clock_to_civil(time < 0 ? 0 : time > date_max ? date_max : time);
	return mc_buf_printf(head, err,
		"\"%02d-%s-%04d %02d:%02d:%02d +0000\" ", c.day,
		mc_clock_months[c.month - 1], c.year, c.hour, c.minute,
		c.second);
}

/* Streams one letter's octets into its literal. */
struct writer {
	struct mc_sink base;
	struct mc_target *target;
	struct mc_flight *flight;
	struct mc_send_item *item;
	int64_t left; /* of the octets announced */
	bool started; /* the literal is announced */
};

static bool goes_unasked(const struct mc_target *target, int64_t octets)
{
	if (mc_imap_can(target->imap, "LITERAL+"))
		return octets <= UNASKED_MAX || target->selected.limit >= 0 ||
		       octets / 2 <= target->selected.took;
	return mc_imap_can(target->imap, "LITERAL-") &&
	       octets <= LITERAL_MINUS_MAX;
}

/* Waits for "+"; answers to earlier commands may come first. */
static MC_RC wait_go(struct writer *w, struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc = mc_imap_flush(w->target->imap, err);

	while (rc == MC_OK) {
		rc = mc_send_collect(w->target, &r, err);
		if (rc < 0 || r->kind == MC_IMAP_CONTINUE)
			return rc;
		if (w->flight->answered) {
			w->flight->cut = true;
			*err = w->flight->why;
			return err->rc;
		}
	}
	return rc;
}

/* "tag APPEND mailbox", once a flight. */
static MC_RC begin(struct writer *w, struct mc_error *err)
{
	struct mc_imap *imap = w->target->imap;
	enum mc_rc rc;

	if (w->flight->tag != 0)
		return MC_OK;
	rc = mc_imap_begin(imap, &w->flight->tag, "APPEND ", err);
	if (rc < 0)
		return rc;
	return mc_imap_put_astring(
		imap, mc_buf_span(&w->target->selected.wire), err);
}

/* " (flags) "date" {n+}". */
static MC_RC put_head(struct writer *w, bool unasked, struct mc_error *err)
{
	bool binary = (w->item->letter->shape & MC_SHAPE_NUL) &&
		      !(w->item->drop & MC_MEND_NUL) &&
		      mc_imap_can(w->target->imap, "BINARY");
	struct mc_buf head;
	enum mc_rc rc;

	mc_buf_init(&head, MC_REPLY_LINE_MAX);
	rc = mc_buf_putc(&head, ' ', err);
	if (rc == MC_OK)
		rc = mc_flags_put(&head, w->target, w->item->letter->flags,
			w->item->letter->keywords, w->item->drop, err);
	if (rc == MC_OK)
		rc = mc_buf_putc(&head, ' ', err);
	if (rc == MC_OK && !(w->item->drop & MC_DROP_DATE))
		rc = put_date(&head, w->item->letter->internaldate, err);
	if (rc == MC_OK)
		rc = mc_buf_printf(&head, err, "%s{%lld%s}\r\n",
			binary ? "~" : "", (long long)w->left,
			unasked ? "+" : "");
	if (rc == MC_OK)
		rc = mc_imap_put_bytes(
			w->target->imap, mc_buf_span(&head), err);
	mc_buf_dispose(&head);
	return rc;
}

static MC_RC start(struct writer *w, struct mc_error *err)
{
	bool unasked = goes_unasked(w->target, w->left);
	enum mc_rc rc;

	w->started = true;
	rc = begin(w, err);
	if (rc == MC_OK)
		rc = put_head(w, unasked, err);
	if (rc == MC_OK && !unasked)
		rc = wait_go(w, err);
	if (rc == MC_OK && w->left > w->target->selected.took && !unasked)
		w->target->selected.took = w->left;
	return rc;
}

/* Replies that came meanwhile: BYE ends a long literal early. */
static MC_RC look_up(struct writer *w, struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && mc_imap_readable(w->target->imap))
		rc = mc_send_collect(w->target, &r, err);
	return rc;
}

static MC_RC wrong_count(const struct writer *w, struct mc_error *err)
{
	return mc_fail(err, MC_EDB, MC_MESSAGE, 0,
		"message %lld has not the %lld octets that are noted of it",
		(long long)w->item->letter->id,
		(long long)w->item->letter->octets);
}

static MC_RC put_octets(
	struct writer *w, struct mc_span bytes, struct mc_error *err)
{
	if ((int64_t)bytes.n > w->left)
		return wrong_count(w, err);
	w->left -= (int64_t)bytes.n;
	return mc_imap_put_body(w->target->imap, bytes, err);
}

static MC_RC on_bytes(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct writer *w = (struct writer *)sink;
	enum mc_rc rc = MC_OK;

	if (!w->started)
		rc = start(w, err);
	if (rc == MC_OK)
		rc = put_octets(w, bytes, err);
	return rc < 0 ? rc : look_up(w, err);
}

/* The letter's octets, mended if that is asked for, and what any server needs
 * behind them. */
static MC_RC stream(const struct mc_send_item *item, struct mc_sink *to,
	struct mc_error *err)
{
	struct mc_courier *courier = item->courier;
	int64_t id = item->letter->id;
	struct mc_span tail = missing_end(item->letter);
	struct mc_mend mend;
	enum mc_rc rc;

	if (!(item->drop & MC_MEND_ALL)) {
		rc = courier->open(courier, id, to, err);
		return rc == MC_OK && tail.n > 0 ? to->put(to, tail, err) : rc;
	}
	mc_mend_init(&mend, item->drop & MC_MEND_ALL, to);
	rc = courier->open(courier, id, &mend.sink, err);
	if (rc == MC_OK)
		rc = mend.sink.put(&mend.sink, tail, err);
	if (rc == MC_OK)
		rc = mc_mend_end(&mend, err);
	mc_mend_dispose(&mend);
	return rc;
}

static MC_RC end(struct writer *w, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (!w->started)
		rc = start(w, err);
	if (rc == MC_OK && w->left != 0)
		rc = wrong_count(w, err);
	return rc;
}

/* MC_DONE: it could not be read, nothing of it was written. */
static MC_RC write_letter(struct mc_target *target, struct mc_flight *flight,
	struct mc_send_item *item, struct mc_error *err)
{
	struct writer w = { { on_bytes }, target, flight, item,
		mc_send_item_octets(item), false };
	enum mc_rc rc = stream(item, &w.base, err);

	if (rc < 0 && !w.started && err->scope == MC_MESSAGE)
		return MC_DONE;
	if (rc == MC_OK)
		rc = end(&w, err);
	return rc;
}

static MC_RC tell_unreadable(const struct mc_send_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct mc_fate fate = { .id = item->letter->id, .why = why };

	return item->courier->fate(item->courier, &fate, err);
}

/* What is put goes to both. */
struct fork {
	struct mc_sink base;
	struct mc_sink *to[2];
};

static MC_RC on_forked(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct fork *fork = (struct fork *)sink;
	enum mc_rc rc = fork->to[0]->put(fork->to[0], bytes, err);

	return rc == MC_OK ? fork->to[1]->put(fork->to[1], bytes, err) : rc;
}

static MC_RC begin_scan(struct mc_scan **scan, struct mc_scan_sink *scanner,
	struct mc_error *err)
{
	enum mc_rc rc = *scan ? MC_OK : mc_scan_new(scan, err);

	*scanner = mc_scan_sink(*scan);
	return rc == MC_OK ? mc_scan_begin(*scan, MC_STORE_WIRE, NULL, err)
			   : rc;
}

/* As a look at the server would see it. */
static MC_RC scan(struct mc_send *send, const struct mc_send_item *item,
	struct mc_facts *facts, struct mc_error *err)
{
	struct mc_scan_sink scanner;
	enum mc_rc rc = begin_scan(&send->scan, &scanner, err);

	if (rc == MC_OK)
		rc = stream(item, &scanner.sink, err);
	return rc == MC_OK ? mc_scan_end(send->scan, facts, err) : rc;
}

static bool has_bare_cr(const struct mc_send_item *item)
{
	return (item->letter->shape & MC_SHAPE_BARE_CR) &&
	       !(item->drop & MC_MEND_CR);
}

/* Also as it would be at a server that drops a CR alone: behind the change, for
 * one that is in an encoded word stays. */
static MC_RC scan_both(struct mc_send *send, const struct mc_send_item *item,
	struct mc_facts *facts, struct mc_facts *kept, struct mc_error *err)
{
	struct mc_scan_sink sent;
	struct mc_scan_sink left;
	struct mc_mend mend;
	struct fork fork = { { on_forked }, { &sent.sink, &mend.sink } };
	enum mc_rc rc = begin_scan(&send->scan, &sent, err);

	if (rc == MC_OK)
		rc = begin_scan(&send->kept, &left, err);
	if (rc < 0)
		return rc;
	mc_mend_init(&mend, MC_MEND_CR, &left.sink);
	rc = stream(item, &fork.base, err);
	if (rc == MC_OK)
		rc = mc_mend_end(&mend, err);
	mc_mend_dispose(&mend);
	if (rc == MC_OK)
		rc = mc_scan_end(send->scan, facts, err);
	return rc == MC_OK ? mc_scan_end(send->kept, kept, err) : rc;
}

MC_RC mc_letter_change(struct mc_target *target, struct mc_send_item *item,
	struct mc_error *err)
{
	char text[MC_LADDER_TEXT];
	bool bare_cr = has_bare_cr(item);
	struct mc_facts facts = { 0 };
	struct mc_facts kept = { 0 };
	const struct mc_change change = { item->letter->id,
		mc_ladder_text(item->drop, text), &facts,
		bare_cr ? &kept : NULL };
	struct mc_error why;
	enum mc_rc rc =
		bare_cr ? scan_both(target->send, item, &facts, &kept, err)
			: scan(target->send, item, &facts, err);

	if (rc < 0 && err->scope == MC_MESSAGE) {
		why = *err;
		rc = tell_unreadable(item, &why, err);
		return rc < 0 ? rc : MC_DONE;
	}
	if (rc < 0)
		return rc;
	item->mended = facts.raw_octets;
	item->sent_sha256 = facts.raw_sha256;
	target->send->changed = item->courier;
	return item->courier->change(item->courier, &change, err);
}

MC_RC mc_flight_write(struct mc_target *target, struct mc_flight *flight,
	struct mc_error *err)
{
	struct mc_error why;
	enum mc_rc rc = MC_OK;
	size_t kept = 0;

	for (size_t i = 0; i < flight->n && rc == MC_OK; i++) {
		struct mc_send_item item = flight->items[i];

		if (!flight->cut)
			rc = write_letter(target, flight, &item, err);
		flight->items[kept] = item;
		if (rc == MC_DONE) {
			why = *err;
			rc = tell_unreadable(&item, &why, err);
			continue;
		}
		kept++;
		/* Refused in place of "+": the rest shares its fate. */
		if (rc < 0 && flight->cut)
			rc = MC_OK;
	}
	if (rc < 0)
		return rc;
	flight->n = kept;
	if (flight->cut || flight->tag == 0)
		return MC_OK;
	flight->whole = true;
	return mc_imap_put_bytes(target->imap, MC_SPAN("\r\n"), err);
}
