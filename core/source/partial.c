/* SPDX-License-Identifier: MIT */
#include "source/partial.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "source/attach.h"
#include "source/dir.h"

enum { BOUNDARY_MAX = 256, NUMBER_MAX = 256, LINE_KEPT = 4096 };

/* A multipart that has begun. */
struct level {
	char boundary[BOUNDARY_MAX];
	size_t boundary_n;
	char number[NUMBER_MAX]; /* of the multipart itself; "" at the top */
	int parts;               /* begun so far */
};

enum where {
	IN_HEADER,
	IN_BODY,
	IN_STUB, /* what stands for a part whose content is put back */
};

struct mc_partial {
	const char *directory;
	struct mc_sink *sink;
	struct level levels[MC_DEPTH_MAX];
	size_t depth;
	enum where where;
	char number[NUMBER_MAX]; /* of the part in hand */
	struct mc_buf header;    /* its lines, ended by LF */
	struct mc_buf line;      /* begun, its end has not come */
	bool torn;               /* a line over LINE_KEPT, partly put */
	int missing;
	int inexact;
};

MC_RC mc_partial_new(struct mc_partial **out, const char *directory,
	struct mc_sink *sink, struct mc_error *err)
{
	struct mc_partial *p = calloc(1, sizeof(*p));

	*out = p;
	if (!p)
		return mc_fail_memory(err);
	p->directory = directory;
	p->sink = sink;
	mc_buf_init(&p->header, MC_HEADER_MAX);
	mc_buf_init(&p->line, (size_t)LINE_KEPT + 1);
	return MC_OK;
}

void mc_partial_free(struct mc_partial *p)
{
	if (!p)
		return;
	mc_buf_dispose(&p->header);
	mc_buf_dispose(&p->line);
	free(p);
}

static MC_RC put(
	struct mc_partial *p, struct mc_span octets, struct mc_error *err)
{
	return octets.n > 0 ? p->sink->put(p->sink, octets, err) : MC_OK;
}

static MC_RC put_line(
	struct mc_partial *p, struct mc_span line, struct mc_error *err)
{
	enum mc_rc rc = put(p, line, err);

	return rc == MC_OK ? put(p, MC_SPAN("\r\n"), err) : rc;
}

/* --- headers ---------------------------------------------------------- */

/* Takes the first field, with its folded lines and last LF, off *header. */
static struct mc_span take_field(struct mc_span *header)
{
	size_t n = 0;
	struct mc_span field;

	do {
		struct mc_span rest = mc_span_from(*header, n);

		n += mc_span_index(rest, '\n');
		n += n < header->n;
	} while (
		n < header->n && (header->p[n] == ' ' || header->p[n] == '\t'));
	field = mc_span_head(*header, n);
	*header = mc_span_from(*header, n);
	return field;
}

static bool is_field(struct mc_span field, struct mc_span name)
{
	return field.n > name.n && field.p[name.n] == ':' &&
	       mc_span_istarts(field, name);
}

/* What stands behind the name of the first such field, folds and all; n == 0:
 * there is none. */
static struct mc_span value_of(struct mc_span header, struct mc_span name)
{
	while (header.n > 0) {
		struct mc_span field = take_field(&header);

		if (is_field(field, name))
			return mc_span_trim(mc_span_from(field, name.n + 1));
	}
	return (struct mc_span){ NULL, 0 };
}

/* Takes the next parameter, "name=value" without blanks around it, off what
 * stands behind the first ';' of a value.  False: there is none. */
static bool take_parameter(struct mc_span *rest, struct mc_span *out)
{
	bool quoted = false;
	size_t i = 0;

	*rest = mc_span_trim(*rest);
	while (rest->n > 0 && rest->p[0] == ';')
		*rest = mc_span_trim(mc_span_from(*rest, 1));
	for (; i < rest->n && (quoted || rest->p[i] != ';'); i++) {
		if (rest->p[i] == '\\' && quoted && i + 1 < rest->n)
			i++;
		else if (rest->p[i] == '"')
			quoted = !quoted;
	}
	*out = mc_span_trim(mc_span_head(*rest, i));
	*rest = mc_span_from(*rest, i);
	return out->n > 0;
}

/* A parameter's value without quotes into out[size].  False: there is none, or
 * it does not fit. */
static bool parameter(struct mc_span value, struct mc_span name, char *out,
	size_t size, size_t *n)
{
	struct mc_span rest = mc_span_from(value, mc_span_index(value, ';'));
	struct mc_span one;

	while (take_parameter(&rest, &one)) {
		if (one.n <= name.n || one.p[name.n] != '=' ||
			!mc_span_istarts(one, name))
			continue;
		one = mc_span_trim(mc_span_from(one, name.n + 1));
		if (one.n >= 2 && one.p[0] == '"' && one.p[one.n - 1] == '"')
			one = mc_span_from(mc_span_head(one, one.n - 1), 1);
		if (one.n >= size)
			return false;
		*n = 0;
		for (size_t i = 0; i < one.n; i++) {
			if (one.p[i] == '\\' && i + 1 < one.n)
				i++;
			out[(*n)++] = one.p[i];
		}
		out[*n] = '\0';
		return *n > 0;
	}
	return false;
}

/* Lines ended by LF. */
static MC_RC put_lines(
	struct mc_partial *p, struct mc_span lines, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && lines.n > 0) {
		size_t n = mc_span_index(lines, '\n');

		rc = put_line(p, mc_span_head(lines, n), err);
		lines = mc_span_from(lines, n + 1);
	}
	return rc;
}

static bool is_name(struct mc_span parameter_text)
{
	return mc_span_istarts(parameter_text, MC_SPAN("name="));
}

/* name=a.doc as name="a.doc" */
static MC_RC put_name(
	struct mc_partial *p, struct mc_span name, struct mc_error *err)
{
	struct mc_span value = mc_span_from(name, 5);
	enum mc_rc rc;

	if (value.n > 0 && value.p[0] == '"')
		return put(p, name, err);
	rc = put(p, mc_span_head(name, 5), err);
	if (rc == MC_OK)
		rc = put(p, MC_SPAN("\""), err);
	if (rc == MC_OK)
		rc = put(p, value, err);
	return rc == MC_OK ? put(p, MC_SPAN("\""), err) : rc;
}

/* One pass over the parameters: with the name, or the others. */
static MC_RC put_parameters(struct mc_partial *p, struct mc_span rest,
	bool names, struct mc_error *err)
{
	struct mc_span one;
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && take_parameter(&rest, &one)) {
		if (is_name(one) != names)
			continue;
		rc = put(p, MC_SPAN(";\r\n\t"), err);
		if (rc == MC_OK)
			rc = names ? put_name(p, one, err) : put(p, one, err);
	}
	return rc;
}

/* Content-Type as Apple Mail writes it: a parameter a line, the name last and
 * in quotes. */
static MC_RC put_type(
	struct mc_partial *p, struct mc_span field, struct mc_error *err)
{
	size_t n = mc_span_index(field, ';');
	struct mc_span rest = mc_span_from(field, n);
	enum mc_rc rc = put(p, mc_span_trim(mc_span_head(field, n)), err);

	if (rc == MC_OK)
		rc = put_parameters(p, rest, false, err);
	if (rc == MC_OK)
		rc = put_parameters(p, rest, true, err);
	return rc == MC_OK ? put(p, MC_SPAN("\r\n"), err) : rc;
}

/* The header of a part whose content comes back. */
static MC_RC put_restored(struct mc_partial *p, struct mc_error *err)
{
	struct mc_span header = mc_buf_span(&p->header);
	struct mc_span encoding = { NULL, 0 };
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && header.n > 0) {
		struct mc_span field = take_field(&header);

		if (is_field(field, MC_SPAN("X-Apple-Content-Length")))
			continue;
		if (is_field(field, MC_SPAN("Content-Transfer-Encoding")))
			encoding = field;
		else if (is_field(field, MC_SPAN("Content-Type")))
			rc = put_type(p, field, err);
		else
			rc = put_lines(p, field, err);
	}
	if (rc == MC_OK)
		rc = put_lines(p, encoding, err);
	return rc == MC_OK ? put(p, MC_SPAN("\r\n"), err) : rc;
}

/* --- attachments ------------------------------------------------------ */

/* The file of part p->number: the only one in its directory, or the one that
 * bears the part's name.  *out is NULL if there is none. */
static MC_RC find_file(struct mc_partial *p, char **out, struct mc_error *err)
{
	struct mc_span header = mc_buf_span(&p->header);
	struct mc_error ignored;
	struct mc_dir dir = { 0 };
	const char *found = NULL;
	char *path = NULL;
	char name[1024];
	size_t n = 0;
	enum mc_rc rc = MC_OK;

	*out = NULL;
	if (!parameter(value_of(header, MC_SPAN("Content-Disposition")),
		    MC_SPAN("filename"), name, sizeof(name), &n))
		name[0] = '\0';
	if (asprintf(&path, "%s/%s", p->directory, p->number) < 0)
		return mc_fail_memory(err);
	if (mc_dir_read(&dir, path, &ignored) == MC_OK) {
		for (size_t i = 0; i < dir.n; i++) {
			const struct mc_name *one = &dir.names[i];

			if (one->type != S_IFREG || one->text[0] == '.')
				continue;
			if (!found || strcmp(one->text, name) == 0)
				found = one->text;
		}
	}
	if (found && asprintf(out, "%s/%s", path, found) < 0)
		rc = mc_fail_memory(err);
	mc_dir_dispose(&dir);
	free(path);
	return rc;
}

/* MC_DONE: its content is not here. */
static MC_RC restore(struct mc_partial *p, struct mc_error *err)
{
	struct mc_span header = mc_buf_span(&p->header);
	struct mc_span told =
		value_of(header, MC_SPAN("X-Apple-Content-Length"));
	enum mc_attach_encoding encoding = mc_attach_encoding(
		value_of(header, MC_SPAN("Content-Transfer-Encoding")));
	int64_t length = -1;
	bool exact = false;
	char *path = NULL;
	enum mc_rc rc = find_file(p, &path, err);

	if (rc == MC_OK && !path)
		return MC_DONE;
	if (!mc_text_decimal(told, INT64_MAX, &length))
		length = -1;
	if (rc == MC_OK)
		rc = put_restored(p, err);
	if (rc == MC_OK)
		rc = mc_attach_put(
			path, encoding, length, p->sink, &exact, err);
	/* It belongs to the boundary that follows; RFC 2046 5.1.1. */
	if (rc == MC_OK)
		rc = put(p, MC_SPAN("\r\n"), err);
	if (rc == MC_OK && length >= 0 && !exact)
		p->inexact++;
	free(path);
	return rc;
}

/* --- structure -------------------------------------------------------- */

/* What the part in hand is to the parts inside: a multipart pushes a level; a
 * message's own header comes next. */
static void descend(struct mc_partial *p)
{
	struct mc_span header = mc_buf_span(&p->header);
	struct mc_span type = value_of(header, MC_SPAN("Content-Type"));
	struct level *level = &p->levels[p->depth];

	if (mc_span_istarts(type, MC_SPAN("message/rfc822"))) {
		p->where = IN_HEADER;
		return;
	}
	if (!mc_span_istarts(type, MC_SPAN("multipart/")) ||
		p->depth == MC_DEPTH_MAX ||
		!parameter(type, MC_SPAN("boundary"), level->boundary,
			sizeof(level->boundary), &level->boundary_n))
		return;
	memcpy(level->number, p->number, sizeof(level->number));
	level->parts = 0;
	p->depth++;
}

static MC_RC end_header(struct mc_partial *p, struct mc_error *err)
{
	struct mc_span header = mc_buf_span(&p->header);
	bool taken = value_of(header, MC_SPAN("X-Apple-Content-Length")).n > 0;
	enum mc_rc rc = MC_DONE;

	p->where = IN_BODY;
	if (taken) {
		/* A message that is nothing but an attachment is part 1. */
		if (!p->number[0])
			memcpy(p->number, "1", 2);
		rc = restore(p, err);
		p->missing += rc == MC_DONE;
	}
	if (rc == MC_OK)
		p->where = IN_STUB;
	if (rc == MC_DONE) {
		rc = put_lines(p, header, err);
		if (rc == MC_OK)
			rc = put(p, MC_SPAN("\r\n"), err);
		descend(p);
	}
	mc_buf_clear(&p->header);
	return rc;
}

/* Is the line a boundary of one of the multiparts?  Then those inside of it are
 * over. */
static bool cross(struct mc_partial *p, struct mc_span line)
{
	if (!mc_span_starts(line, MC_SPAN("--")))
		return false;
	line = mc_span_from(line, 2);
	for (size_t i = p->depth; i > 0; i--) {
		struct level *level = &p->levels[i - 1];
		struct mc_span boundary = { level->boundary,
			level->boundary_n };
		struct mc_span tail = mc_span_from(line, boundary.n);

		if (!mc_span_starts(line, boundary))
			continue;
		p->depth = i;
		if (mc_span_starts(tail, MC_SPAN("--"))) {
			p->depth = i - 1;
			p->where = IN_BODY;
			return true;
		}
		if (mc_span_trim(tail).n > 0)
			continue;
		level->parts++;
		(void)mc_text_format(p->number, sizeof(p->number), "%s%s%d",
			level->number, level->number[0] ? "." : "",
			level->parts);
		p->where = IN_HEADER;
		return true;
	}
	return false;
}

/* A header that is too long to be kept is put as it is. */
static MC_RC header_line(
	struct mc_partial *p, struct mc_span line, struct mc_error *err)
{
	struct mc_buf *header = &p->header;
	enum mc_rc rc;

	if (line.n == 0)
		return end_header(p, err);
	if (line.n + 1 > header->max - header->len) {
		rc = put_lines(p, mc_buf_span(header), err);
		mc_buf_clear(header);
		p->where = IN_BODY;
		return rc == MC_OK ? put_line(p, line, err) : rc;
	}
	rc = mc_buf_put(header, line, err);
	return rc == MC_OK ? mc_buf_putc(header, '\n', err) : rc;
}

/* A whole line, without its end. */
static MC_RC take_line(
	struct mc_partial *p, struct mc_span line, struct mc_error *err)
{
	enum mc_rc rc;

	/* A part without a blank line ends so too. */
	if (cross(p, line)) {
		rc = put_lines(p, mc_buf_span(&p->header), err);
		mc_buf_clear(&p->header);
		return rc == MC_OK ? put_line(p, line, err) : rc;
	}
	switch (p->where) {
	case IN_HEADER:
		return header_line(p, line, err);
	case IN_STUB:
		return MC_OK;
	case IN_BODY:
		break;
	}
	return put_line(p, line, err);
}

/* Part of a line that is longer than can be kept: text, whatever it says. */
static MC_RC tear(struct mc_partial *p, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (p->where == IN_HEADER) {
		rc = put_lines(p, mc_buf_span(&p->header), err);
		mc_buf_clear(&p->header);
		p->where = IN_BODY;
	}
	if (rc == MC_OK && p->where == IN_BODY)
		rc = put(p, mc_buf_span(&p->line), err);
	mc_buf_clear(&p->line);
	p->torn = true;
	return rc;
}

static MC_RC end_line(struct mc_partial *p, struct mc_error *err)
{
	struct mc_span line = mc_buf_span(&p->line);
	enum mc_rc rc;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (p->torn)
		rc = p->where == IN_BODY ? put_line(p, line, err) : MC_OK;
	else
		rc = take_line(p, line, err);
	p->torn = false;
	mc_buf_clear(&p->line);
	return rc;
}

MC_RC mc_partial_bytes(
	struct mc_partial *p, struct mc_span octets, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && octets.n > 0) {
		size_t n = mc_span_index(octets, '\n');
		size_t room = LINE_KEPT - p->line.len;
		struct mc_span piece =
			mc_span_head(octets, n < room ? n : room);

		rc = mc_buf_put(&p->line, piece, err);
		octets = mc_span_from(octets, piece.n);
		if (rc == MC_OK && piece.n == n && octets.n > 0) {
			octets = mc_span_from(octets, 1);
			rc = end_line(p, err);
		} else if (rc == MC_OK && p->line.len == LINE_KEPT) {
			rc = tear(p, err);
		}
	}
	return rc;
}

MC_RC mc_partial_end(
	struct mc_partial *p, int *missing, int *inexact, struct mc_error *err)
{
	struct mc_span line = mc_buf_span(&p->line);
	enum mc_rc rc = put_lines(p, mc_buf_span(&p->header), err);

	mc_buf_clear(&p->header);
	/* Without an end of line behind it. */
	if (rc == MC_OK && (p->where != IN_STUB || cross(p, line)))
		rc = put(p, line, err);
	*missing = p->missing;
	*inexact = p->inexact;
	return rc;
}
