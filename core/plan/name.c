/* SPDX-License-Identifier: MIT */
#include "plan/name.h"

#include <strings.h>

#include "base/limits.h"
#include "base/text.h"

bool mc_name_is_inbox(const char *path)
{
	return strcasecmp(path, "INBOX") == 0;
}

static struct mc_span first_level(struct mc_span path)
{
	return mc_span_head(path, mc_span_index(path, '/'));
}

/* Moves *path behind its first level, if that is the prefix ("INBOX" of
 * "INBOX."). */
static bool skip_prefix(struct mc_span *path, const struct mc_mailboxes *server)
{
	struct mc_span level = first_level(*path);
	struct mc_span prefix = mc_span_str(server->prefix);

	if (prefix.n == 0 || prefix.p[prefix.n - 1] != server->separator)
		return false;
	prefix.n--;
	if (level.n == path->n || !mc_span_ieq(level, prefix))
		return false;
	*path = mc_span_from(*path, level.n + 1);
	return true;
}

static bool begins_with_inbox(struct mc_span path)
{
	return mc_span_ieq(first_level(path), MC_SPAN("INBOX"));
}

MC_RC mc_name_canonical(struct mc_buf *out, const char *path,
	const struct mc_mailboxes *server, struct mc_error *err)
{
	struct mc_span left = mc_span_str(path);
	enum mc_rc rc = MC_OK;

	/* A folder "inbox" in INBOX is another. */
	if (skip_prefix(&left, server) && begins_with_inbox(left))
		left = mc_span_str(path);
	mc_buf_clear(out);
	if (begins_with_inbox(left)) {
		rc = mc_buf_put(out, MC_SPAN("INBOX"), err);
		left = mc_span_from(left, first_level(left).n);
	}
	return rc == MC_OK ? mc_buf_put(out, left, err) : rc;
}

/* May this character stand in a level?  '*' and '%' are wildcards of LIST; the
 * others are control characters, RFC 9051 5.1. */
static bool fits(struct mc_span c, char separator)
{
	unsigned char first = (unsigned char)c.p[0];

	if (c.n == 2 && first == 0xC2 && (unsigned char)c.p[1] < 0xA0)
		return false;
	return first >= ' ' && first != 0x7F && first != '*' && first != '%' &&
	       (separator == '\0' || c.p[0] != separator);
}

/* "." and ".." are places in the file systems of some servers. */
static bool is_dots(struct mc_span level)
{
	return mc_span_eq(level, MC_SPAN(".")) ||
	       mc_span_eq(level, MC_SPAN(".."));
}

static struct mc_span without_blanks(struct mc_span s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = mc_span_from(s, 1);
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static MC_RC put_level(struct mc_buf *out, struct mc_span level, char separator,
	bool *mended, struct mc_error *err)
{
	bool dots = is_dots(level);
	enum mc_rc rc = MC_OK;

	while (rc == MC_OK && level.n > 0) {
		size_t n = mc_utf8_length(level);
		struct mc_span c = mc_span_head(level, n > 0 ? n : 1);

		level = mc_span_from(level, c.n);
		if (c.p[0] == ' ' && level.n > 0 && level.p[0] == ' ') {
			*mended = true;
		} else if (n > 0 && !dots && fits(c, separator)) {
			rc = mc_buf_put(out, c, err);
		} else {
			*mended = true;
			rc = mc_buf_putc(out, '_', err);
		}
	}
	return rc;
}

static MC_RC put_levels(struct mc_buf *out, struct mc_span path, char separator,
	bool *mended, struct mc_error *err)
{
	char level_end = '_';
	size_t begin = out->len;
	enum mc_rc rc = MC_OK;

	if (separator)
		level_end = separator;
	while (rc == MC_OK && path.n > 0) {
		struct mc_span whole = first_level(path);
		struct mc_span level = without_blanks(whole);

		path = mc_span_from(path, whole.n + 1);
		*mended |= level.n < whole.n || level.n == 0;
		if (level.n == 0)
			continue;
		if (out->len > begin) {
			*mended |= separator == '\0';
			rc = mc_buf_putc(out, level_end, err);
		}
		if (rc == MC_OK)
			rc = put_level(out, level, separator, mended, err);
	}
	if (rc == MC_OK && out->len == begin)
		rc = mc_buf_putc(out, '_', err);
	return rc;
}

/* Where a parent may have no children, the level joins it. */
static void join_childless(
	struct mc_buf *name, const struct mc_mailboxes *server, bool *mended)
{
	for (size_t i = 0; server->separator && i < name->len; i++) {
		const struct mc_mailbox_info *parent;

		if (name->data[i] != server->separator)
			continue;
		name->data[i] = '\0';
		parent = mc_name_find(server, name->data);
		name->data[i] = server->separator;
		if (!parent || parent->inferiors)
			continue;
		name->data[i] = '_';
		*mended = true;
	}
}

/* "INBOX.INBOX" is INBOX itself to some servers: "inbox/a", which is to stand
 * there, becomes "inbox_/a". */
static MC_RC put_nested_inbox(
	struct mc_buf *out, struct mc_span levels, struct mc_error *err)
{
	struct mc_span level = first_level(levels);
	enum mc_rc rc = mc_buf_put(out, level, err);

	if (rc == MC_OK)
		rc = mc_buf_putc(out, '_', err);
	if (rc == MC_OK)
		rc = mc_buf_put(out, mc_span_from(levels, level.n), err);
	return rc;
}

MC_RC mc_name_make(struct mc_buf *out, const char *path,
	const struct mc_mailboxes *server, bool *mended, struct mc_error *err)
{
	struct mc_span levels = mc_span_str(path);
	struct mc_buf nested;
	enum mc_rc rc = MC_OK;

	*mended = false;
	mc_buf_clear(out);
	if (mc_name_is_inbox(path))
		return mc_buf_put(out, MC_SPAN("INBOX"), err);
	mc_buf_init(&nested, MC_NAME_MAX);
	if (skip_prefix(&levels, server) && begins_with_inbox(levels)) {
		*mended = true;
		rc = put_nested_inbox(&nested, levels, err);
		levels = mc_buf_span(&nested);
	}
	if (rc == MC_OK)
		rc = mc_buf_put(out, mc_span_str(server->prefix), err);
	if (rc == MC_OK)
		rc = put_levels(out, levels, server->separator, mended, err);
	if (rc == MC_OK)
		join_childless(out, server, mended);
	mc_buf_dispose(&nested);
	return rc;
}

const struct mc_mailbox_info *mc_name_find(
	const struct mc_mailboxes *server, const char *name)
{
	size_t i = mc_mailboxes_find(server, name);

	return i < server->n ? &server->boxes[i] : NULL;
}

const char *mc_name_top(
	const struct mc_mailboxes *server, const struct mc_mailbox_info *box)
{
	struct mc_span name = mc_span_str(box->name);
	struct mc_span prefix = mc_span_str(server->prefix);
	const char *top = box->name;

	if (prefix.n > 0 && mc_span_starts(name, prefix))
		top += prefix.n;
	if (box->separator && strchr(top, box->separator))
		return NULL;
	return top;
}
