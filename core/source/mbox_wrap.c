/* SPDX-License-Identifier: MIT */
#include "source/mbox_wrap.h"

#include "base/limits.h"
#include "msg/dress.h"

/* Ordinals of one message: thousands of lines "From " in it, unquoted. */
enum { ODD_MAX = MC_FIELD_MAX, WRAP_MAX = 3 * MC_FIELD_MAX };

void mc_mbox_wrap_init(struct mc_mbox_wrap *wrap)
{
	*wrap = (struct mc_mbox_wrap){ 0 };
	mc_buf_init(&wrap->out, WRAP_MAX);
	mc_buf_init(&wrap->odd, ODD_MAX);
}

void mc_mbox_wrap_dispose(struct mc_mbox_wrap *wrap)
{
	mc_buf_dispose(&wrap->out);
	mc_buf_dispose(&wrap->odd);
}

MC_RC mc_mbox_wrap_begin(struct mc_mbox_wrap *wrap, struct mc_span from_line,
	struct mc_error *err)
{
	mc_buf_clear(&wrap->out);
	mc_buf_clear(&wrap->odd);
	wrap->lines = 0;
	wrap->unquoted = false;
	wrap->lost = false;
	return mc_dress_put(&wrap->out, 'F', from_line, err);
}

MC_RC mc_mbox_wrap_line(
	struct mc_mbox_wrap *wrap, bool unquoted, struct mc_error *err)
{
	uint64_t ordinal = wrap->lines++;
	enum mc_rc rc;

	wrap->unquoted |= unquoted;
	if (unquoted || wrap->lost)
		return MC_OK;
	rc = mc_varint_put(&wrap->odd, ordinal, err);
	if (rc < 0 && err->scope == MC_MESSAGE) {
		wrap->lost = true;
		return MC_OK;
	}
	return rc;
}

static MC_RC put_quoting(struct mc_mbox_wrap *wrap, enum mc_mbox_quote quote,
	struct mc_error *err)
{
	static const char letters[] = {
		[MC_QUOTE_RD] = 'r', [MC_QUOTE_O] = 'o', [MC_QUOTE_NONE] = 'n'
	};
	struct mc_buf payload;
	enum mc_rc rc;

	if (!wrap->unquoted) {
		wrap->lost = false;
		return mc_dress_put(&wrap->out, 'Q', MC_SPAN("n"), err);
	}
	if (wrap->lost)
		return MC_OK;
	mc_buf_init(&payload, ODD_MAX + 1);
	rc = mc_buf_putc(&payload, letters[quote], err);
	if (rc == MC_OK)
		rc = mc_buf_put(&payload, mc_buf_span(&wrap->odd), err);
	if (rc == MC_OK)
		rc = mc_dress_put(&wrap->out, 'Q', mc_buf_span(&payload), err);
	mc_buf_dispose(&payload);
	return rc;
}

MC_RC mc_mbox_wrap_end(struct mc_mbox_wrap *wrap, enum mc_mbox_quote quote,
	struct mc_span separator, struct mc_error *err)
{
	enum mc_rc rc = put_quoting(wrap, quote, err);

	if (rc == MC_OK)
		rc = mc_dress_put(&wrap->out, 'S', separator, err);
	return rc;
}
