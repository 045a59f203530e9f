/* SPDX-License-Identifier: MIT */
#include "source/mork.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

static size_t hex_length(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && n < 8 && mc_text_hex_digit(s.p[n]) >= 0)
		n++;
	return n;
}

/* Octets up to the ')' that ends a value, which is not counted; s.n: none. */
static size_t value_length(struct mc_span s)
{
	size_t i = 0;

	for (; i < s.n && s.p[i] != ')'; i++) {
		if (s.p[i] == '\\')
			i++;
	}
	return i < s.n ? i : s.n;
}

/* A value without its escapes: "\)", "$C3", and lines continued by "\". */
static MC_RC decode(struct mc_buf *out, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;

	mc_buf_clear(out);
	for (size_t i = 0; rc == MC_OK && i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\' && i + 1 < s.n) {
			c = s.p[++i];
			if (c == '\r' || c == '\n')
				continue;
		} else if (c == '$' && i + 2 < s.n &&
			   mc_text_hex_digit(s.p[i + 1]) >= 0 &&
			   mc_text_hex_digit(s.p[i + 2]) >= 0) {
			c = (char)(mc_text_hex_digit(s.p[i + 1]) * 16 +
				   mc_text_hex_digit(s.p[i + 2]));
			i += 2;
		} else if (c == '\r' || c == '\n') {
			continue;
		}
		rc = mc_buf_putc(out, c, err);
	}
	return rc;
}

/* What a dictionary calls `wanted`: the last id of "(id=wanted)", n == 0:
 * none. */
static struct mc_span find_id(struct mc_span text, struct mc_span wanted)
{
	struct mc_span found = { NULL, 0 };

	while (text.n > 0) {
		struct mc_span id;

		text = mc_span_from(text, mc_span_index(text, '(') + 1);
		id = mc_span_head(text, hex_length(text));
		if (id.n > 0 && text.n > id.n && text.p[id.n] == '=') {
			struct mc_span value = mc_span_from(text, id.n + 1);

			value = mc_span_head(value, value_length(value));
			if (mc_span_eq(value, wanted))
				found = id;
		}
	}
	return found;
}

/* The value that a dictionary has under id: the last "(id=value)". */
static struct mc_span find_value(struct mc_span text, struct mc_span id)
{
	struct mc_span found = { NULL, 0 };

	while (text.n > 0) {
		text = mc_span_from(text, mc_span_index(text, '(') + 1);
		if (!mc_span_starts(text, id) || text.n <= id.n ||
			text.p[id.n] != '=')
			continue;
		found = mc_span_from(text, id.n + 1);
		found = mc_span_head(found, value_length(found));
	}
	return found;
}

/* The last cell of that column: "(^B2=text)" or "(^B2^1F)". */
static struct mc_span find_cell(struct mc_span text, struct mc_span column)
{
	struct mc_span all = text;
	struct mc_span found = { NULL, 0 };

	while (text.n > 0) {
		struct mc_span cell;

		text = mc_span_from(text, mc_span_index(text, '(') + 1);
		if (text.n == 0 || text.p[0] != '^' ||
			!mc_span_starts(mc_span_from(text, 1), column))
			continue;
		cell = mc_span_from(text, 1 + column.n);
		if (cell.n == 0)
			continue;
		if (cell.p[0] == '=') {
			cell = mc_span_from(cell, 1);
			found = mc_span_head(cell, value_length(cell));
		} else if (cell.p[0] == '^') {
			cell = mc_span_from(cell, 1);
			found = find_value(
				all, mc_span_head(cell, hex_length(cell)));
		}
	}
	return found;
}

MC_RC mc_mork_folder_name(char **out, struct mc_span text, struct mc_error *err)
{
	struct mc_span column = find_id(text, MC_SPAN("folderName"));
	struct mc_span cell = { NULL, 0 };
	struct mc_buf name;
	enum mc_rc rc;

	*out = NULL;
	if (column.n > 0)
		cell = find_cell(text, column);
	if (cell.n == 0)
		return MC_DONE;
	mc_buf_init(&name, MC_NAME_MAX);
	rc = decode(&name, cell, err);
	if (rc < 0 && err->scope == MC_MESSAGE)
		rc = MC_DONE;
	if (rc == MC_OK &&
		(name.len == 0 || !mc_utf8_valid(mc_buf_span(&name)) ||
			strlen(name.data) != name.len))
		rc = MC_DONE;
	if (rc == MC_OK)
		rc = mc_strdup(out, mc_buf_span(&name), err);
	mc_buf_dispose(&name);
	return rc;
}
