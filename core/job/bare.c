/* SPDX-License-Identifier: MIT */
#include "job/bare.h"

#include "job/identify.h"
#include "job/show.h"
#include "msg/mend.h"
#include "msg/shape.h"

static MC_RC scan_bare(struct mc_archive *ar, const struct mc_placement *p,
	struct mc_scan *scan, struct mc_facts *facts, struct mc_error *err)
{
	struct mc_scan_sink scanner = mc_scan_sink(scan);
	struct mc_mend mend;
	enum mc_rc rc = mc_scan_begin(scan, MC_STORE_WIRE, NULL, err);

	mc_mend_init(&mend, MC_MEND_CR, &scanner.sink);
	if (rc == MC_OK)
		rc = mc_show_body(ar, p->body, &mend.sink, err);
	if (rc == MC_OK)
		rc = mend.sink.put(
			&mend.sink, mc_shape_tail(p->shape, p->octets), err);
	if (rc == MC_OK)
		rc = mc_mend_end(&mend, err);
	mc_mend_dispose(&mend);
	return rc == MC_OK ? mc_scan_end(scan, facts, err) : rc;
}

MC_RC mc_bare(struct mc_archive *ar, const struct mc_placement *placement,
	struct mc_altered *out, struct mc_error *err)
{
	struct mc_scan *scan = NULL;
	struct mc_facts facts = { 0 };
	struct mc_identified id;
	enum mc_rc rc = mc_scan_new(&scan, err);

	mc_identified_init(&id);
	if (rc == MC_OK)
		rc = scan_bare(ar, placement, scan, &facts, err);
	if (rc == MC_OK)
		rc = mc_identify(&id, &facts, err);
	if (rc == MC_OK)
		*out = (struct mc_altered){ .key = id.key,
			.octets = facts.raw_octets };
	mc_identified_dispose(&id);
	mc_scan_free(scan);
	return rc;
}
