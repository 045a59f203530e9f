/* SPDX-License-Identifier: MIT */
#include "cmd/json.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/text.h"

/* How many octets of s stand for themselves. */
static size_t plain(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7F && s.p[n] != '"' &&
		s.p[n] != '\\')
		n++;
	return n;
}

/* The first character of s, which cannot stand for itself; what is no UTF-8
 * becomes U+FFFD, an octet each.  Returns how many octets it took. */
static size_t put_other(FILE *out, struct mc_span s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = mc_utf8_length(s);

	if (n == 0)
		fputs("\xEF\xBF\xBD", out);
	else if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c < 0x20 || c == 0x7F)
		fprintf(out, "\\u%04x", c);
	else
		fwrite(s.p, 1, n, out);
	return n > 0 ? n : 1;
}

/* RFC 8259 7. */
static void put_string(FILE *out, struct mc_span s)
{
	fputc('"', out);
	while (s.n > 0) {
		size_t n = plain(s);

		if (n > 0)
			fwrite(s.p, 1, n, out);
		else
			n = put_other(out, s);
		s = mc_span_from(s, n);
	}
	fputc('"', out);
}

static void put_name(struct mc_json *json, const char *name)
{
	if (json->more)
		fputc(',', json->out);
	json->more = true;
	put_string(json->out, mc_span_str(name));
	fputc(':', json->out);
}

void mc_json_begin(struct mc_json *json, FILE *out, const char *type)
{
	*json = (struct mc_json){ .out = out };
	fputc('{', out);
	mc_json_int(json, "v", 1);
	mc_json_str(json, "type", type);
}

void mc_json_end(struct mc_json *json)
{
	fputs("}\n", json->out);
}

void mc_json_str(struct mc_json *json, const char *name, const char *value)
{
	put_name(json, name);
	if (value)
		put_string(json->out, mc_span_str(value));
	else
		fputs("null", json->out);
}

void mc_json_int(struct mc_json *json, const char *name, int64_t value)
{
	put_name(json, name);
	fprintf(json->out, "%" PRId64, value);
}

void mc_json_bool(struct mc_json *json, const char *name, bool value)
{
	put_name(json, name);
	fputs(value ? "true" : "false", json->out);
}

void mc_json_time(struct mc_json *json, const char *name, int64_t value)
{
	char text[MC_TIME_TEXT];

	mc_json_str(json, name,
		value == MC_NO_TIME ? NULL : mc_clock_format(text, value));
}

void mc_json_split(struct mc_json *json, const char *name, const char *words)
{
	struct mc_span rest = mc_span_str(words);
	bool first = true;

	put_name(json, name);
	fputc('[', json->out);
	while (rest.n > 0) {
		struct mc_span word =
			mc_span_head(rest, mc_span_index(rest, ' '));

		rest = mc_span_from(rest, word.n + 1);
		if (word.n == 0)
			continue;
		if (!first)
			fputc(',', json->out);
		first = false;
		put_string(json->out, word);
	}
	fputc(']', json->out);
}

void mc_json_words(struct mc_json *json, const char *name, const char *words)
{
	const char *first = words;

	put_name(json, name);
	fputc('[', json->out);
	while (words && *words) {
		if (words != first)
			fputc(',', json->out);
		put_string(json->out, mc_span_str(words));
		words += strlen(words) + 1;
	}
	fputc(']', json->out);
}

void mc_json_list(struct mc_json *json, const char *name)
{
	put_name(json, name);
	fputc('[', json->out);
	json->more = false;
}

void mc_json_item(struct mc_json *json, const char *text)
{
	if (json->more)
		fputc(',', json->out);
	json->more = true;
	put_string(json->out, mc_span_str(text));
}

void mc_json_list_end(struct mc_json *json)
{
	fputc(']', json->out);
	json->more = true;
}

void mc_json_open(struct mc_json *json, const char *name)
{
	put_name(json, name);
	fputc('{', json->out);
	json->more = false;
}

void mc_json_close(struct mc_json *json)
{
	fputc('}', json->out);
	json->more = true;
}
