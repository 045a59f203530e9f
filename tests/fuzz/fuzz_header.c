/* SPDX-License-Identifier: MIT
 * Values of header fields: Message-ID, dates, encoded words, From_ lines. */
#include "base/limits.h"
#include "base/text.h"
#include "fuzz.h"
#include "msg/date.h"
#include "msg/msgid.h"
#include "net/imf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_span value = { (const char *)data, size };
	struct mc_error err;
	struct mc_buf out;
	int64_t time;

	mc_buf_init(&out, (size_t)4 * MC_HEADER_MAX);
	if (size <= MC_FIELD_MAX) {
		MC_PROMISE(mc_imf_text(&out, value, &err) >= 0);
		MC_PROMISE(mc_utf8_valid(mc_buf_span(&out)));
		mc_buf_clear(&out);
		MC_PROMISE(mc_msgid_normalise(&out, value, &err) >= 0);
		MC_PROMISE(out.len <= MC_MSGID_MAX);
	}
	(void)mc_imf_date(value, &time);
	(void)mc_date_odd(value, &time);
	(void)mc_date_from_line(value, &time);
	mc_buf_dispose(&out);
	return 0;
}
