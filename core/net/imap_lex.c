/* SPDX-License-Identifier: MIT */
#include "net/imap_lex.h"

#include "base/limits.h"
#include "base/text.h"

/* More than any response that we ask for has, LIST of one mailbox or FETCH of
 * one message; a line of MC_REPLY_LINE_MAX may hold as many brackets. */
enum { TOKENS_MAX = 64 * 1024 };

void mc_imap_tokens_init(struct mc_imap_tokens *t)
{
	*t = (struct mc_imap_tokens){ 0 };
	mc_buf_init(&t->text, MC_RESPONSE_MAX);
}

void mc_imap_tokens_dispose(struct mc_imap_tokens *t)
{
	mc_buf_dispose(&t->text);
	free(t->token);
	mc_imap_tokens_init(t);
}

void mc_imap_tokens_clear(struct mc_imap_tokens *t)
{
	mc_buf_clear(&t->text);
	t->n = 0;
	t->depth = 0;
}

static MC_RC too_much(struct mc_error *err, const char *what)
{
	return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
		"the server's response has too many %s", what);
}

static MC_RC add_octets(
	struct mc_imap_tokens *t, struct mc_span s, struct mc_error *err)
{
	if (s.n > t->text.max - t->text.len)
		return too_much(err, "octets");
	return mc_buf_put(&t->text, s, err);
}

/* The token's octets are the last n of text. */
static MC_RC add(struct mc_imap_tokens *t, enum mc_imap_type type, size_t n,
	struct mc_error *err)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct mc_imap_token *token;

		if (cap > TOKENS_MAX)
			return too_much(err, "parts");
		token = realloc(t->token, cap * sizeof(*token));
		if (!token)
			return mc_fail_memory(err);
		t->token = token;
		t->cap = cap;
	}
	t->token[t->n++] = (struct mc_imap_token){ type, t->text.len - n, n };
	return MC_OK;
}

static MC_RC lex_bracket(
	struct mc_imap_tokens *t, char c, size_t *at, struct mc_error *err)
{
	++*at;
	if (c == '(') {
		if (t->depth == MC_DEPTH_MAX)
			return too_much(err, "nested lists");
		t->depth++;
		return add(t, MC_IMAP_OPEN, 0, err);
	}
	if (t->depth == 0)
		return MC_OK;
	t->depth--;
	return add(t, MC_IMAP_CLOSE, 0, err);
}

static MC_RC lex_quoted(struct mc_imap_tokens *t, struct mc_span line,
	size_t *at, struct mc_error *err)
{
	size_t start = t->text.len;
	size_t i = *at + 1;
	enum mc_rc rc = MC_OK;

	while (i < line.n && line.p[i] != '"' && rc == MC_OK) {
		size_t from;

		if (line.p[i] == '\\' && i + 1 < line.n)
			i++;
		from = i++;
		while (i < line.n && line.p[i] != '"' && line.p[i] != '\\')
			i++;
		rc = add_octets(
			t, (struct mc_span){ line.p + from, i - from }, err);
	}
	*at = i < line.n ? i + 1 : i;
	if (rc < 0)
		return rc;
	return add(t, MC_IMAP_STRING, t->text.len - start, err);
}

/* The index behind the ']' that closes the '[' at i, or i + 1 if none does. */
static size_t behind_section(struct mc_span line, size_t i)
{
	size_t open = 0;
	bool quoted = false;

	for (size_t k = i; k < line.n; k++) {
		char c = line.p[k];

		if (quoted && c == '\\')
			k++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '[')
			open++;
		else if (!quoted && c == ']' && --open == 0)
			return k + 1;
	}
	return i + 1;
}

static bool ends_atom(char c)
{
	return c == ' ' || c == '\t' || c == '(' || c == ')';
}

/* *sections turns false at the first '[' that nothing closes: what follows on
 * the line need not be searched again, which would be quadratic. */
static MC_RC lex_atom(struct mc_imap_tokens *t, struct mc_span line, size_t *at,
	bool *sections, struct mc_error *err)
{
	size_t i = *at;
	size_t start = *at;
	enum mc_rc rc;

	while (i < line.n && !ends_atom(line.p[i])) {
		size_t next = i + 1;

		if (line.p[i] == '[' && *sections) {
			next = behind_section(line, i);
			*sections = next > i + 1;
		}
		i = next;
	}
	*at = i;
	rc = add_octets(t, (struct mc_span){ line.p + start, i - start }, err);
	if (rc < 0)
		return rc;
	return add(t, MC_IMAP_ATOM, i - start, err);
}

/* Does line end in {n}, {n+} or ~{n}?  *mark: where that begins, else line.n.
 * A server never sends '+', but who did would mean a literal. */
static MC_RC find_literal(struct mc_span line, size_t *mark, int64_t *octets,
	struct mc_error *err)
{
	size_t end = line.n;
	size_t i;

	*mark = line.n;
	*octets = -1;
	if (end < 3 || line.p[end - 1] != '}')
		return MC_OK;
	end--;
	if (line.p[end - 1] == '+')
		end--;
	i = end;
	while (i > 0 && line.p[i - 1] >= '0' && line.p[i - 1] <= '9')
		i--;
	if (i == end || i == 0 || line.p[i - 1] != '{')
		return MC_OK;
	if (!mc_text_decimal(
		    (struct mc_span){ line.p + i, end - i }, INT64_MAX, octets))
		return mc_fail(err, MC_ELIMIT, MC_SESSION, 0,
			"the server announced a literal beyond 2^63 octets");
	*mark = i - 1;
	if (*mark > 0 && line.p[*mark - 1] == '~')
		--*mark;
	return MC_OK;
}

MC_RC mc_imap_lex(struct mc_imap_tokens *t, struct mc_span line,
	int64_t *literal, struct mc_error *err)
{
	int64_t octets;
	size_t mark;
	size_t at = 0;
	bool sections = true;
	enum mc_rc rc = find_literal(line, &mark, &octets, err);

	*literal = -1;
	while (rc == MC_OK && at < line.n) {
		char c = line.p[at];

		if (at == mark) {
			*literal = octets;
			break;
		}
		if (c == ' ' || c == '\t')
			at++;
		else if (c == '(' || c == ')')
			rc = lex_bracket(t, c, &at, err);
		else if (c == '"')
			rc = lex_quoted(t, line, &at, err);
		else
			rc = lex_atom(t, mc_span_head(line, mark), &at,
				&sections, err);
	}
	return rc;
}

MC_RC mc_imap_lex_literal(
	struct mc_imap_tokens *t, struct mc_span held, struct mc_error *err)
{
	enum mc_rc rc = add_octets(t, held, err);

	if (rc < 0)
		return rc;
	return add(t, MC_IMAP_STRING, held.n, err);
}

MC_RC mc_imap_lex_skipped(struct mc_imap_tokens *t, struct mc_error *err)
{
	return add(t, MC_IMAP_SKIPPED, 0, err);
}

enum mc_imap_type mc_imap_type(const struct mc_imap_tokens *t, size_t i)
{
	return i < t->n ? t->token[i].type : MC_IMAP_NONE;
}

struct mc_span mc_imap_span(const struct mc_imap_tokens *t, size_t i)
{
	if (i >= t->n || t->token[i].n == 0)
		return (struct mc_span){ "", 0 };
	return (struct mc_span){ t->text.data + t->token[i].at, t->token[i].n };
}

bool mc_imap_is(const struct mc_imap_tokens *t, size_t i, const char *atom)
{
	return mc_imap_type(t, i) == MC_IMAP_ATOM &&
	       mc_span_ieq(mc_imap_span(t, i), mc_span_str(atom));
}

bool mc_imap_is_nil(const struct mc_imap_tokens *t, size_t i)
{
	return mc_imap_is(t, i, "NIL");
}

bool mc_imap_number(
	const struct mc_imap_tokens *t, size_t i, int64_t max, int64_t *out)
{
	return mc_imap_type(t, i) == MC_IMAP_ATOM &&
	       mc_text_decimal(mc_imap_span(t, i), max, out);
}

size_t mc_imap_behind(const struct mc_imap_tokens *t, size_t i)
{
	size_t depth = 0;

	while (i < t->n) {
		enum mc_imap_type type = t->token[i++].type;

		if (type == MC_IMAP_OPEN)
			depth++;
		else if (type == MC_IMAP_CLOSE && depth > 0)
			depth--;
		if (depth == 0)
			break;
	}
	return i;
}

MC_RC mc_imap_words(const struct mc_imap_tokens *t, size_t i,
	struct mc_buf *words, struct mc_error *err)
{
	size_t end = mc_imap_behind(t, i);
	enum mc_rc rc = MC_OK;

	if (mc_imap_type(t, i) != MC_IMAP_OPEN)
		return MC_OK;
	for (i++; i < end && rc == MC_OK; i++) {
		struct mc_span word = mc_imap_span(t, i);

		if ((mc_imap_type(t, i) != MC_IMAP_ATOM &&
			    mc_imap_type(t, i) != MC_IMAP_STRING) ||
			word.n == 0 || memchr(word.p, '\0', word.n))
			continue;
		rc = mc_buf_put(words, word, err);
		if (rc == MC_OK)
			rc = mc_buf_putc(words, '\0', err);
	}
	return rc;
}
