/* SPDX-License-Identifier: MIT */
#include "job/planfile.h"

#include "base/limits.h"
#include "base/text.h"

/* What one line says; members not there stay NULL. */
struct line {
	char *source;
	char *folder;
	char *mailbox;
	bool is_plan;
};

/* A cursor in one line of JSON. */
struct json {
	struct mc_span rest;
};

static void skip_blanks(struct json *j)
{
	while (j->rest.n > 0 && strchr(" \t\r\n", j->rest.p[0]))
		j->rest = mc_span_from(j->rest, 1);
}

static bool take(struct json *j, char c)
{
	skip_blanks(j);
	if (j->rest.n == 0 || j->rest.p[0] != c)
		return false;
	j->rest = mc_span_from(j->rest, 1);
	return true;
}

/* Code point in UTF-8; 0 if it is none (half a pair, NUL). */
static size_t put_utf8(char out[4], unsigned long c)
{
	if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* The four hexadecimal digits behind \u. */
static bool take_hex(struct json *j, unsigned long *out)
{
	char digits[5] = "";
	char *end;

	if (j->rest.n < 4)
		return false;
	memcpy(digits, j->rest.p, 4);
	*out = strtoul(digits, &end, 16);
	j->rest = mc_span_from(j->rest, 4);
	return end == digits + 4;
}

static bool take_unicode(struct json *j, char out[4], size_t *n)
{
	unsigned long c;
	unsigned long low;

	if (!take_hex(j, &c))
		return false;
	if (c >= 0xD800 && c < 0xDC00) {
		if (!mc_span_starts(j->rest, MC_SPAN("\\u")))
			return false;
		j->rest = mc_span_from(j->rest, 2);
		if (!take_hex(j, &low) || low < 0xDC00 || low > 0xDFFF)
			return false;
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
	}
	*n = put_utf8(out, c);
	return *n > 0;
}

static bool take_escape(struct json *j, char out[4], size_t *n)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *hit;
	char c;

	if (j->rest.n == 0)
		return false;
	c = j->rest.p[0];
	j->rest = mc_span_from(j->rest, 1);
	if (c == 'u')
		return take_unicode(j, out, n);
	hit = c ? strchr(from, c) : NULL;
	if (!hit)
		return false;
	out[0] = to[hit - from];
	*n = 1;
	return true;
}

/* A string's text, yours; NULL: no string, no UTF-8, or too long. */
static char *take_string(struct json *j)
{
	struct mc_error err;
	struct mc_buf text;
	char *out = NULL;

	mc_buf_init(&text, MC_NAME_MAX);
	if (!take(j, '"'))
		return NULL;
	while (j->rest.n > 0 && j->rest.p[0] != '"') {
		char octets[4] = { j->rest.p[0] };
		size_t n = 1;

		j->rest = mc_span_from(j->rest, 1);
		if (octets[0] == '\\' && !take_escape(j, octets, &n))
			goto out;
		if (mc_buf_put(&text, (struct mc_span){ octets, n }, &err) < 0)
			goto out;
	}
	if (take(j, '"') && mc_utf8_valid(mc_buf_span(&text)) &&
		mc_strdup(&out, mc_buf_span(&text), &err) < 0)
		out = NULL;
out:
	mc_buf_dispose(&text);
	return out;
}

/* A number, true, false or null: letters and digits. */
static bool take_word(struct json *j)
{
	size_t n = 0;

	skip_blanks(j);
	while (n < j->rest.n && !strchr(",} \t\r\n", j->rest.p[n]))
		n++;
	j->rest = mc_span_from(j->rest, n);
	return n > 0;
}

static bool take_member(struct json *j, struct line *out)
{
	char *name = take_string(j);
	char *value = NULL;
	char **place = NULL;
	bool fine = false;

	if (!name || !take(j, ':'))
		goto out;
	skip_blanks(j);
	if (j->rest.n == 0 || j->rest.p[0] != '"') {
		fine = take_word(j);
		goto out;
	}
	value = take_string(j);
	fine = value != NULL;
	if (strcmp(name, "source") == 0)
		place = &out->source;
	else if (strcmp(name, "folder") == 0)
		place = &out->folder;
	else if (strcmp(name, "mailbox") == 0)
		place = &out->mailbox;
	else if (strcmp(name, "type") == 0 && fine)
		out->is_plan = strcmp(value, "plan") == 0;
	if (place) {
		free(*place);
		*place = value;
		value = NULL;
	}
out:
	free(name);
	free(value);
	return fine;
}

static bool parse_line(struct mc_span text, struct line *out)
{
	struct json j = { text };

	if (!take(&j, '{'))
		return false;
	do {
		if (!take_member(&j, out))
			return false;
	} while (take(&j, ','));
	if (!take(&j, '}'))
		return false;
	skip_blanks(&j);
	return j.rest.n == 0;
}

static void drop_line(struct line *line)
{
	free(line->source);
	free(line->folder);
	free(line->mailbox);
	*line = (struct line){ 0 };
}

static void apply_to(struct mc_plan_row *row, const struct line *line,
	const struct mc_mailboxes *server)
{
	free(row->mailbox);
	row->mailbox = line->mailbox ? strdup(line->mailbox) : NULL;
	row->exists = line->mailbox &&
		      mc_mailboxes_find(server, line->mailbox) < server->n;
	if (!row->exists)
		row->use = MC_SPECIAL_NONE;
	mc_text_format(row->note, sizeof(row->note), "%s",
		line->mailbox ? "by the plan file"
			      : "skipped by the plan file");
}

/* The named folder goes where the line says; without a source, any of that
 * name. */
static MC_RC apply_line(const struct line *line, struct mc_routes *routes,
	const struct mc_mailboxes *server, struct mc_error *err)
{
	struct mc_route *route;
	enum mc_rc rc;

	if (line->source) {
		rc = mc_routes_find(
			routes, line->source, line->folder, &route, err);
		if (rc == MC_OK)
			apply_to(&route->row, line, server);
		return rc < 0 ? rc : MC_OK;
	}
	for (size_t i = 0; i < routes->n; i++)
		if (strcmp(routes->list[i].path, line->folder) == 0)
			apply_to(&routes->list[i].row, line, server);
	return MC_OK;
}

static MC_RC apply_file(FILE *file, const char *path, struct mc_routes *routes,
	const struct mc_mailboxes *server, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;

	for (int number = 1; rc == MC_OK; number++) {
		struct line line = { 0 };

		n = getline(&text, &cap, file);
		if (n < 0)
			break;
		if (mc_span_trim((struct mc_span){ text, (size_t)n }).n == 0)
			continue;
		if (!parse_line((struct mc_span){ text, (size_t)n }, &line) ||
			(line.is_plan && !line.folder))
			rc = mc_fail(err, MC_EINPUT, MC_RUN, 0,
				"'%s' line %d is no line of a plan; write one "
				"with 'mailcart plan -o FILE'",
				path, number);
		else if (line.is_plan)
			rc = apply_line(&line, routes, server, err);
		drop_line(&line);
	}
	free(text);
	return rc;
}

MC_RC mc_planfile_apply(const char *path, struct mc_routes *routes,
	const struct mc_mailboxes *server, struct mc_error *err)
{
	FILE *file = fopen(path, "re");
	enum mc_rc rc;

	if (!file)
		return mc_fail_errno(err, MC_ENOENT, MC_RUN,
			"cannot open the plan '%s'", path);
	for (size_t i = 0; i < routes->n; i++) {
		struct mc_plan_row *row = &routes->list[i].row;

		free(row->mailbox);
		row->mailbox = NULL;
		mc_text_format(
			row->note, sizeof(row->note), "not in the plan file");
	}
	rc = apply_file(file, path, routes, server, err);
	(void)fclose(file); /* only read */
	return rc;
}
