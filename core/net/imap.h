/* SPDX-License-Identifier: MIT
 * imap: one session with an IMAP server, logged in; RFC 3501 and 9051.
 *
 * open -> greeting -> [STARTTLS] -> login -> CAPABILITY, ID -> commands
 *
 * A command is begun, put and ended, then waited for; or several are ended
 * before the first is waited for (pipelining).  Replies are read by our own
 * tolerant lexer: untagged data may come at any time, what nobody asked for is
 * passed over, literals can be streamed.  BAD and whatever cannot be understood
 * closes the connection at once: nothing behind it may be taken for a command.
 *
 * Errors (text holds the server's words, code its response code):
 *   NO    EREFUSED    hope LATER if the server is only busy; sys is then the
 *                     wait in ms that it asked for, or 0
 *   BAD   EPROTO      scope SESSION
 *   BYE   ENET        scope SESSION, hope AGAIN or LATER
 */
#ifndef MC_NET_IMAP_H
#define MC_NET_IMAP_H

#include "base/endpoint.h"
#include "base/event.h"
#include "net/imap_lex.h"

struct mc_imap;

enum mc_imap_kind {
	MC_IMAP_DATA,     /* untagged: tokens behind the "*" */
	MC_IMAP_STATUS,   /* untagged OK, NO, BAD, BYE, PREAUTH */
	MC_IMAP_TAGGED,   /* tagged OK, NO, BAD */
	MC_IMAP_CONTINUE, /* "+": text */
};

enum mc_imap_word {
	MC_IMAP_OK,
	MC_IMAP_NO,
	MC_IMAP_BAD,
	MC_IMAP_BYE,
	MC_IMAP_PREAUTH,
};

/* Of a status or tagged response the tokens are those in [], code and
 * arguments, without the brackets; none if there is no code. */
struct mc_imap_response {
	enum mc_imap_kind kind;
	enum mc_imap_word word;
	uint32_t tag; /* TAGGED: which command */
	struct mc_span text;
	struct mc_imap_tokens tokens;
};

/* Who takes data while a command runs; every function may be NULL. */
struct mc_imap_taker {
	/* DATA or STATUS, complete; borrowed. */
	MC_RC (*data)(struct mc_imap_taker *taker,
		const struct mc_imap_response *response, struct mc_error *err);
	/* A literal comes as the next token.  *take: its octets go to bytes();
	 * else it is held, or dropped if it is too large to be. */
	MC_RC (*literal)(struct mc_imap_taker *taker,
		const struct mc_imap_response *sofar, int64_t octets,
		bool *take, struct mc_error *err);
	MC_RC (*bytes)(struct mc_imap_taker *taker, struct mc_span bytes,
		struct mc_error *err);
};

/* Fails: ENET ETLS EAUTH EPROTO EREFUSED ECANCEL, what at->secret fails. */
MC_RC mc_imap_open(struct mc_imap **out, const struct mc_endpoint *at,
	const struct mc_monitor *mon, struct mc_error *err);
/* LOGOUT if the connection is in order; NULL is fine. */
void mc_imap_close(struct mc_imap *imap);

/* A capability by its whole name, upper case: "LITERAL+". */
bool mc_imap_can(const struct mc_imap *imap, const char *capability);
/* What stands behind "NAME=", or a span with p == NULL. */
struct mc_span mc_imap_can_value(const struct mc_imap *imap, const char *name);
/* All, split by blanks. */
const char *mc_imap_capabilities(const struct mc_imap *imap);
/* Greeting, and the answer to ID as "name value name value"; "" if none.  That
 * one comes with the answer to the first command. */
const char *mc_imap_greeting(const struct mc_imap *imap);
const char *mc_imap_server_id(const struct mc_imap *imap);

/* How long the quickest command so far was waited for, ms. */
int64_t mc_imap_wait_ms(const struct mc_imap *imap);

/* COMPRESS=DEFLATE, RFC 4978, where the server can and it is not so already;
 * no command is on its way.  is_slow: what mc_stream_is_link_bound() says;
 * comes_slowly: what mc_stream_comes_slowly() does. */
MC_RC mc_imap_compress(struct mc_imap *imap, struct mc_error *err);
bool mc_imap_can_compress(const struct mc_imap *imap);
bool mc_imap_is_slow(const struct mc_imap *imap);
bool mc_imap_comes_slowly(struct mc_imap *imap);

/* The last "n EXISTS" that was told, whatever command ran. */
uint32_t mc_imap_exists(const struct mc_imap *imap);

/* Starts a command: "tag text".  text is sent as it is: ours alone. */
MC_RC mc_imap_begin(struct mc_imap *imap, uint32_t *tag, const char *text,
	struct mc_error *err);
MC_RC mc_imap_put(struct mc_imap *imap, const char *text, struct mc_error *err);
MC_RC mc_imap_put_bytes(
	struct mc_imap *imap, struct mc_span bytes, struct mc_error *err);
/* Octets of a message, which the trace does not show. */
MC_RC mc_imap_put_body(
	struct mc_imap *imap, struct mc_span bytes, struct mc_error *err);
/* A quoted string; a literal if it holds 8-bit octets.
 * Fails: EUSAGE scope SESSION (NUL, CR or LF in it); EREFUSED. */
MC_RC mc_imap_put_astring(
	struct mc_imap *imap, struct mc_span s, struct mc_error *err);
MC_RC mc_imap_end(struct mc_imap *imap, struct mc_error *err);
MC_RC mc_imap_flush(struct mc_imap *imap, struct mc_error *err);

/* After a write failed: reads what the server said before it went.  If that was
 * BYE, its words take the place of *err. */
void mc_imap_last_words(struct mc_imap *imap, struct mc_error *err);
/* True once the server said BYE. */
bool mc_imap_said_bye(const struct mc_imap *imap);

/* The next response, borrowed until the next call; taker may be NULL, its
 * data() is not called. */
MC_RC mc_imap_read(struct mc_imap *imap, struct mc_imap_taker *taker,
	const struct mc_imap_response **out, struct mc_error *err);
/* A response, or part of one, is there already. */
bool mc_imap_readable(struct mc_imap *imap);
/* Reads until that tagged OK, handing data to taker (may be NULL).  *out (if
 * not NULL): the tagged response.  Fails: EREFUSED scope FOLDER, EPROTO. */
MC_RC mc_imap_wait(struct mc_imap *imap, uint32_t tag,
	struct mc_imap_taker *taker, const struct mc_imap_response **out,
	struct mc_error *err);
/* "before [mailbox] after", ended and waited for; mailbox.p == NULL: none. */
MC_RC mc_imap_command(struct mc_imap *imap, const char *before,
	struct mc_span mailbox, const char *after, struct mc_imap_taker *taker,
	struct mc_error *err);
/* The same of a name that a server may find odd: BAD is a refusal as NO is, and
 * the connection stays, as no octet of the command can be taken for another. */
MC_RC mc_imap_ask(struct mc_imap *imap, const char *before,
	struct mc_span mailbox, const char *after, struct mc_imap_taker *taker,
	struct mc_error *err);

/* Fills err from a response with NO, BAD or BYE; after BAD and BYE the
 * connection is closed.  Returns err->rc. */
enum mc_rc mc_imap_fail(struct mc_imap *imap,
	const struct mc_imap_response *response, enum mc_scope scope,
	struct mc_error *err);
/* Closes at once, no LOGOUT: what was sent cannot be ended properly. */
void mc_imap_abort(struct mc_imap *imap);

#endif
