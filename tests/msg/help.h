/* SPDX-License-Identifier: MIT
 * help: what the tests of msg/ share. */
#ifndef MC_TEST_MSG_HELP_H
#define MC_TEST_MSG_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "msg/dress.h"
#include "msg/scan.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static inline void must(enum mc_rc rc, const struct mc_error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

/* A sink that keeps all. */
struct keep_sink {
	struct mc_sink sink;
	struct mc_buf buf;
};

static inline MC_RC keep_put(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	struct keep_sink *keep = (struct keep_sink *)sink;

	return mc_buf_put(&keep->buf, bytes, err);
}

static inline void keep_init(struct keep_sink *keep)
{
	*keep = (struct keep_sink){ .sink = { keep_put } };
	mc_buf_init(&keep->buf, (size_t)256 * 1024 * 1024);
}

static inline struct mc_span chunk_of(struct mc_span all, size_t at, size_t n)
{
	return mc_span_head(mc_span_from(all, at), n);
}

/* Scans raw in pieces of `chunk` octets into keep, which is cleared. */
static inline void scan_in(struct mc_scan *scan, enum mc_store store,
	struct mc_span raw, size_t chunk, struct keep_sink *keep,
	struct mc_facts *facts)
{
	struct mc_error err = { 0 };

	mc_buf_clear(&keep->buf);
	must(mc_scan_begin(scan, store, &keep->sink, &err), &err);
	for (size_t at = 0; at < raw.n; at += chunk)
		must(mc_scan_bytes(scan, chunk_of(raw, at, chunk), &err), &err);
	must(mc_scan_end(scan, facts, &err), &err);
}

/* Rebuilds raw into keep, which is cleared. */
static inline void undress_in(struct mc_span canonical, struct mc_span dress,
	size_t chunk, struct keep_sink *keep)
{
	struct mc_error err = { 0 };
	struct mc_undress *undress = NULL;

	mc_buf_clear(&keep->buf);
	must(mc_undress_new(&undress, dress, &keep->sink, &err), &err);
	for (size_t at = 0; at < canonical.n; at += chunk)
		must(mc_undress_bytes(
			     undress, chunk_of(canonical, at, chunk), &err),
			&err);
	must(mc_undress_end(undress, &err), &err);
	mc_undress_free(undress);
}

static inline void assert_span(struct mc_span got, struct mc_span want)
{
	if (!mc_span_eq(got, want))
		fail_msg("got '%.*s', want '%.*s'", (int)got.n, got.p,
			(int)want.n, want.p);
}

#endif
