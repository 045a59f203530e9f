/* SPDX-License-Identifier: MIT
 * imap_lex: lines of an IMAP server, taken apart into tokens; no I/O.
 *
 * Tolerant: what RFC 9051 9 does not allow is taken as the nearest thing that
 * it does (an unclosed quote ends with its line, a stray ')' is passed over).
 * Bounded: octets, tokens and depth.  Nothing recurses.
 *
 *   * 7 FETCH (UID 9 BODY[HEADER.FIELDS (DATE)] "a\"b" X NIL)
 *     ATOM ATOM OPEN ATOM ATOM ATOM                STRING ATOM ATOM CLOSE
 */
#ifndef MC_NET_IMAP_LEX_H
#define MC_NET_IMAP_LEX_H

#include <stdint.h>

#include "base/buf.h"

enum mc_imap_type {
	MC_IMAP_NONE,    /* behind the last token */
	MC_IMAP_OPEN,    /* ( */
	MC_IMAP_CLOSE,   /* ) */
	MC_IMAP_ATOM,    /* also numbers, NIL, \Flags, BODY[...] */
	MC_IMAP_STRING,  /* quoted, or a literal that is held */
	MC_IMAP_SKIPPED, /* a literal that was streamed or dropped */
};

struct mc_imap_token {
	enum mc_imap_type type;
	size_t at; /* in text */
	size_t n;
};

struct mc_imap_tokens {
	struct mc_buf text;
	struct mc_imap_token *token;
	size_t n;
	size_t cap;
	size_t depth; /* lists still open */
};

void mc_imap_tokens_init(struct mc_imap_tokens *t);
void mc_imap_tokens_dispose(struct mc_imap_tokens *t);
void mc_imap_tokens_clear(struct mc_imap_tokens *t);

/* Adds the tokens of one line (without its CRLF).  *literal: octets of the
 * literal {n} or ~{n} that its end announces, which belong to the same
 * response, as do the lines behind it; -1 if there is none.
 * Fails: ELIMIT scope SESSION (octets, tokens, depth, a literal over 2^63). */
MC_RC mc_imap_lex(struct mc_imap_tokens *t, struct mc_span line,
	int64_t *literal, struct mc_error *err);
/* Adds a literal: `held` octets, or SKIPPED if it went elsewhere. */
MC_RC mc_imap_lex_literal(
	struct mc_imap_tokens *t, struct mc_span held, struct mc_error *err);
MC_RC mc_imap_lex_skipped(struct mc_imap_tokens *t, struct mc_error *err);

/* i may be behind the end everywhere below. */
enum mc_imap_type mc_imap_type(const struct mc_imap_tokens *t, size_t i);
/* Borrowed until the next change of t. */
struct mc_span mc_imap_span(const struct mc_imap_tokens *t, size_t i);
/* An atom of that name, any case. */
bool mc_imap_is(const struct mc_imap_tokens *t, size_t i, const char *atom);
bool mc_imap_is_nil(const struct mc_imap_tokens *t, size_t i);
/* A number of up to max in digits.  False: it is none. */
bool mc_imap_number(
	const struct mc_imap_tokens *t, size_t i, int64_t max, int64_t *out);
/* The index behind the value at i: a whole list, or one token. */
size_t mc_imap_behind(const struct mc_imap_tokens *t, size_t i);
/* Adds the words of the list at i (none if there is no list), each ended by
 * NUL; empty ones and those with a NUL in them are left out. */
MC_RC mc_imap_words(const struct mc_imap_tokens *t, size_t i,
	struct mc_buf *words, struct mc_error *err);

#endif
