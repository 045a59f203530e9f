/* SPDX-License-Identifier: MIT */
#include "net/imf.h"

#include <assert.h>
#include <libetpan/charconv.h>
#include <libetpan/mailimf.h>
#include <libetpan/mailmime_content.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

/* A date with its day's name and comments. */
enum { DATE_MAX = 512 };

/* Copies value without comments, on which libetpan's parser recurses, and
 * blanks and folding as SP; returns the length. */
static size_t without_comments(char *to, struct mc_span value)
{
	size_t depth = 0;
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == '\\' && depth > 0)
			i++;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0)
			to[n++] = (char)((unsigned char)c < ' ' ? ' ' : c);
	}
	return n;
}

/* The zone name that ends the value; libetpan takes those of Europe and Asia
 * for UTC. */
static bool named_zone(struct mc_span value, int *minutes)
{
	struct mc_span s = mc_span_trim(value);
	size_t at;

	for (at = s.n; at > 0 && s.p[at - 1] != ' ';)
		at--;
	return mc_clock_zone(mc_span_from(s, at), minutes);
}

bool mc_imf_date(struct mc_span value, int64_t *out)
{
	struct mailimf_date_time *dt = NULL;
	struct mc_civil civil;
	char copy[DATE_MAX];
	size_t at = 0;
	int zone;

	if (value.n == 0 || value.n > sizeof(copy))
		return false;
	value = (struct mc_span){ copy, without_comments(copy, value) };
	if (mailimf_date_time_parse(value.p, value.n, &at, &dt) !=
		MAILIMF_NO_ERROR)
		return false;
	zone = dt->dt_zone; /* hhmm, with a sign */
	civil = (struct mc_civil){
		.year = mc_clock_year(dt->dt_year),
		.month = dt->dt_month,
		.day = dt->dt_day,
		.hour = dt->dt_hour,
		.minute = dt->dt_min,
		.second = dt->dt_sec,
		.offset_minutes = zone / 100 * 60 + zone % 100,
	};
	mailimf_date_time_free(dt);
	(void)named_zone(value, &civil.offset_minutes);
	return mc_clock_from_civil(&civil, out);
}

static size_t blanks(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && strchr(" \t\r\n", s.p[n]))
		n++;
	return n;
}

/* Appends one character unless it is a control; blanks of any kind become one
 * SP, none at the start. */
static MC_RC put_char(
	struct mc_buf *out, struct mc_span c, struct mc_error *err)
{
	unsigned char first = (unsigned char)c.p[0];

	if (blanks(c) > 0) {
		if (out->len == 0 || out->data[out->len - 1] == ' ')
			return MC_OK;
		return mc_buf_putc(out, ' ', err);
	}
	if (first < 0x20 || first == 0x7F)
		return MC_OK;
	if (c.n == 2 && first == 0xC2 && (unsigned char)c.p[1] < 0xA0)
		return MC_OK;
	return mc_buf_put(out, c, err);
}

static MC_RC put_code(struct mc_buf *out, unsigned code, struct mc_error *err)
{
	char utf8[3] = {
		(char)(0xE0 | code >> 12),
		(char)(0x80 | (code >> 6 & 0x3F)),
		(char)(0x80 | (code & 0x3F)),
	};

	if (code < 0x800) {
		utf8[1] = (char)(0xC0 | code >> 6);
		return put_char(out, (struct mc_span){ utf8 + 1, 2 }, err);
	}
	return put_char(out, (struct mc_span){ utf8, 3 }, err);
}

/* What Windows-1252 has where ISO 8859-1 has controls; 0: nothing. */
static const unsigned short windows[32] = { 0x20AC, 0, 0x201A, 0x0192, 0x201E,
	0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
	0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178 };

static MC_RC put_windows(
	struct mc_buf *out, unsigned char c, struct mc_error *err)
{
	unsigned code = c < 0xA0 ? windows[c - 0x80] : c;

	return put_code(out, code ? code : 0xFFFD, err);
}

/* Text as it stands: UTF-8, or else Windows-1252. */
static MC_RC put_text(
	struct mc_buf *out, struct mc_span s, bool utf8, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (s.n > 0 && rc == MC_OK) {
		size_t n = mc_utf8_length(s);

		if (n == 1 || (n > 1 && utf8)) {
			rc = put_char(out, mc_span_head(s, n), err);
		} else {
			n = 1;
			rc = put_windows(out, (unsigned char)s.p[0], err);
		}
		s = mc_span_from(s, n);
	}
	return rc;
}

/* An encoded word; RFC 2047 2. */
struct word {
	struct mc_span charset;
	struct mc_span text;
	bool base64;
	size_t n; /* octets in all; 0: none */
};

/* Names of charsets have nothing else, and iconv takes '/' for its own. */
static bool charset_octet(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr("-_.:+*", c));
}

/* The word that s starts with.  Blanks in its text are wrong, and common. */
static struct word parse_word(struct mc_span s)
{
	struct word none = { .n = 0 };
	struct mc_span text;
	size_t i = 2;
	size_t end;

	if (!mc_span_starts(s, MC_SPAN("=?")))
		return none;
	while (i < s.n && charset_octet(s.p[i]))
		i++;
	if (i == 2 || i + 3 >= s.n || s.p[i] != '?' || s.p[i + 2] != '?' ||
		!s.p[i + 1] || !strchr("bBqQ", s.p[i + 1]))
		return none;
	text = mc_span_from(s, i + 3);
	end = mc_span_index(text, '?');
	if (end + 1 >= text.n || text.p[end + 1] != '=')
		return none;
	s = mc_span_from(mc_span_head(s, i), 2);
	return (struct word){
		.charset = mc_span_head(s, mc_span_index(s, '*')),
		.text = mc_span_head(text, end),
		.base64 = strchr("bB", text.p[-2]) != NULL,
		.n = 2 + i + 1 + end + 2,
	};
}

/* The next word of a run: nothing but blanks before it. */
static struct word next_word(struct mc_span s)
{
	size_t gap = blanks(s);
	struct word word = parse_word(mc_span_from(s, gap));

	if (word.n > 0)
		word.n += gap;
	return word;
}

/* Appends the octets that a word stands for. */
static MC_RC put_octets(
	struct mc_buf *out, const struct word *word, struct mc_error *err)
{
	char *octets = NULL;
	size_t at = 0;
	size_t n = 0;
	enum mc_rc rc = MC_OK;
	int failed;

	if (word->base64)
		failed = mailmime_base64_body_parse(
			word->text.p, word->text.n, &at, &octets, &n);
	else
		failed = mailmime_quoted_printable_body_parse(
			word->text.p, word->text.n, &at, &octets, &n, 1);
	if (!failed)
		rc = mc_buf_put(out, (struct mc_span){ octets, n }, err);
	if (octets)
		mailmime_decoded_part_free(octets);
	return rc;
}

/* Charsets that need no iconv: UTF-8 is checked, and what calls itself Latin-1
 * or ASCII has always been Windows-1252. */
static bool our_own(struct mc_span charset)
{
	static const char *const names[] = { "utf-8", "utf8", "us-ascii",
		"ascii", "iso-8859-1", "latin1", "windows-1252", "cp1252" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (mc_span_ieq(charset, mc_span_str(names[i])))
			return true;
	}
	return false;
}

/* Text in a charset; in what iconv does not know or cannot read, as put_text
 * sees it. */
static MC_RC put_charset(struct mc_buf *out, struct mc_span charset,
	struct mc_span s, struct mc_error *err)
{
	enum { CHARSET_MAX = 64 };
	char name[CHARSET_MAX];
	char *text = NULL;
	size_t n = 0;
	enum mc_rc rc;

	if (s.n == 0)
		return MC_OK;
	assert(s.p);
	charset = mc_span_head(charset, CHARSET_MAX - 1);
	memcpy(name, charset.p, charset.n);
	name[charset.n] = '\0';
	if (!our_own(charset) && charconv_buffer("utf-8", name, s.p, s.n, &text,
					 &n) == MAIL_CHARCONV_NO_ERROR)
		s = (struct mc_span){ text, n };
	rc = put_text(out, s, mc_utf8_valid(s), err);
	if (text)
		charconv_buffer_free(text);
	return rc;
}

/* Words with nothing but blanks between them: those of one charset are put
 * together before they are read, since a character may be split between two,
 * and blanks go.  *used: their octets.  RFC 2047 6.2. */
static MC_RC put_run(struct mc_buf *out, struct mc_span s, size_t *used,
	struct mc_error *err)
{
	struct word word = parse_word(s);
	struct mc_span charset = word.charset;
	struct mc_buf octets;
	enum mc_rc rc = MC_OK;

	*used = 0;
	mc_buf_init(&octets, MC_FIELD_MAX);
	while (word.n > 0 && rc == MC_OK) {
		if (!mc_span_ieq(charset, word.charset)) {
			rc = put_charset(
				out, charset, mc_buf_span(&octets), err);
			mc_buf_clear(&octets);
			charset = word.charset;
		}
		if (rc == MC_OK)
			rc = put_octets(&octets, &word, err);
		*used += word.n;
		word = next_word(mc_span_from(s, *used));
	}
	if (rc == MC_OK)
		rc = put_charset(out, charset, mc_buf_span(&octets), err);
	mc_buf_dispose(&octets);
	return rc;
}

/* Old Japanese mail has ISO-2022-JP in its header as it is. */
static bool is_iso_2022(struct mc_span s)
{
	size_t esc = mc_span_index(s, '\x1B');

	return esc + 1 < s.n && strchr("$(", s.p[esc + 1]) && s.p[esc + 1];
}

/* Text between encoded words. */
static MC_RC put_plain(
	struct mc_buf *out, struct mc_span s, bool utf8, struct mc_error *err)
{
	if (is_iso_2022(s))
		return put_charset(out, MC_SPAN("iso-2022-jp"), s, err);
	return put_text(out, s, utf8, err);
}

/* Octets before the next encoded word. */
static size_t plain_run(struct mc_span s)
{
	size_t at = mc_span_index(s, '=');

	while (at < s.n && parse_word(mc_span_from(s, at)).n == 0)
		at += 1 + mc_span_index(mc_span_from(s, at + 1), '=');
	return at;
}

MC_RC mc_imf_text(
	struct mc_buf *out, struct mc_span value, struct mc_error *err)
{
	bool utf8 = mc_utf8_valid(value);
	enum mc_rc rc = MC_OK;
	size_t n;

	mc_buf_clear(out);
	value = mc_span_head(value, MC_FIELD_MAX);
	while (value.n > 0 && rc == MC_OK) {
		n = plain_run(value);
		rc = put_plain(out, mc_span_head(value, n), utf8, err);
		value = mc_span_from(value, n);
		if (rc == MC_OK && value.n > 0) {
			rc = put_run(out, value, &n, err);
			value = mc_span_from(value, n);
		}
	}
	if (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	return rc;
}
