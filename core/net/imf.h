/* SPDX-License-Identifier: MIT
 * imf: header values read by libetpan (dates, RFC 2047, charsets), behind
 * bounds that keep its parsers from what would crash or hang them. */
#ifndef MC_NET_IMF_H
#define MC_NET_IMF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* RFC 5322 3.3 and 4.3 date-time, sane years only.  False: not one. */
bool mc_imf_date(struct mc_span value, int64_t *out);

/* Decodes RFC 2047 words and raw 8-bit (UTF-8 if valid, else Windows-1252) to
 * valid UTF-8 without control octets; what cannot be decoded stays as text.
 * RFC 2047 6, RFC 6532. */
MC_RC mc_imf_text(
	struct mc_buf *out, struct mc_span value, struct mc_error *err);

#endif
