/* SPDX-License-Identifier: MIT */
#include "source/maildir.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/imap_name.h"
#include "source/label.h"

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Octets of letters at the start of s. */
static size_t letters(struct mc_span s)
{
	size_t n = 0;

	while (n < s.n && is_letter(s.p[n]))
		n++;
	return n;
}

/* Offset of ":2," or the like with nothing but letters behind it, or s.n.  A
 * program may add more behind a ',', if a colon tells that it is no part of
 * the name. */
static size_t find_info(struct mc_span s)
{
	for (size_t i = s.n; i >= 3; i--) {
		struct mc_span mark = { s.p + i - 3, 3 };
		struct mc_span tail = mc_span_from(s, i);
		size_t n = letters(tail);

		if (mark.p[1] != '2' || mark.p[2] != ',' || !mark.p[0] ||
			!strchr(":!;-_", mark.p[0]))
			continue;
		if (n == tail.n || (mark.p[0] == ':' && tail.p[n] == ','))
			return i - 3;
	}
	return s.n;
}

void mc_maildir_parse(struct mc_span base, struct mc_maildir_name *out)
{
	size_t info = find_info(base);
	struct mc_span seconds;

	/* A name that is nothing else is a name. */
	if (info == 0)
		info = base.n;
	out->key = mc_span_head(base, info);
	out->letters = mc_span_from(base, info + 3);
	out->letters.n = letters(out->letters);
	seconds = mc_span_head(base, mc_span_index(base, '.'));
	out->delivered = MC_NO_TIME;
	/* Less than nine digits is a number, not a time. */
	if (seconds.n >= 9 && seconds.n < base.n &&
		!mc_text_decimal(seconds, INT64_MAX / 2, &out->delivered))
		out->delivered = MC_NO_TIME;
}

struct mc_date mc_maildir_date(int64_t changed, int64_t delivered)
{
	if (changed == MC_NO_TIME)
		return (struct mc_date){ MC_NO_TIME, MC_DATE_NONE };
	if (delivered == MC_NO_TIME)
		return (struct mc_date){ changed, MC_DATE_FILE };
	if (changed <= delivered + MC_DAY)
		return (struct mc_date){ changed, MC_DATE_SERVER };
	return (struct mc_date){ delivered, MC_DATE_FILE };
}

struct mc_span mc_maildir_keyword(struct mc_span table, char letter)
{
	while (table.n > 0) {
		struct mc_span line =
			mc_span_head(table, mc_span_index(table, '\n'));
		size_t blank = mc_span_index(line, ' ');
		int64_t number;

		table = mc_span_from(table, line.n + 1);
		if (mc_text_decimal(
			    mc_span_head(line, blank), 'z' - 'a', &number) &&
			letter == 'a' + (char)number)
			return mc_span_trim(mc_span_from(line, blank));
	}
	return (struct mc_span){ NULL, 0 };
}

/* One level, which holds no '/'. */
static MC_RC put_level(struct mc_buf *label, struct mc_buf *level,
	struct mc_span name, struct mc_error *err)
{
	char *plain = NULL;
	enum mc_rc rc = mc_imap_name_decode(level, name, err);

	if (rc >= 0 && level->len > 0)
		return mc_buf_put(label, mc_buf_span(level), err);
	if (rc >= 0)
		rc = mc_label(&plain, name, err);
	if (rc == MC_OK)
		rc = mc_buf_put(label, mc_span_str(plain), err);
	free(plain);
	return rc;
}

MC_RC mc_maildir_label(char **out, const char *name, struct mc_error *err)
{
	struct mc_span rest = mc_span_str(name);
	bool dotted = rest.n > 1 && rest.p[0] == '.';
	struct mc_buf label;
	struct mc_buf level;
	enum mc_rc rc = MC_OK;

	mc_buf_init(&label, (size_t)4 * MC_NAME_MAX);
	mc_buf_init(&level, MC_NAME_MAX);
	if (dotted)
		rest = mc_span_from(rest, 1);
	do {
		struct mc_span one = rest;

		if (dotted)
			one = mc_span_head(rest, mc_span_index(rest, '.'));
		rest = mc_span_from(rest, one.n + 1);
		if (one.n == 0)
			continue;
		if (label.len > 0)
			rc = mc_buf_putc(&label, '/', err);
		if (rc == MC_OK)
			rc = put_level(&label, &level, one, err);
	} while (rc == MC_OK && rest.n > 0);
	if (rc == MC_OK)
		rc = mc_strdup(out,
			label.len ? mc_buf_span(&label) : mc_span_str(name),
			err);
	mc_buf_dispose(&label);
	mc_buf_dispose(&level);
	return rc;
}
