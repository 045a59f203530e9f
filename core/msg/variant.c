/* SPDX-License-Identifier: MIT */
#include "msg/variant.h"

#include "msg/fold.h"

static void put_digest(struct mc_hash *hash, const struct mc_digest *digest)
{
	mc_hash_put(hash,
		(struct mc_span){ (const char *)digest->octet, MC_SHA256 });
}

MC_RC mc_variant(const struct mc_header *header, const struct mc_digest *body,
	struct mc_buf *scratch, struct mc_digest *out, struct mc_error *err)
{
	bool bare = header->has_rest;
	struct mc_hash hash;
	enum mc_rc rc = MC_OK;

	mc_hash_init(&hash);
	for (int i = 0; i < MC_HEADER_VARIANT && rc == MC_OK; i++) {
		if (!header->have[i]) {
			mc_hash_put(&hash, MC_SPAN("-"));
			continue;
		}
		bare = false;
		mc_buf_clear(scratch);
		rc = mc_fold_blanks(scratch,
			mc_header_value(header, (enum mc_header_kept)i), err);
		mc_hash_field(&hash, mc_buf_span(scratch));
	}
	put_digest(&hash, body);
	if (bare && rc == MC_OK) {
		struct mc_hash rest = header->rest;
		struct mc_digest digest = mc_hash_end(&rest);

		put_digest(&hash, &digest);
	}
	*out = mc_hash_end(&hash);
	return rc;
}
