/* SPDX-License-Identifier: MIT */
#include "job/wrap.h"

#include "archive/body.h"
#include "archive/query.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "job/show.h"
#include "msg/shape.h"

enum {
	ID_OCTETS = 16,    /* of the digest */
	LINE_OCTETS = 57,  /* 76 characters of base64: RFC 2045 6.8 */
	WORD_OCTETS = 42,  /* of an encoded word: 75 characters with its ends */
	SUBJECT_MAX = 250, /* octets of the subject that are told */
};

/* ---- base64 ---- */

struct base64 {
	struct mc_sink sink;
	struct mc_sink *to;
	unsigned char held[LINE_OCTETS];
	size_t n;
};

/* n octets as text, 4 characters for 3 of them; returns how many. */
static size_t encode(const unsigned char *p, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t at = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = (uint32_t)p[i] << 16;

		if (i + 1 < n)
			group |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < n)
			group |= p[i + 2];
		out[at++] = digits[group >> 18];
		out[at++] = digits[group >> 12 & 63];
		out[at++] = i + 1 < n ? digits[group >> 6 & 63] : '=';
		out[at++] = i + 2 < n ? digits[group & 63] : '=';
	}
	return at;
}

static MC_RC end_line(struct base64 *b, struct mc_error *err)
{
	char line[(LINE_OCTETS + 2) / 3 * 4 + 2];
	size_t n = encode(b->held, b->n, line);

	if (b->n == 0)
		return MC_OK;
	b->n = 0;
	line[n++] = '\r';
	line[n++] = '\n';
	return b->to->put(b->to, (struct mc_span){ line, n }, err);
}

static MC_RC on_plain(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct base64 *b = (struct base64 *)(void *)sink;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && bytes.n > 0) {
		struct mc_span part =
			mc_span_head(bytes, sizeof(b->held) - b->n);

		memcpy(b->held + b->n, part.p, part.n);
		b->n += part.n;
		bytes = mc_span_from(bytes, part.n);
		if (b->n == sizeof(b->held))
			rc = end_line(b, err);
	}
	return rc;
}

/* ---- the header ---- */

static void hex_id(char out[2 * ID_OCTETS + 1], const struct mc_digest *sha256)
{
	char hex[MC_SHA256_HEX];

	mc_text_format(out, 2 * ID_OCTETS + 1, "%.*s", 2 * ID_OCTETS,
		mc_digest_hex(hex, sha256));
}

void mc_wrap_id(char out[MC_WRAP_ID], const struct mc_digest *sha256)
{
	char hex[2 * ID_OCTETS + 1];

	hex_id(hex, sha256);
	mc_text_format(out, MC_WRAP_ID, "refused-%s@mailcart.invalid", hex);
}

/* What is known of the message; subject in UTF-8. */
struct known {
	struct mc_buf subject;
	int64_t date;
	bool told;
};

static MC_RC on_sighting(
	void *arg, const struct mc_sighting_line *line, struct mc_error *err)
{
	struct known *known = arg;

	struct mc_span subject = mc_span_str(line->subject);
	size_t n = subject.n < SUBJECT_MAX ? subject.n : SUBJECT_MAX;

	if (known->told)
		return MC_OK;
	while (n > 0 && n < subject.n &&
		((unsigned char)subject.p[n] & 0xC0) == 0x80)
		n--;
	known->told = true;
	known->date = line->date;
	return mc_buf_put(&known->subject, mc_span_head(subject, n), err);
}

/* So many octets that no character is cut. */
static size_t part_of(struct mc_span s)
{
	size_t n = s.n < WORD_OCTETS ? s.n : WORD_OCTETS;

	while (n > 1 && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return n;
}

/* As encoded words, whatever is in it. */
static MC_RC put_subject(
	struct mc_buf *head, struct mc_span subject, struct mc_error *err)
{
	enum mc_rc rc = mc_buf_put(head, MC_SPAN("Subject: Refused:"), err);

	while (rc == MC_OK && subject.n > 0) {
		char text[(WORD_OCTETS + 2) / 3 * 4];
		size_t n = part_of(subject);
		size_t m = encode((const unsigned char *)subject.p, n, text);

		rc = mc_buf_printf(
			head, err, "\r\n =?utf-8?B?%.*s?=", (int)m, text);
		subject = mc_span_from(subject, n);
	}
	return rc == MC_OK ? mc_buf_put(head, MC_SPAN("\r\n"), err) : rc;
}

static MC_RC put_date(struct mc_buf *head, int64_t date, struct mc_error *err)
{
	struct mc_civil c = mc_clock_to_civil(date == MC_NO_TIME ? 0 : date);

	return mc_buf_printf(head, err,
		"Date: %02d %s %04d %02d:%02d:%02d +0000\r\n", c.day,
		mc_clock_months[c.month - 1], c.year, c.hour, c.minute,
		c.second);
}

static const char *const parts[] = {
	[MC_WRAP_MESSAGE] = "Content-Type: message/rfc822\r\n",
	[MC_WRAP_OCTETS] =
		"Content-Type: application/octet-stream; name=\"message.eml\"\r\n"
		"Content-Transfer-Encoding: base64\r\n",
};

/* All that stands before the message. */
static MC_RC put_head(struct mc_buf *head, const struct mc_wrapped *what,
	const struct mc_digest *sha256, const struct known *known,
	struct mc_error *err)
{
	char hex[2 * ID_OCTETS + 1];
	char id[MC_WRAP_ID];
	enum mc_rc rc;

	hex_id(hex, sha256);
	mc_wrap_id(id, sha256);
	rc = mc_buf_put(head,
		MC_SPAN("From: mailcart <mailcart@mailcart.invalid>\r\n"), err);
	if (rc == MC_OK)
		rc = put_subject(head, mc_buf_span(&known->subject), err);
	if (rc == MC_OK)
		rc = put_date(head, known->date, err);
	if (rc < 0)
		return rc;
	return mc_buf_printf(head, err,
		"Message-ID: <%s>\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: multipart/mixed; boundary=\"=_%s\"\r\n\r\n"
		"--=_%s\r\n"
		"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
		"The mail server refused this message as it was. mailcart put "
		"it here, octet\r\n"
		"for octet, as an attachment.\r\n\r\n"
		"--=_%s\r\n"
		"%s"
		"Content-Disposition: attachment; filename=\"message.eml\""
		"\r\n\r\n",
		id, hex, hex, hex, parts[what->how]);
}

/* ---- the whole ---- */

static MC_RC put_message(struct mc_archive *ar, const struct mc_wrapped *what,
	const struct mc_body *body, struct mc_sink *to, struct mc_error *err)
{
	struct base64 b = { { on_plain }, to, { 0 }, 0 };
	struct mc_span tail = mc_shape_tail(body->shape, body->octets);
	enum mc_rc rc;

	if (what->how == MC_WRAP_OCTETS) {
		rc = mc_show_body(ar, what->body, &b.sink, err);
		return rc == MC_OK ? end_line(&b, err) : rc;
	}
	rc = mc_show_body(ar, what->body, to, err);
	return rc == MC_OK && tail.n > 0 ? to->put(to, tail, err) : rc;
}

static MC_RC put_end(struct mc_sink *to, const struct mc_digest *sha256,
	struct mc_error *err)
{
	char hex[2 * ID_OCTETS + 1];
	char line[64];

	hex_id(hex, sha256);
	mc_text_format(line, sizeof(line), "\r\n--=_%s--\r\n", hex);
	return to->put(to, mc_span_str(line), err);
}

MC_RC mc_wrap_stream(struct mc_archive *ar, const struct mc_wrapped *what,
	struct mc_sink *to, struct mc_error *err)
{
	const struct mc_sighting_filter of = { .logical = what->logical };
	struct known known = { .date = MC_NO_TIME };
	struct mc_body body;
	struct mc_buf head;
	enum mc_rc rc;

	mc_buf_init(&known.subject, MC_FIELD_MAX);
	mc_buf_init(&head, MC_FIELD_MAX);
	rc = mc_body_get(ar, what->body, &body, err);
	if (rc == MC_OK)
		rc = mc_sighting_each(ar, &of, on_sighting, &known, err);
	if (rc == MC_OK)
		rc = put_head(&head, what, &body.sha256, &known, err);
	if (rc == MC_OK)
		rc = to->put(to, mc_buf_span(&head), err);
	if (rc == MC_OK)
		rc = put_message(ar, what, &body, to, err);
	if (rc == MC_OK)
		rc = put_end(to, &body.sha256, err);
	mc_buf_dispose(&head);
	mc_buf_dispose(&known.subject);
	return rc;
}

MC_RC mc_wrap_measure(struct mc_archive *ar, const struct mc_wrapped *what,
	int64_t *octets, struct mc_digest *sha256, struct mc_error *err)
{
	struct mc_hash_sink hs;
	enum mc_rc rc;

	mc_hash_sink_init(&hs);
	rc = mc_wrap_stream(ar, what, &hs.sink, err);
	*sha256 = mc_hash_end(&hs.hash);
	*octets = hs.octets;
	return rc;
}
