/* SPDX-License-Identifier: MIT
 *
 * bench_raw: what a server can give.  Bare clients that pipeline without limit
 * and throw away what they get: no mail client can be faster than these, for
 * they do nothing with the mail.
 *
 *	bench_raw pop3|pop3-one [--tls] PORT USER PASSWORD
 *	bench_raw fetch [--tls] PORT USER PASSWORD MAILBOX...
 *	bench_raw append [--tls] PORT USER PASSWORD CORPUS BATCH [MAILBOX]
 *
 * pop3-one asks for a message when the one before it is there.  append sends
 * the corpus in batches (MULTIAPPEND if BATCH is more than 1), all of it to
 * MAILBOX if one is named.  Prints how many messages passed.
 */
#include "corpus.h"
#include "wire.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct raw {
	const char *port, *user, *password;
	bool tls;
	struct wire *wire;
	struct inbox in;
};

_Noreturn static void refused(const char *line)
{
	errno = 0;
	die(line);
}

/* -- POP3 ---------------------------------------------------------------- */

static void pop3_ok(struct raw *raw)
{
	size_t len;
	const char *line = wire_line(raw->wire, &raw->in, &len);

	if (line[0] != '+')
		refused(line);
}

static unsigned long pop3_enter(struct raw *raw)
{
	char text[600];
	const char *line;
	size_t len;

	raw->wire = wire_open(raw->port, raw->tls);
	pop3_ok(raw);
	snprintf(text, sizeof(text), "USER %s\r\n", raw->user);
	wire_say(raw->wire, text);
	pop3_ok(raw);
	snprintf(text, sizeof(text), "PASS %s\r\n", raw->password);
	wire_say(raw->wire, text);
	pop3_ok(raw);
	wire_say(raw->wire, "STAT\r\n");
	line = wire_line(raw->wire, &raw->in, &len);
	if (strncmp(line, "+OK ", 4))
		refused(line);
	return strtoul(line + 4, NULL, 10);
}

/* Reads messages to their dots. */
struct dots {
	bool inside;
	unsigned long done;
};

static void dots_read(struct dots *dots, struct inbox *in)
{
	const char *line;
	size_t len;

	while ((line = inbox_line(in, &len))) {
		if (!dots->inside) {
			if (line[0] != '+')
				refused(line);
			dots->inside = true;
		} else if (len == 1 && line[0] == '.') {
			dots->inside = false;
			dots->done++;
		}
	}
}

static unsigned long pop3(struct raw *raw)
{
	unsigned long count = pop3_enter(raw), i;
	char *text = malloc(count * 24 + 1);
	struct dots dots = { 0 };
	const char *out = text;
	size_t left = 0;

	if (!text)
		die("memory");
	for (i = 1; i <= count; i++)
		left += (size_t)snprintf(text + left, 24, "RETR %lu\r\n", i);
	while (dots.done < count) {
		if (!wire_pump(raw->wire, &out, &left, &raw->in))
			refused("the server closed the connection");
		dots_read(&dots, &raw->in);
	}
	wire_say(raw->wire, "QUIT\r\n");
	free(text);
	return dots.done;
}

static unsigned long pop3_one(struct raw *raw)
{
	unsigned long count = pop3_enter(raw), i;
	struct dots dots = { 0 };
	const char *none = NULL;
	size_t left = 0;
	char text[24];

	for (i = 1; i <= count; i++) {
		snprintf(text, sizeof(text), "RETR %lu\r\n", i);
		wire_say(raw->wire, text);
		while (dots.done < i) {
			if (!wire_pump(raw->wire, &none, &left, &raw->in))
				refused("the server closed the connection");
			dots_read(&dots, &raw->in);
		}
		/* In case that it is stopped. */
		if (i % 100 == 0) {
			printf("%lu\n", i);
			fflush(stdout);
		}
	}
	wire_say(raw->wire, "QUIT\r\n");
	return dots.done;
}

/* -- IMAP ---------------------------------------------------------------- */

/* Replies that come in: lines, and literals that are jumped over. */
struct replies {
	size_t skip;
	unsigned long literals, tagged;
};

static void replies_line(struct replies *replies, const char *line, size_t len)
{
	const char *open;

	if (line[0] == 't') {
		if (!strstr(line, " OK"))
			refused(line);
		replies->tagged++;
	}
	if (!strncmp(line, "* BYE", 5))
		refused(line);
	if (!len || line[len - 1] != '}')
		return;
	open = strrchr(line, '{');
	if (open) {
		replies->skip = strtoul(open + 1, NULL, 10);
		replies->literals++;
	}
}

static void replies_read(struct replies *replies, struct inbox *in)
{
	const char *line;
	size_t len, here;

	for (;;) {
		here = in->len - in->at;
		if (replies->skip) {
			if (here > replies->skip)
				here = replies->skip;
			in->at += here;
			replies->skip -= here;
			if (replies->skip)
				return;
		}
		line = inbox_line(in, &len);
		if (!line)
			return;
		replies_line(replies, line, len);
	}
}

static void imap_until(
	struct raw *raw, struct replies *replies, unsigned long tagged)
{
	const char *none = NULL;
	size_t left = 0;

	replies_read(replies, &raw->in);
	while (replies->tagged < tagged) {
		if (!wire_pump(raw->wire, &none, &left, &raw->in))
			refused("the server closed the connection");
		replies_read(replies, &raw->in);
	}
}

static void imap_enter(struct raw *raw, struct replies *replies)
{
	char text[600];
	size_t len;

	raw->wire = wire_open(raw->port, raw->tls);
	wire_line(raw->wire, &raw->in, &len);
	snprintf(text, sizeof(text), "t LOGIN %s %s\r\n", raw->user,
		raw->password);
	wire_say(raw->wire, text);
	imap_until(raw, replies, 1);
	replies->tagged = 0;
}

static unsigned long fetch(struct raw *raw, char **boxes, int count)
{
	struct replies replies = { 0 };
	char text[600];
	int i;

	imap_enter(raw, &replies);
	for (i = 0; i < count; i++) {
		snprintf(text, sizeof(text),
			"t EXAMINE \"%s\"\r\nt FETCH 1:* (UID FLAGS "
			"INTERNALDATE BODY.PEEK[])\r\n",
			boxes[i]);
		wire_say(raw->wire, text);
	}
	imap_until(raw, &replies, 2 * (unsigned long)count);
	return replies.literals;
}

/* Everything that append says, made as it is wanted. */
struct script {
	const struct corpus *corpus;
	const char *into;
	size_t batch, next, in_batch;
	unsigned long commands;
	char *data;
	size_t len, cap;
};

static void script_add(struct script *script, const char *data, size_t len)
{
	while (script->cap - script->len < len) {
		script->cap = script->cap * 2 + len;
		script->data = realloc(script->data, script->cap);
		if (!script->data)
			die("memory");
	}
	memcpy(script->data + script->len, data, len);
	script->len += len;
}

static void script_mail(struct script *script)
{
	const struct mail *mail = &script->corpus->mails[script->next];
	const char *box = script->into ? script->into : mail->folder;
	const struct mail *after = mail + 1;
	char text[400];
	int n;

	if (!script->in_batch) {
		n = snprintf(text, sizeof(text), "t APPEND \"%s\"", box);
		script_add(script, text, (size_t)n);
		script->commands++;
	}
	n = snprintf(text, sizeof(text), " (%s) \"%s\" {%zu+}\r\n", mail->flags,
		mail->date, mail->octets);
	script_add(script, text, (size_t)n);
	script_add(script, script->corpus->octets + mail->at, mail->octets);
	script->next++;
	script->in_batch++;
	if (script->in_batch == script->batch ||
		script->next == script->corpus->count ||
		(!script->into && strcmp(after->folder, mail->folder))) {
		script_add(script, "\r\n", 2);
		script->in_batch = 0;
	}
}

static void script_more(struct script *script)
{
	script->len = 0;
	while (script->len < 256 << 10 && script->next < script->corpus->count)
		script_mail(script);
}

static unsigned long append(
	struct raw *raw, const struct corpus *corpus, size_t batch, char *into)
{
	struct script script = {
		.corpus = corpus, .into = into, .batch = batch
	};
	struct replies replies = { 0 };
	const char *out = NULL;
	char text[600];
	size_t left = 0, i;

	imap_enter(raw, &replies);
	for (i = 0; !into && i < corpus->count; i++) {
		if (i && !strcmp(corpus->mails[i].folder,
				 corpus->mails[i - 1].folder))
			continue;
		snprintf(text, sizeof(text), "c CREATE \"%s\"\r\n",
			corpus->mails[i].folder);
		wire_say(raw->wire, text);
	}
	/* Without a mailbox selected Dovecot's single APPENDs slow down as
	 * the mailbox grows. */
	if (batch == 1)
		wire_say(raw->wire, "c SELECT INBOX\r\n");
	while (left || script.next < corpus->count ||
		replies.tagged < script.commands) {
		if (!left) {
			script_more(&script);
			out = script.data;
			left = script.len;
		}
		if (!wire_pump(raw->wire, &out, &left, &raw->in))
			refused("the server closed the connection");
		replies_read(&replies, &raw->in);
	}
	free(script.data);
	return corpus->count;
}

/* -- which --------------------------------------------------------------- */

static unsigned long run(struct raw *raw, const char *what, int left, char **at)
{
	struct corpus corpus;
	unsigned long done;

	if (!strcmp(what, "pop3"))
		return pop3(raw);
	if (!strcmp(what, "pop3-one"))
		return pop3_one(raw);
	if (!strcmp(what, "fetch"))
		return fetch(raw, at, left);
	if (strcmp(what, "append") || left < 2)
		refused("unknown words");
	corpus_open(&corpus, at[0]);
	done = append(raw, &corpus, strtoul(at[1], NULL, 10),
		left > 2 ? at[2] : NULL);
	corpus_close(&corpus);
	return done;
}

int main(int argc, char **argv)
{
	struct raw raw = { 0 };
	const char *what = argc > 1 ? argv[1] : "";
	int at = 2;

	if (argc > at && !strcmp(argv[at], "--tls")) {
		raw.tls = true;
		at++;
	}
	if (argc < at + 3) {
		fprintf(stderr, "see the head of raw.c\n");
		return 64;
	}
	raw.port = argv[at++];
	raw.user = argv[at++];
	raw.password = argv[at++];
	printf("%lu\n", run(&raw, what, argc - at, argv + at));
	wire_close(raw.wire);
	free(raw.in.data);
	return 0;
}
