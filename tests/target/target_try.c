/* SPDX-License-Identifier: MIT
 * target_try: drives core/target/target.h by lines of standard input, fields
 * split by TAB; answers in lines of the same kind, so that tests in Python can
 * play the server.
 *
 *   target_try [--ca FILE] [--auth NAME] [--auth-as USER] [--insecure]
 *              [--trace] URL PASSWORD
 *
 *   boxes | create NAME USE | crowd N | select NAME | limit | probe | close
 *   letter ID FLAGS DATE SHAPE OCTETS KEYWORDS FILE   FILE "!": open fails
 *   careful, with the same fields
 *   send | settle | look FROM | fetch UID,UID...
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "target/target.h"

enum { LETTERS_MAX = 100000, FIELDS = 8 };

struct letter_file {
	char *path;
	char *keywords;
};

struct run {
	struct mc_courier courier; /* first: the callbacks cast */
	struct mc_fetch fetch;
	struct mc_target *target;
	struct mc_letter *letters;
	struct letter_file *files;
	size_t n;
	size_t sent;
	struct mc_hash hash;
	int64_t octets;
	bool opened;
};

static struct run run;

static const char *const rcs[] = { "OK", "EUSAGE", "EINPUT", "ENOENT",
	"ECREATE", "EIO", "ENET", "ETLS", "EAUTH", "EPROTO", "EREFUSED",
	"ELIMIT", "EDB", "ECANCEL" };
static const char *const scopes[] = { "MESSAGE", "FOLDER", "SESSION", "RUN" };
static const char *const hopes[] = { "NEVER", "LATER", "AGAIN" };

static void say(const char *fmt, ...) MC_PRINTF(1, 2);
static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	(void)putchar('\n');
	(void)fflush(stdout);
}

static void say_error(const char *what, const struct mc_error *err)
{
	say("%s\t%s\t%s\t%s\t%s\t%d\t%s", what, rcs[-(int)err->rc],
		scopes[err->scope], hopes[err->hope], err->code, err->sys,
		err->text);
}

static const struct letter_file *file_of(int64_t id)
{
	for (size_t i = 0; i < run.n; i++)
		if (run.letters[i].id == id)
			return &run.files[i];
	abort();
}

static MC_RC on_open(struct mc_courier *courier, int64_t id,
	struct mc_sink *sink, struct mc_error *err)
{
	const struct letter_file *file = file_of(id);
	static char block[100000];
	enum mc_rc rc = MC_OK;
	FILE *in;
	size_t n;

	(void)courier;
	if (file->path[0] == '!')
		return mc_fail(err, MC_EDB, MC_MESSAGE, 0, "damaged");
	in = fopen(file->path, "rb");
	if (!in)
		return mc_fail_errno(err, MC_EIO, MC_RUN, "%s", file->path);
	run.opened = true;
	while (rc == MC_OK && (n = fread(block, 1, sizeof(block), in)) > 0)
		rc = sink->put(sink, (struct mc_span){ block, n }, err);
	run.opened = false;
	(void)fclose(in);
	return rc;
}

static MC_RC on_change(struct mc_courier *courier,
	const struct mc_change *change, struct mc_error *err)
{
	(void)courier;
	(void)err;
	say("change\t%lld\t%s\t%lld", (long long)change->id, change->text,
		(long long)change->facts->raw_octets);
	return MC_OK;
}

static MC_RC on_note(struct mc_courier *courier, struct mc_error *err)
{
	(void)courier;
	(void)err;
	say("noted");
	return MC_OK;
}

static MC_RC on_tried(struct mc_courier *courier, const struct mc_tried *tried,
	struct mc_error *err)
{
	(void)courier;
	(void)err;
	say("tried\t%lld\t%s\t%s", (long long)tried->id,
		tried->change ? tried->change : "", tried->why->text);
	return MC_OK;
}

static MC_RC on_fate(struct mc_courier *courier, const struct mc_fate *fate,
	struct mc_error *err)
{
	char hex[MC_SHA256_HEX] = "";

	(void)courier;
	(void)err;
	if (run.opened)
		abort(); /* the contract: not while a letter is open */
	if (fate->change)
		mc_digest_hex(hex, &fate->sent_sha256);
	if (!fate->sent) {
		(void)printf("fate\t%lld\t", (long long)fate->id);
		say_error("no", fate->why);
		return MC_OK;
	}
	say("fate\t%lld\tsent\t%u\t%u\t%s\t%s", (long long)fate->id,
		fate->uidvalidity, fate->uid, fate->change ? fate->change : "",
		hex);
	return MC_OK;
}

static MC_RC on_seen(
	void *arg, const struct mc_seen *seen, struct mc_error *err)
{
	char header[2000];
	const char *word;
	size_t at = 0;

	(void)arg;
	(void)err;
	mc_text_escape(header, sizeof(header), seen->header);
	(void)printf("seen\t%u\t%lld\t%u\t%lld\t%s\t", seen->uid,
		(long long)seen->octets, seen->flags,
		(long long)seen->internaldate, header);
	while ((word = mc_words_next(seen->keywords, &at)))
		(void)printf("%s ", word);
	say("%s", "");
	return MC_OK;
}

static MC_RC on_begin(struct mc_fetch *fetch, const struct mc_seen *seen,
	struct mc_error *err)
{
	(void)fetch;
	(void)err;
	(void)printf("body\t%u\t%lld\t", seen->uid, (long long)seen->octets);
	mc_hash_init(&run.hash);
	run.octets = 0;
	return MC_OK;
}

static MC_RC on_bytes(
	struct mc_fetch *fetch, struct mc_span bytes, struct mc_error *err)
{
	(void)fetch;
	(void)err;
	mc_hash_put(&run.hash, bytes);
	run.octets += (int64_t)bytes.n;
	return MC_OK;
}

static MC_RC on_end(struct mc_fetch *fetch, struct mc_error *err)
{
	struct mc_digest digest = mc_hash_end(&run.hash);
	char hex[MC_SHA256_HEX];

	(void)fetch;
	(void)err;
	say("%lld\t%s", (long long)run.octets, mc_digest_hex(hex, &digest));
	return MC_OK;
}

static void on_fact(void *arg, const char *name, const char *text)
{
	(void)arg;
	say("fact\t%s\t%s", name, text);
}

static void on_event(void *arg, const struct mc_event *event)
{
	(void)arg;
	if (event->kind == MC_EVENT_NOTE)
		say("note\t%s", event->text);
	if (event->kind == MC_EVENT_TRACE)
		say("trace\t%s", event->text);
}

static void do_boxes(void)
{
	const struct mc_mailboxes *boxes = mc_target_mailboxes(run.target);
	char separator[2] = { boxes->separator, '\0' };

	for (size_t i = 0; i < boxes->n; i++) {
		const struct mc_mailbox_info *box = &boxes->boxes[i];

		say("box\t%s\t%d\t%d\t%d\t%d", box->name, (int)box->special,
			box->selectable, box->inferiors, box->subscribed);
	}
	say("boxes\t%zu\t%s\t%s\t%d", boxes->n, separator, boxes->prefix,
		boxes->special_use);
}

static void do_letter(char **field)
{
	struct mc_letter *letter = &run.letters[run.n];
	struct letter_file *file = &run.files[run.n];
	size_t n = strlen(field[6]);

	if (run.n == LETTERS_MAX)
		abort();
	file->path = strdup(field[7]);
	file->keywords = strdup(field[6]);
	for (size_t i = 0; i < n; i++)
		if (file->keywords[i] == ' ')
			file->keywords[i] = '\0';
	*letter = (struct mc_letter){ .id = strtoll(field[1], NULL, 10),
		.flags = (uint32_t)strtoul(field[2], NULL, 10),
		.internaldate =
			field[3][0] ? strtoll(field[3], NULL, 10) : MC_NO_TIME,
		.shape = (uint32_t)strtoul(field[4], NULL, 10),
		.octets = strtoll(field[5], NULL, 10),
		.careful = strcmp(field[0], "careful") == 0,
		.keywords = { file->keywords, n ? n + 1 : 0 } };
	run.n++;
}

static MC_RC do_fetch(const char *list, struct mc_error *err)
{
	uint32_t uids[5000];
	size_t n = 0;

	while (*list && n < 5000) {
		char *end;

		uids[n++] = (uint32_t)strtoul(list, &end, 10);
		list = *end ? end + 1 : end;
	}
	run.fetch = (struct mc_fetch){ on_begin, on_bytes, on_end };
	return mc_target_fetch(run.target, uids, n, &run.fetch, err);
}

/* "b0", "b1" ... at once. */
static MC_RC do_crowd(size_t n, struct mc_error *err)
{
	struct mc_new_box *boxes = calloc(n, sizeof(*boxes));
	char(*names)[16] = calloc(n, sizeof(*names));
	enum mc_rc rc;

	for (size_t i = 0; i < n; i++) {
		mc_text_format(names[i], sizeof(names[i]), "b%zu", i);
		boxes[i].name = names[i];
	}
	rc = mc_target_create_all(run.target, boxes, n, err);
	free(boxes);
	free(names);
	return rc;
}

static MC_RC do_select(const char *name, struct mc_error *err)
{
	struct mc_mailbox_state state;
	enum mc_rc rc = mc_target_select(run.target, name, &state, err);

	if (rc == MC_OK)
		say("state\t%u\t%u\t%u\t%u\t%d\t%d", state.uidvalidity,
			state.uidnext, state.exists, state.flags,
			state.keywords, state.read_only);
	return rc;
}

static MC_RC do_send(struct mc_error *err)
{
	size_t from = run.sent;

	run.sent = run.n;
	return mc_target_send(run.target, run.letters + from, run.n - from,
		&run.courier, err);
}

static MC_RC obey(char **field, struct mc_error *err)
{
	const char *verb = field[0];

	if (strcmp(verb, "boxes") == 0)
		do_boxes();
	else if (strcmp(verb, "letter") == 0 || strcmp(verb, "careful") == 0)
		do_letter(field);
	else if (strcmp(verb, "limit") == 0)
		say("limit\t%lld", (long long)mc_target_limit(run.target));
	else if (strcmp(verb, "create") == 0)
		return mc_target_create(run.target, field[1],
			(enum mc_special)strtoul(field[2], NULL, 10), err);
	else if (strcmp(verb, "crowd") == 0)
		return do_crowd(strtoul(field[1], NULL, 10), err);
	else if (strcmp(verb, "select") == 0)
		return do_select(field[1], err);
	else if (strcmp(verb, "send") == 0)
		return do_send(err);
	else if (strcmp(verb, "settle") == 0)
		return mc_target_settle(run.target, err);
	else if (strcmp(verb, "look") == 0)
		return mc_target_look(run.target,
			(uint32_t)strtoul(field[1], NULL, 10), on_seen, NULL,
			err);
	else if (strcmp(verb, "fetch") == 0)
		return do_fetch(field[1], err);
	else if (strcmp(verb, "probe") == 0)
		return mc_target_probe(run.target, on_fact, NULL, err);
	else
		abort();
	return MC_OK;
}

static void read_commands(void)
{
	char line[20000];

	while (fgets(line, sizeof(line), stdin)) {
		static char none[] = "";
		char *field[FIELDS] = { none, none, none, none, none, none,
			none, none };
		struct mc_error err;
		char *at = line;

		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < FIELDS && at; i++)
			field[i] = strsep(&at, "\t");
		if (strcmp(field[0], "close") == 0)
			return;
		if (obey(field, &err) < 0)
			say_error("error", &err);
		else
			say("ok\t%s", field[0]);
	}
}

static void free_letters(void)
{
	for (size_t i = 0; i < run.n; i++) {
		free(run.files[i].path);
		free(run.files[i].keywords);
	}
	free(run.files);
	free(run.letters);
}

int main(int argc, char **argv)
{
	struct mc_monitor mon = { .event = on_event };
	struct mc_endpoint at;
	struct mc_error err;
	const char *ca = NULL;
	const char *auth = NULL;
	const char *auth_as = NULL;
	bool insecure = false;
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--ca") == 0)
			ca = argv[++i];
		else if (strcmp(argv[i], "--auth") == 0)
			auth = argv[++i];
		else if (strcmp(argv[i], "--auth-as") == 0)
			auth_as = argv[++i];
		else if (strcmp(argv[i], "--insecure") == 0)
			insecure = true;
		else if (strcmp(argv[i], "--trace") == 0)
			mon.trace = true;
	}
	if (i + 1 >= argc || mc_endpoint_parse(&at, argv[i], &err) < 0)
		return 64;
	at.tls_ca = ca;
	at.auth = auth;
	at.authzid = auth_as;
	at.insecure_plaintext = insecure;
	free(at.password);
	at.password = strdup(argv[i + 1]);
	run.courier = (struct mc_courier){ on_open, on_change, on_note,
		on_tried, on_fate };
	run.letters = calloc(LETTERS_MAX, sizeof(*run.letters));
	run.files = calloc(LETTERS_MAX, sizeof(*run.files));
	if (mc_target_open(&run.target, &at, &mon, &err) < 0) {
		say_error("error", &err);
	} else {
		say("ok\topen");
		read_commands();
	}
	mc_target_close(run.target);
	free_letters();
	mc_endpoint_dispose(&at);
	return 0;
}
