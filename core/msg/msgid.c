/* SPDX-License-Identifier: MIT */
#include "msg/msgid.h"

#include "base/limits.h"
#include "msg/token.h"

static bool letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool atom_octet(char c)
{
	return letter_or_digit(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Offset of the quote that ends a quoted local part of plain atoms, which may
 * be written without quotes; 0 if it is none.  RFC 5322 3.2.3. */
static size_t plain_quoted(struct mc_span id)
{
	size_t i = 1;

	if (id.n < 4 || id.p[0] != '"')
		return 0;
	for (; i < id.n && id.p[i] != '"'; i++) {
		bool dot = id.p[i] == '.';

		if (!dot && !atom_octet(id.p[i]))
			return 0;
		if (dot && (id.p[i - 1] == '.' || id.p[i - 1] == '"' ||
				   id.p[i + 1 < id.n ? i + 1 : i] == '"'))
			return 0;
	}
	return i > 1 && i + 1 < id.n && id.p[i + 1] == '@' ? i : 0;
}

static void unquote(struct mc_buf *out)
{
	size_t end = plain_quoted(mc_buf_span(out));

	if (end == 0)
		return;
	memmove(out->data, out->data + 1, end - 1);
	memmove(out->data + end - 1, out->data + end + 1, out->len - end - 1);
	out->len -= 2;
	out->data[out->len] = '\0';
}

/* "$MESSAGE_ID", "%{msgid}@host", "[GUID]", "{{id}}@host": the local part is
 * one placeholder, a bracket or sigil and then a name without digits. */
static bool template(struct mc_span id)
{
	struct mc_span local = mc_span_head(id, mc_span_index(id, '@'));
	bool named = false;

	if (local.n == 0 || !strchr("$%{[#", local.p[0]))
		return false;
	for (size_t i = 0; i < local.n; i++) {
		char c = local.p[i];

		if (c >= '0' && c <= '9')
			return false;
		if (letter_or_digit(c))
			named = true;
		else if (!c || !strchr("$%{}[]#_-.", c))
			return false;
	}
	return named;
}

static bool usable(struct mc_span id)
{
	if (id.n > MC_MSGID_MAX || template(id))
		return false;
	for (size_t i = 0; i < id.n; i++) {
		if (letter_or_digit(id.p[i]))
			return true;
	}
	return false;
}

MC_RC mc_msgid_normalise(
	struct mc_buf *out, struct mc_span value, struct mc_error *err)
{
	size_t open = mc_token_find(value, '<', true);
	bool brackets = open < value.n;
	struct mc_buf id;
	enum mc_rc rc;

	mc_buf_clear(out);
	mc_buf_init(&id, MC_FIELD_MAX);
	while (brackets && open + 1 < value.n && value.p[open + 1] == '<')
		open++;
	if (brackets)
		value = mc_span_from(value, open + 1);
	value = mc_span_head(value, mc_token_find(value, '>', !brackets));
	rc = mc_token_clean(
		&id, mc_span_head(value, MC_FIELD_MAX), !brackets, err);
	if (rc < 0)
		goto out;
	unquote(&id);
	if (usable(mc_buf_span(&id)))
		rc = mc_buf_put(out, mc_buf_span(&id), err);
	else
		rc = MC_DONE;
out:
	mc_buf_dispose(&id);
	return rc;
}
