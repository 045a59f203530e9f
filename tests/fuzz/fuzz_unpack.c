/* SPDX-License-Identifier: MIT
 * Compressed octets: however they are cut, what comes out is the same. */
#include "source/unpack.h"
#include "tools.h"

enum { OUT_MAX = 64 * 1024 };

struct outcome {
	enum mc_rc rc;
	size_t octets;
	struct mc_digest sha256;
};

static bool unpack(struct mc_span all, size_t piece, struct outcome *out)
{
	struct mc_unpacker *unpack = NULL;
	static char room[OUT_MAX];
	struct mc_unpack_space left = { room, sizeof(room) };
	struct mc_span in = mc_span_head(all, 0);
	struct mc_error err;

	if (mc_unpacker_new(&unpack, all, &err) != MC_OK)
		return false;
	do {
		size_t had = in.n;

		if (in.n == 0) {
			in = mc_span_head(all, piece);
			all = mc_span_from(all, in.n);
		}
		out->rc = mc_unpacker_run(unpack, &in, all.n == 0, &left, &err);
		MC_PROMISE(in.n <= had || had == 0);
		MC_PROMISE(out->rc != MC_OK || in.n == 0 || left.n == 0);
	} while (out->rc == MC_OK && left.n > 0);
	out->octets = sizeof(room) - left.n;
	out->sha256 = mc_digest_of((struct mc_span){ room, out->octets });
	mc_unpacker_free(unpack);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span all = { (const char *)data, size };
	struct outcome whole;
	struct outcome cut;

	if (!unpack(all, size, &whole))
		return 0;
	MC_PROMISE(unpack(all, 5, &cut));
	/* What came before damage may differ, for a codec may see it earlier;
	 * what is whole may not. */
	if (whole.rc >= 0)
		MC_PROMISE(cut.rc == whole.rc && cut.octets == whole.octets &&
			   mc_digest_eq(&cut.sha256, &whole.sha256));
	return 0;
}
