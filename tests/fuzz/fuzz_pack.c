/* SPDX-License-Identifier: MIT
 * A body cut into pieces and packed: however its octets come, the pieces are
 * the same, none is too large, and together they are the body again.  The
 * first two octets say how it comes, and how often it is repeated. */
#include "archive/pack.h"
#include "base/limits.h"
#include "tools.h"

struct pieces {
	struct mc_unpack *unpack;
	struct mc_buf octets;
	struct mc_hash sizes;
	int n;
	bool alone;
};

/* Whatever stands in a file: refused, or as many octets as are told. */
static void unpack_harmed(
	const struct pieces *pieces, const struct mc_piece *piece)
{
	size_t at = (size_t)pieces->n * 7 % piece->data.n;
	char *data = malloc(piece->data.n);
	char *out = malloc(piece->octets);

	MC_PROMISE(data && out);
	memcpy(data, piece->data.p, piece->data.n);
	data[at] = (char)(data[at] ^ (1 << pieces->n % 8));
	for (int64_t codec = MC_CODEC_PLAIN; codec <= MC_CODEC_LINES + 1;
		codec++)
		for (size_t less = 0; less < 2 && less < piece->octets; less++)
			(void)mc_unpack(pieces->unpack, codec,
				(struct mc_span){ data, piece->data.n - less },
				out, piece->octets - less);
	free(data);
	free(out);
}

static enum mc_rc on_piece(
	void *arg, const struct mc_piece *piece, struct mc_error *err)
{
	static char out[MC_PIECE_MAX];
	struct mc_span whole = { out, piece->octets };
	struct pieces *pieces = arg;

	MC_PROMISE(!pieces->alone);
	MC_PROMISE(piece->octets > 0 && piece->octets <= sizeof(out));
	MC_PROMISE(mc_unpack(
		pieces->unpack, piece->codec, piece->data, out, piece->octets));
	pieces->alone = piece->alone;
	MC_PROMISE(!pieces->alone || pieces->n == 0);
	unpack_harmed(pieces, piece);
	pieces->n++;
	mc_hash_put(
		&pieces->sizes, (struct mc_span){ (const char *)&piece->octets,
					sizeof(piece->octets) });
	return mc_buf_put(&pieces->octets, whole, err);
}

static struct mc_digest pack(struct mc_span body, int times, size_t chunk)
{
	struct pieces pieces = { .n = 0 };
	struct mc_pack *pack = NULL;
	struct mc_error err;
	struct mc_digest sizes;

	mc_buf_init(&pieces.octets, (size_t)64 * 1024 * 1024);
	mc_hash_init(&pieces.sizes);
	MC_PROMISE(mc_unpack_new(&pieces.unpack, &err) == MC_OK);
	MC_PROMISE(mc_pack_new(&pack, &err) == MC_OK);
	mc_pack_begin(pack, on_piece, &pieces);
	for (int i = 0; i < times; i++) {
		struct mc_span rest = body;

		while (rest.n > 0) {
			struct mc_span some = mc_span_head(rest, chunk);

			MC_PROMISE(mc_pack_put(pack, some, &err) == MC_OK);
			rest = mc_span_from(rest, some.n);
		}
	}
	MC_PROMISE(mc_pack_end(pack, &err) == MC_OK);
	MC_PROMISE(pieces.octets.len == body.n * (size_t)times);
	for (int i = 0; i < times && body.n > 0; i++)
		MC_PROMISE(memcmp(pieces.octets.data + (size_t)i * body.n,
				   body.p, body.n) == 0);
	mc_pack_free(pack);
	mc_unpack_free(pieces.unpack);
	mc_buf_dispose(&pieces.octets);
	sizes = mc_hash_end(&pieces.sizes);
	return sizes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span body = { (const char *)data, size };
	unsigned chunk = 1 + fuzz_octet(&body);
	unsigned much = fuzz_octet(&body);
	int times = much > 250 ? 400 : much > 200 ? 20 : 1;
	struct mc_digest one = pack(body, times, body.n ? body.n : 1);
	struct mc_digest other = pack(body, times, chunk);

	MC_PROMISE(mc_digest_eq(&one, &other));
	return 0;
}
