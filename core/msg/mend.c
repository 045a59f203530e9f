/* SPDX-License-Identifier: MIT
 * mend:   octets -> NUL, CR -> words of the header -> lines -> to */
#include "msg/mend.h"

#include <ctype.h>

#include "base/text.h"

enum {
	/* A longer word is encoded in parts. */
	WORD_MAX = 4096,
	/* "=?unknown-8bit?Q??=" and three for each octet: 75 at most. */
	PART_MAX = 18,
	/* Behind that an encoded word begins a line. */
	FOLD_AT = 400,
};

static MC_RC on_octets(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err);

void mc_mend_init(struct mc_mend *mend, unsigned what, struct mc_sink *to)
{
	*mend = (struct mc_mend){ .sink = { on_octets },
		.to = to,
		.what = what,
		.in = MC_MEND_START };
	mc_buf_init(&mend->word, WORD_MAX);
	mc_buf_init(&mend->line, MC_MEND_LINE_MAX + 2);
}

void mc_mend_dispose(struct mc_mend *mend)
{
	mc_buf_dispose(&mend->word);
	mc_buf_dispose(&mend->line);
}

/* ---- lines ---- */

static MC_RC put_line(struct mc_mend *mend, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (mend->line.len > 0)
		rc = mend->to->put(mend->to, mc_buf_span(&mend->line), err);
	mc_buf_clear(&mend->line);
	return rc;
}

/* Where a line that is too long ends: in the header before a blank that some
 * octets stand before, else between two characters. */
static size_t break_at(const struct mc_mend *mend)
{
	const char *p = mend->line.data;
	size_t n = MC_MEND_LINE_MAX;

	for (size_t i = n; mend->in != MC_MEND_BODY && i > 1; i--)
		if ((p[i - 1] == ' ' || p[i - 1] == '\t') && p[i - 2] != ' ' &&
			p[i - 2] != '\t')
			return i - 1;
	for (size_t i = n; i > n - 4; i--)
		if (((unsigned char)p[i] & 0xC0) != 0x80)
			return i;
	return n;
}

static MC_RC break_line(struct mc_mend *mend, struct mc_error *err)
{
	size_t n = break_at(mend);
	size_t rest = mend->line.len - n;
	bool folded = mend->line.data[n] == ' ' || mend->line.data[n] == '\t';
	struct mc_span end = MC_SPAN("\r\n");
	enum mc_rc rc;

	if (mend->in != MC_MEND_BODY && !folded)
		end = MC_SPAN("\r\n ");
	rc = mend->to->put(
		mend->to, mc_span_head(mc_buf_span(&mend->line), n), err);
	if (rc == MC_OK)
		rc = mend->to->put(mend->to, end, err);
	memmove(mend->line.data, mend->line.data + n, rest);
	mend->line.len = rest;
	return rc;
}

static MC_RC put_octet(struct mc_mend *mend, char c, struct mc_error *err)
{
	bool breaks = (mend->what & MC_MEND_LINES) && c != '\r' && c != '\n';
	enum mc_rc rc = MC_OK;

	if (mend->line.len == mend->line.max)
		rc = put_line(mend, err);
	if (rc == MC_OK)
		rc = mc_buf_putc(&mend->line, c, err);
	if (rc == MC_OK && breaks && mend->line.len > MC_MEND_LINE_MAX)
		rc = break_line(mend, err);
	if (rc == MC_OK && c == '\n')
		rc = put_line(mend, err);
	return rc;
}

static MC_RC put(struct mc_mend *mend, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < s.n; i++)
		rc = put_octet(mend, s.p[i], err);
	mend->column += s.n;
	return rc;
}

/* ---- words of the header ---- */

/* RFC 2047 4.2, as strict as for a phrase. */
static MC_RC encode(struct mc_mend *mend, struct mc_span part, bool gap,
	bool utf8, struct mc_error *err)
{
	enum mc_rc rc = put(mend,
		utf8 ? MC_SPAN("=?utf-8?Q?") : MC_SPAN("=?unknown-8bit?Q?"),
		err);

	/* Blanks between two encoded words are not shown: RFC 2047 6.2. */
	if (rc == MC_OK && gap)
		rc = put(mend, MC_SPAN("_"), err);
	for (size_t i = 0; rc == MC_OK && i < part.n; i++) {
		unsigned char c = (unsigned char)part.p[i];
		char text[4];

		if (isascii(c) && (isalnum(c) || strchr("!*+-/", c)))
			mc_text_format(text, sizeof(text), "%c", c);
		else
			mc_text_format(text, sizeof(text), "=%02X", c);
		rc = put(mend, mc_span_str(text), err);
	}
	return rc == MC_OK ? put(mend, MC_SPAN("?="), err) : rc;
}

/* So many octets that no character is cut. */
static size_t part_of(struct mc_span word, bool utf8)
{
	size_t n = word.n < PART_MAX ? word.n : PART_MAX;

	while (utf8 && n > 1 && n < word.n &&
		((unsigned char)word.p[n] & 0xC0) == 0x80)
		n--;
	return n;
}

static MC_RC put_encoded(
	struct mc_mend *mend, struct mc_span word, struct mc_error *err)
{
	bool utf8 = mc_utf8_valid(word);
	bool gap = mend->encoded;
	enum mc_rc rc = MC_OK;

	if (mend->column > FOLD_AT) {
		rc = put(mend, MC_SPAN("\r\n "), err);
		mend->column = 1;
	}
	while (rc == MC_OK && word.n > 0) {
		size_t n = part_of(word, utf8);

		rc = encode(mend, mc_span_head(word, n), gap, utf8, err);
		word = mc_span_from(word, n);
		gap = false;
		if (rc == MC_OK && word.n > 0) {
			rc = put(mend, MC_SPAN("\r\n "), err);
			mend->column = 1;
		}
	}
	mend->encoded = true;
	return rc;
}

/* whole: it ends here. */
static MC_RC end_word(struct mc_mend *mend, bool whole, struct mc_error *err)
{
	struct mc_span word = mc_buf_span(&mend->word);
	enum mc_rc rc = MC_OK;

	if (word.n > 0 && (mend->split || mc_span_8bit(word))) {
		if (mend->split) {
			mend->encoded = false; /* nothing was between */
			rc = put(mend, MC_SPAN(" "), err);
		}
		if (rc == MC_OK)
			rc = put_encoded(mend, word, err);
		mend->split = !whole;
	} else if (word.n > 0) {
		rc = put(mend, word, err);
		mend->encoded = false;
	}
	if (whole)
		mend->split = false;
	mc_buf_clear(&mend->word);
	return rc;
}

static MC_RC value_octet(struct mc_mend *mend, char c, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
		if (mend->word.len == WORD_MAX)
			rc = end_word(mend, false, err);
		return rc < 0 ? rc : mc_buf_putc(&mend->word, c, err);
	}
	rc = end_word(mend, true, err);
	return rc < 0 ? rc : put(mend, (struct mc_span){ &c, 1 }, err);
}

static MC_RC name_octet(struct mc_mend *mend, char c, struct mc_error *err)
{
	if (c == ':') {
		mend->in = MC_MEND_VALUE;
		mend->encoded = false;
	} else if ((unsigned char)c >= 0x80) {
		c = '?';
	}
	return put(mend, (struct mc_span){ &c, 1 }, err);
}

/* Behind a line end in the header, or at the very start. */
static void begin_line(struct mc_mend *mend, char c)
{
	mend->column = 0;
	if (c == '\r' || c == '\n')
		mend->in = MC_MEND_BODY;
	else
		mend->in = c == ' ' || c == '\t' ? MC_MEND_VALUE : MC_MEND_NAME;
}

static MC_RC header_octet(struct mc_mend *mend, char c, struct mc_error *err)
{
	bool encodes = mend->what & MC_MEND_HEADER;
	enum mc_rc rc;

	if (mend->in == MC_MEND_START)
		begin_line(mend, c);
	if (mend->in == MC_MEND_BODY || !encodes)
		rc = put_octet(mend, c, err);
	else if (mend->in == MC_MEND_NAME)
		rc = name_octet(mend, c, err);
	else
		rc = value_octet(mend, c, err);
	if (c == '\n' && mend->in != MC_MEND_BODY)
		mend->in = MC_MEND_START;
	return rc;
}

/* ---- NUL and CR ---- */

static MC_RC clean_octet(struct mc_mend *mend, char c, struct mc_error *err)
{
	return mend->in == MC_MEND_BODY ? put_octet(mend, c, err)
					: header_octet(mend, c, err);
}

static MC_RC end_cr(struct mc_mend *mend, char next, struct mc_error *err)
{
	bool drop = (mend->what & MC_MEND_CR) && next != '\n';

	if (!mend->cr)
		return MC_OK;
	mend->cr = false;
	return drop ? MC_OK : clean_octet(mend, '\r', err);
}

static MC_RC on_octets(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct mc_mend *mend = (struct mc_mend *)(void *)sink;
	enum mc_rc rc = MC_OK;

	for (size_t i = 0; rc == MC_OK && i < bytes.n; i++) {
		char c = bytes.p[i];

		if (c == '\0' && (mend->what & MC_MEND_NUL))
			continue;
		rc = end_cr(mend, c, err);
		if (rc == MC_OK && c == '\r')
			mend->cr = true;
		else if (rc == MC_OK)
			rc = clean_octet(mend, c, err);
	}
	return rc;
}

MC_RC mc_mend_end(struct mc_mend *mend, struct mc_error *err)
{
	enum mc_rc rc = end_cr(mend, '\0', err);

	if (rc == MC_OK)
		rc = end_word(mend, true, err);
	return rc == MC_OK ? put_line(mend, err) : rc;
}
