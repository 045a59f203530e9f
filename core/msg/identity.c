/* SPDX-License-Identifier: MIT */
#include "msg/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "msg/fold.h"
#include "msg/token.h"

static bool has_at(const struct mc_buf *candidate)
{
	struct mc_span s = mc_buf_span(candidate);

	return mc_span_index(s, '@') < s.n;
}

/* What stands in <>, without a route ("@a,@b:c@d"; RFC 5322 4.4). */
static MC_RC take_angle(
	struct mc_buf *out, struct mc_span inside, struct mc_error *err)
{
	inside = mc_span_trim(inside);
	if (inside.n > 0 && inside.p[0] == '@')
		inside = mc_span_from(inside, mc_span_index(inside, ':') + 1);
	mc_buf_clear(out);
	return mc_token_clean(out, inside, true, err);
}

/* One token of an address list, which may complete out; *n its octets. */
static MC_RC take(struct mc_buf *out, struct mc_span s, size_t *n, bool *found,
	struct mc_error *err)
{
	enum mc_rc rc;

	*n = 1;
	switch (s.p[0]) {
	case '(':
		*n = mc_token_comment(s);
		return MC_OK;
	case '"':
		*n = mc_token_quoted(s);
		return mc_buf_put(out, mc_span_head(s, *n), err);
	case '<':
		*n = mc_token_find(s, '>', true);
		rc = take_angle(out, mc_span_from(mc_span_head(s, *n), 1), err);
		*found = out->len > 0;
		return rc;
	case ',':
	case ';':
		*found = has_at(out);
		if (!*found)
			mc_buf_clear(out);
		return MC_OK;
	case ':': /* behind a group's name; not in "a@[IPv6:::1]" */
		if (has_at(out))
			return mc_buf_putc(out, ':', err);
		mc_buf_clear(out);
		return MC_OK;
	default:
		return mc_token_clean(out, mc_span_head(s, 1), false, err);
	}
}

static void lower_domain(struct mc_buf *addr)
{
	size_t at = addr->len;

	while (at > 0 && addr->data[at - 1] != '@')
		at--;
	for (size_t i = at; at > 0 && i < addr->len; i++) {
		char c = addr->data[i];

		if (c >= 'A' && c <= 'Z')
			addr->data[i] = (char)(c - 'A' + 'a');
	}
}

MC_RC mc_identity_address(
	struct mc_buf *out, struct mc_span from, struct mc_error *err)
{
	struct mc_span rest = from;
	bool found = false;
	enum mc_rc rc = MC_OK;
	size_t n;

	mc_buf_clear(out);
	while (rest.n > 0 && !found && rc == MC_OK) {
		rc = take(out, rest, &n, &found, err);
		rest = mc_span_from(rest, n);
	}
	if (rc < 0)
		return rc;
	if (found || has_at(out)) {
		lower_domain(out);
		return MC_OK;
	}
	mc_buf_clear(out);
	return mc_fold_blanks(out, from, err);
}

/* Octets of "[...]" at the start of s, else 0.  A list's tag is short. */
static size_t list_tag(struct mc_span s)
{
	enum { TAG_MAX = 64 };
	struct mc_span tag = mc_span_head(s, TAG_MAX);
	size_t end = mc_span_index(tag, ']');

	return s.n > 0 && s.p[0] == '[' && end < tag.n ? end + 1 : 0;
}

/* Octets of "Re:", "AW:", "Fwd:" and the like, in any script, else 0. */
static size_t reply_mark(struct mc_span s)
{
	enum { MARK_MAX = 16 };
	struct mc_span mark = mc_span_head(s, MARK_MAX);

	for (size_t i = 0; i < mark.n; i++) {
		if (mark.p[i] == ':')
			return i > 0 ? i + 1 : 0;
		if ((unsigned char)mark.p[i] < 'A')
			return 0;
	}
	return 0;
}

MC_RC mc_identity_subject(
	struct mc_buf *out, struct mc_span subject, struct mc_error *err)
{
	struct mc_span s = mc_span_trim(subject);
	enum mc_rc rc = MC_OK;
	bool front = true; /* nothing but marks so far */

	mc_buf_clear(out);
	while (s.n > 0 && rc == MC_OK) {
		size_t tag = front ? list_tag(s) : 0;
		size_t n = front ? reply_mark(s) : 0;

		if (tag == 0 && n == 0) {
			front = false;
			while (n < s.n && !mc_fold_white(s.p[n]))
				n++;
		}
		if (tag == 0)
			rc = mc_buf_put(out, mc_span_head(s, n), err);
		s = mc_span_trim(mc_span_from(s, tag > 0 ? tag : n));
	}
	return rc;
}

/* The instant, so that copies may tell it in other zones; else the text. */
static MC_RC put_date(struct mc_hash *hash, struct mc_buf *scratch,
	const struct mc_facts *facts, int64_t date, struct mc_error *err)
{
	enum mc_rc rc;

	mc_buf_clear(scratch);
	if (date == MC_NO_TIME) {
		rc = mc_fold_blanks(scratch, facts->date, err);
		mc_hash_put(hash, MC_SPAN("text "));
	} else {
		rc = mc_buf_printf(scratch, err, "%" PRId64, date);
	}
	mc_hash_field(hash, mc_buf_span(scratch));
	return rc;
}

static void put_mark(struct mc_digest *key, struct mc_span message_id)
{
	const struct mc_digest mark = mc_digest_of(message_id);

	memcpy(key->octet, mark.octet, 4);
}

MC_RC mc_identity_key(struct mc_digest *out, const struct mc_facts *facts,
	int64_t date, struct mc_span subject, struct mc_error *err)
{
	struct mc_buf scratch;
	struct mc_hash hash;
	enum mc_rc rc;

	if (facts->message_id.n == 0) {
		*out = facts->variant;
		return MC_OK;
	}
	/* A decoded subject may be longer than its field: three octets of
	 * UTF-8 for one of a legacy charset. */
	mc_buf_init(&scratch, 4 * (size_t)MC_FIELD_MAX);
	mc_hash_init(&hash);
	mc_hash_put(&hash, MC_SPAN("logical message "));
	mc_hash_field(&hash, facts->message_id);
	rc = mc_identity_address(&scratch, facts->from, err);
	if (rc < 0)
		goto out;
	mc_hash_field(&hash, mc_buf_span(&scratch));
	rc = put_date(&hash, &scratch, facts, date, err);
	if (rc < 0)
		goto out;
	rc = mc_identity_subject(&scratch, subject, err);
	if (rc < 0)
		goto out;
	mc_hash_field(&hash, mc_buf_span(&scratch));
	*out = mc_hash_end(&hash);
	put_mark(out, facts->message_id);
out:
	mc_buf_dispose(&scratch);
	return rc;
}
