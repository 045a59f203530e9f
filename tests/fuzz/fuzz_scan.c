/* SPDX-License-Identifier: MIT
 * Whatever a message holds: canonical and dress give it back, to the octet,
 * and canonical has no line end but CRLF.  The first octet says which store it
 * comes from and how it is cut. */
#include <string.h>

#include "base/limits.h"
#include "fuzz.h"
#include "msg/dress.h"
#include "msg/identity.h"
#include "msg/scan.h"

struct collector {
	struct mc_sink sink;
	struct mc_buf octets;
};

static MC_RC collect(
	struct mc_sink *sink, struct mc_span bytes, struct mc_error *err)
{
	return mc_buf_put(
		&((struct collector *)(void *)sink)->octets, bytes, err);
}

static void collector_init(struct collector *c)
{
	c->sink.put = collect;
	mc_buf_init(&c->octets, (size_t)64 * 1024 * 1024);
}

static void feed(struct mc_scan *scan, struct mc_span raw, size_t piece)
{
	struct mc_error err;

	while (raw.n > 0) {
		struct mc_span head = mc_span_head(raw, piece);

		MC_PROMISE(mc_scan_bytes(scan, head, &err) == MC_OK);
		raw = mc_span_from(raw, head.n);
	}
}

static void check_canonical(struct mc_span s)
{
	for (size_t i = 0; i < s.n; i++)
		MC_PROMISE(s.p[i] != '\n' || (i > 0 && s.p[i - 1] == '\r'));
}

static void undress(
	struct mc_span canonical, struct mc_span dress, struct mc_span raw)
{
	struct mc_undress *undress = NULL;
	struct collector again;
	struct mc_error err;

	collector_init(&again);
	MC_PROMISE(mc_undress_new(&undress, dress, &again.sink, &err) == MC_OK);
	MC_PROMISE(mc_undress_bytes(undress, canonical, &err) == MC_OK);
	MC_PROMISE(mc_undress_end(undress, &err) == MC_OK);
	MC_PROMISE(mc_span_eq(mc_buf_span(&again.octets), raw));
	mc_undress_free(undress);
	mc_buf_dispose(&again.octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_scan *scan = NULL;
	struct collector canonical;
	struct mc_digest key;
	struct mc_facts facts;
	struct mc_error err;
	struct mc_span raw;

	if (size == 0)
		return 0;
	raw = (struct mc_span){ (const char *)data + 1, size - 1 };
	collector_init(&canonical);
	MC_PROMISE(mc_scan_new(&scan, &err) == MC_OK);
	MC_PROMISE(mc_scan_begin(scan, (enum mc_store)(data[0] % 3),
			   &canonical.sink, &err) == MC_OK);
	feed(scan, raw, 1 + data[0] / 3u);
	MC_PROMISE(mc_scan_end(scan, &facts, &err) == MC_OK);
	MC_PROMISE(facts.raw_octets == (int64_t)raw.n);
	MC_PROMISE(facts.octets == (int64_t)canonical.octets.len);
	check_canonical(mc_buf_span(&canonical.octets));
	undress(mc_buf_span(&canonical.octets), facts.dress, raw);
	MC_PROMISE(mc_identity_key(&key, &facts, MC_NO_TIME, facts.subject,
			   &err) == MC_OK);
	mc_scan_free(scan);
	mc_buf_dispose(&canonical.octets);
	return 0;
}
