/* SPDX-License-Identifier: MIT
 * A server says what the input says, whatever it is asked, and hangs up.  The
 * first octet chooses who talks to it: a POP3 source, an IMAP source, or an
 * IMAP target that appends.  What is sent to it never gets out of step: no NUL
 * and no 8-bit octet but in literals, and every line ends with CRLF. */
#include "server.h"
#include "target/target.h"
#include "tools.h"

static void read_source(
	const struct mc_source_ops *ops, const struct mc_endpoint *at)
{
	struct mc_monitor nobody = { 0 };
	struct mc_source_conf conf = { .at = at, .monitor = &nobody };
	struct mc_source *src = NULL;
	struct fuzz_receiver r;
	struct mc_error err;

	fuzz_receiver_init(&r, 0);
	if (ops->open(&src, &conf, &err) == MC_OK &&
		ops->read(src, &r.rx, &err) < 0)
		MC_PROMISE(err.text[0]);
	ops->close(src);
	fuzz_receiver_dispose(&r);
}

static const char letter_text[] = "Subject: \xe9\r\n\r\n\0A1 LOGOUT\r\n";

static enum mc_rc open_letter(struct mc_courier *courier, int64_t id,
	struct mc_sink *sink, struct mc_error *err)
{
	(void)courier;
	(void)id;
	return sink->put(sink, MC_SPAN(letter_text), err);
}

static int fates[3];

static int unnoted;

static enum mc_rc on_change(struct mc_courier *courier,
	const struct mc_change *change, struct mc_error *err)
{
	(void)courier;
	(void)err;
	MC_PROMISE(change->id >= 0 && change->id < 3 && change->text);
	unnoted++;
	return MC_OK;
}

static enum mc_rc on_note(struct mc_courier *courier, struct mc_error *err)
{
	(void)courier;
	(void)err;
	MC_PROMISE(unnoted > 0);
	unnoted = 0;
	return MC_OK;
}

static enum mc_rc on_tried(struct mc_courier *courier,
	const struct mc_tried *tried, struct mc_error *err)
{
	(void)courier;
	(void)err;
	MC_PROMISE(tried->id >= 0 && tried->id < 3 && fates[tried->id] == 0);
	MC_PROMISE(tried->why && tried->why->rc < 0);
	return MC_OK;
}

static enum mc_rc on_fate(struct mc_courier *courier,
	const struct mc_fate *fate, struct mc_error *err)
{
	(void)courier;
	(void)err;
	MC_PROMISE(fate->id >= 0 && fate->id < 3);
	fates[fate->id]++;
	MC_PROMISE(fates[fate->id] == 1);
	MC_PROMISE(fate->sent || (fate->why && fate->why->rc < 0));
	return MC_OK;
}

static enum mc_rc on_seen(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	(void)arg;
	(void)err;
	MC_PROMISE(seen->uid > 0);
	return MC_OK;
}

static enum mc_rc append(struct mc_target *target, struct mc_error *err)
{
	struct mc_courier courier = { open_letter, on_change, on_note, on_tried,
		on_fate };
	static const char words[] = "a b\0c\0d\re\n\0\xc3\xa9\0{9}\0$x";
	struct mc_letter letters[3];
	enum mc_rc rc;

	for (int i = 0; i < 3; i++)
		letters[i] = (struct mc_letter){ .id = i,
			.flags = MC_SEEN | MC_FORWARDED,
			.keywords = { words, sizeof(words) },
			.internaldate = 883789534 + i,
			.octets = sizeof(letter_text) - 1,
			.shape = MC_SHAPE_NUL | MC_SHAPE_8BIT_HEADER };
	rc = mc_target_send(target, letters, 3, &courier, err);
	if (rc == MC_OK)
		rc = mc_target_settle(target, err);
	if (rc == MC_OK)
		MC_PROMISE(fates[0] + fates[1] + fates[2] == 3);
	return rc;
}

static void push(const struct mc_endpoint *at)
{
	struct mc_mailbox_state state;
	struct mc_target *target = NULL;
	struct mc_error err;
	enum mc_rc rc = mc_target_open(&target, at, NULL, &err);

	memset(fates, 0, sizeof(fates));
	if (rc == MC_OK)
		rc = mc_target_create(target, "Entw\xc3\xbcrfe \"x\" \\",
			MC_SPECIAL_DRAFTS, &err);
	if (rc >= 0 || err.rc == MC_EREFUSED)
		rc = mc_target_select(target, "INBOX", &state, &err);
	if (rc == MC_OK)
		rc = mc_target_look(target, 1, on_seen, NULL, &err);
	if (rc == MC_OK)
		rc = append(target, &err);
	MC_PROMISE(rc == MC_OK || err.text[0]);
	mc_target_close(target);
}

/* Octets of the literal that a line announces; 0: none. */
static size_t literal_of(struct mc_span line, bool *asks)
{
	size_t n = 0;
	size_t i = line.n;

	if (line.n < 5 || line.p[line.n - 2] != '}')
		return 0;
	*asks = line.p[line.n - 3] != '+';
	while (i > 0 && line.p[i - 1] != '{')
		i--;
	for (; i < line.n && line.p[i] >= '0' && line.p[i] <= '9'; i++)
		n = n * 10 + (size_t)(line.p[i] - '0');
	return n;
}

/* One that was asked for and refused never came: a command stands in its
 * place. */
static bool is_command(struct mc_span s)
{
	return s.n > 1 && s.p[0] == 'M' && s.p[1] >= '0' && s.p[1] <= '9';
}

static void check_heard(void)
{
	struct mc_span rest = fuzz_server_heard();

	while (rest.n > 0) {
		size_t end = mc_span_index(rest, '\n');
		struct mc_span line = mc_span_head(rest, end);
		bool asks = false;
		size_t literal;

		if (end == rest.n) /* cut where the connection ended */
			break;
		MC_PROMISE(line.n > 0 && line.p[line.n - 1] == '\r');
		for (size_t i = 0; i + 1 < line.n; i++)
			MC_PROMISE(line.p[i] >= ' ' && line.p[i] < 0x7F);
		if (line.n >= 5 && memmem(line.p, line.n, "TLS", 3))
			break; /* what follows is TLS */
		rest = mc_span_from(rest, end + 1);
		literal = literal_of(line, &asks);
		if (!asks || !is_command(rest))
			rest = mc_span_from(rest, literal);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span says = { (const char *)data, size };
	unsigned who = fuzz_octet(&says) % 3;
	struct mc_endpoint at;

	if (says.n > (size_t)64 * 1024)
		return 0;
	fuzz_server_start(says);
	at = fuzz_server_endpoint(who ? MC_SCHEME_IMAP : MC_SCHEME_POP3);
	if (who == 0)
		read_source(&mc_source_pop3, &at);
	else if (who == 1)
		read_source(&mc_source_imap, &at);
	else
		push(&at);
	fuzz_server_stop();
	check_heard();
	return 0;
}
