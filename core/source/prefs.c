/* SPDX-License-Identifier: MIT */
#include "source/prefs.h"

#include "base/text.h"

/* Takes n hexadecimal digits off the front of *s; -1: they are none. */
static int32_t take_hex(struct mc_span *s, size_t n)
{
	int32_t value = 0;

	if (s->n < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int digit = mc_text_hex_digit(s->p[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	*s = mc_span_from(*s, n);
	return value;
}

/* Of the basic plane; what is a half of a pair becomes '?'. */
static MC_RC put_code(struct mc_buf *out, int32_t code, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	if (code <= 0 || (code >= 0xd800 && code < 0xe000))
		return mc_buf_putc(out, '?', err);
	if (code < 0x80)
		return mc_buf_putc(out, (char)code, err);
	if (code < 0x800)
		rc = mc_buf_putc(out, (char)(0xc0 | code >> 6), err);
	else
		rc = mc_buf_putc(out, (char)(0xe0 | code >> 12), err);
	if (rc == MC_OK && code >= 0x800)
		rc = mc_buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)), err);
	if (rc == MC_OK)
		rc = mc_buf_putc(out, (char)(0x80 | (code & 0x3f)), err);
	return rc;
}

/* What stands behind a backslash. */
static MC_RC put_escaped(
	struct mc_buf *out, struct mc_span *s, struct mc_error *err)
{
	char c = s->p[0];

	*s = mc_span_from(*s, 1);
	switch (c) {
	case 'n':
		return mc_buf_putc(out, '\n', err);
	case 'r':
		return mc_buf_putc(out, '\r', err);
	case 'u':
		return put_code(out, take_hex(s, 4), err);
	case 'x':
		return put_code(out, take_hex(s, 2), err);
	default:
		return mc_buf_putc(out, c, err);
	}
}

static void skip_blank(struct mc_span *s)
{
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t'))
		*s = mc_span_from(*s, 1);
}

/* A quoted string off the front of *s into out, with a NUL behind it.
 * MC_DONE: there is none. */
static MC_RC take_string(
	struct mc_buf *out, struct mc_span *s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	skip_blank(s);
	if (s->n == 0 || s->p[0] != '"')
		return MC_DONE;
	*s = mc_span_from(*s, 1);
	while (rc == MC_OK && s->n > 0 && s->p[0] != '"') {
		char c = s->p[0];

		*s = mc_span_from(*s, 1);
		if (c == '\\' && s->n > 0)
			rc = put_escaped(out, s, err);
		else if (c == '\0' || c == '\n')
			return MC_DONE;
		else
			rc = mc_buf_putc(out, c, err);
	}
	if (s->n == 0)
		return rc == MC_OK ? MC_DONE : rc;
	*s = mc_span_from(*s, 1);
	return rc == MC_OK ? mc_buf_putc(out, '\0', err) : rc;
}

/* "true", 42: up to what closes the call. */
static MC_RC take_plain(
	struct mc_buf *out, struct mc_span *s, struct mc_error *err)
{
	size_t n = mc_span_index(*s, ')');
	struct mc_span value = mc_span_trim(mc_span_head(*s, n));
	enum mc_rc rc;

	if (n == s->n || value.n == 0 || mc_span_index(value, '\0') < value.n)
		return MC_DONE;
	rc = mc_buf_put(out, value, err);
	return rc == MC_OK ? mc_buf_putc(out, '\0', err) : rc;
}

/* name and value behind each other into out; MC_DONE: the line is none. */
static MC_RC take_line(
	struct mc_buf *out, struct mc_span line, struct mc_error *err)
{
	enum mc_rc rc;

	line = mc_span_trim(line);
	if (!mc_span_starts(line, MC_SPAN("user_pref(")))
		return MC_DONE;
	line = mc_span_from(line, 10);
	skip_blank(&line);
	if (!mc_span_starts(line, MC_SPAN("\"mail.")))
		return MC_DONE;
	rc = take_string(out, &line, err);
	if (rc != MC_OK)
		return rc;
	skip_blank(&line);
	if (line.n == 0 || line.p[0] != ',')
		return MC_DONE;
	line = mc_span_from(line, 1);
	rc = take_string(out, &line, err);
	return rc == MC_DONE ? take_plain(out, &line, err) : rc;
}

/* The text is whole now, and will not move. */
static MC_RC index_text(struct mc_prefs *prefs, struct mc_error *err)
{
	const char *at = mc_buf_str(&prefs->text);
	const char *end = at + prefs->text.len;

	prefs->list = calloc(prefs->n + 1, sizeof(*prefs->list));
	if (!prefs->list)
		return mc_fail_memory(err);
	for (size_t i = 0; i < prefs->n && at < end; i++) {
		prefs->list[i].name = at;
		at += strlen(at) + 1;
		prefs->list[i].value = at;
		at += strlen(at) + 1;
	}
	return MC_OK;
}

MC_RC mc_prefs_parse(
	struct mc_prefs *prefs, struct mc_span text, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	*prefs = (struct mc_prefs){ 0 };
	mc_buf_init(&prefs->text, MC_PREFS_MAX);
	while (rc == MC_OK && text.n > 0) {
		size_t n = mc_span_index(text, '\n');
		size_t before = prefs->text.len;

		rc = take_line(&prefs->text, mc_span_head(text, n), err);
		if (rc == MC_OK) {
			prefs->n++;
		} else if (rc == MC_DONE) {
			prefs->text.len = before;
			rc = MC_OK;
		}
		text = mc_span_from(text, n + 1);
	}
	if (rc == MC_OK)
		rc = index_text(prefs, err);
	if (rc < 0)
		err->scope = MC_RUN;
	return rc;
}

void mc_prefs_dispose(struct mc_prefs *prefs)
{
	mc_buf_dispose(&prefs->text);
	free(prefs->list);
	*prefs = (struct mc_prefs){ 0 };
}

const char *mc_prefs_get(const struct mc_prefs *prefs, const char *name)
{
	for (size_t i = prefs->n; i > 0; i--) {
		if (strcmp(prefs->list[i - 1].name, name) == 0)
			return prefs->list[i - 1].value;
	}
	return NULL;
}

const char *mc_prefs_of(const struct mc_prefs *prefs, const char *what,
	const char *id, const char *name)
{
	char text[256];

	(void)mc_text_format(
		text, sizeof(text), "mail.%s.%s.%s", what, id, name);
	return mc_prefs_get(prefs, text);
}

static struct mc_span value_of(struct mc_span line)
{
	return mc_span_trim(mc_span_from(line, mc_span_index(line, '=') + 1));
}

bool mc_profile_next(struct mc_span *text, struct mc_profile *out)
{
	bool found = false;

	*out = (struct mc_profile){ .relative = true };
	while (text->n > 0) {
		size_t n = mc_span_index(*text, '\n');
		struct mc_span line = mc_span_trim(mc_span_head(*text, n));

		if (mc_span_starts(line, MC_SPAN("["))) {
			if (found)
				return true;
			found = mc_span_istarts(line, MC_SPAN("[Profile"));
		} else if (found && mc_span_istarts(line, MC_SPAN("Name="))) {
			out->name = value_of(line);
		} else if (found && mc_span_istarts(line, MC_SPAN("Path="))) {
			out->path = value_of(line);
		} else if (found &&
			   mc_span_istarts(line, MC_SPAN("IsRelative="))) {
			out->relative =
				!mc_span_eq(value_of(line), MC_SPAN("0"));
		}
		*text = mc_span_from(*text, n + 1);
	}
	return found;
}
