/* SPDX-License-Identifier: MIT
 * imap_read: responses in, and what NO, BAD and BYE mean. */
#include "base/limits.h"
#include "base/text.h"
#include "net/hint.h"
#include "net/imap_wire.h"

/* Octets of a literal asked of the stream at a time. */
enum { LITERAL_CHUNK = 64 * 1024 };

/* Empty lines passed over before one response. */
enum { EMPTY_LINES_MAX = 100 };

static const struct {
	const char *name;
	enum mc_imap_word word;
} words[] = {
	{ "OK", MC_IMAP_OK },
	{ "NO", MC_IMAP_NO },
	{ "BAD", MC_IMAP_BAD },
	{ "BYE", MC_IMAP_BYE },
	{ "PREAUTH", MC_IMAP_PREAUTH },
};

static MC_RC not_imap(
	const struct mc_imap *imap, struct mc_span line, struct mc_error *err)
{
	char shown[160];

	mc_stream_words(imap->stream, shown, sizeof(shown), line);
	return mc_fail(err, MC_EPROTO, MC_SESSION, 0,
		"the server sent what is no IMAP: '%s'", shown);
}

/* Takes the word before the first blank off s. */
static struct mc_span take_word(struct mc_span *s)
{
	size_t n = mc_span_index(*s, ' ');
	struct mc_span word = mc_span_head(*s, n);

	*s = mc_span_from(*s, n + 1);
	return word;
}

static bool find_word(struct mc_span name, enum mc_imap_word *out)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!mc_span_ieq(name, mc_span_str(words[i].name)))
			continue;
		*out = words[i].word;
		return true;
	}
	return false;
}

/* Index of the ']' that ends a response code: not one in a list or a quoted
 * string, unless there is no other. */
static size_t code_end(struct mc_span s)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == ']' && depth == 0)
			return i;
	}
	return mc_span_index(s, ']');
}

/* "[CODE ...] words", RFC 9051 7.1, into tokens and text. */
static MC_RC take_text(
	struct mc_imap_response *r, struct mc_span s, struct mc_error *err)
{
	int64_t literal;
	size_t end;

	r->text = mc_span_trim(s);
	if (r->text.n == 0 || r->text.p[0] != '[')
		return MC_OK;
	s = mc_span_from(r->text, 1);
	end = code_end(s);
	if (end == s.n)
		return MC_OK;
	r->text = mc_span_trim(mc_span_from(s, end + 1));
	return mc_imap_lex(&r->tokens, mc_span_head(s, end), &literal, err);
}

static MC_RC read_held(
	struct mc_imap *imap, int64_t octets, struct mc_error *err)
{
	struct mc_span bytes;
	enum mc_rc rc = MC_OK;

	mc_buf_clear(&imap->held);
	while (octets > 0 && rc == MC_OK) {
		size_t max =
			octets < LITERAL_CHUNK ? (size_t)octets : LITERAL_CHUNK;

		rc = mc_stream_some(imap->stream, max, &bytes, err);
		if (rc < 0)
			break;
		octets -= (int64_t)bytes.n;
		rc = mc_buf_put(&imap->held, bytes, err);
	}
	if (rc < 0)
		return rc;
	return mc_imap_lex_literal(
		&imap->response.tokens, mc_buf_span(&imap->held), err);
}

/* taker NULL: dropped. */
static MC_RC read_streamed(struct mc_imap *imap, struct mc_imap_taker *taker,
	int64_t octets, struct mc_error *err)
{
	struct mc_span bytes;
	enum mc_rc rc;

	while (octets > 0) {
		size_t max =
			octets < LITERAL_CHUNK ? (size_t)octets : LITERAL_CHUNK;

		rc = mc_stream_some(imap->stream, max, &bytes, err);
		if (rc < 0)
			return rc;
		octets -= (int64_t)bytes.n;
		if (taker && taker->bytes)
			rc = taker->bytes(taker, bytes, err);
		if (rc < 0)
			return rc;
	}
	return mc_imap_lex_skipped(&imap->response.tokens, err);
}

static MC_RC read_literal(struct mc_imap *imap, struct mc_imap_taker *taker,
	int64_t octets, struct mc_error *err)
{
	size_t room = MC_RESPONSE_MAX - imap->response.tokens.text.len;
	bool take = false;

	if (taker && taker->literal &&
		taker->literal(taker, &imap->response, octets, &take, err) < 0)
		return err->rc;
	if (take)
		return read_streamed(imap, taker, octets, err);
	/* Half of what is left, for something may follow. */
	if (octets > (int64_t)(room / 2))
		return read_streamed(imap, NULL, octets, err);
	return read_held(imap, octets, err);
}

static MC_RC read_data(struct mc_imap *imap, struct mc_imap_taker *taker,
	struct mc_span line, struct mc_error *err)
{
	struct mc_imap_tokens *tokens = &imap->response.tokens;
	int64_t literal;
	enum mc_rc rc;

	imap->response.kind = MC_IMAP_DATA;
	rc = mc_imap_lex(tokens, line, &literal, err);
	while (rc == MC_OK && literal >= 0) {
		rc = read_literal(imap, taker, literal, err);
		if (rc == MC_OK)
			rc = mc_stream_line(imap->stream, &line, err);
		if (rc == MC_OK)
			rc = mc_imap_lex(tokens, line, &literal, err);
	}
	return rc;
}

/* Ours are "M" and a number. */
static bool find_tag(
	const struct mc_imap *imap, struct mc_span word, uint32_t *tag)
{
	int64_t number;

	if (word.n < 2 || word.p[0] != 'M' ||
		!mc_text_decimal(mc_span_from(word, 1), imap->tag, &number) ||
		number == 0)
		return false;
	*tag = (uint32_t)number;
	return true;
}

static MC_RC read_tagged(
	struct mc_imap *imap, struct mc_span line, struct mc_error *err)
{
	struct mc_imap_response *r = &imap->response;
	struct mc_span rest = line;

	r->kind = MC_IMAP_TAGGED;
	if (!find_tag(imap, take_word(&rest), &r->tag) ||
		!find_word(take_word(&rest), &r->word) || r->word > MC_IMAP_BAD)
		return not_imap(imap, line, err);
	return take_text(r, rest, err);
}

static MC_RC read_untagged(struct mc_imap *imap, struct mc_imap_taker *taker,
	struct mc_span line, struct mc_error *err)
{
	struct mc_imap_response *r = &imap->response;
	struct mc_span rest = line;

	if (!find_word(take_word(&rest), &r->word))
		return read_data(imap, taker, line, err);
	r->kind = MC_IMAP_STATUS;
	return take_text(r, rest, err);
}

/* A line that is no literal's beginning, kept in imap->line. */
static MC_RC next_line(
	struct mc_imap *imap, struct mc_span *line, struct mc_error *err)
{
	enum mc_rc rc = MC_OK;
	int empty = 0;

	do {
		rc = mc_stream_line(imap->stream, line, err);
	} while (rc == MC_OK && line->n == 0 && empty++ < EMPTY_LINES_MAX);
	if (rc < 0)
		return rc;
	mc_buf_clear(&imap->line);
	rc = mc_buf_put(&imap->line, *line, err);
	*line = mc_buf_span(&imap->line);
	return rc;
}

/* What concerns the session, whoever asked. */
static MC_RC notice(struct mc_imap *imap, struct mc_error *err)
{
	const struct mc_imap_response *r = &imap->response;
	enum mc_rc rc = MC_OK;
	char shown[400];
	int64_t exists;

	if (r->kind == MC_IMAP_CONTINUE)
		return MC_OK;
	if (r->kind == MC_IMAP_STATUS && r->word == MC_IMAP_BYE) {
		imap->bye = true;
		return mc_imap_fail(imap, r, MC_SESSION, err);
	}
	if (r->kind != MC_IMAP_DATA && imap->trusted &&
		mc_imap_is(&r->tokens, 0, "ALERT")) {
		mc_stream_words(imap->stream, shown, sizeof(shown), r->text);
		mc_note(imap->mon, "%s says: %s", imap->at->host, shown);
	}
	if (r->kind == MC_IMAP_DATA && mc_imap_is(&r->tokens, 1, "EXISTS") &&
		mc_imap_number(&r->tokens, 0, UINT32_MAX, &exists))
		imap->exists = (uint32_t)exists;
	if (r->kind == MC_IMAP_DATA && imap->id_tag)
		rc = mc_imap_take_id(imap, err);
	if (rc == MC_OK && mc_imap_is(&r->tokens, 0, "CAPABILITY"))
		rc = mc_imap_take_caps(imap, 1, err);
	return rc;
}

/* Takes it from those who count answers; NO is as good as OK. */
static MC_RC take_answer_to_id(
	struct mc_imap *imap, bool *taken, struct mc_error *err)
{
	const struct mc_imap_response *r = &imap->response;

	*taken = r->kind == MC_IMAP_TAGGED && imap->id_tag &&
		 r->tag == imap->id_tag;
	if (!*taken)
		return MC_OK;
	imap->id_tag = 0;
	return r->word == MC_IMAP_BAD ? mc_imap_fail(imap, r, MC_SESSION, err)
				      : MC_OK;
}

static MC_RC read_response(
	struct mc_imap *imap, struct mc_imap_taker *taker, struct mc_error *err)
{
	struct mc_imap_response *r = &imap->response;
	struct mc_span line;
	enum mc_rc rc;

	mc_imap_tokens_clear(&r->tokens);
	r->text = (struct mc_span){ "", 0 };
	rc = next_line(imap, &line, err);
	if (rc < 0)
		return rc;
	if (mc_span_starts(line, MC_SPAN("* ")))
		return read_untagged(imap, taker, mc_span_from(line, 2), err);
	if (!mc_span_starts(line, MC_SPAN("+")))
		return read_tagged(imap, line, err);
	r->kind = MC_IMAP_CONTINUE;
	r->text = mc_span_trim(mc_span_from(line, 1));
	return MC_OK;
}

enum mc_rc mc_imap_fail_closed(struct mc_error *err)
{
	(void)mc_fail(err, MC_ENET, MC_SESSION, 0, "the connection is closed");
	err->hope = MC_AGAIN;
	return err->rc;
}

bool mc_imap_readable(struct mc_imap *imap)
{
	return !imap->broken && mc_stream_readable(imap->stream);
}

MC_RC mc_imap_read(struct mc_imap *imap, struct mc_imap_taker *taker,
	const struct mc_imap_response **out, struct mc_error *err)
{
	bool passed = true;
	enum mc_rc rc = MC_OK;

	if (imap->broken)
		return mc_imap_fail_closed(err);
	while (rc == MC_OK && passed) {
		rc = read_response(imap, taker, err);
		if (rc == MC_OK)
			rc = notice(imap, err);
		if (rc == MC_OK)
			rc = take_answer_to_id(imap, &passed, err);
	}
	*out = &imap->response;
	return mc_imap_checked(imap, rc);
}

void mc_imap_abort(struct mc_imap *imap)
{
	imap->broken = true;
	imap->flights = NULL;
	mc_stream_close(imap->stream);
	imap->stream = NULL;
}

enum mc_rc mc_imap_fail(struct mc_imap *imap,
	const struct mc_imap_response *response, enum mc_scope scope,
	struct mc_error *err)
{
	bool coded = mc_imap_type(&response->tokens, 0) == MC_IMAP_ATOM;
	struct mc_span code = coded ? mc_imap_span(&response->tokens, 0)
				    : (struct mc_span){ 0 };
	struct mc_hint hint = imap->entering
				      ? mc_hint_of_login(code, response->text)
				      : mc_hint_of(code, response->text);
	bool refused = response->word == MC_IMAP_NO ||
		       (response->word == MC_IMAP_BAD && imap->asking);
	char told[MC_ERROR_CODE];
	char shown[360];

	mc_stream_words(imap->stream, shown, sizeof(shown), response->text);
	mc_stream_words(imap->stream, told, sizeof(told), code);
	if (refused)
		(void)mc_fail(err, MC_EREFUSED, scope, 0, "%s",
			shown[0] ? shown : "refused without a word");
	else if (response->word == MC_IMAP_BYE)
		(void)mc_fail(err, hint.refused ? MC_EAUTH : MC_ENET,
			MC_SESSION, 0, "the server closed the connection: '%s'",
			shown);
	else
		(void)mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server did not understand us: '%s'", shown);
	if (err->rc == MC_EAUTH)
		mc_text_advise(err->text, sizeof(err->text), MC_LOGIN_ADVICE);
	if (!refused)
		mc_imap_abort(imap);
	mc_text_format(err->code, sizeof(err->code), "%s", told);
	err->hope = hint.later ? MC_LATER : MC_NEVER;
	if (err->rc == MC_ENET && !hint.later)
		err->hope = MC_AGAIN;
	if (response->word != MC_IMAP_BAD)
		err->sys = hint.wait_ms;
	return err->rc;
}
