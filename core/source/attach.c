/* SPDX-License-Identifier: MIT */
#include "source/attach.h"

#include "source/input.h"

enum {
	LINE_MAX_BASE64 = 76,
	/* Apple breaks behind a blank, before the line with its '=' is longer
	 * than 74; others use what RFC 2045 allows. */
	LINE_APPLE = 73,
	LINE_RFC = 75,
};

/* A file on its way to the sink. */
struct attachment {
	struct mc_input *in;
	struct mc_sink *sink; /* NULL: only to be measured */
	int64_t octets;       /* put, an end of line counted as one */
	size_t width;

	char in_chunk[8192];
	size_t got;
	size_t at;

	char line[LINE_MAX_BASE64 + 4];
	size_t n;
	size_t blank; /* quoted-printable: offset behind the last blank */
};

enum mc_attach_encoding mc_attach_encoding(struct mc_span name)
{
	name = mc_span_trim(name);
	if (mc_span_ieq(name, MC_SPAN("base64")))
		return MC_ATTACH_BASE64;
	if (mc_span_ieq(name, MC_SPAN("quoted-printable")))
		return MC_ATTACH_QUOTED;
	if (mc_span_ieq(name, MC_SPAN("binary")))
		return MC_ATTACH_BINARY;
	return MC_ATTACH_PLAIN;
}

static MC_RC put(
	struct attachment *a, struct mc_span octets, struct mc_error *err)
{
	a->octets += (int64_t)octets.n;
	return a->sink && octets.n > 0 ? a->sink->put(a->sink, octets, err)
				       : MC_OK;
}

static MC_RC put_eol(struct attachment *a, struct mc_error *err)
{
	a->octets++;
	return a->sink ? a->sink->put(a->sink, MC_SPAN("\r\n"), err) : MC_OK;
}

/* The next octet of the file; MC_DONE behind the last. */
static MC_RC next(
	struct attachment *a, unsigned char *out, struct mc_error *err)
{
	if (a->at == a->got) {
		enum mc_rc rc = mc_input_read(
			a->in, a->in_chunk, sizeof(a->in_chunk), &a->got, err);

		a->at = 0;
		if (rc < 0)
			return rc;
		if (a->got == 0)
			return MC_DONE;
	}
	*out = (unsigned char)a->in_chunk[a->at++];
	return MC_OK;
}

/* --- base64 ----------------------------------------------------------- */

static void encode_group(const unsigned char in[3], size_t n, char out[4])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";

	out[0] = digits[in[0] >> 2];
	out[1] = digits[(in[0] & 3) << 4 | in[1] >> 4];
	out[2] = '=';
	out[3] = '=';
	if (n > 1)
		out[2] = digits[(in[1] & 15) << 2 | in[2] >> 6];
	if (n > 2)
		out[3] = digits[in[2] & 63];
}

static MC_RC put_base64(struct attachment *a, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK) {
		unsigned char group[3] = { 0 };
		size_t n = 0;

		while (n < 3 && rc == MC_OK) {
			rc = next(a, &group[n], err);
			n += rc == MC_OK;
		}
		if (rc < 0 || n == 0)
			break;
		if (a->n == a->width) {
			enum mc_rc wrote =
				put(a, (struct mc_span){ a->line, a->n }, err);

			if (wrote == MC_OK)
				wrote = put_eol(a, err);
			if (wrote < 0)
				return wrote;
			a->n = 0;
		}
		encode_group(group, n, a->line + a->n);
		a->n += 4;
	}
	if (rc < 0)
		return rc;
	return put(a, (struct mc_span){ a->line, a->n }, err);
}

/* The width of lines that makes it that long; 0: none does. */
static size_t base64_width(int64_t octets, int64_t length)
{
	static const size_t widths[] = { 76, 72, 64, 60, 68, 56, 48, 44, 40 };
	int64_t digits = (octets + 2) / 3 * 4;

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		int64_t width = (int64_t)widths[i];
		int64_t breaks = digits > 0 ? (digits - 1) / width : 0;

		/* Some programs ended the last line too. */
		if (digits + breaks == length || digits + breaks + 1 == length)
			return widths[i];
	}
	return 0;
}

/* --- quoted-printable ------------------------------------------------- */

static MC_RC break_line(struct attachment *a, struct mc_error *err)
{
	size_t n = a->blank > 0 ? a->blank : a->n;
	enum mc_rc rc = put(a, (struct mc_span){ a->line, n }, err);

	if (rc == MC_OK)
		rc = put(a, MC_SPAN("="), err);
	if (rc == MC_OK)
		rc = put_eol(a, err);
	memmove(a->line, a->line + n, a->n - n);
	a->n -= n;
	a->blank = 0;
	return rc;
}

static MC_RC put_token(
	struct attachment *a, const char *token, size_t n, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (a->n + n > a->width)
		rc = break_line(a, err);
	memcpy(a->line + a->n, token, n);
	a->n += n;
	if (n == 1 && (*token == ' ' || *token == '\t'))
		a->blank = a->n;
	return rc;
}

static MC_RC put_octet(
	struct attachment *a, unsigned char c, bool last, struct mc_error *err)
{
	static const char digits[] = "0123456789ABCDEF";
	char token[3] = { '=', digits[c >> 4], digits[c & 15] };
	bool blank = c == ' ' || c == '\t';

	if ((c > ' ' && c < 0x7f && c != '=') || (blank && !last)) {
		token[0] = (char)c;
		return put_token(a, token, 1, err);
	}
	return put_token(a, token, 3, err);
}

static MC_RC end_line(struct attachment *a, struct mc_error *err)
{
	enum mc_rc rc = put(a, (struct mc_span){ a->line, a->n }, err);

	a->n = 0;
	a->blank = 0;
	return rc;
}

/* An octet is put when what follows it is known: a blank at the end of a line
 * is written otherwise. */
static MC_RC put_quoted(struct attachment *a, struct mc_error *err)
{
	unsigned char held = 0;
	bool holds = false;
	unsigned char c;
	enum mc_rc rc;

	while ((rc = next(a, &c, err)) == MC_OK) {
		bool cut = c == '\n';

		/* CRLF is an end of line too. */
		if (cut && holds && held == '\r')
			holds = false;
		if (holds)
			rc = put_octet(a, held, cut, err);
		holds = !cut;
		held = c;
		if (rc == MC_OK && cut)
			rc = end_line(a, err);
		if (rc == MC_OK && cut)
			rc = put_eol(a, err);
		if (rc < 0)
			return rc;
	}
	if (rc == MC_DONE && holds)
		rc = put_octet(a, held, true, err);
	return rc < 0 ? rc : end_line(a, err);
}

/* --- as it is --------------------------------------------------------- */

/* Lines of a piece of the file; *was_cr: the piece before ended in CR. */
static MC_RC put_lines(struct attachment *a, struct mc_span piece, bool *was_cr,
	struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && piece.n > 0) {
		size_t n = mc_span_index(piece, '\n');

		rc = put(a, mc_span_head(piece, n), err);
		if (n > 0)
			*was_cr = piece.p[n - 1] == '\r';
		if (rc == MC_OK && n < piece.n)
			rc = *was_cr ? put(a, MC_SPAN("\n"), err)
				     : put_eol(a, err);
		if (n < piece.n)
			*was_cr = false;
		piece = mc_span_from(piece, n + 1);
	}
	return rc;
}

static MC_RC put_plain(struct attachment *a, struct mc_error *err)
{
	bool was_cr = false;
	size_t got = 1;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && got > 0) {
		rc = mc_input_read(
			a->in, a->in_chunk, sizeof(a->in_chunk), &got, err);
		if (rc == MC_OK)
			rc = put_lines(a, (struct mc_span){ a->in_chunk, got },
				&was_cr, err);
	}
	return rc;
}

static MC_RC put_binary(struct attachment *a, struct mc_error *err)
{
	size_t got = 1;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && got > 0) {
		rc = mc_input_read(
			a->in, a->in_chunk, sizeof(a->in_chunk), &got, err);
		if (rc == MC_OK)
			rc = put(a, (struct mc_span){ a->in_chunk, got }, err);
	}
	return rc;
}

/* --- all -------------------------------------------------------------- */

static MC_RC put_encoded(struct attachment *a, enum mc_attach_encoding encoding,
	struct mc_error *err)
{
	switch (encoding) {
	case MC_ATTACH_BASE64:
		return put_base64(a, err);
	case MC_ATTACH_QUOTED:
		return put_quoted(a, err);
	case MC_ATTACH_BINARY:
		return put_binary(a, err);
	case MC_ATTACH_PLAIN:
		break;
	}
	return put_plain(a, err);
}

/* From the file's start; width 0: the usual one. */
static MC_RC run(const char *path, enum mc_attach_encoding encoding,
	size_t width, struct mc_sink *sink, int64_t *octets,
	struct mc_error *err)
{
	struct attachment *a = calloc(1, sizeof(*a));
	enum mc_rc rc;

	if (!a)
		return mc_fail_memory(err);
	a->sink = sink;
	a->width = encoding == MC_ATTACH_BASE64 ? LINE_MAX_BASE64 : LINE_APPLE;
	if (width > 0)
		a->width = width;
	/* One that is compressed was so in the message, too. */
	rc = mc_input_open_as_is(&a->in, path, MC_MESSAGE, err);
	if (rc == MC_OK)
		rc = put_encoded(a, encoding, err);
	*octets = a->octets;
	mc_input_close(a->in);
	free(a);
	return rc;
}

/* Of quoted-printable only trying tells how long it gets. */
static MC_RC quoted_width(
	const char *path, int64_t length, size_t *width, struct mc_error *err)
{
	static const size_t widths[] = { LINE_APPLE, LINE_RFC, 71, 72, 74 };
	enum mc_rc rc = MC_OK;

	*width = 0;
	for (size_t i = 0; rc == MC_OK && *width == 0 &&
			   i < sizeof(widths) / sizeof(widths[0]);
		i++) {
		int64_t octets = -1;

		rc = run(path, MC_ATTACH_QUOTED, widths[i], NULL, &octets, err);
		if (octets == length)
			*width = widths[i];
	}
	return rc;
}

MC_RC mc_attach_put(const char *path, enum mc_attach_encoding encoding,
	int64_t length, struct mc_sink *sink, bool *exact, struct mc_error *err)
{
	int64_t octets = 0;
	size_t width = 0;
	struct stat st;
	enum mc_rc rc = MC_OK;

	if (stat(path, &st) < 0)
		return mc_fail_errno(
			err, MC_ENOENT, MC_MESSAGE, "cannot open '%s'", path);
	if (encoding == MC_ATTACH_BASE64)
		width = base64_width(st.st_size, length);
	else if (encoding == MC_ATTACH_QUOTED && length >= 0)
		rc = quoted_width(path, length, &width, err);
	if (rc == MC_OK)
		rc = run(path, encoding, width, sink, &octets, err);
	*exact = octets == length || octets + 1 == length;
	return rc;
}
