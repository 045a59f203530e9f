/* SPDX-License-Identifier: MIT
 * A dress that nobody made: from a damaged archive, or an enemy's.  Rebuilding
 * ends, in an error or in no more octets than the two have. */
#include "msg/dress.h"
#include "target/export_quote.h"
#include "tools.h"

static void undress(struct mc_span dress, struct mc_span canonical)
{
	struct mc_undress *undress = NULL;
	struct fuzz_sink sink;
	struct mc_error err;
	enum mc_rc rc;

	fuzz_sink_init(&sink);
	rc = mc_undress_new(&undress, dress, &sink.sink, &err);
	while (rc == MC_OK && canonical.n > 0) {
		struct mc_span some = mc_span_head(canonical, 7);

		rc = mc_undress_bytes(undress, some, &err);
		canonical = mc_span_from(canonical, some.n);
	}
	if (rc == MC_OK)
		rc = mc_undress_end(undress, &err);
	MC_PROMISE(rc == MC_OK || (rc == MC_EDB && err.scope == MC_MESSAGE));
	mc_undress_free(undress);
	fuzz_sink_dispose(&sink);
}

/* A record Q, as an export goes by it. */
static void quote(struct mc_span record, struct mc_span octets)
{
	struct mc_export_quote stage;
	struct fuzz_sink sink;
	struct mc_error err;

	fuzz_sink_init(&sink);
	for (int how = MC_EXPORT_QUOTE_RD; how <= MC_EXPORT_QUOTE_NONE; how++) {
		mc_export_quote_begin(
			&stage, (enum mc_export_quoting)how, &sink.sink);
		if (how == MC_EXPORT_QUOTE_AS)
			mc_export_quote_as(&stage, record, '\n');
		MC_PROMISE(stage.sink.put(&stage.sink, octets, &err) == MC_OK);
		MC_PROMISE(mc_export_quote_end(&stage, &err) == MC_OK);
	}
	fuzz_sink_dispose(&sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span all = { (const char *)data, size };
	size_t n = fuzz_octet(&all);

	undress(mc_span_head(all, n), mc_span_from(all, n));
	quote(mc_span_head(all, n), mc_span_from(all, n));
	return 0;
}
