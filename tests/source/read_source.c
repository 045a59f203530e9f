/* SPDX-License-Identifier: MIT
 * read_source: reads a POP3 or IMAP source and prints what comes, for the tests: one
 * JSON object a line, in the order in which things happen.
 *
 *   read_source ENDPOINT [--ca FILE] [--auth WAY] [--authzid USER]
 *     [--insecure] [--password-file FILE] [--known FILE] [--timeout MS]
 *     [--cancel-after MESSAGES] [--stop-after OCTETS] [--again] [--trace]
 *     [--probe]
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/endpoint.h"
#include "base/hash.h"
#include "base/limits.h"
#include "peak.h"
#include "source/source.h"

struct reader {
	struct mc_receiver rx;
	struct mc_cancel cancel;
	struct mc_hash hash;
	struct mc_buf known; /* keys, a line each */
	int64_t octets;
	int64_t all_octets;
	int64_t pieces_max; /* octets of the largest piece */
	int listed;
	int ended;
	int flushes;
	int cancel_after; /* messages; -1: never */
	int64_t stop_after;
};

static struct reader *reader_of(struct mc_receiver *rx)
{
	return (struct reader *)(void *)rx;
}

static void put_text(const char *name, const char *text)
{
	printf(", \"%s\": \"", name);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void put_error(const struct mc_error *err)
{
	static const char *const scopes[] = { "message", "folder", "session",
		"run" };
	static const char *const hopes[] = { "never", "later", "again" };

	printf(", \"rc\": %d", err->rc);
	put_text("text", err->text);
	put_text("code", err->code);
	put_text("scope", scopes[err->scope]);
	put_text("hope", hopes[err->hope]);
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	(void)rx;
	(void)err;
	printf("{\"what\": \"folder\", \"total\": %lld",
		(long long)folder->total);
	put_text("path", folder->path);
	puts("}");
	return MC_OK;
}

static bool is_known(const struct reader *r, const char *key)
{
	struct mc_span all = mc_buf_span(&r->known);

	while (all.n > 0) {
		size_t n = mc_span_index(all, '\n');

		if (mc_span_eq(mc_span_head(all, n), mc_span_str(key)))
			return true;
		all = mc_span_from(all, n + 1);
	}
	return false;
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct reader *r = reader_of(rx);

	(void)err;
	r->listed++;
	return *item->key && is_known(r, item->key) ? MC_DONE : MC_OK;
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct reader *r = reader_of(rx);

	(void)item;
	(void)err;
	mc_hash_init(&r->hash);
	r->octets = 0;
	return MC_OK;
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	struct reader *r = reader_of(rx);

	if (bytes.n == 0)
		return mc_fail(err, MC_EPROTO, MC_RUN, 0, "an empty piece");
	mc_hash_put(&r->hash, bytes);
	r->octets += (int64_t)bytes.n;
	r->all_octets += (int64_t)bytes.n;
	if ((int64_t)bytes.n > r->pieces_max)
		r->pieces_max = (int64_t)bytes.n;
	if (r->stop_after >= 0 && r->all_octets > r->stop_after)
		return mc_fail(err, MC_EDB, MC_RUN, 0, "the archive is full");
	return MC_OK;
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct reader *r = reader_of(rx);
	struct mc_digest digest = mc_hash_end(&r->hash);
	char hex[MC_SHA256_HEX];

	(void)err;
	printf("{\"what\": \"message\", \"octets\": %lld, \"got\": %lld",
		(long long)item->octets, (long long)r->octets);
	put_text("key", item->key);
	put_text("sha256", mc_digest_hex(hex, &digest));
	if (why)
		put_error(why);
	puts("}");
	r->ended++;
	if (r->ended == r->cancel_after)
		mc_cancel_raise(&r->cancel);
	return MC_OK;
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	(void)rx;
	(void)offset;
	(void)total;
	(void)octets;
	return mc_fail(err, MC_EPROTO, MC_RUN, 0, "a gap: %s", name);
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	(void)rx;
	(void)err;
	printf("{\"what\": \"folder_end\"");
	put_text("path", folder->path);
	if (why)
		put_error(why);
	puts("}");
	return MC_OK;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	(void)err;
	reader_of(rx)->flushes++;
	puts("{\"what\": \"flush\"}");
	return MC_OK;
}

static void on_event(void *arg, const struct mc_event *event)
{
	(void)arg;
	printf("{\"what\": \"%s\"",
		event->kind == MC_EVENT_TRACE ? "trace" : "note");
	put_text("text", event->text ? event->text : "");
	puts("}");
}

static void on_fact(void *arg, const char *name, const char *text)
{
	(void)arg;
	printf("{\"what\": \"fact\"");
	put_text("name", name);
	put_text("text", text);
	puts("}");
}

static MC_RC load(struct mc_buf *out, const char *path, struct mc_error *err)
{
	FILE *file = fopen(path, "rb");
	char piece[4096];
	enum mc_rc rc = MC_OK;
	size_t n;

	if (!file)
		return mc_fail_errno(err, MC_ENOENT, MC_RUN, "'%s'", path);
	while (rc == MC_OK && (n = fread(piece, 1, sizeof(piece), file)) > 0)
		rc = mc_buf_put(out, (struct mc_span){ piece, n }, err);
	(void)fclose(file);
	return rc;
}

/* The password file's octets, all of them. */
static MC_RC give_secret(void *arg, const struct mc_endpoint *at,
	struct mc_buf *secret, struct mc_error *err)
{
	(void)at;
	return load(secret, arg, err);
}

struct options {
	struct mc_endpoint at;
	const char *known;
	bool again;
	bool trace;
	bool probe;
};

static int usage(const char *what)
{
	(void)fprintf(stderr, "read_source: %s\n", what);
	return 64;
}

/* Flags without a value; false: it is none. */
static bool take_flag(struct options *o, const char *name)
{
	if (strcmp(name, "--insecure") == 0)
		o->at.insecure_plaintext = true;
	else if (strcmp(name, "--again") == 0)
		o->again = true;
	else if (strcmp(name, "--trace") == 0)
		o->trace = true;
	else if (strcmp(name, "--probe") == 0)
		o->probe = true;
	else
		return false;
	return true;
}

static bool take_value(
	struct options *o, struct reader *r, const char *name, char *value)
{
	if (strcmp(name, "--ca") == 0)
		o->at.tls_ca = value;
	else if (strcmp(name, "--auth") == 0)
		o->at.auth = value;
	else if (strcmp(name, "--authzid") == 0)
		o->at.authzid = value;
	else if (strcmp(name, "--known") == 0)
		o->known = value;
	else if (strcmp(name, "--timeout") == 0)
		o->at.timeout_ms = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "--cancel-after") == 0)
		r->cancel_after = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "--stop-after") == 0)
		r->stop_after = strtoll(value, NULL, 10);
	else if (strcmp(name, "--password-file") == 0) {
		o->at.secret = give_secret;
		o->at.secret_arg = value;
	} else
		return false;
	return true;
}

static MC_RC work(struct options *o, struct reader *r, struct mc_error *err)
{
	struct mc_monitor mon = {
		.event = on_event, .cancel = &r->cancel, .trace = o->trace
	};
	struct mc_source_conf conf = { .at = &o->at, .monitor = &mon };
	const struct mc_source_ops *ops =
		mc_endpoint_is_imap(&o->at) ? &mc_source_imap : &mc_source_pop3;
	struct mc_source *src = NULL;
	enum mc_rc rc = ops->open(&src, &conf, err);

	if (rc == MC_OK && o->probe)
		rc = ops->probe(src, on_fact, NULL, err);
	else if (rc == MC_OK)
		rc = ops->read(src, &r->rx, err);
	if (rc == MC_OK && o->again)
		rc = ops->read(src, &r->rx, err);
	ops->close(src);
	return rc;
}

static void summary(const struct reader *r, const struct mc_error *err)
{
	printf("{\"what\": \"result\", \"listed\": %d, \"ended\": %d, "
	       "\"flushes\": %d, \"piece\": %lld, \"rss_kib\": %ld",
		r->listed, r->ended, r->flushes, (long long)r->pieces_max,
		peak_kib());
	put_error(err);
	puts("}");
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct reader r = { .rx = { .folder = on_folder,
				    .want = on_want,
				    .begin = on_begin,
				    .bytes = on_bytes,
				    .end = on_end,
				    .gap = on_gap,
				    .folder_end = on_folder_end,
				    .flush = on_flush },
		.cancel_after = -1,
		.stop_after = -1 };
	struct mc_error err = { .rc = MC_OK };
	enum mc_rc rc;

	if (argc < 2)
		return usage("no endpoint");
	mc_buf_init(&r.known, 1 << 20);
	rc = mc_endpoint_parse(&o.at, argv[1], &err);
	if (rc == MC_OK)
		rc = mc_cancel_init(&r.cancel, &err);
	if (rc < 0)
		return usage(err.text);
	for (int i = 2; i < argc; i++) {
		if (take_flag(&o, argv[i]))
			continue;
		if (i + 1 == argc || !take_value(&o, &r, argv[i], argv[i + 1]))
			return usage(argv[i]);
		i++;
	}
	mc_hash_init(&r.hash);
	if (o.known)
		rc = load(&r.known, o.known, &err);
	if (rc == MC_OK)
		rc = work(&o, &r, &err);
	summary(&r, rc < 0 ? &err : &(struct mc_error){ .rc = MC_OK });
	mc_buf_dispose(&r.known);
	mc_cancel_dispose(&r.cancel);
	mc_endpoint_dispose(&o.at);
	return 0;
}
