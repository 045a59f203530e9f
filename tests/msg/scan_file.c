/* SPDX-License-Identifier: MIT
 * scan_file: facts of files, one JSON line a file named on standard input.
 * Usage: scan_file wire|mbox|maildir
 *
 * Each file is taken as one message and scanned whole and in chunks of 1, 7
 * and 4096 octets; "whole" tells whether undressing gave it back each time
 * and the facts were the same.  Texts are in hexadecimal, so that any octet
 * may stand in them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "msg/dress.h"
#include "msg/identity.h"
#include "net/imf.h"

static const size_t chunks[] = { SIZE_MAX, 1, 7, 4096 };

struct keep {
	struct mc_sink sink;
	struct mc_buf buf;
};

static void check(enum mc_rc rc, const struct mc_error *err)
{
	if (rc >= 0)
		return;
	(void)fprintf(stderr, "scan_file: %s\n", err->text);
	exit(1);
}

static MC_RC keep_put(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	return mc_buf_put(&((struct keep *)sink)->buf, bytes, err);
}

static void keep_init(struct keep *keep)
{
	*keep = (struct keep){ .sink = { keep_put } };
	mc_buf_init(&keep->buf, (size_t)512 * 1024 * 1024);
}

static void load(struct mc_buf *out, const char *path)
{
	struct mc_error err = { 0 };
	char block[65536];
	size_t n;
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		exit(1);
	}
	mc_buf_clear(out);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		check(mc_buf_put(out, (struct mc_span){ block, n }, &err),
			&err);
	(void)fclose(file);
}

static void scan(struct mc_scan *scan, enum mc_store store, struct mc_span raw,
	size_t chunk, struct keep *keep, struct mc_facts *facts)
{
	struct mc_error err = { 0 };

	mc_buf_clear(&keep->buf);
	check(mc_scan_begin(scan, store, &keep->sink, &err), &err);
	while (raw.n > 0) {
		check(mc_scan_bytes(scan, mc_span_head(raw, chunk), &err),
			&err);
		raw = mc_span_from(raw, chunk);
	}
	check(mc_scan_end(scan, facts, &err), &err);
}

static void undress(struct mc_span canonical, struct mc_span dress,
	size_t chunk, struct keep *keep)
{
	struct mc_error err = { 0 };
	struct mc_undress *undress;

	mc_buf_clear(&keep->buf);
	check(mc_undress_new(&undress, dress, &keep->sink, &err), &err);
	while (canonical.n > 0) {
		check(mc_undress_bytes(
			      undress, mc_span_head(canonical, chunk), &err),
			&err);
		canonical = mc_span_from(canonical, chunk);
	}
	check(mc_undress_end(undress, &err), &err);
	mc_undress_free(undress);
}

static void print_hex(const char *name, struct mc_span s)
{
	(void)printf(",\"%s\":\"", name);
	for (size_t i = 0; i < s.n; i++)
		(void)printf("%02x", (unsigned char)s.p[i]);
	(void)printf("\"");
}

static void print_digest(const char *name, const struct mc_digest *digest)
{
	char hex[MC_SHA256_HEX];

	(void)printf(",\"%s\":\"%s\"", name, mc_digest_hex(hex, digest));
}

static void print_facts(const struct mc_facts *facts)
{
	struct mc_error err = { 0 };
	struct mc_digest key;
	struct mc_buf subject;
	int64_t date = MC_NO_TIME;

	mc_buf_init(&subject, MC_HEADER_MAX);
	check(mc_imf_text(&subject, facts->subject, &err), &err);
	if (mc_imf_date(facts->date, &date) || mc_date_odd(facts->date, &date))
		(void)printf(",\"date\":%" PRId64, date);
	check(mc_identity_key(&key, facts, date, mc_buf_span(&subject), &err),
		&err);
	print_hex("date_text", facts->date);
	print_hex("message_id", facts->message_id);
	print_hex("aliases",
		(struct mc_span){ facts->aliases.text, facts->aliases.n });
	print_hex("subject", mc_buf_span(&subject));
	print_hex("from", facts->from);
	print_hex("received", facts->received);
	print_digest("raw_sha256", &facts->raw_sha256);
	print_digest("sha256", &facts->sha256);
	print_digest("variant", &facts->variant);
	print_digest("key", &key);
	(void)printf(",\"octets\":%" PRId64 ",\"flags\":%u,\"shape\":%u",
		facts->octets, facts->flags, facts->shape);
	mc_buf_dispose(&subject);
}

struct desk {
	enum mc_store store;
	struct mc_scan *whole;
	struct mc_scan *cut;
	struct mc_buf raw;
	struct keep canonical;
	struct keep again;
};

static bool gives_back(struct desk *desk, const struct mc_facts *facts)
{
	struct mc_span canonical = mc_buf_span(&desk->canonical.buf);
	struct mc_span raw = mc_buf_span(&desk->raw);
	struct mc_facts cut;

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		undress(canonical, facts->dress, chunks[i], &desk->again);
		if (!mc_span_eq(raw, mc_buf_span(&desk->again.buf)))
			return false;
		scan(desk->cut, desk->store, raw, chunks[i], &desk->again,
			&cut);
		if (!mc_span_eq(canonical, mc_buf_span(&desk->again.buf)) ||
			!mc_digest_eq(&cut.variant, &facts->variant) ||
			!mc_digest_eq(&cut.raw_sha256, &facts->raw_sha256))
			return false;
	}
	return true;
}

static void tell(struct desk *desk, const char *path)
{
	struct mc_facts facts;

	load(&desk->raw, path);
	scan(desk->whole, desk->store, mc_buf_span(&desk->raw), SIZE_MAX,
		&desk->canonical, &facts);
	(void)printf(
		"{\"whole\":%s", gives_back(desk, &facts) ? "true" : "false");
	print_facts(&facts);
	(void)printf("}\n");
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *store = argc == 2 ? argv[1] : "wire";
	struct mc_error err = { 0 };
	struct desk desk = { .store = MC_STORE_WIRE };
	char path[4096];

	if (strcmp(store, "mbox") == 0)
		desk.store = MC_STORE_MBOX;
	if (strcmp(store, "maildir") == 0)
		desk.store = MC_STORE_MAILDIR;
	check(mc_scan_new(&desk.whole, &err), &err);
	check(mc_scan_new(&desk.cut, &err), &err);
	mc_buf_init(&desk.raw, (size_t)512 * 1024 * 1024);
	keep_init(&desk.canonical);
	keep_init(&desk.again);
	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = '\0';
		tell(&desk, path);
	}
	mc_scan_free(desk.whole);
	mc_scan_free(desk.cut);
	mc_buf_dispose(&desk.raw);
	mc_buf_dispose(&desk.canonical.buf);
	mc_buf_dispose(&desk.again.buf);
	return 0;
}
