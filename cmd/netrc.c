/* SPDX-License-Identifier: MIT */
#include "cmd/netrc.h"

#include "base/limits.h"

struct reader {
	struct mc_span rest;
	struct mc_buf word; /* the one in hand, unquoted */
	struct mc_error *err;
};

/* The entry in hand. */
struct entry {
	bool fits_host;
	bool fits_user; /* until a login says otherwise */
	bool has_password;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_line(struct reader *r)
{
	r->rest = mc_span_from(r->rest, mc_span_index(r->rest, '\n'));
}

/* Blanks and comments before the next word. */
static void skip_blanks(struct reader *r)
{
	while (r->rest.n > 0 && (is_blank(*r->rest.p) || *r->rest.p == '#')) {
		if (*r->rest.p == '#')
			skip_line(r);
		else
			r->rest = mc_span_from(r->rest, 1);
	}
}

static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

static MC_RC read_quoted(struct reader *r)
{
	enum mc_rc rc = MC_OK;

	r->rest = mc_span_from(r->rest, 1);
	while (rc == MC_OK && r->rest.n > 0 && *r->rest.p != '"') {
		char c = *r->rest.p;

		if (c == '\\' && r->rest.n > 1) {
			r->rest = mc_span_from(r->rest, 1);
			c = unescape(*r->rest.p);
		}
		rc = mc_buf_putc(&r->word, c, r->err);
		r->rest = mc_span_from(r->rest, 1);
	}
	r->rest = mc_span_from(r->rest, 1);
	return rc;
}

/* MC_DONE at the end of the text. */
static MC_RC next_word(struct reader *r)
{
	enum mc_rc rc = MC_OK;

	skip_blanks(r);
	mc_buf_clear(&r->word);
	if (r->rest.n == 0)
		return MC_DONE;
	if (*r->rest.p == '"')
		return read_quoted(r);
	while (rc == MC_OK && r->rest.n > 0 && !is_blank(*r->rest.p)) {
		rc = mc_buf_putc(&r->word, *r->rest.p, r->err);
		r->rest = mc_span_from(r->rest, 1);
	}
	return rc;
}

static bool word_is(const struct reader *r, const char *text)
{
	return mc_span_eq(mc_buf_span(&r->word), mc_span_str(text));
}

/* A macro ends with an empty line. */
static void skip_macro(struct reader *r)
{
	while (r->rest.n > 0) {
		skip_line(r);
		r->rest = mc_span_from(r->rest, 1);
		if (r->rest.n > 0 && *r->rest.p == '\n')
			break;
	}
}

/* The word in hand is a keyword.  secret: the password of the entry. */
static MC_RC read_item(struct reader *r, struct entry *entry, const char *host,
	const char *user, struct mc_buf *secret)
{
	enum mc_rc rc;

	if (word_is(r, "login")) {
		rc = next_word(r);
		entry->fits_user = word_is(r, user);
		return rc;
	}
	if (word_is(r, "password")) {
		rc = next_word(r);
		mc_buf_clear(secret);
		if (rc == MC_OK)
			rc = mc_buf_put(secret, mc_buf_span(&r->word), r->err);
		entry->has_password = true;
		return rc;
	}
	if (word_is(r, "machine")) {
		rc = next_word(r);
		*entry = (struct entry){ .fits_user = true,
			.fits_host = mc_span_ieq(
				mc_buf_span(&r->word), mc_span_str(host)) };
		return rc;
	}
	if (word_is(r, "default"))
		*entry = (struct entry){ .fits_user = true, .fits_host = true };
	else if (word_is(r, "account"))
		return next_word(r);
	else if (word_is(r, "macdef"))
		skip_macro(r);
	return MC_OK;
}

static bool fits(const struct entry *entry)
{
	return entry->fits_host && entry->fits_user && entry->has_password;
}

MC_RC mc_netrc_find(struct mc_span text, const char *host, const char *user,
	struct mc_buf *secret, struct mc_error *err)
{
	struct reader r = { .rest = text, .err = err };
	struct entry entry = { false, false, false };
	enum mc_rc rc;

	mc_buf_init(&r.word, MC_SECRET_MAX);
	/* So that growing leaves no copy behind in freed memory. */
	rc = mc_buf_reserve(&r.word, MC_SECRET_MAX, err);
	while (rc == MC_OK && (rc = next_word(&r)) == MC_OK) {
		/* The entry before is complete when another begins. */
		if ((word_is(&r, "machine") || word_is(&r, "default")) &&
			fits(&entry))
			break;
		rc = read_item(&r, &entry, host, user, secret);
	}
	mc_buf_wipe(&r.word);
	if (rc >= 0 && fits(&entry))
		return MC_OK;
	mc_buf_clear(secret);
	return rc < 0 ? rc : MC_DONE;
}
