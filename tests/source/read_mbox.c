/* SPDX-License-Identifier: MIT
 * read_mbox: what the mbox source tells, as JSON lines, for the tests.
 *
 *   read_mbox [-q rd|o|none] [-w] [-d DIR] PATH
 *
 * -w wants no message; -d writes raw octets to DIR/1.raw, 2.raw, ... and the
 * wrap of each to DIR/1.wrap, ... */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "peak.h"
#include "source/source.h"

struct teller {
	struct mc_receiver rx;
	const char *dir;
	bool none;
	struct mc_hash hash;
	int64_t octets;
	int64_t pieces;
	int number;
	FILE *raw;
};

static struct teller *teller_of(struct mc_receiver *rx)
{
	return (struct teller *)(void *)rx;
}

static void print_text(const char *name, const char *text)
{
	(void)printf(", \"%s\": \"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			(void)printf("\\u%04x", (unsigned)*text);
		else
			(void)putchar(*text);
	}
	(void)putchar('"');
}

static void print_why(const struct mc_error *why)
{
	if (why)
		print_text("why", why->text);
	(void)puts("}");
}

static FILE *create(const struct teller *t, const char *ending)
{
	char path[4096];
	FILE *file;

	mc_text_format(
		path, sizeof(path), "%s/%d.%s", t->dir, t->number, ending);
	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

static MC_RC on_folder(struct mc_receiver *rx, const struct mc_folder *folder,
	struct mc_error *err)
{
	(void)rx;
	(void)err;
	(void)printf("{\"type\": \"folder\"");
	print_text("path", folder->path);
	print_text("fingerprint", folder->fingerprint);
	(void)puts("}");
	return MC_OK;
}

static MC_RC on_want(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	(void)err;
	if (!teller_of(rx)->none)
		return MC_OK;
	(void)printf("{\"type\": \"listed\"");
	print_text("key", item->key);
	(void)puts("}");
	return MC_DONE;
}

static MC_RC on_begin(struct mc_receiver *rx, const struct mc_item *item,
	struct mc_error *err)
{
	struct teller *t = teller_of(rx);

	(void)item;
	(void)err;
	mc_hash_init(&t->hash);
	t->octets = 0;
	t->number++;
	if (t->dir)
		t->raw = create(t, "raw");
	return MC_OK;
}

static MC_RC on_bytes(
	struct mc_receiver *rx, struct mc_span bytes, struct mc_error *err)
{
	struct teller *t = teller_of(rx);

	(void)err;
	mc_hash_put(&t->hash, bytes);
	t->octets += (int64_t)bytes.n;
	t->pieces++;
	if (t->raw)
		(void)fwrite(bytes.p, 1, bytes.n, t->raw);
	return MC_OK;
}

static MC_RC on_end(struct mc_receiver *rx, const struct mc_item *item,
	const struct mc_error *why, struct mc_error *err)
{
	struct teller *t = teller_of(rx);
	struct mc_digest digest = mc_hash_end(&t->hash);
	char hex[MC_SHA256_HEX];

	(void)err;
	(void)printf("{\"type\": \"item\"");
	print_text("key", item->key);
	print_text("sha256", mc_digest_hex(hex, &digest));
	(void)printf(", \"octets\": %" PRId64 ", \"file_octets\": %" PRId64
		     ", \"dated\": %s, \"time\": %" PRId64,
		t->octets, item->file_octets,
		item->date.rank == MC_DATE_FROM ? "true" : "false",
		item->date.rank == MC_DATE_FROM ? item->date.time : 0);
	print_why(why);
	if (t->raw) {
		FILE *wrap = create(t, "wrap");

		(void)fwrite(item->wrap.p, 1, item->wrap.n, wrap);
		(void)fclose(wrap);
		(void)fclose(t->raw);
		t->raw = NULL;
	}
	return MC_OK;
}

static MC_RC on_gap(struct mc_receiver *rx, int64_t offset, int64_t total,
	const char *name, struct mc_span octets, struct mc_error *err)
{
	struct mc_digest digest = mc_digest_of(octets);
	char hex[MC_SHA256_HEX];

	(void)rx;
	(void)err;
	(void)printf("{\"type\": \"gap\", \"offset\": %" PRId64
		     ", \"octets\": %" PRId64,
		offset, total);
	print_text("name", name);
	print_text("sha256", mc_digest_hex(hex, &digest));
	(void)puts("}");
	return MC_OK;
}

static MC_RC on_folder_end(struct mc_receiver *rx,
	const struct mc_folder *folder, const struct mc_error *why,
	struct mc_error *err)
{
	(void)rx;
	(void)err;
	(void)printf("{\"type\": \"folder_end\"");
	print_text("path", folder->path);
	print_text("fingerprint", folder->fingerprint);
	print_why(why);
	return MC_OK;
}

static MC_RC on_flush(struct mc_receiver *rx, struct mc_error *err)
{
	(void)rx;
	(void)err;
	(void)puts("{\"type\": \"flush\"}");
	return MC_OK;
}

static void on_event(void *arg, const struct mc_event *event)
{
	(void)arg;
	if (event->kind != MC_EVENT_NOTE)
		return;
	(void)printf("{\"type\": \"note\"");
	print_text("text", event->text);
	(void)puts("}");
}

static void on_fact(void *arg, const char *name, const char *text)
{
	(void)arg;
	(void)printf("{\"type\": \"fact\"");
	print_text("name", name);
	print_text("text", text);
	(void)puts("}");
}

static MC_RC run(struct teller *t, const struct mc_source_conf *conf,
	bool probe, struct mc_error *err)
{
	struct mc_source *src = NULL;
	enum mc_rc rc = mc_source_mbox.open(&src, conf, err);

	if (rc == MC_OK && probe)
		rc = mc_source_mbox.probe(src, on_fact, NULL, err);
	else if (rc == MC_OK)
		rc = mc_source_mbox.read(src, &t->rx, err);
	mc_source_mbox.close(src);
	return rc;
}

int main(int argc, char **argv)
{
	struct teller t = {
		.rx = { .folder = on_folder,
			.want = on_want,
			.begin = on_begin,
			.bytes = on_bytes,
			.end = on_end,
			.gap = on_gap,
			.folder_end = on_folder_end,
			.flush = on_flush },
	};
	struct mc_monitor monitor = { .event = on_event };
	struct mc_endpoint at = { .scheme = MC_SCHEME_MBOX };
	struct mc_source_conf conf = { .at = &at, .monitor = &monitor };
	struct mc_error err = { .rc = MC_OK };
	bool probe = false;
	int opt;

	while ((opt = getopt(argc, argv, "q:wpd:")) != -1) {
		if (opt == 'q')
			conf.quote = strcmp(optarg, "rd") == 0  ? MC_QUOTE_RD
				     : strcmp(optarg, "o") == 0 ? MC_QUOTE_O
								: MC_QUOTE_NONE;
		else if (opt == 'w')
			t.none = true;
		else if (opt == 'p')
			probe = true;
		else if (opt == 'd')
			t.dir = optarg;
		else
			return 64;
	}
	if (optind + 1 != argc)
		return 64;
	at.path = argv[optind];
	if (run(&t, &conf, probe, &err) < 0) {
		(void)printf("{\"type\": \"error\", \"rc\": %d", (int)err.rc);
		print_text("text", err.text);
		(void)puts("}");
		return 1;
	}
	(void)printf(
		"{\"type\": \"cost\", \"rss_kib\": %ld, \"pieces\": %" PRId64
		"}\n",
		peak_kib(), t.pieces);
	return 0;
}
