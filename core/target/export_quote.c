/* SPDX-License-Identifier: MIT */
#include "target/export_quote.h"

#include "base/limits.h"
#include "msg/dress.h"

static const struct mc_span from_word = { "From ", 5 };

static MC_RC put_quote(
	struct mc_sink *sink, struct mc_span octets, struct mc_error *err);

void mc_export_quote_begin(struct mc_export_quote *quote,
	enum mc_export_quoting how, struct mc_sink *to)
{
	*quote = (struct mc_export_quote){ .sink = { put_quote },
		.to = to,
		.how = how,
		.eol = '\n',
		.exception = UINT64_MAX };
}

static void next_exception(struct mc_export_quote *quote)
{
	if (!mc_varint_get(&quote->except, &quote->exception))
		quote->exception = UINT64_MAX;
}

void mc_export_quote_as(
	struct mc_export_quote *quote, struct mc_span record, char eol)
{
	quote->eol = eol;
	quote->how = MC_EXPORT_QUOTE_NONE;
	if (record.n == 0 || record.p[0] == 'n')
		return;
	quote->how = MC_EXPORT_QUOTE_AS;
	quote->except = mc_span_from(record, 1);
	next_exception(quote);
}

static MC_RC hand_on(struct mc_export_quote *quote, struct mc_span octets,
	struct mc_error *err)
{
	return octets.n > 0 ? quote->to->put(quote->to, octets, err) : MC_OK;
}

/* The line at hand matches ^>*From_ : is it quoted? */
static bool is_quoted(struct mc_export_quote *quote)
{
	uint64_t ordinal = quote->ordinal++;

	switch (quote->how) {
	case MC_EXPORT_QUOTE_RD:
		return true;
	case MC_EXPORT_QUOTE_O:
		quote->doubtful += quote->marks == 1;
		return quote->marks == 0;
	case MC_EXPORT_QUOTE_AS:
		if (ordinal != quote->exception)
			return true;
		next_exception(quote);
		return false;
	case MC_EXPORT_QUOTE_NONE:
		break;
	}
	return false;
}

/* What was held back of the line's start. */
static MC_RC release(struct mc_export_quote *quote, struct mc_error *err)
{
	static const char marks[] = ">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>";
	size_t left = quote->marks;
	struct mc_span letters = mc_span_head(from_word, quote->letters);
	enum mc_rc rc = MC_OK;

	/* As many marks as readers look at. */
	if (letters.n == from_word.n && left <= MC_FIELD_MAX)
		left += is_quoted(quote);
	while (rc == MC_OK && left > 0) {
		struct mc_span some = { marks, sizeof(marks) - 1 };

		some = mc_span_head(some, left);
		left -= some.n;
		rc = hand_on(quote, some, err);
	}
	quote->marks = 0;
	quote->letters = 0;
	return rc < 0 ? rc : hand_on(quote, letters, err);
}

/* Takes one octet of a line's start.  False: it is none of '>'*, "From ", and
 * still to be handed on. */
static bool begins(struct mc_export_quote *quote, char octet)
{
	if (octet == '>' && quote->letters == 0) {
		quote->marks++;
		return true;
	}
	if (octet != from_word.p[quote->letters])
		return false;
	quote->letters++;
	return true;
}

static MC_RC put_quote(
	struct mc_sink *sink, struct mc_span octets, struct mc_error *err)
{
	struct mc_export_quote *quote = (struct mc_export_quote *)(void *)sink;
	size_t done = 0; /* handed on, or held back */
	size_t at = 0;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && at < octets.n) {
		if (quote->inside) {
			at += mc_span_index(
				mc_span_from(octets, at), quote->eol);
			quote->inside = at == octets.n;
			at += at < octets.n;
			continue;
		}
		if (begins(quote, octets.p[at])) {
			rc = hand_on(quote,
				mc_span_from(mc_span_head(octets, at), done),
				err);
			done = ++at;
			if (quote->letters < from_word.n)
				continue;
		}
		/* What is at `at` may be the line's end. */
		quote->inside = true;
		if (rc == MC_OK)
			rc = release(quote, err);
	}
	return rc < 0 ? rc : hand_on(quote, mc_span_from(octets, done), err);
}

MC_RC mc_export_quote_end(struct mc_export_quote *quote, struct mc_error *err)
{
	return quote->inside ? MC_OK : release(quote, err);
}
