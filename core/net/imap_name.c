/* SPDX-License-Identifier: MIT */
#include "net/imap_name.h"

#include <stdint.h>

#include "base/limits.h"
#include "base/text.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* Bits that wait for six of them to be together. */
struct bits {
	uint32_t value;
	unsigned n;
};

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* The code point at s, which holds a valid sequence of n octets. */
static uint32_t code_point(const char *s, size_t n)
{
	static const unsigned char lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & lead[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

static MC_RC put_unit(struct mc_buf *out, struct bits *bits, uint32_t unit,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	bits->value = bits->value << 16 | unit;
	bits->n += 16;
	while (bits->n >= 6 && rc == MC_OK) {
		bits->n -= 6;
		rc = mc_buf_putc(
			out, alphabet[bits->value >> bits->n & 0x3f], err);
	}
	return rc;
}

static MC_RC put_shifted(
	struct mc_buf *out, struct bits *bits, uint32_t c, struct mc_error *err)
{
	enum mc_rc rc;

	if (c < 0x10000)
		return put_unit(out, bits, c, err);
	c -= 0x10000;
	rc = put_unit(out, bits, 0xd800 + (c >> 10), err);
	if (rc < 0)
		return rc;
	return put_unit(out, bits, 0xdc00 + (c & 0x3ff), err);
}

static MC_RC end_shift(
	struct mc_buf *out, struct bits *bits, struct mc_error *err)
{
	char last = alphabet[bits->value << (6 - bits->n) & 0x3f];
	unsigned left = bits->n;

	*bits = (struct bits){ 0 };
	if (left > 0 && mc_buf_putc(out, last, err) < 0)
		return err->rc;
	return mc_buf_putc(out, '-', err);
}

static MC_RC bad_name(struct mc_error *err, struct mc_span name)
{
	char shown[128];

	mc_text_escape(shown, sizeof(shown), name);
	return mc_fail(err, MC_EREFUSED, MC_FOLDER, 0,
		"'%s' cannot be a mailbox name", shown);
}

/* One character that UTF-7 writes as itself. */
static MC_RC put_direct(struct mc_buf *out, char c, struct mc_error *err)
{
	return mc_buf_put(
		out, c == '&' ? MC_SPAN("&-") : (struct mc_span){ &c, 1 }, err);
}

static MC_RC encode(
	struct mc_buf *out, struct mc_span name, struct mc_error *err)
{
	struct bits bits = { 0 };
	bool shifted = false;
	enum mc_rc rc = MC_OK;
	size_t n;

	for (size_t i = 0; i < name.n && rc == MC_OK; i += n) {
		uint32_t c;

		n = mc_utf8_length(mc_span_from(name, i));
		if (n == 0)
			return bad_name(err, name);
		c = code_point(name.p + i, n);
		if (is_control(c))
			return bad_name(err, name);
		if (shifted && n == 1)
			rc = end_shift(out, &bits, err);
		if (!shifted && n > 1)
			rc = mc_buf_putc(out, '&', err);
		shifted = n > 1;
		if (rc == MC_OK)
			rc = shifted ? put_shifted(out, &bits, c, err)
				     : put_direct(out, name.p[i], err);
	}
	if (shifted && rc == MC_OK)
		rc = end_shift(out, &bits, err);
	return rc;
}

MC_RC mc_imap_name_encode(
	struct mc_buf *out, struct mc_span name, struct mc_error *err)
{
	mc_buf_clear(out);
	if (name.n == 0 || name.n > MC_NAME_MAX)
		return bad_name(err, name);
	return encode(out, name, err);
}

static MC_RC put_utf8(struct mc_buf *out, uint32_t c, struct mc_error *err)
{
	char s[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		s[i] = (char)(0x80 | (c & 0x3f));
	s[0] = (char)((n == 1 ? 0 : 0xf00 >> n & 0xff) | c);
	return mc_buf_put(out, (struct mc_span){ s, n }, err);
}

/* UTF-16 units of one shift, behind its '&'.  *at ends behind its '-'.  Junk
 * gives junk, which the round trip then finds. */
static MC_RC decode_shift(struct mc_buf *out, struct mc_span wire, size_t *at,
	struct mc_error *err)
{
	struct bits bits = { 0 };
	uint32_t high = 0;
	enum mc_rc rc = MC_OK;

	while (*at < wire.n && wire.p[*at] != '-' && rc == MC_OK) {
		char c = wire.p[(*at)++];
		const char *digit = c ? strchr(alphabet, c) : NULL;
		uint32_t unit;

		if (!digit)
			return MC_OK;
		bits.value = bits.value << 6 | (uint32_t)(digit - alphabet);
		bits.n += 6;
		if (bits.n < 16)
			continue;
		bits.n -= 16;
		unit = bits.value >> bits.n & 0xffff;
		if ((unit & 0xfc00) == 0xd800) {
			high = unit;
			continue;
		}
		if ((unit & 0xfc00) == 0xdc00)
			unit = 0x10000 + ((high & 0x3ff) << 10) +
			       (unit & 0x3ff);
		rc = put_utf8(out, unit, err);
	}
	if (*at < wire.n)
		++*at;
	return rc;
}

static MC_RC decode(
	struct mc_buf *out, struct mc_span wire, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	size_t at = 0;

	while (at < wire.n && rc == MC_OK) {
		char c = wire.p[at++];

		if (c != '&') {
			rc = mc_buf_putc(out, c, err);
		} else if (at < wire.n && wire.p[at] == '-') {
			at++;
			rc = mc_buf_putc(out, '&', err);
		} else {
			rc = decode_shift(out, wire, &at, err);
		}
	}
	return rc;
}

static bool is_plain(struct mc_span s)
{
	size_t n;

	for (size_t i = 0; i < s.n; i += n) {
		n = mc_utf8_length(mc_span_from(s, i));
		if (n == 0 || is_control(code_point(s.p + i, n)))
			return false;
	}
	return true;
}

MC_RC mc_imap_name_decode(
	struct mc_buf *out, struct mc_span wire, struct mc_error *err)
{
	struct mc_buf again;
	struct mc_error ignored;
	enum mc_rc rc;

	mc_buf_init(&again, (size_t)3 * MC_NAME_MAX);
	mc_buf_clear(out);
	rc = decode(out, wire, err);
	if (rc < 0)
		goto out;
	rc = mc_imap_name_encode(&again, mc_buf_span(out), &ignored);
	if (rc == MC_OK && mc_span_eq(mc_buf_span(&again), wire))
		goto out;
	mc_buf_clear(out);
	rc = is_plain(wire) ? mc_buf_put(out, wire, err) : MC_OK;
	if (rc == MC_OK)
		rc = MC_DONE;
out:
	mc_buf_dispose(&again);
	return rc;
}
