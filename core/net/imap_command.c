/* SPDX-License-Identifier: MIT
 * imap_command: commands out, and waiting for their answers. */
#include "base/clock.h"
#include "base/text.h"
#include "net/imap_wire.h"

/* LITERAL- takes no more without waiting; RFC 7888 5. */
enum { LITERAL_MINUS_MAX = 4096 };

void mc_imap_note_wait(struct mc_imap *imap, int64_t since)
{
	int64_t took = mc_clock_ms() - since;

	if (took < imap->wait_ms)
		imap->wait_ms = took;
}

/* What was said before may still be read after the connection failed us. */
static MC_RC written(struct mc_imap *imap, enum mc_rc rc)
{
	if (rc < 0)
		imap->mute = true;
	return rc == MC_ENET ? rc : mc_imap_checked(imap, rc);
}

static MC_RC may_write(const struct mc_imap *imap, struct mc_error *err)
{
	if (!imap->broken && !imap->mute)
		return MC_OK;
	return mc_fail(err, MC_ENET, MC_SESSION, 0, "the connection is closed");
}

MC_RC mc_imap_put_bytes(
	struct mc_imap *imap, struct mc_span bytes, struct mc_error *err)
{
	if (may_write(imap, err) < 0)
		return err->rc;
	return written(imap, mc_stream_write(imap->stream, bytes, err));
}

MC_RC mc_imap_put_body(
	struct mc_imap *imap, struct mc_span bytes, struct mc_error *err)
{
	enum mc_rc rc;

	if (imap->stream)
		mc_stream_quiet(imap->stream, true);
	rc = mc_imap_put_bytes(imap, bytes, err);
	if (imap->stream)
		mc_stream_quiet(imap->stream, false);
	return rc;
}

MC_RC mc_imap_put(struct mc_imap *imap, const char *text, struct mc_error *err)
{
	return mc_imap_put_bytes(imap, mc_span_str(text), err);
}

MC_RC mc_imap_begin(struct mc_imap *imap, uint32_t *tag, const char *text,
	struct mc_error *err)
{
	char word[16];
	enum mc_rc rc;

	*tag = ++imap->tag;
	mc_text_format(word, sizeof(word), "M%u ", *tag);
	rc = mc_imap_put(imap, word, err);
	if (rc < 0)
		return rc;
	return mc_imap_put(imap, text, err);
}

MC_RC mc_imap_flush(struct mc_imap *imap, struct mc_error *err)
{
	if (may_write(imap, err) < 0)
		return err->rc;
	return written(imap, mc_stream_flush(imap->stream, err));
}

MC_RC mc_imap_end(struct mc_imap *imap, struct mc_error *err)
{
	enum mc_rc rc = mc_imap_put_bytes(imap, MC_SPAN("\r\n"), err);

	if (rc < 0)
		return rc;
	return mc_imap_flush(imap, err);
}

void mc_imap_last_words(struct mc_imap *imap, struct mc_error *err)
{
	const struct mc_imap_response *r;
	struct mc_error last;

	if (!imap->mute || imap->bye)
		return;
	while (mc_imap_read(imap, NULL, &r, &last) == MC_OK)
		;
	if (imap->bye)
		*err = last;
}

/* Waits for "+"; a tagged NO or BAD of the command in hand may come instead. */
static MC_RC wait_continue(struct mc_imap *imap, struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc;

	for (;;) {
		rc = mc_imap_read(imap, NULL, &r, err);
		if (rc < 0)
			return rc;
		if (r->kind == MC_IMAP_CONTINUE)
			return MC_OK;
		if (r->kind != MC_IMAP_TAGGED)
			continue;
		if (r->word != MC_IMAP_OK)
			return mc_imap_fail(imap, r, MC_FOLDER, err);
		rc = mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server said OK to half a command");
		return mc_imap_checked(imap, rc);
	}
}

static MC_RC put_literal(
	struct mc_imap *imap, struct mc_span s, struct mc_error *err)
{
	bool plus = mc_imap_can(imap, "LITERAL+") ||
		    (mc_imap_can(imap, "LITERAL-") && s.n <= LITERAL_MINUS_MAX);
	char head[32];
	enum mc_rc rc;

	mc_text_format(head, sizeof(head), "{%zu%s}\r\n", s.n, plus ? "+" : "");
	rc = mc_imap_put(imap, head, err);
	if (rc == MC_OK && !plus)
		rc = mc_imap_flush(imap, err);
	if (rc == MC_OK && !plus)
		rc = wait_continue(imap, err);
	if (rc < 0)
		return rc;
	return mc_imap_put_bytes(imap, s, err);
}

static MC_RC put_quoted(
	struct mc_imap *imap, struct mc_span s, struct mc_error *err)
{
	enum mc_rc rc = mc_imap_put(imap, "\"", err);

	for (size_t i = 0; i < s.n && rc == MC_OK; i++) {
		char pair[2] = { '\\', s.p[i] };
		bool escape = s.p[i] == '"' || s.p[i] == '\\';

		rc = mc_imap_put_bytes(imap,
			(struct mc_span){ pair + !escape, 1u + escape }, err);
	}
	if (rc < 0)
		return rc;
	return mc_imap_put(imap, "\"", err);
}

/* Such goes in quotes, others as literals. */
static bool is_plain(struct mc_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x7f || c < 0x20)
			return false;
	}
	return true;
}

MC_RC mc_imap_put_astring(
	struct mc_imap *imap, struct mc_span s, struct mc_error *err)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\0' || s.p[i] == '\r' || s.p[i] == '\n') {
			imap->broken = true;
			return mc_fail(err, MC_EUSAGE, MC_SESSION, 0,
				"a name or password with NUL, CR or LF in it "
				"cannot be sent");
		}
	}
	return is_plain(s) ? put_quoted(imap, s, err)
			   : put_literal(imap, s, err);
}

MC_RC mc_imap_wait(struct mc_imap *imap, uint32_t tag,
	struct mc_imap_taker *taker, const struct mc_imap_response **out,
	struct mc_error *err)
{
	const struct mc_imap_response *r;
	enum mc_rc rc = MC_OK;

	for (int64_t n = 0; n < MC_IMAP_RESPONSES_MAX && rc == MC_OK; n++) {
		rc = mc_imap_read(imap, taker, &r, err);
		if (rc < 0)
			return rc;
		if (r->kind == MC_IMAP_TAGGED && r->tag == tag) {
			if (out)
				*out = r;
			if (r->word == MC_IMAP_OK)
				return MC_OK;
			return mc_imap_fail(imap, r, MC_FOLDER, err);
		}
		if (taker && taker->data &&
			(r->kind == MC_IMAP_DATA || r->kind == MC_IMAP_STATUS))
			rc = taker->data(taker, r, err);
	}
	if (rc == MC_OK)
		rc = mc_fail(err, MC_EPROTO, MC_SESSION, 0,
			"the server's answer does not end");
	return mc_imap_checked(imap, rc);
}

MC_RC mc_imap_command(struct mc_imap *imap, const char *before,
	struct mc_span mailbox, const char *after, struct mc_imap_taker *taker,
	struct mc_error *err)
{
	int64_t since = mc_clock_ms();
	uint32_t tag;
	enum mc_rc rc = mc_imap_begin(imap, &tag, before, err);

	if (rc == MC_OK && mailbox.p)
		rc = mc_imap_put(imap, " ", err);
	if (rc == MC_OK && mailbox.p)
		rc = mc_imap_put_astring(imap, mailbox, err);
	if (rc == MC_OK)
		rc = mc_imap_put(imap, after, err);
	if (rc == MC_OK)
		rc = mc_imap_end(imap, err);
	if (rc < 0) {
		mc_imap_last_words(imap, err);
		return err->rc;
	}
	rc = mc_imap_wait(imap, tag, taker, NULL, err);
	mc_imap_note_wait(imap, since);
	return rc;
}

MC_RC mc_imap_ask(struct mc_imap *imap, const char *before,
	struct mc_span mailbox, const char *after, struct mc_imap_taker *taker,
	struct mc_error *err)
{
	enum mc_rc rc;

	imap->asking = is_plain(mailbox);
	rc = mc_imap_command(imap, before, mailbox, after, taker, err);
	imap->asking = false;
	return rc;
}
