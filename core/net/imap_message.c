/* SPDX-License-Identifier: MIT */
#include "net/imap_message.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

void mc_imap_fetched_init(struct mc_imap_fetched *f)
{
	*f = (struct mc_imap_fetched){ 0 };
	mc_buf_init(&f->flags, MC_RESPONSE_MAX);
	mc_buf_init(&f->labels, MC_RESPONSE_MAX);
}

void mc_imap_fetched_dispose(struct mc_imap_fetched *f)
{
	mc_buf_dispose(&f->flags);
	mc_buf_dispose(&f->labels);
}

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

static MC_RC take_words(struct mc_buf *words, struct mc_span *out,
	const struct mc_imap_tokens *t, size_t i, struct mc_error *err)
{
	enum mc_rc rc;

	mc_buf_clear(words);
	rc = mc_imap_words(t, i, words, err);
	*out = mc_buf_span(words);
	return rc;
}

/* One item and its value at i + 1. */
static MC_RC take_item(struct mc_imap_fetched *f,
	const struct mc_imap_tokens *t, size_t i, struct mc_error *err)
{
	struct mc_imap_message *m = &f->message;
	struct mc_span value = mc_imap_span(t, i + 1);
	int64_t number;

	if (mc_imap_is(t, i, "UID")) {
		if (mc_imap_number(t, i + 1, UINT32_MAX, &number))
			m->uid = (uint32_t)number;
	} else if (mc_imap_is(t, i, "RFC822.SIZE")) {
		if (mc_imap_number(t, i + 1, INT64_MAX, &number))
			m->octets = number;
	} else if (mc_imap_is(t, i, "INTERNALDATE")) {
		m->dated = true;
		if (!take_date(value, &m->internaldate))
			m->internaldate = MC_NO_TIME;
	} else if (mc_imap_is(t, i, "FLAGS")) {
		m->flagged = true;
		return take_words(&f->flags, &m->flags, t, i + 1, err);
	} else if (mc_imap_is(t, i, "X-GM-LABELS")) {
		return take_words(&f->labels, &m->labels, t, i + 1, err);
	} else if (mc_imap_is(t, i, "BODY[]")) {
		f->body = i + 1;
	} else if (mc_span_istarts(
			   mc_imap_span(t, i), MC_SPAN("BODY[HEADER"))) {
		m->header = mc_imap_is_nil(t, i + 1) ? MC_SPAN("") : value;
	}
	return MC_OK;
}

MC_RC mc_imap_take_fetch(struct mc_imap_fetched *f,
	const struct mc_imap_tokens *t, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	f->body = 0;
	f->message = (struct mc_imap_message){ .octets = -1,
		.internaldate = MC_NO_TIME };
	if (!mc_imap_is(t, 1, "FETCH") || mc_imap_type(t, 2) != MC_IMAP_OPEN)
		return MC_DONE;
	for (size_t i = 3; rc == MC_OK && mc_imap_type(t, i) == MC_IMAP_ATOM;
		i = mc_imap_behind(t, i + 1))
		rc = take_item(f, t, i, err);
	return rc;
}
