/* SPDX-License-Identifier: MIT
 * attach: an attachment that Apple Mail keeps as a file of its own, encoded as
 * it stood in its message.  Private to core/source.
 *
 * Apple notes how long the encoded text was, its lines ended by LF: of the
 * ways in which mail programs break lines the one of that length is taken.
 */
#ifndef MC_SOURCE_ATTACH_H
#define MC_SOURCE_ATTACH_H

#include <stdint.h>

#include "msg/scan.h"

enum mc_attach_encoding {
	MC_ATTACH_PLAIN, /* 7bit, 8bit, none: text, lines are ended by CRLF */
	MC_ATTACH_BINARY,
	MC_ATTACH_BASE64,
	MC_ATTACH_QUOTED,
};

/* By Content-Transfer-Encoding, any case. */
enum mc_attach_encoding mc_attach_encoding(struct mc_span name);

/* Encodes the file at path to sink, without a line end behind it that it does
 * not have.  length: as Apple noted it, or -1.  *exact: it is that long.
 * Fails: ENOENT, EIO, scope MESSAGE; what sink fails. */
MC_RC mc_attach_put(const char *path, enum mc_attach_encoding encoding,
	int64_t length, struct mc_sink *sink, bool *exact,
	struct mc_error *err);

#endif
